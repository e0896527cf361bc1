//! A location in a file, for messages.

use std::fmt;

/// A row or line of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// Counted from 0, as in Python's `dataset[row]`.
    Row(usize),
    /// Counted from 1, as in editors.
    Line(usize),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(row) => write!(f, "row {row}"),
            Self::Line(line) => write!(f, "line {line}"),
        }
    }
}

impl Location {
    /// The file and the location, as compilers write them: `a.conll:3`, but `a.parquet, row 3`.
    pub(super) fn of(self, file: &str) -> String {
        match self {
            Self::Row(_) => format!("{file}, {self}"),
            Self::Line(line) => format!("{file}:{line}"),
        }
    }
}
