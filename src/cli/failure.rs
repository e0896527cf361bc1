//! How a command ends, and with which exit status.

use std::process::ExitCode;

use crate::experiment::ExperimentError;
use crate::hub::{FetchError, LockError};
use crate::lab::LabError;
use crate::machine::DeviceError;
use crate::report::wrapped;
use crate::results::ResultsError;
use crate::spec::{Problems, render};

use super::width;

/// Columns that lists of problems are wrapped at off a terminal.
const WIDTH: usize = 100;

/// How a command that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ending {
    /// All well.
    Well,
    /// Some job failed.
    JobsFailed,
    /// The machine lacks what a run takes.
    Unfit,
    /// Stopped by a signal; the same command goes on.
    Interrupted,
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The experiment file, or an option that speaks of it.
    #[error("{0}")]
    Problems(#[from] Problems),
    /// Something else is wrong with the command.
    #[error("{0}")]
    Usage(String),
    /// Every job of an experiment would fail.
    #[error("no job of {name} can run; nothing was started or written")]
    NoneCanRun {
        /// The experiment.
        name: String,
        /// Why, a line each problem.
        why: Vec<String>,
    },
    /// The answer cannot be printed.
    #[error("standard output cannot be written: {0}")]
    Output(std::io::Error),
    /// Inputs that are not to be had.
    #[error("inputs that cannot be had: {}; no job was started", .0.len())]
    Fetch(Vec<FetchError>),
    /// No such device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The results folder.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// The lock.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The run.
    #[error(transparent)]
    Lab(Box<LabError>),
    /// A data set or tokenizer that `data` cannot read.
    #[error("{0}")]
    Data(String),
    /// A file that cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

impl From<LabError> for Failure {
    fn from(error: LabError) -> Self {
        Self::Lab(Box::new(error))
    }
}

impl From<ExperimentError> for Failure {
    fn from(error: ExperimentError) -> Self {
        match error {
            ExperimentError::Problems(problems) => Self::Problems(problems),
            ExperimentError::NoneCanRun { name, failing } => {
                Self::NoneCanRun { name, why: failing.iter().map(ToString::to_string).collect() }
            }
            ExperimentError::Fetch(errors) => Self::Fetch(errors),
            ExperimentError::Results(error) => Self::Results(error),
            ExperimentError::Lock(error) => Self::Lock(error),
            ExperimentError::Lab(error) => Self::Lab(error),
            ExperimentError::File { path, source } => Self::File { path: path.display().to_string(), source },
        }
    }
}

impl Ending {
    /// The documented exit status.
    pub(super) fn status(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Well => 0,
            Self::JobsFailed => 1,
            Self::Unfit => 3,
            Self::Interrupted => 130,
        })
    }
}

impl Failure {
    /// The documented exit status.
    pub(super) fn status(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Problems(_) | Self::Usage(_) | Self::NoneCanRun { .. } => 2,
            Self::Data(_) => 1,
            Self::Output(_) => 3,
            Self::Fetch(_) | Self::Device(_) | Self::Results(_) | Self::Lock(_) | Self::Lab(_) | Self::File { .. } => 3,
        })
    }

    /// The message for people, as wide as the terminal.
    pub(super) fn text(&self, color: bool) -> String {
        let line = || wrapped("error:", 2, &self.to_string(), width::of_messages(usize::MAX));
        let list = |items: Vec<String>| format!("{}\n{}", line(), items.join("\n"));
        match self {
            Self::Problems(problems) => render(problems, color, width::of_messages(WIDTH)),
            Self::NoneCanRun { why, .. } => list(why.iter().map(|line| item(line)).collect()),
            Self::Fetch(errors) => list(errors.iter().map(|error| item(&error.to_string())).collect()),
            _ => line(),
        }
    }
}

/// A list's item, wrapped between words.
fn item(text: &str) -> String {
    wrapped("  -", 4, text, width::of_messages(WIDTH))
}
