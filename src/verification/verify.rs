//! Whether results folders hold: every check of one, and many side by side.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::results::{Action, ResultsError};
use crate::words::words;

use super::finding::{Checked, Finding};
use super::folder::Folder;
use super::{data, experiment, journal, keys, lock, models, predictions, tables};

/// A results folder after its checks.
#[derive(Debug)]
pub struct Verified {
    /// As it was named.
    pub folder: PathBuf,
    /// Rows of results.csv.
    pub jobs: usize,
    /// Each check in order; empty unless the folder is one of results and can be read.
    pub checks: Vec<Checked>,
    /// Why it cannot be checked.
    pub unread: Option<ResultsError>,
}

words! {
    /// What is said of a folder.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Standing {
        /// Nothing contradicts it.
        Holds => "holds",
        /// It is not a folder of results.
        NoResults => "no results",
        /// It cannot be read.
        Unreadable => "unreadable",
        /// Something contradicts it.
        DoesNotHold => "does not hold",
    }
}

impl Verified {
    /// What is said of it.
    pub fn standing(&self) -> Standing {
        match &self.unread {
            Some(ResultsError::NoTable { .. }) => Standing::NoResults,
            Some(_) => Standing::Unreadable,
            None if self.findings().next().is_some() => Standing::DoesNotHold,
            None => Standing::Holds,
        }
    }

    /// Everything that does not hold.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.checks.iter().flat_map(|checked| &checked.findings)
    }

    /// What could not be checked.
    pub fn not_checked(&self) -> impl Iterator<Item = &str> {
        self.checks.iter().flat_map(|checked| checked.not_checked.iter().map(String::as_str))
    }
}

/// Checks one folder. It takes no lock and writes nothing.
pub fn verify(folder: &Path) -> Verified {
    let done = checks(folder);
    let (jobs, checks, unread) = match done {
        Ok((jobs, checks)) => (jobs, checks, None),
        Err(error) => (0, Vec::new(), Some(error)),
    };
    Verified { folder: folder.to_owned(), jobs, checks, unread }
}

/// [`verify`] for each, several at a time, in their order.
pub fn verify_all(folders: &[PathBuf]) -> Vec<Verified> {
    folders.par_iter().map(|folder| verify(folder)).collect()
}

fn checks(root: &Path) -> Result<(usize, Vec<Checked>), ResultsError> {
    // a mistyped or forbidden folder is no folder without results
    if !root.is_file() {
        std::fs::read_dir(root).map_err(|error| ResultsError::io(Action::Read, root, error))?;
    }
    if !root.join("results.csv").exists() {
        return Err(ResultsError::NoTable { folder: root.to_owned() });
    }
    let folder = Folder::read(root)?;
    let checks = vec![
        experiment::check(&folder),
        lock::check(&folder),
        keys::check(&folder),
        journal::check(&folder),
        tables::check(&folder)?,
        predictions::check(&folder)?,
        data::check(&folder),
        models::check(&folder),
    ];
    Ok((folder.records().len(), checks))
}
