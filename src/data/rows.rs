//! The rows of a data file before its tags are interpreted, the same for every format.

use super::survey::Survey;
use super::{DataError, Location};

/// PyTorch's `ignore_index`: the label in tokenized data sets of tokens that the loss ignores.
const IGNORED: i64 = -100;

/// Tags as in the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum RawTags {
    /// Class numbers.
    Numbers(Vec<Vec<i64>>),
    /// Names such as `B-PER`.
    Names(Vec<Vec<String>>),
}

/// One file's rows and metadata.
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
    /// The names of its class numbers: the file's own, until `class_names` finds those of every file.
    pub(super) classes: Option<Vec<String>>,
    /// The lines of rows or words.
    pub(super) lines: Lines,
    /// Statistics of its columns, if they have no names.
    pub(super) survey: Option<Survey>,
    /// What was skipped in the file, for the user.
    pub(super) notes: Vec<String>,
}

/// The lines of a file's words.
#[derive(Debug)]
pub(super) enum Lines {
    /// The file has rows, but no lines.
    None,
    /// `[rows]`: the line of each row.
    OfRows(Vec<usize>),
    /// `[rows][words]`: the line of each word.
    OfWords(Vec<Vec<usize>>),
}

impl RawRows {
    pub(super) fn location(&self, row: usize, word: usize) -> Location {
        match &self.lines {
            Lines::None => Location::Row(row),
            Lines::OfRows(lines) => Location::Line(lines[row]),
            Lines::OfWords(lines) => Location::Line(lines[row][word]),
        }
    }

    /// The error of a tag that is not in `set`.
    pub(super) fn outside(&self, row: usize, word: usize, tag: &str, set: &[String]) -> DataError {
        let (file, place) = (self.file.clone(), self.location(row, word));
        DataError::OutsideSet { file, place, tag: tag.to_owned(), set: set.join(", ") }
    }

    /// The first row and word with the label that the loss of transformers' Trainer ignores.
    pub(super) fn ignored(&self) -> Option<(usize, usize)> {
        fn first<T>(rows: &[Vec<T>], is: impl Fn(&T) -> bool) -> Option<(usize, usize)> {
            rows.iter().enumerate().find_map(|(row, tags)| Some((row, tags.iter().position(&is)?)))
        }
        match &self.tags {
            RawTags::Numbers(rows) => first(rows, |tag| *tag == IGNORED),
            RawTags::Names(rows) => first(rows, |tag| tag == "-100"),
        }
    }

    /// The rows of tags that are text; empty if they are numbers.
    pub(super) fn names(&self) -> &[Vec<String>] {
        match &self.tags {
            RawTags::Names(rows) => rows,
            RawTags::Numbers(_) => &[],
        }
    }

    /// [`Self::names`], mutable.
    pub(super) fn names_mut(&mut self) -> &mut [Vec<String>] {
        match &mut self.tags {
            RawTags::Names(rows) => rows,
            RawTags::Numbers(_) => &mut [],
        }
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self.tags, RawTags::Names(_))
    }
}
