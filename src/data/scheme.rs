//! Tagging schemes: checks of tags, and conversion to IOB2.
//!
//! IOB1: Ramshaw and Marcus (1995); IOB2: Ratnaparkhi (1998). BIOES also marks ends and single words.

use super::sentence::is_type;
use crate::spec::Scheme;

/// The prefix of a tag: the position of its word in an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Begin,
    Inside,
    End,
    Single,
}

/// A tag's prefix and type; none for O.
type Tag<'t> = Option<(Mark, &'t str)>;

/// The first tag of a sentence that violates its scheme.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Violation {
    /// Index of the word in its sentence.
    pub(super) word: usize,
    /// The tag and what is wrong with it.
    pub(super) what: String,
    /// Whether the scheme never has this tag; else it is wrong only here.
    pub(super) unknown: bool,
}

/// Converts the tags of a sentence to IOB2.
///
/// # Errors
/// The first tag that violates the scheme.
pub(super) fn to_iob2(scheme: Scheme, tags: &[String]) -> Result<Vec<String>, Violation> {
    if scheme == Scheme::Types {
        return types_to_iob2(tags);
    }
    let marks = parsed(scheme, tags)?;
    let mut converted = Vec::with_capacity(tags.len());
    for (word, tag) in tags.iter().enumerate() {
        let before = word.checked_sub(1).and_then(|before| marks[before]);
        let after = marks.get(word + 1).copied().flatten();
        converted.push(match marks[word] {
            None => tag.clone(),
            Some((mark, kind)) => {
                let what = |what| Violation { word, what: format!("`{tag}` {what}"), unknown: false };
                check(scheme, mark, kind, before, after).map_err(what)?;
                let continues = before.is_some_and(|(_, earlier)| earlier == kind);
                let begins = matches!(mark, Mark::Begin | Mark::Single) || (mark == Mark::Inside && !continues);
                format!("{}-{kind}", if begins { 'B' } else { 'I' })
            }
        });
    }
    Ok(converted)
}

/// Prefixes of all schemes: BIOES, BILOU, BMES and BMEWO.
pub(super) const MARKS: &str = "BIELSUMW";

/// Whether a text could be a tag of some scheme: O, or a prefix with or without a type.
pub(super) fn looks_like_tag(text: &str) -> bool {
    split(text).is_some() || is_mark(text)
}

/// Whether a text is a prefix without a type.
pub(super) fn is_mark(text: &str) -> bool {
    text.len() == 1 && MARKS.contains(text)
}

/// Whether a text could be a tag of the scheme in the settings.
pub(super) fn could_be_tag(text: &str, scheme: Option<Scheme>) -> bool {
    match scheme {
        Some(Scheme::Types) => is_type(text) && !text.contains('='),
        _ => looks_like_tag(text),
    }
}

/// The prefix and type of a tag of any scheme.
pub(super) fn mark_and_type(tag: &str) -> Option<(&str, &str)> {
    split(tag)??;
    tag.split_once('-')
}

/// The scheme of a tag other than O, B-X and I-X, if it is known.
pub(super) fn scheme_of(tag: &str) -> Option<Scheme> {
    let (mark, _) = mark_and_type(tag)?;
    (!matches!(mark, "B" | "I")).then_some(Scheme::Bioes)
}

/// Parses a tag of any scheme.
fn split(tag: &str) -> Option<Tag<'_>> {
    if tag == "O" {
        return Some(None);
    }
    let (mark, kind) = tag.split_once('-').filter(|(_, kind)| is_type(kind))?;
    let mark = match mark {
        "B" => Mark::Begin,
        "I" | "M" => Mark::Inside,
        "E" | "L" => Mark::End,
        "S" | "U" | "W" => Mark::Single,
        _ => return None,
    };
    Some(Some((mark, kind)))
}

/// The parsed tags of a sentence, if the scheme allows each of them.
fn parsed(scheme: Scheme, tags: &[String]) -> Result<Vec<Tag<'_>>, Violation> {
    let parse = |(word, tag)| match split(tag) {
        Some(known) if allowed(scheme, tag, known) => Ok(known),
        _ => Err(Violation { word, what: format!("`{tag}` is not one of {}", alphabet(scheme)), unknown: true }),
    };
    tags.iter().map(String::as_str).enumerate().map(parse).collect()
}

fn allowed(scheme: Scheme, text: &str, tag: Tag<'_>) -> bool {
    match (scheme, tag) {
        (_, None) | (Scheme::Bioes, _) => true,
        (Scheme::Iob1 | Scheme::Iob2, Some(_)) => text.starts_with(['B', 'I']),
        (Scheme::Io, Some(_)) => text.starts_with('I'),
        (Scheme::Types, Some(_)) => false,
    }
}

/// Converts types to IOB2: adjacent words of one type are one entity. The digit 0 is read as O.
fn types_to_iob2(tags: &[String]) -> Result<Vec<String>, Violation> {
    let mut converted: Vec<String> = Vec::with_capacity(tags.len());
    for (word, tag) in tags.iter().enumerate() {
        if mark_and_type(tag).is_some() || !is_type(tag) {
            let what = if is_type(tag) { "has a prefix" } else { "is not a type" };
            return Err(Violation { word, what: format!("`{tag}` {what}"), unknown: true });
        }
        let continues = word.checked_sub(1).is_some_and(|before| tags[before] == *tag);
        converted.push(match tag.as_str() {
            "O" | "0" => "O".to_owned(),
            kind => format!("{}-{kind}", if continues { 'I' } else { 'B' }),
        });
    }
    Ok(converted)
}

fn alphabet(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Iob1 | Scheme::Iob2 => "O, B-X, I-X",
        Scheme::Bioes => "O, B-X, I-X, E-X, S-X",
        Scheme::Io => "O, I-X",
        Scheme::Types => "O, X",
    }
}

/// Checks a tag against its neighbors.
fn check(scheme: Scheme, mark: Mark, kind: &str, before: Tag<'_>, after: Tag<'_>) -> Result<(), String> {
    let same = |tag: Tag<'_>, marks: [Mark; 2]| tag.is_some_and(|(mark, other)| other == kind && marks.contains(&mark));
    let open = same(before, [Mark::Begin, Mark::Inside]);
    match (scheme, mark) {
        (Scheme::Iob2, Mark::Inside) | (Scheme::Bioes, Mark::Inside | Mark::End) if !open => {
            Err(format!("does not follow `B-{kind}` or `I-{kind}`"))
        }
        (Scheme::Iob1, Mark::Begin) if !open => {
            Err(format!("does not follow `B-{kind}` or `I-{kind}`: B- only separates adjacent entities of one type"))
        }
        (Scheme::Bioes, Mark::Begin | Mark::Inside) if !same(after, [Mark::Inside, Mark::End]) => {
            Err(format!("is not followed by `I-{kind}` or `E-{kind}`"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tags(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn iob2(scheme: Scheme, text: &str) -> String {
        to_iob2(scheme, &tags(text)).unwrap().join(" ")
    }

    fn violation(scheme: Scheme, text: &str) -> String {
        let Violation { word, what, .. } = to_iob2(scheme, &tags(text)).unwrap_err();
        format!("{word}: {what}")
    }

    /// One sentence with entities of one word and of several, touching ones of one type and of two, in every scheme.
    #[test]
    fn every_scheme_says_the_same_entities() {
        let wanted = "B-PER I-PER O B-LOC B-LOC B-ORG I-ORG";
        assert_eq!(iob2(Scheme::Iob2, wanted), wanted);
        assert_eq!(iob2(Scheme::Iob1, "I-PER I-PER O I-LOC B-LOC I-ORG I-ORG"), wanted);
        assert_eq!(iob2(Scheme::Bioes, "B-PER E-PER O S-LOC S-LOC B-ORG E-ORG"), wanted);
        assert_eq!(iob2(Scheme::Bioes, "B-PER L-PER O U-LOC U-LOC B-ORG L-ORG"), wanted);
        assert_eq!(iob2(Scheme::Bioes, "B-PER I-PER E-PER"), "B-PER I-PER I-PER");
        assert_eq!(
            iob2(Scheme::Bioes, "B-PER M-PER E-PER O W-LOC S-LOC B-ORG E-ORG"),
            "B-PER I-PER I-PER O B-LOC B-LOC B-ORG I-ORG"
        );
        assert_eq!(iob2(Scheme::Types, "PER PER 0 LOC ORG ORG O"), "B-PER I-PER O B-LOC B-ORG I-ORG O");
        assert_eq!(iob2(Scheme::Io, "I-PER I-PER O I-LOC I-LOC I-ORG I-ORG"), "B-PER I-PER O B-LOC I-LOC B-ORG I-ORG");
        assert_eq!(iob2(Scheme::Iob1, "I-PER B-PER B-PER I-PER"), "B-PER B-PER B-PER I-PER");
        assert_eq!(iob2(Scheme::Iob2, "B-ORG-PART I-ORG-PART"), "B-ORG-PART I-ORG-PART");
    }

    #[test]
    fn the_first_tag_that_breaks_a_scheme_is_named() {
        insta::assert_snapshot!(violation(Scheme::Iob2, "O I-PER"), @"1: `I-PER` does not follow `B-PER` or `I-PER`");
        insta::assert_snapshot!(violation(Scheme::Iob2, "B-LOC I-PER"), @"1: `I-PER` does not follow `B-PER` or `I-PER`");
        insta::assert_snapshot!(violation(Scheme::Iob2, "B-PER E-PER"), @"1: `E-PER` is not one of O, B-X, I-X");
        insta::assert_snapshot!(violation(Scheme::Iob1, "O B-PER"), @"1: `B-PER` does not follow `B-PER` or `I-PER`: B- only separates adjacent entities of one type");
        insta::assert_snapshot!(violation(Scheme::Bioes, "B-PER O"), @"0: `B-PER` is not followed by `I-PER` or `E-PER`");
        insta::assert_snapshot!(violation(Scheme::Bioes, "B-PER I-PER"), @"1: `I-PER` is not followed by `I-PER` or `E-PER`");
        insta::assert_snapshot!(violation(Scheme::Bioes, "S-PER E-PER"), @"1: `E-PER` does not follow `B-PER` or `I-PER`");
        insta::assert_snapshot!(violation(Scheme::Io, "I-PER B-PER"), @"1: `B-PER` is not one of O, I-X");
        insta::assert_snapshot!(violation(Scheme::Iob2, "B-PER M-PER"), @"1: `M-PER` is not one of O, B-X, I-X");
        insta::assert_snapshot!(violation(Scheme::Types, "PER B-PER"), @"1: `B-PER` has a prefix");
        insta::assert_snapshot!(violation(Scheme::Io, "PER"), @"0: `PER` is not one of O, I-X");
        insta::assert_snapshot!(violation(Scheme::Bioes, "B-"), @"0: `B-` is not one of O, B-X, I-X, E-X, S-X");
    }

    /// Spans of a sentence: how many words each has, and its type; none for words outside.
    type Spans = Vec<(usize, Option<usize>)>;

    const TYPES: [&str; 3] = ["PER", "LOC", "ORG-PART"];

    fn spans() -> impl Strategy<Value = Spans> {
        prop::collection::vec((1..4_usize, prop::option::of(0..TYPES.len())), 0..8)
    }

    /// The sentence's tags under a scheme; `letters`: for the marks of inside, end and single.
    fn written(scheme: Scheme, spans: &Spans, letters: [char; 3]) -> Vec<String> {
        let mut tags = Vec::new();
        for (at, (words, kind)) in spans.iter().enumerate() {
            let touches = at > 0 && spans[at - 1].1 == *kind;
            for word in 0..*words {
                let Some(kind) = kind.map(|kind| TYPES[kind]) else {
                    tags.push("O".to_owned());
                    continue;
                };
                let mark = match (scheme, word == 0, word + 1 == *words) {
                    (Scheme::Types, ..) => {
                        tags.push(kind.to_owned());
                        continue;
                    }
                    (Scheme::Bioes, true, true) => letters[2],
                    (Scheme::Bioes, false, true) => letters[1],
                    (Scheme::Bioes, false, false) => letters[0],
                    (Scheme::Iob2 | Scheme::Bioes, true, _) => 'B',
                    (Scheme::Iob1, true, _) if touches => 'B',
                    _ => 'I',
                };
                tags.push(format!("{mark}-{kind}"));
            }
        }
        tags
    }

    /// Spans with those of one type that touch made one, as schemes without B- cannot part them.
    fn joined(spans: &Spans) -> Spans {
        let mut joined: Spans = Vec::new();
        for (words, kind) in spans {
            match joined.last_mut() {
                Some((before, same)) if same == kind => *before += words,
                _ => joined.push((*words, *kind)),
            }
        }
        joined
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_scheme_keeps_the_entities(spans in spans()) {
            let wanted = written(Scheme::Iob2, &spans, ['I'; 3]);
            for letters in [['I', 'E', 'S'], ['I', 'L', 'U'], ['M', 'E', 'S'], ['M', 'E', 'W']] {
                prop_assert_eq!(to_iob2(Scheme::Bioes, &written(Scheme::Bioes, &spans, letters)).unwrap(), wanted.clone());
            }
            prop_assert_eq!(to_iob2(Scheme::Iob1, &written(Scheme::Iob1, &spans, ['I'; 3])).unwrap(), wanted.clone());
            prop_assert_eq!(to_iob2(Scheme::Iob2, &wanted).unwrap(), wanted, "converting again changes nothing");
            let one = joined(&spans);
            let wanted = written(Scheme::Iob2, &one, ['I'; 3]);
            for scheme in [Scheme::Io, Scheme::Types] {
                prop_assert_eq!(to_iob2(scheme, &written(scheme, &spans, ['I'; 3])).unwrap(), wanted.clone());
            }
        }

        #[test]
        fn whatever_is_converted_is_iob2(tags in prop::collection::vec("[BIESLUMWO](-[AB])?|O|A", 0..8)) {
            for scheme in [Scheme::Iob1, Scheme::Iob2, Scheme::Bioes, Scheme::Io, Scheme::Types] {
                if let Ok(converted) = to_iob2(scheme, &tags) {
                    prop_assert_eq!(to_iob2(Scheme::Iob2, &converted), Ok(converted));
                }
            }
        }
    }
}
