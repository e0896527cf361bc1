//! What folders keep in `.run/` beside results: models, checkpoints and logs are copied, where the merged folder has none of
//! that name.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::files::{self, TemporaryFolder};
use crate::results::Layout;

use super::error::MergeError;

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Copied {
    /// Saved models.
    pub models: usize,
    /// Checkpoints of unfinished trainings.
    pub checkpoints: usize,
    /// Logs of jobs.
    pub logs: usize,
    /// Bytes of all these.
    pub bytes: u64,
}

impl Copied {
    /// Copies what `from` keeps. `unfinished`: the keys of trainings that are pending.
    pub(super) fn add(&mut self, from: &Layout, to: &Layout, unfinished: &BTreeSet<String>) -> Result<(), MergeError> {
        for name in folders_in(&from.run_folder().join("models"))? {
            self.models += usize::from(self.folder(&from.model(&name), &to.model(&name))?);
        }
        for name in folders_in(&from.run_folder().join("jobs"))? {
            self.logs += usize::from(self.folder(&from.job(&name), &to.job(&name))?);
        }
        for key in unfinished {
            let (old, new) = (from.checkpoint(key), to.checkpoint(key));
            if old.is_file() && !new.exists() {
                self.file(&old, &new)?;
                self.checkpoints += 1;
            }
        }
        Ok(())
    }

    /// Copies a folder of files as a whole; returns whether it was not there.
    fn folder(&mut self, from: &Path, to: &Path) -> Result<bool, MergeError> {
        if to.exists() {
            return Ok(false);
        }
        let failed = |error| MergeError::disk(to)(error);
        to.parent().map_or(Ok(()), files::create_folder).map_err(failed)?;
        let parts = TemporaryFolder::beside(to).map_err(failed)?;
        for entry in fs::read_dir(from).map_err(MergeError::disk(from))? {
            let entry = entry.map_err(MergeError::disk(from))?;
            if entry.file_type().is_ok_and(|kind| kind.is_file()) {
                self.file(&entry.path(), &parts.path().join(entry.file_name()))?;
            }
        }
        fs::rename(parts.path(), to).map_err(failed)?;
        Ok(true)
    }

    fn file(&mut self, from: &Path, to: &Path) -> Result<(), MergeError> {
        to.parent().map_or(Ok(()), files::create_folder).map_err(MergeError::disk(to))?;
        let mut source = File::open(from).map_err(MergeError::disk(from))?;
        self.bytes += files::replace_with(to, |file| io::copy(&mut source, file)).map_err(MergeError::disk(to))?;
        Ok(())
    }
}

/// The names of the folders in a folder, sorted; none where there is no such folder.
fn folders_in(folder: &Path) -> Result<Vec<String>, MergeError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(MergeError::disk(folder))?,
    };
    let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut names: Vec<String> = folders.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    // what a stopped program left is hidden
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    Ok(names)
}
