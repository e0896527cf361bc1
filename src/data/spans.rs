//! Entities given by characters, aligned to whole words: from a text and its spans to words with IOB2 tags.
//!
//! Blanks at a span's ends do not count. A span whose ends are not those of words is widened to whole words, or refused. Of
//! spans that share a word, the longest in words stays, of equals the first.

use super::text_words::{PlacedWord, words};
use super::{Location, TextError, TextFault};
use crate::spec::SpanEnds;

/// Most characters of a span in a message.
const SHOWN: usize = 40;

/// An entity: characters `start` to before `end` of its text, counted in Unicode code points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) label: String,
}

/// Aligns the spans of one file, and counts what it changed.
#[derive(Debug)]
pub(super) struct Aligner<'f> {
    file: &'f str,
    ends: SpanEnds,
    widened: usize,
    /// The first span that was widened: where, and its text.
    first: Option<String>,
    overlapping: usize,
    /// Spans without a word.
    blank: usize,
}

/// The words of a span, from `first` to before `end`.
struct InWords {
    first: usize,
    end: usize,
    /// Whether its ends are those of words.
    whole: bool,
}

impl<'f> Aligner<'f> {
    pub(super) fn new(file: &'f str, ends: SpanEnds) -> Self {
        Self { file, ends, widened: 0, first: None, overlapping: 0, blank: 0 }
    }

    /// The words of a text with their tags.
    ///
    /// # Errors
    /// A span outside the text; with `data.span_ends = "refuse"`, one whose ends are not those of words.
    pub(super) fn tagged(
        &mut self,
        place: Location,
        text: &str,
        spans: &[Span],
    ) -> Result<(Vec<String>, Vec<String>), TextError> {
        let fault = |fault| TextError { file: self.file.to_owned(), place: Some(place), fault };
        let (placed, letters): (_, Vec<char>) = (words(text), text.chars().collect());
        let mut found = Vec::new();
        for span in spans {
            let Span { start, end, .. } = *span;
            if start > end || end > letters.len() {
                return Err(fault(TextFault::SpanOutside { start, end, length: letters.len() }));
            }
            let Some(in_words) = in_words(&placed, &letters, span) else {
                self.blank += 1;
                continue;
            };
            if !in_words.whole {
                let shown: String = letters[start..end].iter().take(SHOWN).collect();
                if self.ends == SpanEnds::Refuse {
                    return Err(fault(TextFault::SpanEnds { shown }));
                }
                self.widened += 1;
                self.first.get_or_insert_with(|| format!("`{shown}` in {}", place.of(self.file)));
            }
            found.push((in_words, &span.label));
        }
        // longest first; the sort keeps the order of equals
        found.sort_by_key(|(span, _)| std::cmp::Reverse(span.end - span.first));
        let mut tags = vec!["O".to_owned(); placed.len()];
        for (InWords { first, end, .. }, label) in found {
            if tags[first..end].iter().any(|tag| tag != "O") {
                self.overlapping += 1;
                continue;
            }
            tags[first..end].fill(format!("I-{label}"));
            tags[first] = format!("B-{label}");
        }
        Ok((placed.into_iter().map(|word| word.text).collect(), tags))
    }

    /// What was changed, for the user.
    pub(super) fn notes(self) -> Vec<String> {
        let Self { file, widened, overlapping, blank, first, .. } = self;
        let widened = first.map(|first| {
            format!(
                "{file}: entities whose ends are not those of words, widened to whole words: {widened}, the first {first}; set data.span_ends = \"refuse\" to stop at them"
            )
        });
        let overlapping = (overlapping > 0).then(|| {
            format!("{file}: entities left out, because they share a word with one at least as long: {overlapping}")
        });
        let blank = (blank > 0).then(|| format!("{file}: entities left out, because they have no word: {blank}"));
        [widened, overlapping, blank].into_iter().flatten().collect()
    }
}

/// The words that a span touches; none if it has only blanks.
fn in_words(placed: &[PlacedWord], letters: &[char], span: &Span) -> Option<InWords> {
    let inside = &letters[span.start..span.end];
    let start = span.start + inside.iter().position(|letter| !letter.is_whitespace())?;
    let end = span.start + inside.iter().rposition(|letter| !letter.is_whitespace())? + 1;
    let first = placed.iter().position(|word| word.end > start)?;
    let behind = placed.iter().position(|word| word.start >= end).unwrap_or(placed.len());
    let whole = placed[first].start == start && placed[behind - 1].end == end;
    Some(InWords { first, end: behind, whole })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(ends: SpanEnds, text: &str, spans: &[(usize, usize, &str)]) -> (String, Vec<String>) {
        let spans: Vec<Span> = spans
            .iter()
            .map(|(start, end, label)| Span { start: *start, end: *end, label: (*label).to_owned() })
            .collect();
        let mut aligner = Aligner::new("a.jsonl", ends);
        let shown = match aligner.tagged(Location::Line(3), text, &spans) {
            Ok((words, tags)) => {
                let word = |(word, tag): (String, String)| if tag == "O" { word } else { format!("{word}/{tag}") };
                words.into_iter().zip(tags).map(word).collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string(),
        };
        (shown, aligner.notes())
    }

    #[test]
    fn spans_become_tags_of_whole_words() {
        let widen = |text: &str, spans: &[(usize, usize, &str)]| said(SpanEnds::Widen, text, spans);
        let (shown, notes) = widen("Ana Ruiz vive en Lugo.", &[(0, 8, "PER"), (17, 21, "LOC")]);
        assert_eq!((shown.as_str(), notes.len()), ("Ana/B-PER Ruiz/I-PER vive en Lugo/B-LOC .", 0));
        let (shown, notes) = widen("En Lugo y Vigo", &[(2, 8, "LOC"), (10, 14, "LOC")]);
        assert_eq!((shown.as_str(), notes.len()), ("En Lugo/B-LOC y Vigo/B-LOC", 0), "blanks at the ends");
        let (shown, notes) = widen("😀 é Ñu", &[(4, 6, "X")]);
        assert_eq!((shown.as_str(), notes.len()), ("😀 é Ñu/B-X", 0), "code points, not bytes or UTF-16");
        let (shown, notes) = widen("서울에 산다", &[(0, 2, "LOC")]);
        assert_eq!(shown, "서울에/B-LOC 산다");
        insta::assert_snapshot!(notes.join("\n"), @r#"a.jsonl: entities whose ends are not those of words, widened to whole words: 1, the first `서울` in a.jsonl:3; set data.span_ends = "refuse" to stop at them"#);
        let (shown, _) = widen("安娜住在上海", &[(0, 2, "PER"), (4, 6, "LOC")]);
        assert_eq!(shown, "安/B-PER 娜/I-PER 住 在 上/B-LOC 海/I-LOC");
    }

    #[test]
    fn the_longest_of_those_that_overlap_stays_and_all_are_counted() {
        let spans = [(6, 14, "LOC"), (0, 14, "ORG"), (0, 5, "X"), (5, 6, "Y"), (15, 18, "PER"), (15, 18, "LOC")];
        let (shown, notes) = said(SpanEnds::Widen, "Banco de Galic Ana", &spans);
        assert_eq!(shown, "Banco/B-ORG de/I-ORG Galic/I-ORG Ana/B-PER");
        insta::assert_snapshot!(notes.join("\n"), @r"
        a.jsonl: entities left out, because they share a word with one at least as long: 3
        a.jsonl: entities left out, because they have no word: 1
        ");
    }

    #[test]
    fn a_span_outside_the_text_or_within_a_word_is_an_error() {
        let (outside, _) = said(SpanEnds::Widen, "Ana", &[(1, 4, "X")]);
        insta::assert_snapshot!(outside, @"a.jsonl:3: an entity from character 1 to 4 is not in the text, which has 3 characters; count Unicode code points, as Python does");
        let (turned, _) = said(SpanEnds::Widen, "Ana", &[(2, 1, "X")]);
        assert!(turned.contains("from character 2 to 1 is not in the text"), "{turned}");
        let (within, _) = said(SpanEnds::Refuse, "Anabel vive", &[(0, 3, "X")]);
        insta::assert_snapshot!(within, @r#"a.jsonl:3: the ends of the entity `Ana` are not those of words; correct its characters, or set data.span_ends = "widen""#);
    }
}
