//! A place in a file, for people.

use std::fmt;

/// Where something stands in a file.
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

impl Place {
    /// The place in `file`, as compilers write it: `a.conll:3`, but `a.parquet, row 3`.
    pub(super) fn of(self, file: &str) -> String {
        match self {
            Self::Row(_) => format!("{file}, {self}"),
            Self::Line(line) => format!("{file}:{line}"),
        }
    }
}
