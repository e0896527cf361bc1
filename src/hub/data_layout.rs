//! What a job reads of a data set, and how to find its files.

use std::collections::BTreeMap;

use crate::spec::{FileFormat, Files};

/// The splits that a job uses, and how to find their files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DataLayout<'a> {
    /// `data.language`
    pub(super) language: Option<&'a str>,
    /// `data.files`
    pub(super) files: Option<&'a Files>,
    /// `data.splits`
    pub(super) splits: Option<&'a BTreeMap<String, String>>,
    /// `data.format`
    pub(super) format: Option<FileFormat>,
    /// Whether the job trains.
    pub(super) train: bool,
    /// Whether the validation split is scored.
    pub(super) validation: bool,
    /// Whether the test split is scored, or compared with the training split.
    pub(super) test: bool,
    /// Whether `SPLIT/*.parquet` is a split: in the hub's own conversions and in local folders.
    pub(super) converted: bool,
    /// Whether Parquet files are preferred to others with usual names: on the hub, where both occur.
    pub(super) parquet_first: bool,
}

impl DataLayout<'_> {
    /// The splits that the job uses.
    pub(super) fn used(&self) -> Vec<&'static str> {
        let splits = [("train", self.train), ("validation", self.validation), ("test", self.test)];
        splits.into_iter().filter(|(_, used)| *used).map(|(split, _)| split).collect()
    }

    /// The name that `data.splits` gives a split.
    pub(super) fn name_of(&self, split: &str) -> Option<&str> {
        self.splits?.get(split).map(String::as_str)
    }
}

#[cfg(test)]
impl DataLayout<'static> {
    /// All splits of a repository of the hub, by its files' names alone.
    pub(super) const ALL: Self = Self {
        language: None,
        files: None,
        splits: None,
        format: None,
        train: true,
        validation: true,
        test: true,
        converted: false,
        parquet_first: true,
    };
}
