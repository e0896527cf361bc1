//! Text with a token a line, its tag in a column of its own, and a blank line after each sentence. Must not know tag sets.
//!
//! - Columns are parted by tabs if the first token's line has one (a token may then hold spaces), else by spaces and tabs.
//!   Every token's line has as many as the first. Which of them are read, `data.columns` says; unset: the first, the last.
//! - A line that begins with `#` is a comment, unless it has the columns of a token's line: `#` is a word too.
//! - A line whose first column or token is `-DOCSTART-` ends a sentence and is skipped.
//! - Of CoNLL-U (ten columns or more, parted by tabs, tokens not in the first), word ranges (`1-2`) and empty nodes
//!   (`1.1`) are skipped.

use super::layout_of_columns::{Layout, Survey, is_range_or_empty_node};
use super::rows::{Lines, RawRows, RawTags, text_of};
use super::{DataError, TextError, TextFault};
use crate::hub::InputFile;
use crate::spec::Columns;

/// Begins a document.
const DOCUMENT: &str = "-DOCSTART-";
/// Blanks within a line; others, such as the no-break space, are part of tokens.
const BLANKS: [char; 2] = [' ', '\t'];
/// Columns of CoNLL-U at least.
const CONLLU_COLUMNS: usize = 10;

/// Reads every sentence of `file`.
///
/// # Errors
/// A file that is not UTF-8 or holds no sentence, a line with other columns than the first, columns that are not there,
/// and columns to choose from where none were chosen.
pub(super) fn read(file: &InputFile, columns: Columns) -> Result<RawRows, DataError> {
    let text = text_of(file)?;
    let lines = || text.split('\n').map(|line| line.trim_end_matches('\r'));
    let first = lines().enumerate().find(|(_, line)| !line.starts_with('#') && !is_blank(line) && !is_document(line));
    let Some((at, line)) = first else { return Err(TextError::of(&file.name, TextFault::NoSentence).into()) };
    let layout = Layout::of(&file.name, at + 1, line, columns)?;
    let mut sentences = Sentences::default();
    let mut survey = Survey::new(&layout);
    for (at, line) in lines().enumerate() {
        if is_blank(line) || is_document(line) {
            sentences.end();
            continue;
        }
        let fields = layout.fields(line);
        if line.starts_with('#') && fields.len() != layout.width {
            continue;
        }
        if fields.len() != layout.width {
            let fault = TextFault::OtherColumns { found: fields.len(), needed: layout.width };
            return Err(TextError::at(&file.name, at + 1, fault).into());
        }
        let (token, tag) = (fields[layout.token - 1], fields[layout.tag - 1]);
        if token == DOCUMENT {
            sentences.end();
        } else if layout.token > 1 && layout.width >= CONLLU_COLUMNS && is_range_or_empty_node(fields[0]) {
            sentences.skipped += 1;
        } else {
            survey.see(sentences.words.len(), &fields);
            sentences.push(token, tag, at + 1);
        }
    }
    sentences.end();
    survey.verdict(&file.name)?;
    Ok(sentences.rows(&file.name)?)
}

fn is_blank(line: &str) -> bool {
    line.trim_matches(BLANKS).is_empty()
}

fn is_document(line: &str) -> bool {
    line.trim_start_matches(BLANKS).split(BLANKS).next() == Some(DOCUMENT)
}

/// The sentences read so far, and the one under way.
#[derive(Default)]
struct Sentences {
    all_words: Vec<Vec<String>>,
    all_tags: Vec<Vec<String>>,
    all_lines: Vec<Vec<usize>>,
    words: Vec<String>,
    tags: Vec<String>,
    lines: Vec<usize>,
    /// Word ranges and empty nodes.
    skipped: usize,
}

impl Sentences {
    fn push(&mut self, word: &str, tag: &str, line: usize) {
        self.words.push(word.to_owned());
        self.tags.push(tag.to_owned());
        self.lines.push(line);
    }

    /// Ends the sentence under way, if there is one.
    fn end(&mut self) {
        if !self.words.is_empty() {
            self.all_words.push(std::mem::take(&mut self.words));
            self.all_tags.push(std::mem::take(&mut self.tags));
            self.all_lines.push(std::mem::take(&mut self.lines));
        }
    }

    fn rows(self, file: &str) -> Result<RawRows, TextError> {
        if self.all_words.is_empty() {
            return Err(TextError::of(file, TextFault::NoSentence));
        }
        let skipped = self.skipped;
        Ok(RawRows {
            file: file.to_owned(),
            words: self.all_words,
            tags: RawTags::Names(self.all_tags),
            features: None,
            lines: Lines::OfWords(self.all_lines),
            note: (skipped > 0).then(|| format!("{file}: word ranges and empty nodes of CoNLL-U skipped: {skipped}")),
        })
    }
}
