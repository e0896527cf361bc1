//! What a data file holds before its tags are understood, whatever its format. Must not know tag sets.

use super::survey::Survey;
use super::{DataError, Place};

/// PyTorch's `ignore_index`, with which tokenized data sets label what takes no part in the loss.
const IGNORED: i64 = -100;

/// Lists of tags as the file has them.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RawTags {
    /// Class numbers.
    Numbers(Vec<Vec<i64>>),
    /// Names such as `B-PER`.
    Names(Vec<Vec<String>>),
}

/// One file's rows and what it says about itself.
#[derive(Debug)]
pub(super) struct RawRows {
    /// Name in the repository or folder.
    pub(super) file: String,
    /// `[rows][words]`
    pub(super) words: Vec<Vec<String>>,
    /// `[rows][words]`
    pub(super) tags: RawTags,
    /// The name of the tags' column, where columns have names.
    pub(super) tag_column: Option<String>,
    /// The names of its class numbers: those that the file itself gives, until `class_names` finds those of every file.
    pub(super) classes: Option<Vec<String>>,
    /// Where the words stand.
    pub(super) lines: Lines,
    /// What its columns look like, where they are counted.
    pub(super) survey: Option<Survey>,
    /// What of the file was left out, in words.
    pub(super) notes: Vec<String>,
}

/// Where the words of a file stand in it.
#[derive(Debug)]
pub(super) enum Lines {
    /// The file has rows and no lines.
    None,
    /// `[rows]`: a line a row.
    OfRows(Vec<usize>),
    /// `[rows][words]`: a line a word.
    OfWords(Vec<Vec<usize>>),
}

impl RawRows {
    /// Where a word stands.
    pub(super) fn place(&self, row: usize, word: usize) -> Place {
        match &self.lines {
            Lines::None => Place::Row(row),
            Lines::OfRows(lines) => Place::Line(lines[row]),
            Lines::OfWords(lines) => Place::Line(lines[row][word]),
        }
    }

    /// The error of a tag that a set does not have.
    pub(super) fn outside(&self, row: usize, word: usize, tag: &str, set: &[String]) -> DataError {
        let (file, place) = (self.file.clone(), self.place(row, word));
        DataError::OutsideSet { file, place, tag: tag.to_owned(), set: set.join(", ") }
    }

    /// The first row and word whose tag is the label that Trainer's loss ignores.
    pub(super) fn ignored(&self) -> Option<(usize, usize)> {
        fn first<T>(rows: &[Vec<T>], is: impl Fn(&T) -> bool) -> Option<(usize, usize)> {
            rows.iter().enumerate().find_map(|(row, tags)| Some((row, tags.iter().position(&is)?)))
        }
        match &self.tags {
            RawTags::Numbers(rows) => first(rows, |tag| *tag == IGNORED),
            RawTags::Names(rows) => first(rows, |tag| tag == "-100"),
        }
    }

    /// The rows of tags that are text; none where they are numbers.
    pub(super) fn names(&self) -> &[Vec<String>] {
        match &self.tags {
            RawTags::Names(rows) => rows,
            RawTags::Numbers(_) => &[],
        }
    }

    /// [`Self::names`] to change.
    pub(super) fn names_mut(&mut self) -> &mut [Vec<String>] {
        match &mut self.tags {
            RawTags::Names(rows) => rows,
            RawTags::Numbers(_) => &mut [],
        }
    }

    /// Whether tags are text.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.tags, RawTags::Names(_))
    }
}
