//! Where a data set or a checkpoint comes from. It opens nothing.

use std::path::{Path, PathBuf};

/// Where a data set or checkpoint comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    /// A repository of the hub, `owner/name`.
    Hub(String),
    /// A folder: as written, and resolved against the file that wrote it.
    Folder {
        /// The text in the file.
        written: String,
        /// The folder it names.
        path: PathBuf,
    },
    /// Shipped with the program, `builtin:NAME`.
    Builtin(String),
    /// The trained model of a job.
    Job(JobSource),
}

/// A job whose trained model is a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobSource {
    /// `results/NAME:LABEL`, a key or a job's folder, as written.
    pub written: String,
    /// The same as seen from the working directory, which is where paths without a dot start.
    pub address: String,
    /// What was found of it.
    pub model: JobModel,
}

/// What was found of a job whose trained model is a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JobModel {
    /// It was not looked up.
    Unknown,
    /// The job has a row.
    Of {
        /// `results/NAME:LABEL`
        name: String,
        /// The key of its training.
        training: String,
        /// The folder in which its model lies as a checkpoint; it may have to be written first.
        folder: PathBuf,
    },
    /// There is no such job.
    Missing {
        /// Why, and what to do.
        why: String,
    },
}

impl JobSource {
    /// The folder in which its model lies as a checkpoint, once it is written.
    pub fn folder(&self) -> Option<&Path> {
        match &self.model {
            JobModel::Of { folder, .. } => Some(folder),
            JobModel::Unknown | JobModel::Missing { .. } => None,
        }
    }
}
