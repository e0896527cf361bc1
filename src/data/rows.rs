//! What a data file holds before its tags are understood, whatever its format. Must not know tag sets.

use std::fmt;

use super::{DataError, TextError, TextFault, conll, jsonl, parquet_file};
use crate::hub::{Format, InputFile};
use crate::spec::Columns;

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
    /// The JSON under a Parquet file's key `huggingface`, where `datasets` keeps the features.
    pub(super) features: Option<String>,
    /// Where the words stand.
    pub(super) lines: Lines,
    /// What of the file was left out, in words.
    pub(super) note: Option<String>,
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

/// A place in a file, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Counted from 0, as `dataset[row]` does in Python.
    Row(usize),
    /// Counted from 1, as editors do.
    Line(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(row) => write!(f, "row {row}"),
            Self::Line(line) => write!(f, "line {line}"),
        }
    }
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

/// Reads a file in the format that its name ends in.
///
/// # Errors
/// A file that is missing or not of its format; `columns` for a file whose columns have names.
pub(super) fn read(file: &InputFile, columns: Option<Columns>) -> Result<RawRows, DataError> {
    let format = Format::of(&file.name).ok_or_else(|| DataError::NotRead { file: file.name.clone() })?;
    match (format, columns) {
        (Format::Columns, columns) => conll::read(file, columns.unwrap_or_default()),
        (_, Some(_)) => Err(DataError::NamedColumns { file: file.name.clone() }),
        (Format::Parquet, None) => parquet_file::read(file),
        (Format::JsonLines, None) => jsonl::read(file),
    }
}

/// The text of a file, without the byte order mark that some editors put first.
pub(super) fn text_of(file: &InputFile) -> Result<String, DataError> {
    let bytes =
        std::fs::read(&file.path).map_err(|source| DataError::Unreadable { file: file.name.clone(), source })?;
    let line = |before: &[u8]| 1 + before.iter().filter(|byte| **byte == b'\n').count();
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(TextError::at(&file.name, 1, TextFault::Utf16).into());
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(TextError::at(&file.name, line(&bytes[..at]), TextFault::Nul).into());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let sound = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        TextError::at(&file.name, line(sound), TextFault::NotUtf8)
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}
