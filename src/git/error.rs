//! Why git cannot say what a revision holds, and what to do.

use std::io;
use std::path::PathBuf;

/// Why git cannot say what a revision holds.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no program `git`.
    #[error("revisions are read by the program `git`, which is not installed; install git, or compare two paths")]
    NotInstalled,
    /// It cannot be started, or stops answering.
    #[error("git cannot be run: {0}; check the installation, or compare two paths")]
    Start(#[source] io::Error),
    /// The path is in no repository.
    #[error("{} is in no git repository; name two paths to compare: runner diff OLD NEW", path.display())]
    NoRepository {
        /// The path.
        path: PathBuf,
    },
    /// There is no commit yet.
    #[error("the repository has no commit yet; commit {} first, or compare two paths", path.display())]
    NoCommit {
        /// The path that is compared.
        path: PathBuf,
    },
    /// A revision that a shallow clone may lack.
    #[error(
        "`{revision}` is not in this shallow clone: run `git fetch --unshallow` (in GitHub Actions: fetch-depth: 0)"
    )]
    Shallow {
        /// As it was given.
        revision: String,
    },
    /// No such revision.
    #[error("there is no revision `{revision}`{}", remedy(near.as_deref(), names))]
    NoRevision {
        /// As it was given.
        revision: String,
        /// The branch or tag that is meant, if one has nearly this name.
        near: Option<String>,
        /// Some branches and tags.
        names: Vec<String>,
    },
    /// A revision that names a tree or a file.
    #[error("`{revision}` is no commit; name a commit, branch or tag")]
    NoCommitNamed {
        /// As it was given.
        revision: String,
    },
    /// Two revisions without a common ancestor.
    #[error("`{from}` and `{to}` have no common ancestor{}", if *shallow { ", or this shallow clone lacks it: run `git fetch --unshallow`" } else { "; write `..` instead of `...`" })]
    NoMergeBase {
        /// The first, as it was given.
        from: String,
        /// The second.
        to: String,
        /// Whether the clone is shallow.
        shallow: bool,
    },
    /// An object that the clone lacks.
    #[error("{name} is missing from this clone; run `git fetch`, or `git fetch --refetch` in a partial clone")]
    MissingObject {
        /// The file at its revision.
        name: String,
    },
    /// What else git says.
    #[error("git says: {said}")]
    Failed {
        /// Its first line.
        said: String,
    },
}

fn remedy(near: Option<&str>, names: &[String]) -> String {
    match (near, names) {
        (Some(near), _) => format!("; did you mean `{near}`?"),
        (None, []) => "; `git log --oneline` lists commits".to_owned(),
        (None, names) => format!("; branches and tags: {}", names.join(", ")),
    }
}
