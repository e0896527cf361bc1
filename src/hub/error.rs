//! What keeps an input from being there, and the ways round.

use std::path::PathBuf;

use super::layout::LayoutError;

/// An input that a job needs and that is not there whole.
#[derive(Debug, thiserror::Error)]
#[error("{input}: {problem}")]
pub struct FetchError {
    /// `data set owner/name`, with its revision.
    pub input: String,
    /// What is wrong.
    #[source]
    pub problem: Problem,
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
    /// Offline, and not in the cache.
    #[error(
        "not in the cache {cache} ({missing}); unset HF_HUB_OFFLINE and leave --offline out to fetch it, or name a local folder (\"./...\"), or try experiments/quickstart.toml, which needs no network"
    )]
    NotCached {
        /// The file or revision looked for.
        missing: String,
        /// The cache's folder.
        cache: PathBuf,
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
    /// The transfer ended early, twice.
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
    /// A clone without git-lfs.
    #[error("{file} is a pointer of Git LFS, not the file; run `git lfs pull` in {folder}, or name the hub id")]
    LfsPointer {
        /// Path in the repository or folder.
        file: String,
        /// The folder it lies in.
        folder: PathBuf,
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
