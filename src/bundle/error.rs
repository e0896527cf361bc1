//! Why a bundle cannot be made or read.

use std::io;
use std::path::{Path, PathBuf};

use crate::files::is_full;
use crate::hub::{LockError, Origin};

/// Why a bundle cannot be made or read, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// An absolute path, which is on this machine alone.
    #[error(
        "{}: {key} `{written}` is a path of this machine; write it relative to the file, such as \"./{}\", and put it there",
        file.display(), last(written)
    )]
    Absolute {
        /// The experiment file.
        file: PathBuf,
        /// `data.dataset`
        key: &'static str,
        /// As the file has it.
        written: String,
    },
    /// The model of a job, which would need the results of that job.
    #[error(
        "{}: model.checkpoint `{job}` is a job, whose results are no part of a bundle; write its model with \
         `runner export {job} FOLDER`, and name that folder as model.checkpoint",
        file.display()
    )]
    Job {
        /// The experiment file.
        file: PathBuf,
        /// As the file has it.
        job: String,
    },
    /// Files that only a folder above the current one contains.
    #[error(
        "{} and {} lie in {}, and a bundle would take the names of the folders between; run the command in {} if they \
         may be seen, or move one to the other",
        file.display(), other.display(), above.display(), above.display()
    )]
    Apart {
        /// The experiment file.
        file: PathBuf,
        /// Another file, or a folder that it names.
        other: PathBuf,
        /// The folder that contains both.
        above: PathBuf,
    },
    /// A name that cannot be written to an archive.
    #[error("{}: the name cannot be bundled; use one without backslashes and control characters, in UTF-8", .0.display())]
    Name(PathBuf),
    /// Two experiments that pin one input differently.
    #[error(
        "the experiments pin {origin} differently ({problem}), and a bundle has it once; bundle each by itself, or add --update"
    )]
    Differs {
        /// The input.
        origin: Origin,
        /// What differs.
        problem: String,
    },
    /// Another kind of archive.
    #[error("{}: bundles are folders, .zip, .tar or .tar.gz; choose one of these", .0.display())]
    Form(PathBuf),
    /// Something is there.
    #[error("{} already exists; choose another name, or add --force to replace it", .0.display())]
    Exists(PathBuf),
    /// Something is there that is no bundle.
    #[error("{} is not a bundle, and --force replaces only those; choose another name", .0.display())]
    NotReplaced(PathBuf),
    /// An input changed while it was copied.
    #[error("{} changed while it was bundled; run the command again", .0.display())]
    Changed(PathBuf),
    /// Stopped by a signal.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// No such folder to check.
    #[error("{}: no such folder; name a bundle that is unpacked, or a cache folder", .0.display())]
    NoFolder(PathBuf),
    /// The lock of a bundle.
    #[error("{}: {source}", file.display())]
    Lock {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: LockError,
    },
    /// No space left.
    #[error("{}: the disk is full; free some space (`runner clean results/*` says what can go), or choose another disk", .0.display())]
    Full(PathBuf),
    /// The system's error.
    #[error("{}: {source}; check the path and its permissions", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
}

impl BundleError {
    pub(super) fn disk(path: &Path, source: io::Error) -> Self {
        if is_full(&source) { Self::Full(path.to_owned()) } else { Self::Disk { path: path.to_owned(), source } }
    }

    /// Whether the command line asks for what cannot be, rather than the machine failing.
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Full(_) | Self::Disk { .. } | Self::Changed(_) | Self::Lock { .. } | Self::Interrupted)
    }
}

/// The last name of a path.
fn last(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().filter(|name| !name.is_empty() && *name != "~").unwrap_or("data")
}
