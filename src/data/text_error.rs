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
    #[error("one column where a token and its tag belong{}; part them by a tab or spaces", parted_by(*blank))]
    OneColumn {
        /// The letter in the line that looks like a blank and is none.
        blank: Option<u32>,
    },
    /// A line whose columns are not those of the first token's line.
    #[error("{}, but line {line} has {needed}; write all lines alike, parted by tabs or by spaces", columns(*found))]
    OtherColumns {
        /// Columns of the line.
        found: usize,
        /// Columns of the first token's line.
        needed: usize,
        /// The first token's line.
        line: usize,
    },
    /// A tag with a space in a file that is parted by spaces.
    #[error("{} where line {line} has {needed}: a type holds no space; write `{tag}`", columns(*found))]
    SpaceInType {
        /// Columns of the line.
        found: usize,
        /// Columns of the first token's line.
        needed: usize,
        /// The first token's line.
        line: usize,
        /// The tag as it may be written.
        tag: String,
    },
    /// A column beyond the last.
    #[error("there is no column {column}, only {width}; count them from 1 in data.columns")]
    NoSuchColumn {
        /// The column chosen.
        column: usize,
        /// Columns there are.
        width: usize,
    },
    /// A name for a column that has none.
    #[error(
        "its columns have no names, such as `{name}`; count them from 1, as in data.columns = {{ token = 1, tag = 2 }}"
    )]
    NoNames {
        /// The name chosen.
        name: String,
    },
    /// A table whose first row names no columns to read.
    #[error("its first row, {found}, names no token and tag; name them: {choice}")]
    NoUsualNames {
        /// The names there are.
        found: String,
        /// The line to write.
        choice: String,
    },
    /// A table that names the column to read twice.
    #[error("its first row has the name `{name}` in columns {columns}; give the column to read a name of its own")]
    NameTwice {
        /// The name.
        name: String,
        /// The columns, from 1.
        columns: String,
    },
    /// A table that is no CSV.
    #[error("it is no CSV: {reason}; write it again")]
    NotCsv {
        /// What the parser says.
        reason: String,
    },
    /// A quoted field over several lines.
    #[error("a quoted field goes on over the end of the line; write the word `\"` as `\"\"\"\"`")]
    QuotedLines,
    /// A table without an end of a sentence.
    #[error("nothing tells its sentences apart; add a column `sentence_id`, or a blank row after each sentence")]
    NoSentenceEnds,
    /// A whole sentence in a row.
    #[error(
        "this row holds a whole sentence; write a token a row, or JSON lines: {{\"tokens\": [...], \"ner_tags\": [...]}}"
    )]
    RowPerSentence,
    /// An id that comes back.
    #[error("sentence `{id}` comes back after others; sort the rows by sentence")]
    IdAgain {
        /// The sentence's id.
        id: String,
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
    #[error(
        "this is no JSON object: {reason}; write {{\"tokens\": [...], \"ner_tags\": [...]}} on a line, or an array of such objects"
    )]
    NotJson {
        /// What the parser says.
        reason: String,
    },
    /// An object around the rows.
    #[error("it is one object, with rows in {keys}; write {}, as with `jq '.{key}' OLD.json > NEW.json`", alone(keys))]
    OneObject {
        /// The keys that hold rows.
        keys: String,
        /// The first of them.
        key: String,
    },
    /// An object of columns.
    #[error("it is one object with a list for each column; write an object a row, as `Dataset.to_json` does")]
    ListOfColumns,
    /// A JSON object without words or tags.
    #[error(
        "there is no key `{needed}`, which the first object has{}; write all rows alike",
        if found.is_empty() { String::new() } else { format!(", only {found}") }
    )]
    MissingKey {
        /// The name looked for.
        needed: String,
        /// The keys there are.
        found: String,
    },
    /// A JSON value of another kind.
    #[error("`{key}` is not {needed}; write it as such a list")]
    NotList {
        /// The key.
        key: String,
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
            TextFault::OneColumn { .. }
            | TextFault::NoNames { .. }
            | TextFault::NoUsualNames { .. }
            | TextFault::NameTwice { .. }
            | TextFault::SpaceInType { .. }
            | TextFault::OtherColumns { .. }
            | TextFault::NoSuchColumn { .. }
            | TextFault::SameColumn { .. }
            | TextFault::ChooseColumns { .. } => "data-columns",
            TextFault::NotJson { .. }
            | TextFault::OneObject { .. }
            | TextFault::ListOfColumns
            | TextFault::MissingKey { .. }
            | TextFault::NotList { .. } => "data-json",
            TextFault::NotCsv { .. }
            | TextFault::QuotedLines
            | TextFault::NoSentenceEnds
            | TextFault::RowPerSentence
            | TextFault::IdAgain { .. } => "data-csv",
            TextFault::MixedTags { .. } => "data-labels",
        }
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(place) => write!(f, "{}: {}", place.of(&self.file), self.fault),
            None => write!(f, "{}: {}", self.file, self.fault),
        }
    }
}

impl std::error::Error for TextError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.fault)
    }
}

fn columns(count: usize) -> String {
    if count == 1 { "1 column".to_owned() } else { format!("{count} columns") }
}

/// What to write of rows under several keys.
fn alone(keys: &str) -> &'static str {
    if keys.contains(", ") { "each of these lists to a file of its own" } else { "that list alone" }
}

/// What parts the words instead, where nobody sees it.
fn parted_by(blank: Option<u32>) -> String {
    blank.map_or_else(String::new, |letter| format!(", with the letter U+{letter:04X} between them, which is no space"))
}
