//! How a command ends, and with which exit status.

use std::process::ExitCode;

use crate::bundle::BundleError;
use crate::cluster::ClusterError;
use crate::disk::DiskError;
use crate::experiment::ExperimentError;
use crate::machine::DeviceError;
use crate::merging::MergeError;
use crate::overview::ViewError;
use crate::report::{grouped, wrapped};
use crate::results::ResultsError;
use crate::spec::{Problems, render};
use crate::tensorboard::TensorboardError;
use crate::trained::TrainedJobError;

use super::page;

/// Columns that lists of problems are wrapped at off a terminal.
const WIDTH: usize = 100;

/// How a command that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ending {
    /// Nothing failed.
    Well,
    /// Some job failed.
    JobsFailed,
    /// Something that was checked does not hold.
    DoesNotHold,
    /// Runs would fail on this machine, or a folder cannot be read.
    Unfit,
    /// Stopped by a signal; the same command resumes.
    Interrupted,
    /// A worker whose time was up: another start of its task goes on.
    GoesOnElsewhere,
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The experiment, its inputs, its folder or its run.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    /// The command itself.
    #[error("{0}")]
    Usage(String),
    /// A program or a file that the command needs.
    #[error("{0}")]
    Environment(String),
    /// The answer cannot be printed.
    #[error("standard output cannot be written: {0}")]
    Output(std::io::Error),
    /// Rows, keys or scores that results do not have.
    #[error(transparent)]
    View(#[from] ViewError),
    /// A bundle that cannot be made or read.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// An experiment that cannot be submitted, looked at or canceled.
    #[error(transparent)]
    Cluster(ClusterError),
    /// Results folders that are not merged.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// A results folder that cannot be cleaned.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// Event files that cannot be written.
    #[error(transparent)]
    Tensorboard(#[from] TensorboardError),
    /// No such device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A data set or tokenizer that `data` cannot read.
    #[error("{0}")]
    Data(String),
    /// A file that `init` cannot write.
    #[error("{path}: {source}")]
    File { path: String, source: std::io::Error },
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Experiment(problems.into())
    }
}

impl From<ResultsError> for Failure {
    fn from(error: ResultsError) -> Self {
        Self::Experiment(error.into())
    }
}

impl From<ClusterError> for Failure {
    fn from(error: ClusterError) -> Self {
        match error {
            ClusterError::Experiment(error) => Self::Experiment(error),
            other => Self::Cluster(other),
        }
    }
}

impl From<TrainedJobError> for Failure {
    /// By what can be done: a name that is mended, files that are fetched, or folders that are restored.
    fn from(error: TrainedJobError) -> Self {
        match error {
            TrainedJobError::Fetch { errors, .. } => Self::Experiment(ExperimentError::Fetch(errors)),
            TrainedJobError::Lock(error) => error.into(),
            error @ (TrainedJobError::Damaged { .. }
            | TrainedJobError::Newer { .. }
            | TrainedJobError::Changed { .. }
            | TrainedJobError::Parent { .. }
            | TrainedJobError::ParentChanged { .. }
            | TrainedJobError::ParentMissing { .. }
            | TrainedJobError::Model(_)
            | TrainedJobError::Data(_)) => Self::Environment(error.to_string()),
            other => Self::Usage(other.to_string()),
        }
    }
}

impl Ending {
    /// The documented exit status.
    pub(super) fn status(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Well => 0,
            Self::JobsFailed | Self::DoesNotHold => 1,
            Self::Unfit => 3,
            Self::Interrupted => 130,
            Self::GoesOnElsewhere => 75,
        })
    }
}

impl Failure {
    /// The documented exit status.
    pub(super) fn status(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Experiment(ExperimentError::Problems(_) | ExperimentError::NoneCanRun { .. }) => 2,
            Self::View(ViewError::Results(_)) => 3,
            Self::Bundle(error) if error.is_usage() => 2,
            Self::Cluster(error) if error.is_usage() => 2,
            Self::Disk(
                DiskError::NotResults(_) | DiskError::Unknown { .. } | DiskError::Unfinished(_) | DiskError::Link(_),
            ) => 2,
            Self::Merge(
                MergeError::NotResults { .. } | MergeError::Experiment(_) | MergeError::OtherExperiment { .. },
            ) => 2,
            Self::Merge(MergeError::Pins(_) | MergeError::Conflicts(_)) => 1,
            Self::Merge(_) => 3,
            Self::Tensorboard(TensorboardError::Exists(_) | TensorboardError::SameName(_)) => 2,
            Self::Usage(_) | Self::View(_) => 2,
            Self::Data(_) => 1,
            Self::Experiment(_) | Self::Environment(_) | Self::Output(_) | Self::Device(_) => 3,
            Self::Bundle(_) | Self::Cluster(_) | Self::Disk(_) | Self::Tensorboard(_) | Self::File { .. } => 3,
        })
    }

    /// The message for people, as wide as the terminal.
    pub(super) fn text(&self) -> String {
        let (page, lists) = (page::of_messages(usize::MAX), page::of_messages(WIDTH));
        let line = || wrapped(&page.error("error:"), 2, &self.to_string(), page.columns);
        let list = |items: Vec<String>| {
            let items = items.iter().map(|item| wrapped("  -", 4, item, lists.columns));
            [line()].into_iter().chain(items).collect::<Vec<_>>().join("\n")
        };
        match self {
            Self::Experiment(ExperimentError::Problems(problems)) | Self::Merge(MergeError::Experiment(problems)) => {
                render(problems, lists.color, lists.columns)
            }
            Self::Experiment(ExperimentError::Fetch(errors)) => list(errors.iter().map(ToString::to_string).collect()),
            Self::Experiment(ExperimentError::NoneCanRun { failing, .. }) => {
                let failing: Vec<_> = failing.iter().map(|(label, why)| (label.as_str(), why.clone())).collect();
                list(grouped(&failing))
            }
            _ => line(),
        }
    }
}
