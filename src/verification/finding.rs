//! What a check finds: cells with what they are and should be. It must not know how a check looks.

use crate::results::Difference;
use crate::words::words;

words! {
    /// The checks, in their order.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Check {
        /// experiment.toml against the rows.
        Experiment => "experiment",
        /// lock.toml is whole.
        Lock => "lock",
        /// Keys follow from both.
        Keys => "keys",
        /// The tables against the journal.
        Journal => "journal",
        /// The tables against each other.
        Tables => "tables",
        /// Scores against predictions.
        Predictions => "predictions",
        /// Gold tags and counts against the data.
        Data => "data",
        /// Saved models have their hash.
        Models => "models",
        /// Jobs trained again.
        Rerun => "rerun",
    }
}

/// Why a check cannot look at rows.
pub(super) const UNREAD: &str = "the tables cannot be read";

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, by its path in the folder.
    pub file: String,
    /// The row, line or file in it, in words; empty if it is the file itself.
    pub row: String,
    /// The column, or what stands for one.
    pub column: String,
    /// What is there; empty if nothing is.
    pub found: String,
    /// What should be there; empty if nothing should.
    pub expected: String,
    /// Where the expected value comes from.
    pub source: String,
    /// What to do.
    pub remedy: &'static str,
}

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Which.
    pub check: Check,
    /// What was looked at: `4 rows`; empty if nothing was.
    pub extent: String,
    /// What does not hold.
    pub findings: Vec<Finding>,
    /// What could not be looked at, and why.
    pub not_checked: Vec<String>,
}

impl Finding {
    /// At `file`, `row`, `column`.
    pub(super) fn at(file: &str, row: &str, column: &str) -> Self {
        Self {
            file: file.to_owned(),
            row: row.to_owned(),
            column: column.to_owned(),
            found: String::new(),
            expected: String::new(),
            source: String::new(),
            remedy: "",
        }
    }

    /// With what is there, and what should be.
    pub(super) fn found(mut self, found: impl ToString, expected: impl ToString) -> Self {
        (self.found, self.expected) = (found.to_string(), expected.to_string());
        self
    }

    /// With where the expected value comes from, and what to do.
    pub(super) fn from(mut self, source: impl ToString, remedy: &'static str) -> Self {
        (self.source, self.remedy) = (source.to_string(), remedy);
        self
    }

    /// Of a cell.
    pub(super) fn of(difference: Difference, source: &str, remedy: &'static str) -> Self {
        let Difference { file, row, column, found, expected } = difference;
        Self::at(file, &row, &column).found(found, expected).from(source, remedy)
    }
}

impl Checked {
    /// Of a check that looks at `extent`.
    pub(super) fn new(check: Check, extent: impl Into<String>) -> Self {
        Self { check, extent: extent.into(), findings: Vec::new(), not_checked: Vec::new() }
    }

    /// Of a check that cannot look.
    pub fn not(check: Check, why: &str) -> Self {
        Self { not_checked: vec![why.to_owned()], ..Self::new(check, "") }
    }
}
