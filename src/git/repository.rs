//! A repository: the one that a path lies in, its revisions, and the path in it. It must not know what is read there.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::spec::nearest;

use super::GitError;
use super::program::{answer, failed, line, output, success};

/// Branches and tags that a message lists.
const LISTED: usize = 8;

/// A repository, and a path in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The top folder of the working tree.
    pub(super) top: PathBuf,
    /// The path below it, with `/` between its parts; empty: the top folder.
    path: String,
    /// The path as it was given.
    given: PathBuf,
}

/// A commit by the name that it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// As it was given, `HEAD~1`.
    pub name: String,
    /// The hash.
    pub hash: String,
    /// The short hash.
    pub short: String,
}

impl Repository {
    /// The repository of a path, which need not exist.
    ///
    /// # Errors
    /// No git, no repository, what else git says.
    pub fn of(path: &Path) -> Result<Self, GitError> {
        let (folder, rest) = nearest_folder(path);
        let output = output(&folder, ["rev-parse", "--show-toplevel", "--show-prefix"])?;
        if !output.status.success() {
            let none = || GitError::NoRepository { path: path.to_owned() };
            let is_none = String::from_utf8_lossy(&output.stderr).contains("not a git repository");
            return Err(if is_none { none() } else { failed(&output.stderr) });
        }
        let text = line(&output.stdout);
        let (top, prefix) = text.split_once('\n').unwrap_or((&text, ""));
        let parts = rest.iter().map(|part| part.to_string_lossy().into_owned());
        let path_in: Vec<String> = [prefix.trim_end_matches('/').to_owned()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .chain(parts)
            .collect();
        Ok(Self { top: PathBuf::from(top), path: path_in.join("/"), given: path.to_owned() })
    }

    /// The path in the repository, with `/` between its parts.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The commit of a revision.
    ///
    /// # Errors
    /// There is none: a typing error, a shallow clone, a repository without commits.
    pub fn commit(&self, revision: &str) -> Result<Commit, GitError> {
        if let Some(hash) = self.resolved(&format!("{revision}^{{commit}}"))? {
            let short = answer(&self.top, ["rev-parse", "--short", &hash])?;
            let short = short.map_or_else(|| hash.clone(), |short| line(&short));
            return Ok(Commit { name: revision.to_owned(), hash, short });
        }
        let revision = revision.to_owned();
        if self.resolved(&revision)?.is_some_and(|hash| !self.is_absent(&hash)) {
            return Err(GitError::NoCommitNamed { revision });
        }
        if self.resolved("HEAD^{commit}")?.is_none() {
            return Err(GitError::NoCommit { path: self.given.clone() });
        }
        let names = self.names()?;
        let near = nearest(&revision, names.iter().map(String::as_str)).map(str::to_owned);
        if near.is_none() && self.is_shallow()? {
            return Err(GitError::Shallow { revision });
        }
        let names = names.into_iter().take(LISTED).collect();
        Err(GitError::NoRevision { revision, near, names })
    }

    /// Whether a text names a commit here.
    ///
    /// # Errors
    /// What git says.
    pub fn names_commit(&self, text: &str) -> Result<bool, GitError> {
        Ok(self.resolved(&format!("{text}^{{commit}}"))?.is_some())
    }

    /// The last commit that both have in their history.
    ///
    /// # Errors
    /// There is none.
    pub fn merge_base(&self, from: &Commit, to: &Commit) -> Result<Commit, GitError> {
        match answer(&self.top, ["merge-base", &from.hash, &to.hash])? {
            Some(base) => {
                let base = self.commit(&line(&base))?;
                Ok(Commit { name: base.short.clone(), ..base })
            }
            None => {
                let (from, to) = (from.name.clone(), to.name.clone());
                Err(GitError::NoMergeBase { from, to, shallow: self.is_shallow()? })
            }
        }
    }

    /// The hash of what a text names.
    fn resolved(&self, text: &str) -> Result<Option<String>, GitError> {
        let found = answer(&self.top, ["rev-parse", "--verify", "--quiet", "--end-of-options", text])?;
        Ok(found.map(|hash| line(&hash)).filter(|hash| !hash.is_empty()))
    }

    /// Whether an object that a hash names is not in this clone.
    fn is_absent(&self, hash: &str) -> bool {
        !matches!(answer(&self.top, ["cat-file", "-e", hash]), Ok(Some(_)))
    }

    /// Whether the history is cut.
    fn is_shallow(&self) -> Result<bool, GitError> {
        Ok(line(&success(&self.top, ["rev-parse", "--is-shallow-repository"])?) == "true")
    }

    /// Branches and tags, the newest first.
    fn names(&self) -> Result<Vec<String>, GitError> {
        let arguments = ["for-each-ref", "--sort=-creatordate", "--format=%(refname:short)"];
        let folders = ["refs/heads", "refs/tags", "refs/remotes"];
        let found = success(&self.top, arguments.into_iter().chain(folders))?;
        Ok(String::from_utf8_lossy(&found).lines().map(str::to_owned).collect())
    }
}

/// The nearest folder of a path that exists, and the parts of the path below it.
fn nearest_folder(path: &Path) -> (PathBuf, Vec<&OsStr>) {
    let mut rest = Vec::new();
    let mut at = path;
    loop {
        let folder = if at.as_os_str().is_empty() { Path::new(".") } else { at };
        if folder.is_dir() {
            rest.reverse();
            return (folder.to_owned(), rest);
        }
        match (at.parent(), at.file_name()) {
            (Some(parent), Some(name)) => {
                rest.push(name);
                at = parent;
            }
            _ => return (PathBuf::from("."), Vec::new()),
        }
    }
}
