//! Why a job is not exported.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::data::DataError;
use crate::files::{self, FloatFormat};
use crate::results::ResultsError;
use crate::trained::TrainedJobError;

/// Why a job is not exported, and what to do.
#[derive(Debug, Error)]
pub enum ExportError {
    /// Its model is missing.
    #[error(transparent)]
    Model(#[from] TrainedJobError),
    /// A weight that the format cannot hold.
    #[error("{tensor} has the value {value:e}, which {format} cannot hold; write float32 or bfloat16 with --dtype")]
    Overflow {
        /// The tensor's name in transformers.
        tensor: String,
        /// The first such value.
        value: f32,
        /// The format that was asked for.
        format: FloatFormat,
    },
    /// The checkpoint's configuration changed since it was read.
    #[error("{}: {reason}; restore the checkpoint's config.json", path.display())]
    Configuration {
        /// `config.json`
        path: PathBuf,
        /// The parser's message.
        reason: String,
    },
    /// The tables of the results folder.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A row that does not follow from its predictions.
    #[error(
        "{job}: its scores in results.csv do not follow from its predictions; restore the files from git or a copy, or run \
         the job again with --force"
    )]
    Contradicted {
        /// `results/NAME:LABEL`
        job: String,
    },
    /// A file in the place of the folder.
    #[error("{} is a file; name a folder that does not exist yet", out.display())]
    NoFolder {
        /// As it was asked for.
        out: PathBuf,
    },
    /// A folder in a results folder, whose files runner keeps in order.
    #[error("{} lies in the results folder {}; name a folder elsewhere", out.display(), results.display())]
    InResults {
        /// As it was asked for.
        out: PathBuf,
        /// The results folder.
        results: PathBuf,
    },
    /// A folder with files of somebody else.
    #[error("{} exists and is not an earlier export: it has {file:?}; name another folder", out.display())]
    Stranger {
        /// As it was asked for.
        out: PathBuf,
        /// One of its files.
        file: String,
    },
    /// An earlier export.
    #[error("{} has an export already; --force replaces it", out.display())]
    Exists {
        /// As it was asked for.
        out: PathBuf,
    },
    /// Stopped by a signal.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// A file or folder that cannot be written.
    #[error(
        "cannot write {}: {source}; {}",
        path.display(),
        match files::is_full(source) {
            true => "free some space, or choose a folder on another disk",
            false => "check the folder and its permissions, or choose another folder",
        }
    )]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl From<DataError> for ExportError {
    fn from(error: DataError) -> Self {
        Self::Model(error.into())
    }
}

impl ExportError {
    /// An error of the file `path`.
    pub fn disk(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::Disk { path, source }
    }
}
