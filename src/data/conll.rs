//! Text with a token per line, its tag in another column, and a blank line after each sentence.
//!
//! - Columns are separated by tabs if the first token's line has one (a token may then have spaces), else by spaces and
//!   tabs. Every token's line has as many as the first. `data.columns` chooses those to read; default: first and last.
//! - A line that begins with `#` is a comment, unless it has the columns of a token's line: `#` may be a word. With these
//!   columns it is a comment only between sentences, if its tag is not a tag or it is metadata (`# sent_id = 1`).
//! - A line whose first column or token is `-DOCSTART-` ends a sentence and is skipped.
//! - In CoNLL-U (ten columns or more, separated by tabs, tokens not in the first), word ranges (`1-2`) and empty nodes
//!   (`1.1`) are skipped.

use super::column_layout::ColumnLayout;
use super::rows::RawRows;
use super::sentences::Sentences;
use super::survey::Survey;
use super::text::lines;
use super::{DataError, TextError, TextFault};
use crate::spec::{Columns, Scheme};

/// The token that begins a document.
const DOCUMENT: &str = "-DOCSTART-";
/// Separators within a line; others, such as the no-break space, are part of tokens.
const BLANKS: [char; 2] = [' ', '\t'];

/// Reads every sentence of the `text` of `file`.
///
/// # Errors
/// A text without sentences, a line with another number of columns than the first, missing columns.
pub(super) fn read(file: &str, text: &str, chosen: &Columns, scheme: Option<Scheme>) -> Result<RawRows, DataError> {
    let first =
        lines(text).enumerate().find(|(_, line)| !line.starts_with('#') && !is_blank(line) && !is_document(line));
    let Some((at, line)) = first else { return Err(TextError::of(file, TextFault::NoSentence).into()) };
    let layout = ColumnLayout::of(file, at + 1, line, chosen)?;
    let mut sentences = Sentences::default();
    let mut survey = Survey::new(layout.width, layout.token, layout.tag);
    let (mut skipped, mut comments) = (0, 0);
    for (number, line) in (1..).zip(lines(text)) {
        if is_blank(line) || is_document(line) {
            sentences.end();
            continue;
        }
        let fields = layout.fields(line);
        if fields.len() != layout.width {
            if line.starts_with('#') {
                continue;
            }
            return Err(TextError::at(file, number, layout.other_columns(&fields)).into());
        }
        let (token, tag) = (fields[layout.token - 1], fields[layout.tag - 1].trim());
        if line.starts_with('#') && sentences.current_words() == 0 && layout.is_comment(line, &fields, scheme) {
            comments += 1;
        } else if token == DOCUMENT {
            sentences.end();
        } else if layout.is_no_word(&fields) {
            skipped += 1;
        } else {
            survey.see(sentences.current_words(), number, &fields);
            sentences.push(token, tag, number);
        }
    }
    let counts =
        [("CoNLL-U word ranges and empty nodes", skipped), ("comments with the columns of a token's line", comments)];
    let notes = counts.into_iter().filter(|(_, count)| *count > 0);
    let notes = notes.map(|(what, count)| format!("{file}: skipped {count} {what}")).collect();
    Ok(sentences.rows(file, Some(survey), notes)?)
}

pub(super) fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

pub(super) fn is_document(line: &str) -> bool {
    line.trim_start_matches(BLANKS).split(BLANKS).next() == Some(DOCUMENT)
}
