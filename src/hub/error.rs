//! What keeps an input from being there, and the ways round.

use std::io;
use std::path::{Path, PathBuf};

use super::layout::LayoutError;
use super::variables::VariableError;
use crate::spec::{EvaluationSet, Split};

/// An input that a job needs and that is not there whole.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.said())]
pub struct FetchError {
    /// The split that a further set scores, where the files of one are not laid out as a data set.
    pub of_set: Option<Split>,
    /// `data set owner/name`, with its revision.
    pub input: String,
    /// What is wrong.
    #[source]
    pub problem: Problem,
    /// That a folder has the name that was taken for a hub's, and what to write for it.
    pub folder: Option<String>,
}

impl FetchError {
    fn said(&self) -> String {
        let Self { input, problem, folder, of_set, .. } = self;
        let said = format!("{input}: {problem}{}", folder.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default());
        of_set.map_or_else(|| said.clone(), |split| EvaluationSet::reworded(split, &said))
    }
}

/// Why an input is not there.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// No answer from the hub.
    #[error(
        "cannot reach {endpoint} ({reason}); connect, or fetch it elsewhere into the cache {cache} and add --offline, or name a local folder (\"./...\"), or try experiments/quickstart.toml, which needs no network"
    )]
    Unreachable {
        /// The hub's address.
        endpoint: String,
        /// The last cause.
        reason: String,
        /// The cache's folder.
        cache: PathBuf,
    },
    /// No answer from the hub, but the cache has it.
    #[error("cannot reach {endpoint} ({reason}); it is in the cache: add --offline")]
    OnlyCached {
        /// The hub's address.
        endpoint: String,
        /// The last cause.
        reason: String,
    },
    /// A server answers that is no hub.
    #[error(
        "{endpoint} does not answer as a hub does ({answer}); check HF_ENDPOINT, which is an address such as https://huggingface.co, without a path"
    )]
    NotAHub {
        /// Its address.
        endpoint: String,
        /// What it answers.
        answer: String,
    },
    /// A variable that cannot be understood.
    #[error(transparent)]
    Variable(#[from] VariableError),
    /// Offline, and not in the cache.
    #[error(
        "not in the cache {cache} ({missing}); {remedy} to fetch it, or name a local folder (\"./...\"), or try experiments/quickstart.toml, which needs no network"
    )]
    NotCached {
        /// The file or revision looked for.
        missing: String,
        /// The cache's folder.
        cache: PathBuf,
        /// What keeps the program from asking the hub, as it is undone.
        remedy: &'static str,
    },
    /// No such repository, or a private one.
    #[error(
        "there is no such repository, or it is private; check the spelling, or set HF_TOKEN to a token that may read it"
    )]
    NoRepository,
    /// No such revision.
    #[error(
        "there is no such revision; name a branch, tag or commit that there is, or run with --update if it was removed"
    )]
    NoRevision,
    /// The repository asks for consent or a token.
    #[error(
        "access is restricted ({reason}); accept its terms on the hub's page and set HF_TOKEN to a token of that account"
    )]
    Gated {
        /// What the hub says.
        reason: String,
    },
    /// The hub answered with an error.
    #[error("the hub answered {answer}; try again later")]
    Refused {
        /// Its words.
        answer: String,
    },
    /// The files are not laid out as a data set or checkpoint.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The transfer was cut, again and again.
    #[error("{file}: the connection broke after {bytes} bytes ({reason}); they are kept: run again to resume")]
    Broken {
        /// Path in the repository.
        file: String,
        /// What is kept.
        bytes: u64,
        /// The last cause.
        reason: String,
    },
    /// What arrived is not the file, twice.
    #[error("{file} arrived cut short or changed ({reason}); nothing of it was kept: run again")]
    Cut {
        /// Path in the repository.
        file: String,
        /// What was expected and found.
        reason: String,
    },
    /// The cache's copy is damaged and may not be fetched again.
    #[error("{file} in the cache is damaged ({reason}); leave --offline out so that it is fetched again")]
    Damaged {
        /// Path in the repository.
        file: String,
        /// What was expected and found.
        reason: String,
    },
    /// The pinned content is not what there is.
    #[error(
        "{file} is not the file that lock.toml pins (SHA-256 {found}, not {pinned}); run with --update to accept it, or restore the file"
    )]
    NotPinned {
        /// Path in the repository.
        file: String,
        /// SHA-256 of what there is.
        found: String,
        /// SHA-256 in the lock.
        pinned: String,
    },
    /// Stopped by a signal.
    #[error("interrupted")]
    Interrupted,
    /// A file of the cache that lies elsewhere.
    #[error("{path} leads out of the cache; remove the link, or set HF_HUB_CACHE to another folder")]
    Outside {
        /// Where.
        path: PathBuf,
    },
    /// A file where a folder is expected.
    #[error("it is a file, not a folder; {remedy}")]
    IsAFile {
        /// What to write.
        remedy: String,
    },
    /// No space left for the cache.
    #[error("{path}: the disk is full; free space there, or set HF_HUB_CACHE to a folder on another disk")]
    Full {
        /// Where.
        path: PathBuf,
    },
    /// A clone without git-lfs.
    #[error("{file} is a pointer of Git LFS, not the file; run `git lfs pull` in {folder}, or name the hub id")]
    LfsPointer {
        /// Path in the repository or folder.
        file: String,
        /// The folder it lies in.
        folder: PathBuf,
    },
    /// A page that was saved in place of a file.
    #[error("{file} is a web page (HTML), not the file; save the file itself, by its download or raw link")]
    WebPage {
        /// Path in the repository or folder.
        file: String,
    },
    /// A local folder or the cache cannot be read or written.
    #[error("{path}: {source}; check that it is there, and its permissions")]
    Disk {
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The program ships nothing of that name.
    #[error("the program has no such thing built in; there are {there}")]
    NoBuiltin {
        /// Names with `builtin:`.
        there: String,
    },
}

impl Problem {
    /// What the system says of `path`.
    pub(super) fn disk(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            _ => Self::Disk { path, source },
        }
    }

    /// Whether this is no fault, but the end of a fetch that was stopped.
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::Interrupted)
    }

    /// Whether other files would meet the same.
    pub(super) fn ends_all(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::OnlyCached { .. } | Self::Interrupted | Self::Full { .. })
    }

    /// Whether a folder of the name may be what is meant.
    pub(super) fn is_of_a_name(&self) -> bool {
        matches!(
            self,
            Self::NoRepository
                | Self::NoRevision
                | Self::Unreachable { .. }
                | Self::NotCached { .. }
                | Self::NotAHub { .. }
                | Self::Refused { .. }
        )
    }
}
