//! What can be wrong with a text file of data: where, and what.

use std::fmt;

use super::Place;

/// A problem with a text file, columns or JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextError {
    /// Name in the repository or folder.
    pub file: String,
    /// Where in the file; none: the whole of it.
    pub place: Option<Place>,
    /// What is wrong.
    pub fault: TextFault,
}

/// What is wrong with a text file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// Another encoding.
    #[error("this is not UTF-8; convert the file, as in `iconv -f latin1 -t utf-8`")]
    NotUtf8,
    /// Two bytes a letter.
    #[error("this is UTF-16; convert the file, as in `iconv -f utf-16 -t utf-8`")]
    Utf16,
    /// A byte that no text has.
    #[error("this line has a NUL byte; convert or mend the file")]
    Nul,
    /// Nothing to read.
    #[error("it holds no sentence; write one, or name another file in data.files")]
    NoSentence,
    /// A line of one column.
    #[error("one column where a token and its tag belong; part them by a tab or spaces")]
    OneColumn,
    /// A line whose columns are not those of the first token's line.
    #[error(
        "columns: {found} here, {needed} on the first token's line; write all lines alike, parted by tabs or by spaces"
    )]
    OtherColumns {
        /// Columns of the line.
        found: usize,
        /// Columns of the first token's line.
        needed: usize,
    },
    /// A column beyond the last.
    #[error("there is no column {column}, only {width}; count them from 1 in data.columns")]
    NoSuchColumn {
        /// The column chosen.
        column: usize,
        /// Columns there are.
        width: usize,
    },
    /// One column for token and tag.
    #[error("column {column} would be both token and tag; name two columns in data.columns")]
    SameColumn {
        /// The column.
        column: usize,
    },
    /// Columns that have to be chosen.
    #[error("{why}; choose with data.columns = {choices}")]
    ChooseColumns {
        /// What the columns look like.
        why: String,
        /// What may be written.
        choices: String,
    },
    /// A line that is no JSON object.
    #[error("this is no JSON object: {reason}; write {{\"tokens\": [...], \"ner_tags\": [...]}} on a line")]
    NotJson {
        /// What the parser says.
        reason: String,
    },
    /// A JSON object without words or tags.
    #[error("there is no key `{needed}`, only {found}; name the keys `tokens` and `ner_tags`")]
    MissingKey {
        /// The names looked for.
        needed: String,
        /// The keys there are.
        found: String,
    },
    /// A JSON value of another kind.
    #[error("`{key}` is not {needed}; write it as such a list")]
    NotList {
        /// The key.
        key: &'static str,
        /// What it should hold.
        needed: &'static str,
    },
    /// Numbers in one row, names in another.
    #[error("the tags are {found}, those before are not; write all rows alike")]
    MixedTags {
        /// numbers or names
        found: &'static str,
    },
}

impl TextError {
    /// A problem with a whole file.
    pub(super) fn of(file: &str, fault: TextFault) -> Self {
        Self { file: file.to_owned(), place: None, fault }
    }

    /// A problem with a line of a file, counted from 1.
    pub(super) fn at(file: &str, line: usize, fault: TextFault) -> Self {
        Self { file: file.to_owned(), place: Some(Place::Line(line)), fault }
    }

    /// The error's name in `results.csv`.
    pub(super) fn code(&self) -> &'static str {
        match self.fault {
            TextFault::NotUtf8 | TextFault::Utf16 | TextFault::Nul | TextFault::NoSentence => "data-text",
            TextFault::OneColumn
            | TextFault::OtherColumns { .. }
            | TextFault::NoSuchColumn { .. }
            | TextFault::SameColumn { .. }
            | TextFault::ChooseColumns { .. } => "data-columns",
            TextFault::NotJson { .. } | TextFault::MissingKey { .. } | TextFault::NotList { .. } => "data-json",
            TextFault::MixedTags { .. } => "data-labels",
        }
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(place) => write!(f, "{}, {place}: {}", self.file, self.fault),
            None => write!(f, "{}: {}", self.file, self.fault),
        }
    }
}

impl std::error::Error for TextError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.fault)
    }
}
