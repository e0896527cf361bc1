//! Why a folder cannot be looked at or cleaned.

use std::io;
use std::path::PathBuf;

use crate::results::ResultsError;

/// Why a folder cannot be looked at or cleaned, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// Not a results folder.
    #[error("{} is not a results folder: it has neither results.csv nor .run/journal.jsonl; name one such as results/NAME", .0.display())]
    NotResults(PathBuf),
    /// `.run` leads elsewhere.
    #[error("{} is a link; links are not followed: free what it leads to by hand, or replace it by the folder itself", .0.display())]
    Link(PathBuf),
    /// Models that no job uses cannot be told from the others.
    #[error(
        "{}: which models are unused cannot be told ({reason}); restore experiment.toml and lock.toml, or free all of \
         them: --models all",
        folder.display()
    )]
    Unknown {
        /// The results folder.
        folder: PathBuf,
        /// Why.
        reason: String,
    },
    /// Predictions that a stopped run did not put in their place yet.
    #[error(
        "{}: a run was stopped while it replaced tables, and predictions of theirs lie in .run/; run the experiment \
         again first",
        .0.display()
    )]
    Unfinished(PathBuf),
    /// Another process works on it.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// The system's error.
    #[error("{}: {source}; check the path and its permissions", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
}
