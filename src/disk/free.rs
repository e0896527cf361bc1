//! Frees what a person chose. The folder's lock is held meanwhile; whatever stops the program, what is left is whole.

use std::fs;
use std::io;
use std::path::Path;

use super::error::DiskError;
use super::kind::Kind;
use super::survey::{Item, Survey};
use crate::files;
use crate::results::{FolderLock, Layout, ResultsError, Sharing};

/// The kinds to free.
#[derive(Debug, Clone, Default)]
pub struct Choice(pub Vec<Kind>);

impl Choice {
    /// Whether nothing was chosen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What was freed, or would be.
#[derive(Debug)]
pub struct Freed {
    /// What is in the folder with it.
    pub survey: Survey,
    /// The kinds that were chosen and found, each with its size in bytes.
    pub kinds: Vec<(Kind, u64)>,
}

/// Frees the chosen kinds of a results folder; with `only_look`, nothing is removed.
///
/// # Errors
/// Not a results folder; one that a run works on; unused models where it is not known which are; what the system says.
pub fn free(folder: &Path, choice: &Choice, only_look: bool) -> Result<Freed, DiskError> {
    let mut survey = Survey::of(folder)?;
    let lock = match only_look || survey.items.is_empty() {
        true => None,
        false => Some(FolderLock::of(&Layout::new(folder))?),
    };
    if let Some(sharing) = Sharing::of(&Layout::new(folder)).filter(|_| lock.is_some()) {
        return Err(ResultsError::Shared { folder: folder.to_owned(), by: sharing.text() }.into());
    }
    if lock.is_some() {
        // as it is now that nobody changes it
        survey = Survey::of(folder)?;
    }
    let asks_for_unused = choice.0.contains(&Kind::UnusedModels) && !choice.0.contains(&Kind::Models);
    if let Some(reason) = survey.unknown.clone().filter(|_| asks_for_unused) {
        return Err(DiskError::Unknown { folder: folder.to_owned(), reason });
    }
    if choice.0.contains(&Kind::Predictions) && Layout::new(folder).is_being_replaced() {
        return Err(DiskError::Unfinished(folder.to_owned()));
    }
    let chosen = choice.0.iter().filter(|kind| kind.option().is_some() && survey.items.contains_key(kind));
    let kinds: Vec<(Kind, u64)> = chosen.map(|kind| (*kind, survey.bytes_of(*kind))).collect();
    if !only_look {
        for item in kinds.iter().flat_map(|(kind, _)| &survey.items[kind]) {
            remove(item)?;
        }
    }
    drop(lock);
    Ok(Freed { survey, kinds })
}

/// Removes a file or folder; a folder is renamed first, so that no part of it stays under its name.
fn remove(item: &Item) -> Result<(), DiskError> {
    let failed = |source| DiskError::Disk { path: item.path.clone(), source };
    let there = match fs::symlink_metadata(&item.path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        there => there.map_err(failed)?,
    };
    if !there.is_dir() {
        return fs::remove_file(&item.path).map_err(failed);
    }
    let beside = files::beside(&item.path);
    fs::rename(&item.path, &beside).and_then(|()| fs::remove_dir_all(&beside)).map_err(failed)
}
