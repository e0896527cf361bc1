//! The two sides of a comparison: from what the command line names to snapshots. Revisions and paths are told apart as git
//! does. It must not know how results are compared.

use std::path::{Path, PathBuf};

use crate::git::{Commit, FolderAt, GitError, Repository};
use crate::results::{ResultsError, Snapshot};
use crate::words::words;

use super::git_files::snapshot_at;

words! {
    /// One of the two sides: what changed is B − A.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Side {
        /// The old one.
        A => "A",
        /// The new one.
        B => "B",
    }
}

/// The two sides, opened.
pub struct Sides {
    /// What people call each: `results/grid at HEAD~1 (83cbb43)`, `results/grid, uncommitted`.
    pub names: [String; 2],
    /// Their results.
    pub snapshots: [Snapshot; 2],
    /// What to tell the user of the files, and what was decided, such as a rename that was followed.
    pub notices: Vec<String>,
}

/// Why there are no two sides.
#[derive(Debug, thiserror::Error)]
pub enum SideError {
    /// Wrong usage.
    #[error("{0}")]
    Usage(String),
    /// What git says.
    #[error(transparent)]
    Git(#[from] GitError),
    /// What the results are like.
    #[error(transparent)]
    Results(#[from] ResultsError),
}

/// What the command line names.
enum Named<'a> {
    Paths([&'a Path; 2]),
    Revisions { revisions: Vec<String>, path: &'a Path },
}

impl Sides {
    /// Opens what stands on the command line before and behind `--`.
    ///
    /// # Errors
    /// Wrong usage; no such path or revision; damaged results.
    pub fn open(before: &[String], behind: &[PathBuf]) -> Result<Self, SideError> {
        match named(before, behind)? {
            Named::Paths(paths) => {
                let [a, b] = paths.map(open_path);
                let names = paths.map(|path| path.display().to_string());
                Ok(Self::new(names, [a?, b?], Vec::new()))
            }
            Named::Revisions { revisions, path } => Self::of_revisions(&revisions, path),
        }
    }

    fn new(names: [String; 2], snapshots: [Snapshot; 2], mut notices: Vec<String>) -> Self {
        notices.extend(snapshots.iter().flat_map(|snapshot| snapshot.notices.clone()));
        Self { names, snapshots, notices }
    }

    fn of_revisions(revisions: &[String], path: &Path) -> Result<Self, SideError> {
        let repository = Repository::of(path)?;
        let (from, to) = commits(&repository, revisions)?;
        let mut notices = Vec::new();
        let new = match &to {
            Some(to) => FolderAt::open(&repository, to, repository.path())?.map(opened),
            None if path.exists() => Some(open_path(path)),
            None => None,
        };
        let shown = path.display();
        let mut old_name = shown.to_string();
        let old = match FolderAt::open(&repository, &from, repository.path())? {
            Some(folder) => Some(folder),
            None if new.is_some() => match repository.renamed_from(&from, to.as_ref())? {
                Some(old) => {
                    notices.push(format!("{} was {old} at {}: renamed since", repository.path(), from.name));
                    let folder = FolderAt::open(&repository, &from, &old)?;
                    old_name = old;
                    folder
                }
                None => None,
            },
            None => None,
        };
        let (old, new) = match (old, new) {
            (Some(old), Some(new)) => (old, new),
            (None, None) => return Err(nowhere(path, &from, to.as_ref())),
            (Some(_), None) => return Err(gone(path, &from, to.as_ref())),
            (None, Some(_)) if to.is_none() => {
                return Err(usage(format!(
                    "{shown} is not in {}: commit it first, or compare two paths: runner diff OLD NEW",
                    from.name
                )));
            }
            (None, Some(_)) => return Err(usage(format!("{shown} is not in {}; name a later revision", from.name))),
        };
        let at = |commit: &Commit| match commit.hash.starts_with(&commit.name) {
            true => commit.name.clone(),
            false => format!("{} ({})", commit.name, commit.short),
        };
        let new_name =
            to.as_ref().map_or_else(|| format!("{shown}, working tree"), |to| format!("{shown} at {}", at(to)));
        let names = [format!("{old_name} at {}", at(&from)), new_name];
        Ok(Self::new(names, [opened(old)?, new?], notices))
    }
}

fn usage(text: String) -> SideError {
    SideError::Usage(text)
}

fn opened(folder: FolderAt) -> Result<Snapshot, SideError> {
    Ok(snapshot_at(folder)?)
}

fn open_path(path: &Path) -> Result<Snapshot, SideError> {
    if !path.exists() {
        return Err(usage(format!("there is no {}; name a results folder, or a table", path.display())));
    }
    Ok(Snapshot::open(path)?)
}

fn nowhere(path: &Path, from: &Commit, to: Option<&Commit>) -> SideError {
    let shown = path.display();
    usage(match to {
        Some(to) => format!("{shown} is neither in {} nor in {}; check the path", from.name, to.name),
        None => format!("there is no {shown}, nor is it in {}; check the path", from.name),
    })
}

fn gone(path: &Path, from: &Commit, to: Option<&Commit>) -> SideError {
    let shown = path.display();
    usage(match to {
        Some(to) => format!("{shown} is in {}, but not in {}; name an earlier revision", from.name, to.name),
        None => format!("{shown} is in {}, but no longer here: restore it with `git restore -- {shown}`", from.name),
    })
}

/// The commits that revisions name; none for B: the working tree.
fn commits(repository: &Repository, revisions: &[String]) -> Result<(Commit, Option<Commit>), SideError> {
    let commit = |name: &str| repository.commit(if name.is_empty() { "HEAD" } else { name });
    match revisions {
        [] => Ok((commit("HEAD")?, None)),
        [one] => match (one.split_once("..."), one.split_once("..")) {
            (Some((from, to)), _) => {
                let (from, to) = (commit(from)?, commit(to)?);
                Ok((repository.merge_base(&from, &to)?, Some(to)))
            }
            (None, Some((from, to))) => Ok((commit(from)?, Some(commit(to)?))),
            (None, None) => Ok((commit(one)?, None)),
        },
        [from, to, ..] => Ok((commit(from)?, Some(commit(to)?))),
    }
}

/// Tells revisions from paths, as git does: what is both has to be told apart by `--`, or by `./` before a path.
fn named<'a>(before: &'a [String], behind: &'a [PathBuf]) -> Result<Named<'a>, SideError> {
    let ranges = before.iter().filter(|item| is_range(item)).count();
    let too_many = |revisions: usize| revisions > 2 || (ranges > 0 && revisions > 1);
    let revisions = |revisions: &[String], path| Named::Revisions { revisions: revisions.to_vec(), path };
    match (before, behind) {
        (_, paths) if paths.iter().any(|path| path.to_string_lossy().starts_with("--")) => {
            Err(usage("options stand before `--`, as in: runner diff --format md HEAD~1 -- results/NAME".to_owned()))
        }
        (names, [_]) if too_many(names.len()) => {
            Err(usage("name one revision, two, or a range A..B before `--`".to_owned()))
        }
        (names, [path]) => Ok(revisions(names, path)),
        ([], [a, b]) => Ok(Named::Paths([a, b])),
        (_, [_, _, ..]) => Err(usage("name one path behind `--`, or two paths alone".to_owned())),
        ([one], []) => only_one(one),
        ([a, b], []) => two(a, b),
        ([names @ .., last], []) if !too_many(names.len()) => Ok(revisions(names, Path::new(last))),
        _ => Err(usage("name a results folder, or two: runner diff results/NAME".to_owned())),
    }
}

/// Whether a word is a range of revisions; a path may lead through `..`.
fn is_range(word: &str) -> bool {
    let through = word == ".." || word.starts_with("../") || word.ends_with("/..") || word.contains("/../");
    word.contains("..") && !through && !Path::new(word).exists()
}

/// Whether a word names a commit of the repository that a path lies in.
fn is_revision(word: &str, path: &Path) -> bool {
    let repository = Repository::of(path);
    repository.and_then(|repository| repository.names_commit(word)).unwrap_or(false)
}

/// One word: a path. Its last state is looked for in HEAD.
fn only_one(one: &str) -> Result<Named<'_>, SideError> {
    let path = Path::new(one);
    if !path.exists() && (is_range(one) || is_revision(one, Path::new("."))) {
        return Err(usage(format!("`{one}` is a revision; name the results, too: runner diff {one} -- results/NAME")));
    }
    Ok(Named::Revisions { revisions: Vec::new(), path })
}

/// Two words without `--`: a revision and a path, or two paths.
fn two<'a>(a: &'a str, b: &'a str) -> Result<Named<'a>, SideError> {
    let (first, second) = (Path::new(a), Path::new(b));
    let of_revision = || Named::Revisions { revisions: vec![a.to_owned()], path: second };
    match (first.exists(), second.exists()) {
        (true, _) if is_revision(a, second) => Err(usage(format!(
            "`{a}` is both a revision and a path; write `runner diff {a} -- {b}` for the revision, or ./{a} for the path"
        ))),
        (true, _) => Ok(Named::Paths([first, second])),
        (false, false) if is_revision(a, second) && is_revision(b, second) => Err(usage(format!(
            "`{a}` and `{b}` are both revisions; name the results, too: runner diff {a}..{b} -- results/NAME"
        ))),
        (false, _) if is_range(a) || is_revision(a, second) => Ok(of_revision()),
        // a missing path is told from a missing revision by its look
        (false, _)
            if a.starts_with(['.', '/', '~'])
                || a.contains('\\')
                || a.starts_with("results/")
                || a.ends_with(".csv") =>
        {
            Err(usage(format!("there is no {a}; name a results folder, a table or a revision")))
        }
        (false, _) => Err(match Repository::of(second).and_then(|repository| repository.commit(a)) {
            Err(GitError::NoRevision { revision, near: None, .. }) => usage(format!(
                "`{revision}` is neither a path nor a revision; `git log --oneline` lists commits, `git tag` tags"
            )),
            Err(error) => error.into(),
            Ok(_) => return Ok(of_revision()),
        }),
    }
}
