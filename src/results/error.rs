//! Why a results folder cannot be read or written, and what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::files;
use crate::hub::{LockError, is_lfs_pointer};
use crate::spec::MergeMark;

/// What was done to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Making a folder.
    Create,
    /// Reading a file.
    Read,
    /// Writing or renaming a file.
    Write,
    /// Taking the lock.
    Lock,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Write => "write",
            Self::Lock => "lock",
        })
    }
}

/// Why a results folder cannot be read or written.
#[derive(Debug, Error)]
pub enum ResultsError {
    /// Its lock.
    #[error(transparent)]
    Pins(#[from] LockError),
    /// No space, or no quota, left.
    #[error("cannot {action} {}: the disk is full; free some space (`runner clean results/*` says what can go), save no models (save.models = \"none\"), or choose another disk with --out", path.display())]
    DiskFull {
        /// What was done.
        action: Action,
        /// To what.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Permission denied.
    #[error("cannot {action} {}: permission denied; change the permissions, or choose another folder with --out (`runner plan` writes nothing)", path.display())]
    Forbidden {
        /// What was done.
        action: Action,
        /// To what.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file system that cannot be written to.
    #[error("cannot {action} {}: the file system is read-only; choose another folder with --out (`runner plan` writes nothing)", path.display())]
    ReadOnly {
        /// What was done.
        action: Action,
        /// To what.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A file system without locks, as some on a network are.
    #[error("the file system of {} has no file locks ({source}), so two runs could mix their results; choose a local folder with --out, or mount it with locks (Lustre: `flock`; NFS: its lock service); `runner plan` needs no lock", folder.display())]
    NoLocks {
        /// The results folder.
        folder: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Every other error of the system.
    #[error("cannot {action} {}: {source}; check the path, or choose another folder with --out", path.display())]
    Io {
        /// What was done.
        action: Action,
        /// To what.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A folder of another name, which the file system takes for this one.
    #[error("{} is {} here: this file system does not tell them apart; write the name as it is there, or choose another with --name", folder.display(), there.display())]
    OtherCase {
        /// The folder that was asked for.
        folder: PathBuf,
        /// The one that is there.
        there: PathBuf,
    },
    /// Another process holds the folder.
    #[error("{} is in use by {holder}; wait for it to end, or choose another folder with --name or --out", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// The process, as its lock file says.
        holder: String,
    },
    /// Workers share the folder.
    #[error("{} is shared by {by}; `runner status {}` shows them, `runner cancel {}` stops them, `runner run` joins them", folder.display(), folder.display(), folder.display())]
    Shared {
        /// The folder.
        folder: PathBuf,
        /// The submissions and workers.
        by: String,
    },
    /// The journal was removed or replaced while it was written to.
    #[error("{} was removed during the run; results that are not in the tables are lost: run again", file.display())]
    Removed {
        /// The journal.
        file: PathBuf,
    },
    /// A file with content that this program does not write.
    #[error("{}:{line}: {problem}; restore it from git or a copy, or move it away: a run rebuilds tables from the journal, and the journal from tables", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong there.
        problem: String,
    },
    /// A folder without results.
    #[error("{} has no results.csv; name a results folder such as results/NAME, or run its experiment first", folder.display())]
    NoTable {
        /// The folder, or its name at a git revision.
        folder: PathBuf,
    },
    /// An unfinished merge.
    #[error("{}:{line}: unfinished merge ({mark}); take ours or theirs, the same in every file, then run again", file.display())]
    Merge {
        /// The file.
        file: PathBuf,
        /// The line of the first mark, from 1.
        line: u64,
        /// The mark.
        mark: &'static str,
    },
    /// A Git LFS pointer in place of a file.
    #[error("{} is a Git LFS pointer, not the file itself; run `git lfs pull` (for a revision: `git worktree add OLD REVISION`, `git lfs pull` there, and compare two paths)", file.display())]
    Pointer {
        /// The file.
        file: PathBuf,
    },
    /// What another source of files than a folder says, such as git.
    #[error(transparent)]
    Source(Box<dyn std::error::Error + Send + Sync>),
    /// A table that is missing beside another.
    #[error("{} is missing, but {} has finished jobs; restore it from git, or remove both to run these jobs again", file.display(), beside.display())]
    Missing {
        /// The missing file.
        file: PathBuf,
        /// The file that needs it.
        beside: PathBuf,
    },
    /// A journal of another format.
    #[error("{}:{line}: the journal has version {found}, this program reads {known}; update runner, or remove the file to run again what is not in the tables", file.display())]
    OtherVersion {
        /// The journal.
        file: PathBuf,
        /// The line, from 1.
        line: u64,
        /// Its version.
        found: u32,
        /// The version of this program.
        known: u32,
    },
}

impl ResultsError {
    /// Sorts a system's error by its remedy.
    pub fn io(action: Action, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            _ if files::is_full(&source) => Self::DiskFull { action, path, source },
            io::ErrorKind::PermissionDenied => Self::Forbidden { action, path, source },
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { action, path, source },
            _ => Self::Io { action, path, source },
        }
    }

    /// `Merge` if git's marks are in a file's content.
    pub(super) fn find_merge(file: &Path, content: &[u8]) -> Result<(), Self> {
        match MergeMark::find(content) {
            Some(MergeMark { line, mark }) => Err(Self::Merge { file: file.to_owned(), line, mark }),
            None => Ok(()),
        }
    }

    /// `Pointer` if Git LFS has the content elsewhere.
    pub(super) fn find_pointer(file: &Path, content: &[u8]) -> Result<(), Self> {
        if is_lfs_pointer(content) { Err(Self::Pointer { file: file.to_owned() }) } else { Ok(()) }
    }

    /// A table with a column that this version does not have.
    pub(super) fn unknown_column(file: &Path, column: &str) -> Self {
        Self::damaged(file, 1, format!("column {column:?} is unknown (if a later runner wrote it, update this one)"))
    }

    pub(super) fn damaged(file: &Path, line: u64, problem: impl Into<String>) -> Self {
        Self::Damaged { file: file.to_owned(), line, problem: problem.into() }
    }
}
