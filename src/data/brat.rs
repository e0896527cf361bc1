//! brat's standoff annotation: a text, and beside it a file of entities such as `T1<tab>PER 0 8<tab>Ana Ruiz`.
//!
//! A sentence is a line of the text; lines that an entity crosses are one sentence. Characters are counted over the whole
//! text, line ends included. Of an entity in several parts (`0 3;5 9`) the words between them belong to it. Relations,
//! events, attributes and notes are not read.

use super::rows::{Lines, RawRows, RawTags};
use super::spans::{Aligner, Span};
use super::text::{lines, text_of};
use super::{DataError, Location, TextError, TextFault};
use crate::hub::InputFile;
use crate::spec::SpanEnds;

/// Reads a text with its annotation.
///
/// # Errors
/// An entity that is not in the text, or not written as brat writes it.
pub(super) fn read(annotation: &InputFile, text: &InputFile, ends: SpanEnds) -> Result<RawRows, DataError> {
    let (spans, parts) = entities(annotation)?;
    let content = text_of(text)?;
    let letters: Vec<char> = content.chars().collect();
    for (line, span) in &spans {
        if span.start > span.end || span.end > letters.len() {
            let fault = TextFault::SpanOutside { start: span.start, end: span.end, length: letters.len() };
            return Err(TextError::at(&annotation.name, *line, fault).into());
        }
    }
    let mut aligner = Aligner::new(&text.name, ends);
    let (mut words, mut tags, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    for (line, start, end) in sentences(&letters, &spans) {
        let inside = |span: &&Span| span.start >= start && span.end <= end;
        let own = spans.iter().map(|(_, span)| span).filter(inside);
        let own: Vec<Span> = own
            .map(|span| Span { start: span.start - start, end: span.end - start, label: span.label.clone() })
            .collect();
        let sentence: String = letters[start..end].iter().collect();
        let (of_words, of_tags) = aligner.tagged(Location::Line(line), &sentence, &own)?;
        if !of_words.is_empty() {
            words.push(of_words);
            tags.push(of_tags);
            numbers.push(line);
        }
    }
    if words.is_empty() {
        return Err(TextError::of(&text.name, TextFault::NoSentence).into());
    }
    let mut notes = aligner.notes();
    if parts > 0 {
        notes
            .push(format!("{}: entities in several parts, read with the words between them: {parts}", annotation.name));
    }
    Ok(RawRows {
        file: text.name.clone(),
        words,
        tags: RawTags::Names(tags),
        tag_column: None,
        classes: None,
        lines: Lines::OfRows(numbers),
        survey: None,
        notes,
    })
}

/// The entities with their lines, and how many of them have several parts.
fn entities(annotation: &InputFile) -> Result<(Vec<(usize, Span)>, usize), DataError> {
    let content = text_of(annotation)?;
    let (mut spans, mut parts) = (Vec::new(), 0);
    for (number, line) in (1..).zip(lines(&content)).filter(|(_, line)| line.starts_with('T')) {
        let read = line.split('\t').nth(1).and_then(span);
        let Some((span, several)) = read else {
            return Err(TextError::at(&annotation.name, number, TextFault::NotBrat).into());
        };
        parts += usize::from(several);
        spans.push((number, span));
    }
    Ok((spans, parts))
}

/// `PER 0 8`, or `PER 0 3;5 9`; whether it has several parts.
fn span(text: &str) -> Option<(Span, bool)> {
    let (label, places) = text.split_once(' ')?;
    let (start, _) = places.split_once(' ')?;
    let (_, end) = places.rsplit_once(' ')?;
    let span = Span { start: start.parse().ok()?, end: end.parse().ok()?, label: label.to_owned() };
    Some((span, places.contains(';')))
}

/// The lines of a text, with those that an entity crosses as one: number of the first line, first character, and the one
/// behind the last.
fn sentences(letters: &[char], spans: &[(usize, Span)]) -> Vec<(usize, usize, usize)> {
    let mut crossed = vec![false; letters.len()];
    for (_, span) in spans {
        crossed[span.start..span.end].fill(true);
    }
    let (mut sentences, mut start, mut line, mut first) = (Vec::new(), 0, 1, 1);
    for (at, _) in letters.iter().enumerate().filter(|(_, letter)| **letter == '\n') {
        line += 1;
        if !crossed[at] {
            sentences.push((first, start, at));
            (start, first) = (at + 1, line);
        }
    }
    sentences.push((first, start, letters.len()));
    sentences
}
