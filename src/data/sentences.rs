//! Collects the sentences of a text file as its lines are read.

use super::rows::{Lines, RawRows, RawTags};
use super::survey::Survey;
use super::{TextError, TextFault};

/// The sentences read so far, and the current one.
#[derive(Default)]
pub(super) struct Sentences {
    all_words: Vec<Vec<String>>,
    all_tags: Vec<Vec<String>>,
    all_lines: Vec<Vec<usize>>,
    words: Vec<String>,
    tags: Vec<String>,
    lines: Vec<usize>,
}

impl Sentences {
    /// Number of words in the current sentence.
    pub(super) fn current_words(&self) -> usize {
        self.words.len()
    }

    /// Number of sentences that have ended.
    pub(super) fn ended(&self) -> usize {
        self.all_words.len()
    }

    pub(super) fn push(&mut self, word: &str, tag: &str, line: usize) {
        self.words.push(word.to_owned());
        self.tags.push(tag.to_owned());
        self.lines.push(line);
    }

    /// Ends the current sentence, if it has words.
    pub(super) fn end(&mut self) {
        if !self.words.is_empty() {
            self.all_words.push(std::mem::take(&mut self.words));
            self.all_tags.push(std::mem::take(&mut self.tags));
            self.all_lines.push(std::mem::take(&mut self.lines));
        }
    }

    /// All of them as the rows of `file`.
    ///
    /// # Errors
    /// [`TextFault::NoSentence`]
    pub(super) fn rows(mut self, file: &str, survey: Option<Survey>, notes: Vec<String>) -> Result<RawRows, TextError> {
        self.end();
        if self.all_words.is_empty() {
            return Err(TextError::of(file, TextFault::NoSentence));
        }
        Ok(RawRows {
            file: file.to_owned(),
            words: self.all_words,
            tags: RawTags::Names(self.all_tags),
            tag_column: None,
            classes: None,
            lines: Lines::OfWords(self.all_lines),
            survey,
            notes,
        })
    }
}
