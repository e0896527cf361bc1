//! Why an experiment does not run: each error says what to do.

use std::path::PathBuf;

use crate::hub::{FetchError, LockError};
use crate::lab::LabError;
use crate::machine::NoMemory;
use crate::results::ResultsError;
use crate::spec::Problems;

/// What keeps an experiment from running, or ends its run. A job that fails is none: that is a row.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// Its file, or what is asked of it.
    #[error(transparent)]
    Problems(#[from] Problems),
    /// Every job would fail, as each of these says.
    #[error("no job of {name} can run; nothing was started or written")]
    NoneCanRun {
        /// The experiment.
        name: String,
        /// Labels of jobs, and why each would fail.
        failing: Vec<(String, String)>,
    },
    /// Inputs that cannot be fetched.
    #[error("{} missing; nothing was started", inputs(.0.len()))]
    Fetch(Vec<FetchError>),
    /// The results folder.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// Its lock.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The run.
    #[error(transparent)]
    Lab(Box<LabError>),
    /// A file that cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
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
