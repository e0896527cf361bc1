//! Why an input is missing, and what to do.

use std::io;
use std::path::{Path, PathBuf};

use super::layout::LayoutError;
use super::variables::VariableError;
use crate::files::is_full;
use crate::spec::{EvaluationSet, Split};

/// An input of a job that is missing or incomplete.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.said())]
pub struct FetchError {
    /// The split of an evaluation set, where its files are not laid out as a data set.
    pub of_set: Option<Split>,
    /// Such as `data set owner/name at REVISION`.
    pub input: String,
    /// What is wrong.
    #[source]
    pub problem: FetchProblem,
    /// A hint that a local folder has the name of the repository, and what to write for it.
    pub folder: Option<String>,
}

impl FetchError {
    fn said(&self) -> String {
        let Self { input, problem, folder, of_set, .. } = self;
        let said = format!("{input}: {problem}{}", folder.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default());
        of_set.map_or_else(|| said.clone(), |split| EvaluationSet::reworded(split, &said))
    }
}

/// Why an input is missing.
#[derive(Debug, thiserror::Error)]
pub enum FetchProblem {
    /// No answer from the hub.
    #[error(
        "cannot reach {endpoint} ({reason}); check the network, or fetch on another machine, copy the cache to {cache} and add --offline, or use a local folder (\"./...\"), or try what needs no network: runner init --example quickstart"
    )]
    Unreachable {
        /// The hub's address.
        endpoint: String,
        /// The innermost cause.
        reason: String,
        /// The cache's folder.
        cache: PathBuf,
    },
    /// No answer from the hub, but the files are in the cache.
    #[error("cannot reach {endpoint} ({reason}), but the files are in the cache; add --offline")]
    OnlyCached {
        /// The hub's address.
        endpoint: String,
        /// The innermost cause.
        reason: String,
    },
    /// The server is not a hub.
    #[error(
        "{endpoint} does not answer like a hub ({answer}); set HF_ENDPOINT to a hub's address without a path, such as https://huggingface.co"
    )]
    NotAHub {
        /// Its address.
        endpoint: String,
        /// What it answers.
        answer: String,
    },
    /// A variable with an invalid value.
    #[error(transparent)]
    Variable(#[from] VariableError),
    /// Offline, and not in the cache.
    #[error(
        "not in the cache {cache}: {missing}; {remedy} to fetch it, or use a local folder (\"./...\"), or try what needs no network: runner init --example quickstart"
    )]
    NotCached {
        /// The file, revision or part that is missing.
        missing: String,
        /// The cache's folder.
        cache: PathBuf,
        /// How to go online: `remove --offline`.
        remedy: &'static str,
    },
    /// No such repository, or a private one.
    #[error("no such repository, or it is private; check the spelling, or set HF_TOKEN to a token that can read it")]
    NoRepository,
    /// No such revision.
    #[error("no such revision; use an existing branch, tag or commit, or run with --update if it was removed")]
    NoRevision,
    /// The repository requires consent or a token.
    #[error(
        "access is restricted ({reason}); accept the terms on its hub page, and set HF_TOKEN to a token of that account"
    )]
    Gated {
        /// The hub's message.
        reason: String,
    },
    /// The hub answered with an error, or the answer lacks something.
    #[error("unexpected answer from the hub: {answer}; try again later")]
    Refused {
        /// Such as `HTTP 500 Internal Server Error for URL`.
        answer: String,
    },
    /// The files are not laid out as a data set or checkpoint.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A data set with a loading script and no conversion.
    #[error(
        "{lacks}; the loading script {script} is not run, and the hub has no conversion to Parquet of it; look for a copy of the data set in Parquet, or convert it with datasets 3 and `to_parquet` and use the folder"
    )]
    NoConversion {
        /// The script.
        script: String,
        /// What the main branch lacks.
        lacks: String,
    },
    /// The connection broke repeatedly.
    #[error("{file}: the connection broke after {bytes} bytes ({reason}); run again to resume")]
    Broken {
        /// Path in the repository.
        file: String,
        /// Size of the partial file in bytes.
        bytes: u64,
        /// The innermost cause.
        reason: String,
    },
    /// The file arrived incomplete or changed, twice.
    #[error("{file} arrived incomplete or changed ({reason}) and was removed; run again")]
    Cut {
        /// Path in the repository.
        file: String,
        /// What differs: size or hash.
        reason: String,
    },
    /// The cached file is damaged, and offline it cannot be fetched again.
    #[error("{file} in the cache is damaged ({reason}); remove --offline to fetch it again")]
    Damaged {
        /// Path in the repository.
        file: String,
        /// What differs: size or hash.
        reason: String,
    },
    /// The file differs from its pin.
    #[error(
        "{file} differs from lock.toml (SHA-256 {found}, not {pinned}); restore the file, or run with --update to accept it"
    )]
    NotPinned {
        /// Path in the repository.
        file: String,
        /// SHA-256 of the file.
        found: String,
        /// SHA-256 in the lock.
        pinned: String,
    },
    /// Stopped by a signal.
    #[error("interrupted")]
    Interrupted,
    /// A link in the cache that leads out of it.
    #[error("{path} is a link out of the cache; remove it, or set HF_HUB_CACHE to another folder")]
    Outside {
        /// The file or folder.
        path: PathBuf,
    },
    /// A file where a folder is expected.
    #[error("this is a file, not a folder; {remedy}")]
    IsAFile {
        /// What to write.
        remedy: String,
    },
    /// No space left for the cache.
    #[error("{path}: the disk is full; free some space, or set HF_HUB_CACHE to a folder on another disk")]
    Full {
        /// The file or folder.
        path: PathBuf,
    },
    /// A Git LFS pointer in place of a file: a clone without git-lfs.
    #[error("{file} is a Git LFS pointer, not the file itself; run `git lfs pull` in {folder}, or use the hub id")]
    LfsPointer {
        /// Path in the repository or folder.
        file: String,
        /// The file's folder.
        folder: PathBuf,
    },
    /// A web page in place of a file.
    #[error("{file} is a web page (HTML), not the file itself; download it by its raw or download link")]
    WebPage {
        /// Path in the repository or folder.
        file: String,
    },
    /// A local folder or the cache cannot be read or written.
    #[error("{path}: {source}; check that it exists, and its permissions")]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A job whose trained model is missing.
    #[error("{why}")]
    NoModel {
        /// Why, and what to do.
        why: String,
    },
    /// No built-in data set or checkpoint of that name.
    #[error("no such built-in data set or checkpoint; use {there}")]
    NoBuiltin {
        /// The names there are, with `builtin:`.
        there: String,
    },
}

impl FetchProblem {
    /// The system's error about `path`.
    pub(super) fn disk(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        if is_full(&source) { Self::Full { path } } else { Self::Disk { path, source } }
    }

    /// Whether the user stopped the fetch.
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::Interrupted)
    }

    /// Whether every other file would fail in the same way.
    pub(super) fn ends_all(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::OnlyCached { .. } | Self::Interrupted | Self::Full { .. })
    }

    /// Whether the user may mean a local folder of that name.
    pub(super) fn may_mean_a_folder(&self) -> bool {
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
