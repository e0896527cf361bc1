//! Whether workers share a results folder, and what they leave there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::replace::{create_folder, replace};
use super::{Action, Layout, ResultsError};
use crate::claims::{Beacon, live};
use crate::files::is_leftover;
use crate::words::counted;

/// The workers of a folder, and the submissions that they belong to.
#[derive(Debug, Clone, PartialEq)]
pub struct Sharing {
    /// The submissions that are neither finished nor canceled, the earliest first.
    pub submissions: Vec<String>,
    /// The workers that may live.
    pub workers: Vec<Beacon>,
}

impl Sharing {
    /// Who shares a folder; none if nobody does.
    pub fn of(layout: &Layout) -> Option<Self> {
        let submissions = open_submissions(layout);
        let workers = live(&layout.run_folder(), &|_| false);
        (!submissions.is_empty() || !workers.is_empty()).then_some(Self { submissions, workers })
    }

    /// The same as a part of a sentence: "submission 20261128-1 and 2 workers".
    pub fn text(&self) -> String {
        let submissions = self.submissions.iter().map(|id| format!("submission {id}"));
        let workers = (!self.workers.is_empty()).then(|| counted(self.workers.len(), "worker"));
        submissions.chain(workers).collect::<Vec<_>>().join(" and ")
    }
}

/// The submissions that are neither finished nor canceled.
fn open_submissions(layout: &Layout) -> Vec<String> {
    let entries = fs::read_dir(layout.submissions_folder()).into_iter().flatten().flatten();
    let is_open = |path: &PathBuf| {
        let is_whole = path.file_name().is_some_and(|name| !is_leftover(&name.to_string_lossy()));
        is_whole
            && path.join("submission.json").exists()
            && !path.join("stop").exists()
            && !path.join("finished").exists()
    };
    let open = entries.map(|entry| entry.path()).filter(is_open);
    let mut names: Vec<String> =
        open.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
    names.sort_unstable();
    names
}

/// Makes a folder ready for workers where there are no file locks. If nobody shares it yet, claims of workers that are no more
/// are removed: what they were done with may have to run again. Two processes that start at once may each remove a claim of
/// the other, and do a training twice.
///
/// # Errors
/// What the system says.
pub fn share_without_lock(layout: &Layout) -> Result<(), ResultsError> {
    create_folder(&layout.run_folder())?;
    replace(&layout.gitignore(), b"*\n")?;
    if Sharing::of(layout).is_some() { Ok(()) } else { remove(&layout.claims_folder()) }
}

/// Removes what workers left that are no more: their beacons, journals and claims. The caller has the folder alone, and has
/// the journals' content.
pub(super) fn clear(layout: &Layout) -> Result<(), ResultsError> {
    [layout.claims_folder(), layout.workers_folder()].iter().try_for_each(|folder| remove(folder))
}

fn remove(folder: &Path) -> Result<(), ResultsError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ResultsError::io(Action::Write, folder, error)),
        _ => Ok(()),
    }
}
