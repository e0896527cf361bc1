//! Why an experiment does not run.

use std::path::PathBuf;

use crate::hub::FetchError;
use crate::lab::LabError;
use crate::machine::NoMemory;
use crate::results::ResultsError;
use crate::spec::Problems;

/// Why an experiment does not run, or its run ends. A failed job is a row, not such an error.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// Its file, or the options that change it.
    #[error(transparent)]
    Problems(#[from] Problems),
    /// Every job would fail.
    #[error("no job of {name} can run; nothing was started or written")]
    NoneCanRun {
        /// The experiment.
        name: String,
        /// Labels of jobs, and why each would fail.
        failing: Vec<(String, String)>,
    },
    /// Workers share the folder, and this run cannot be one of them.
    #[error("{} is shared by {by}, and {why}; wait for them (`runner status {}`), stop them (`runner cancel {}`), or choose another folder with --name", folder.display(), folder.display(), folder.display())]
    Shared {
        /// The results folder.
        folder: PathBuf,
        /// The submissions and workers.
        by: String,
        /// Why this run cannot take part.
        why: &'static str,
    },
    /// Inputs that cannot be fetched.
    #[error("{} missing; nothing was started", inputs(.0.len()))]
    Fetch(Vec<FetchError>),
    /// The results folder.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// The run.
    #[error(transparent)]
    Lab(Box<LabError>),
    /// A file that cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}

fn inputs(count: usize) -> String {
    if count == 1 { "1 input is".to_owned() } else { format!("{count} inputs are") }
}

impl From<LabError> for ExperimentError {
    fn from(error: LabError) -> Self {
        Self::Lab(Box::new(error))
    }
}

impl From<NoMemory> for ExperimentError {
    fn from(error: NoMemory) -> Self {
        Self::from(LabError::from(error))
    }
}
