//! Why results folders are not merged: then nothing is written.

use std::io;
use std::path::PathBuf;

use crate::results::{Difference, ResultsError};
use crate::spec::Problems;

/// Why results folders are not merged, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// Not a results folder.
    #[error("{} is not a results folder: it has no experiment.toml; {}", folder.display(), meant(inside))]
    NotResults {
        /// The folder.
        folder: PathBuf,
        /// Results folders in it.
        inside: Vec<PathBuf>,
    },
    /// An experiment.toml that is not an experiment.
    #[error(transparent)]
    Experiment(#[from] Problems),
    /// Results of different experiments.
    #[error(
        "{} and {} are results of different experiments: {key} is {} in the first and {} in the second; merge folders of one experiment",
        folders[0].display(),
        folders[1].display(),
        values[0],
        values[1]
    )]
    OtherExperiment {
        /// The folders.
        folders: [PathBuf; 2],
        /// The first key that differs.
        key: String,
        /// Its values in each.
        values: [String; 2],
    },
    /// Inputs that are pinned differently: rows of one job would have several keys.
    #[error(
        "{}; nothing was written: run all but one of the folders again with the lock.toml of that one",
        inputs(.0.len())
    )]
    Pins(Vec<PinConflict>),
    /// Results of one job and one environment that differ.
    #[error(
        "{}; nothing was written: `runner verify --rerun` tells which folder is right, or leave one of them out",
        results(.0.len())
    )]
    Conflicts(Vec<Conflict>),
    /// A folder whose tables are being replaced.
    #[error(
        "{}: a run was stopped while it replaced tables; run the experiment there again, or `runner rescore` it, then merge",
        .0.display()
    )]
    Unfinished(PathBuf),
    /// Somebody wrote to the folder meanwhile.
    #[error("{} changed while it was read; nothing was written: run the same command again", .0.display())]
    Changed(PathBuf),
    /// A results folder that cannot be read or written.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// The system's error.
    #[error("{}: {source}; check the path, its permissions and the free space, then run the same command again", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
}

/// An input that two folders pin differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinConflict {
    /// The input: `data set owner/name`.
    pub input: String,
    /// What of it: the commit, or a file.
    pub what: String,
    /// The folders.
    pub folders: [PathBuf; 2],
    /// Commit or hash in each.
    pub values: [String; 2],
}

/// A result that two folders have differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The folders.
    pub folders: [PathBuf; 2],
    /// The cells: found in the first, expected by the second. At least one.
    pub cells: Vec<Difference>,
}

impl MergeError {
    /// A system's error with its path.
    pub(super) fn disk(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Disk { path: path.to_owned(), source }
    }
}

fn meant(inside: &[PathBuf]) -> String {
    match inside {
        [] => "name one such as shard-1/NAME".to_owned(),
        [one] => format!("name {}, which is in it", one.display()),
        more => {
            let names: Vec<String> = more.iter().map(|path| path.display().to_string()).collect();
            format!("name one of those in it: {}", names.join(", "))
        }
    }
}

fn inputs(count: usize) -> String {
    match count {
        1 => "1 input is not the same in all folders".to_owned(),
        more => format!("{more} inputs are not the same in all folders"),
    }
}

fn results(count: usize) -> String {
    match count {
        1 => "1 result of one environment differs between folders".to_owned(),
        more => format!("{more} results of one environment differ between folders"),
    }
}
