//! Errors in text files of data.

use std::fmt;

use super::Location;

/// An error in a text file: columns, CSV or JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextError {
    /// Name in the repository or folder.
    pub file: String,
    /// Where in the file; none: the file as a whole.
    pub place: Option<Location>,
    /// What is wrong.
    pub fault: TextFault,
}

/// What is wrong with a text file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextFault {
    /// Another encoding.
    #[error("not UTF-8; convert the file, for example with `iconv -f latin1 -t utf-8`")]
    NotUtf8,
    /// UTF-16.
    #[error("UTF-16, not UTF-8; convert the file, for example with `iconv -f utf-16 -t utf-8`")]
    Utf16,
    /// Compressed data that are cut short or damaged.
    #[error("the compressed data end or are damaged here ({reason}); fetch or compress the file again")]
    Gzip {
        /// The decoder's error.
        reason: String,
    },
    /// A NUL byte.
    #[error("the line contains a NUL byte; save the file as UTF-8 text")]
    Nul,
    /// No sentence.
    #[error("no sentence in the file; add one, or name another file in data.files")]
    NoSentence,
    /// A line of one column.
    #[error("1 column, but a token and its tag are required{}; separate them by a tab or spaces", separated_by(*blank))]
    OneColumn {
        /// A white-space character in the line that does not separate columns.
        blank: Option<u32>,
    },
    /// A line with another number of columns than the first token's line.
    #[error("{}, but line {line} has {needed}; write all lines alike, with tabs or with spaces", columns(*found))]
    OtherColumns {
        /// Columns of the line.
        found: usize,
        /// Columns of the first token's line.
        needed: usize,
        /// The number of the first token's line.
        line: usize,
    },
    /// A type with a space, in a file with spaces between columns.
    #[error("{}, but line {line} has {needed}: a type has no spaces; write `{tag}`", columns(*found))]
    SpaceInType {
        /// Columns of the line.
        found: usize,
        /// Columns of the first token's line.
        needed: usize,
        /// The number of the first token's line.
        line: usize,
        /// The tag with `_` in place of spaces.
        tag: String,
    },
    /// A column after the last.
    #[error("no column {column}: the line has {width}; count columns from 1 in data.columns")]
    NoSuchColumn {
        /// The column chosen.
        column: usize,
        /// Columns of the line.
        width: usize,
    },
    /// A column given by name in a file without names.
    #[error(
        "the columns have numbers, not names such as `{name}`; count them from 1, as in data.columns = {{ token = 1, tag = 2 }}"
    )]
    NoNames {
        /// The name chosen.
        name: String,
    },
    /// A table whose first row has no usual names.
    #[error("no token and tag columns in the first row ({found}); set {choice}")]
    NoUsualNames {
        /// The names in the first row.
        found: String,
        /// The setting to write.
        choice: String,
    },
    /// A table with two columns of the name to read.
    #[error("columns {columns} are both named `{name}`; give the column to read a unique name")]
    NameTwice {
        /// The name.
        name: String,
        /// The columns, from 1.
        columns: String,
    },
    /// Invalid CSV.
    #[error("not valid CSV: {reason}; write the file again")]
    NotCsv {
        /// The parser's error.
        reason: String,
    },
    /// A quoted field over several lines.
    #[error("a quoted field does not end on its line; write the word `\"` as `\"\"\"\"`")]
    QuotedLines,
    /// A table in which no sentence ends.
    #[error("nothing separates the sentences; add a column `sentence_id`, or a blank row after each sentence")]
    NoSentenceEnds,
    /// A whole sentence in a row.
    #[error(
        "this row has a whole sentence; write a token per row, or JSON lines: {{\"tokens\": [...], \"ner_tags\": [...]}}"
    )]
    RowPerSentence,
    /// A sentence id that occurs again.
    #[error("sentence `{id}` occurs again after others; sort the rows by sentence")]
    IdAgain {
        /// The sentence's id.
        id: String,
    },
    /// One column for token and tag.
    #[error("column {column} is both token and tag; set two columns in data.columns")]
    SameColumn {
        /// The column.
        column: usize,
    },
    /// Columns that the user has to choose.
    #[error("{why}; set data.columns = {choices}")]
    ChooseColumns {
        /// What the columns have.
        why: String,
        /// The possible values.
        choices: String,
    },
    /// Not a JSON object.
    #[error(
        "not a JSON object: {reason}; write {{\"tokens\": [...], \"ner_tags\": [...]}} on each line, or an array of such objects"
    )]
    NotJson {
        /// The parser's error.
        reason: String,
    },
    /// An object around the rows.
    #[error(
        "one object with rows in {keys}; write {}, for example with `jq '.{key}' OLD.json > NEW.json`",
        alone(keys)
    )]
    OneObject {
        /// The keys that have rows.
        keys: String,
        /// The first of them.
        key: String,
    },
    /// An object of columns.
    #[error("one object with a list per column; write an object per row, as `Dataset.to_json` does")]
    ListOfColumns,
    /// A JSON object without words or tags.
    #[error(
        "no key `{needed}`, which the first object has{}; write all rows alike",
        if found.is_empty() { String::new() } else { format!(", only {found}") }
    )]
    MissingKey {
        /// The missing key.
        needed: String,
        /// The keys of the object.
        found: String,
    },
    /// A JSON value of a wrong type.
    #[error("`{key}` is not {needed}; write {needed}")]
    NotList {
        /// The key.
        key: String,
        /// The required type.
        needed: &'static str,
    },
    /// An entity that is not in its text.
    #[error(
        "an entity from character {start} to {end} is not in the text, which has {length} characters; count Unicode code points, as Python does"
    )]
    SpanOutside {
        /// The first character, from 0.
        start: usize,
        /// The one behind the last.
        end: usize,
        /// Characters of the text.
        length: usize,
    },
    /// An entity whose ends are not those of words.
    #[error(
        "the ends of the entity `{shown}` are not those of words; correct its characters, or set data.span_ends = \"widen\""
    )]
    SpanEnds {
        /// Its text.
        shown: String,
    },
    /// A row without a text or with entities of another form.
    #[error("{reason}; write {{\"text\": \"...\", \"entities\": [{{\"start\": 0, \"end\": 3, \"label\": \"PER\"}}]}}")]
    NotSpans {
        /// What is wrong.
        reason: String,
    },
    /// An entity that brat would not write.
    #[error("not an entity of brat; write `T1`, a tab, `TYPE START END`, a tab and the text")]
    NotBrat,
    /// Tags are numbers in one row and names in another.
    #[error("the tags are {found}, unlike those before; write all rows alike")]
    MixedTags {
        /// `numbers` or `names`
        found: &'static str,
    },
}

impl TextError {
    /// An error of a file as a whole.
    pub(super) fn of(file: &str, fault: TextFault) -> Self {
        Self { file: file.to_owned(), place: None, fault }
    }

    /// An error in a line, counted from 1.
    pub(super) fn at(file: &str, line: usize, fault: TextFault) -> Self {
        Self { file: file.to_owned(), place: Some(Location::Line(line)), fault }
    }

    /// The error's code in `results.csv`.
    pub(super) fn code(&self) -> &'static str {
        match self.fault {
            TextFault::NotUtf8 | TextFault::Utf16 | TextFault::Gzip { .. } | TextFault::Nul | TextFault::NoSentence => {
                "data-text"
            }
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
            TextFault::SpanOutside { .. }
            | TextFault::SpanEnds { .. }
            | TextFault::NotSpans { .. }
            | TextFault::NotBrat => "data-row",
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

/// What to write where rows are under one or several keys.
fn alone(keys: &str) -> &'static str {
    if keys.contains(", ") { "each of these lists to its own file" } else { "only that list" }
}

/// The invisible character that does not separate columns, if there is one.
fn separated_by(blank: Option<u32>) -> String {
    blank.map_or_else(String::new, |letter| format!(" (U+{letter:04X} in this line is not a separator)"))
}
