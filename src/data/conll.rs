//! Text with a token a line, its tag in a column of its own, and a blank line after each sentence. Must not know tag sets.
//!
//! - Columns are parted by tabs if the first token's line has one (a token may then hold spaces), else by spaces and tabs.
//!   Every token's line has as many as the first. Which of them are read, `data.columns` says; unset: the first, the last.
//! - A line that begins with `#` is a comment, unless it has the columns of a token's line: `#` is a word too. One that
//!   has them is a comment where a sentence may begin and its tag is none, or it is metadata (`# sent_id = 1`).
//! - A line whose first column or token is `-DOCSTART-` ends a sentence and is skipped.
//! - Of CoNLL-U (ten columns or more, parted by tabs, tokens not in the first), word ranges (`1-2`) and empty nodes
//!   (`1.1`) are skipped.

use super::layout_of_columns::Layout;
use super::rows::RawRows;
use super::sentences::Sentences;
use super::survey::Survey;
use super::text::lines;
use super::{DataError, TextError, TextFault};
use crate::spec::{Columns, Scheme};

/// Begins a document.
const DOCUMENT: &str = "-DOCSTART-";
/// Blanks within a line; others, such as the no-break space, are part of tokens.
const BLANKS: [char; 2] = [' ', '\t'];

/// Reads every sentence of the `text` of `file`.
///
/// # Errors
/// A text that holds no sentence, a line with other columns than the first, columns that are not there.
pub(super) fn read(file: &str, text: &str, chosen: &Columns, scheme: Option<Scheme>) -> Result<RawRows, DataError> {
    let first =
        lines(text).enumerate().find(|(_, line)| !line.starts_with('#') && !is_blank(line) && !is_document(line));
    let Some((at, line)) = first else { return Err(TextError::of(file, TextFault::NoSentence).into()) };
    let layout = Layout::of(file, at + 1, line, chosen)?;
    let mut sentences = Sentences::default();
    let mut survey = Survey::new(layout.width, layout.token, layout.tag);
    let (mut no_words, mut comments) = (0, 0);
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
        if line.starts_with('#') && sentences.under_way() == 0 && layout.is_comment(line, &fields, scheme) {
            comments += 1;
        } else if token == DOCUMENT {
            sentences.end();
        } else if layout.is_no_word(&fields) {
            no_words += 1;
        } else {
            survey.see(sentences.under_way(), number, &fields);
            sentences.push(token, tag, number);
        }
    }
    let counts = [
        ("word ranges and empty nodes of CoNLL-U skipped", no_words),
        ("comments as wide as a token's line skipped", comments),
    ];
    let notes = counts.into_iter().filter(|(_, count)| *count > 0);
    let notes = notes.map(|(what, count)| format!("{file}: {what}: {count}")).collect();
    Ok(sentences.rows(file, Some(survey), notes)?)
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn is_document(line: &str) -> bool {
    line.trim_start_matches(BLANKS).split(BLANKS).next() == Some(DOCUMENT)
}
