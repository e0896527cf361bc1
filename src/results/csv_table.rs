//! A CSV file in memory: header, rows and their lines. It knows no column's meaning.

use std::collections::HashMap;
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use super::ResultsError;

/// What some spreadsheets and editors write before a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A table whose rows are all as long as its header.
pub(super) struct CsvTable<'a> {
    file: &'a Path,
    pub(super) header: Vec<String>,
    /// The first place of each column.
    places: HashMap<String, usize>,
    /// The line where a row begins, and its cells.
    pub(super) rows: Vec<(u64, csv::StringRecord)>,
}

/// One row of a table.
pub(super) struct Cells<'a> {
    table: &'a CsvTable<'a>,
    line: u64,
    row: &'a csv::StringRecord,
}

impl<'a> CsvTable<'a> {
    /// Parses a whole file; `file` is for messages only.
    pub(super) fn parse(file: &'a Path, content: &[u8]) -> Result<Self, ResultsError> {
        ResultsError::find_merge(file, content)?;
        ResultsError::find_pointer(file, content)?;
        let content = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content);
        let lines = content.iter().filter(|&&byte| byte == b'\n').count() as u64;
        if content.last() != Some(&b'\n') {
            return Err(ResultsError::damaged(file, lines + 1, "the file ends in the middle of a line"));
        }
        if content.iter().filter(|&&byte| byte == b'"').count() % 2 == 1 {
            return Err(ResultsError::damaged(file, lines, "the file ends within a quoted cell"));
        }
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(content);
        let mut rows = Vec::new();
        for row in reader.records() {
            let row = row.map_err(|error| locate(file, &error))?;
            // a table of somebody else may be shown: it must not move the cursor of a terminal
            if row.iter().any(|cell| cell.chars().any(|letter| letter.is_control() && !"\n\r\t".contains(letter))) {
                let line = row.position().map_or(0, csv::Position::line);
                return Err(ResultsError::damaged(file, line, "a cell has a control character"));
            }
            rows.push((row.position().map_or(0, csv::Position::line), row));
        }
        if rows.is_empty() {
            return Err(ResultsError::damaged(file, 1, "the header is missing"));
        }
        let header: Vec<String> = rows.remove(0).1.iter().map(str::to_owned).collect();
        if header.len() == 1 && header[0].contains([';', '\t']) {
            return Err(ResultsError::damaged(
                file,
                1,
                "the cells are not separated by commas (saved by a spreadsheet?)",
            ));
        }
        let places = header.iter().cloned().enumerate().map(|(place, name)| (name, place)).rev().collect();
        Ok(Self { file, header, places, rows })
    }

    /// The first place of a column.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.places.get(column).copied()
    }

    /// Checks the header of a table whose columns are fixed for this version. Later versions may add some.
    pub(super) fn expect_header(&self, header: &[&str]) -> Result<(), ResultsError> {
        if self.header == header {
            return Ok(());
        }
        let added = self.header.iter().find(|column| !header.contains(&column.as_str()));
        if let Some(column) = added.filter(|_| header.iter().all(|column| self.places.contains_key(*column))) {
            return Err(ResultsError::unknown_column(self.file, column));
        }
        Err(ResultsError::damaged(self.file, 1, format!("the header is not {:?}", header.join(","))))
    }

    pub(super) fn cells(&'a self) -> impl Iterator<Item = Cells<'a>> {
        self.rows.iter().map(|(line, row)| Cells { table: self, line: *line, row })
    }
}

impl<'a> Cells<'a> {
    /// The text under a column.
    pub(super) fn text(&self, column: &str) -> Result<&'a str, ResultsError> {
        self.find(column).ok_or_else(|| self.damaged(format!("column {column:?} is missing")))
    }

    /// The value under a column; none if the cell is empty.
    pub(super) fn optional<T: FromStr<Err: Display>>(&self, column: &str) -> Result<Option<T>, ResultsError> {
        self.text(column)?;
        self.optional_column(column)
    }

    /// The value under a column; none if the cell is empty or the table has no such column.
    pub(super) fn optional_column<T: FromStr<Err: Display>>(&self, column: &str) -> Result<Option<T>, ResultsError> {
        let Some(text) = self.find(column).filter(|text| !text.is_empty()) else { return Ok(None) };
        let value = text.parse();
        value.map(Some).map_err(|error| self.damaged(format!("{column} {text:?}: {error}")))
    }

    /// An error at this row.
    pub(super) fn damaged(&self, problem: impl Into<String>) -> ResultsError {
        ResultsError::damaged(self.table.file, self.line, problem)
    }

    fn find(&self, column: &str) -> Option<&'a str> {
        self.row.get(self.table.place(column)?)
    }
}

fn locate(file: &Path, error: &csv::Error) -> ResultsError {
    let line = error.position().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            ResultsError::damaged(file, line, format!("{len} cells under {expected_len} columns"))
        }
        csv::ErrorKind::Utf8 { .. } => ResultsError::damaged(file, line, "is not UTF-8 text"),
        _ => ResultsError::damaged(file, line, error.to_string()),
    }
}
