//! Predictions that earlier versions named by key, renamed to the labels of their rows; and shelved ones that are older than
//! those beside the tables.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::placement::{PredictionFiles, move_file, spread};
use super::prediction_names::key_of_earlier;
use super::replace::{create_folder, sync_folder};
use super::{Action, Layout, ResultsError};
use crate::files;

/// Renames the files of a folder that this process has locked. `behind`: the keys of rows that are older than the journal,
/// so that what lies on the shelf is newer. Returns a sentence for what was done.
pub(super) fn rename_earlier(layout: &Layout, behind: &BTreeSet<&str>) -> Result<Vec<String>, ResultsError> {
    let files = PredictionFiles::list(layout)?;
    let names = files.rows.by_key();
    let mut renaming = Renaming { layout, files: &files, behind, renamed: 0, notices: Vec::new() };
    let of_key = |file: &str| names.get(file).map(Vec::as_slice).unwrap_or_default();
    let earlier = files.beside.iter().filter(|file| key_of_earlier(file).is_some());
    earlier.clone().try_for_each(|file| renaming.rename(file, of_key(file)))?;
    let is_beside = |file: &str| of_key(file).iter().any(|name| files.beside.contains(*name));
    let is_older = |file: &&String| key_of_earlier(file).is_some_and(|key| !behind.contains(key)) && is_beside(file);
    let older = files.shelved.iter().filter(is_older);
    older.clone().try_for_each(|file| renaming.remove(file))?;
    let Renaming { renamed, mut notices, .. } = renaming;
    if earlier.chain(older).next().is_some() {
        let folders = [layout.predictions_folder(), layout.shelved_predictions()];
        folders.iter().filter(|folder| folder.is_dir()).try_for_each(|folder| sync_folder(folder))?;
    }
    if renamed > 0 {
        let files = if renamed == 1 { "1 file".to_owned() } else { format!("{renamed} files") };
        let root = layout.root().display();
        notices.push(format!(
            "{root}: {files} in predictions/ renamed from keys to labels: now `git diff` shows the sentences that change"
        ));
    }
    Ok(notices)
}

/// Files of a folder under way to their new names.
struct Renaming<'a> {
    layout: &'a Layout,
    files: &'a PredictionFiles,
    /// Keys of results that the tables do not have yet: their predictions on the shelf are the newest.
    behind: &'a BTreeSet<&'a str>,
    renamed: usize,
    notices: Vec<String>,
}

impl Renaming<'_> {
    /// Renames a file of `predictions/` to the names of the rows that have its key; without one it goes onto the shelf.
    fn rename(&mut self, file: &str, names: &[&str]) -> Result<(), ResultsError> {
        let (beside, shelf) = (self.layout.predictions_folder(), self.layout.shelved_predictions());
        let from = beside.join(file);
        if key_of_earlier(file).is_some_and(|key| self.behind.contains(key)) && self.files.shelved.contains(file) {
            return files::remove(&from).map_err(|error| ResultsError::io(Action::Write, &from, error));
        }
        let missing = names.iter().filter(|name| !self.files.beside.contains(**name));
        let missing: Vec<_> = missing.map(|name| beside.join(name)).collect();
        let Some(first) = names.first() else {
            create_folder(&shelf)?;
            return move_file(&from, &shelf.join(file));
        };
        // earlier versions wrote beside the tables: what they have on the shelf is older
        self.remove(file)?;
        if !missing.is_empty() {
            self.renamed += 1;
            return spread(&from, &missing);
        }
        let read = |path: &Path| fs::read(path).map_err(|error| ResultsError::io(Action::Read, path, error));
        if read(&from)? == read(&beside.join(first))? {
            return files::remove(&from).map_err(|error| ResultsError::io(Action::Write, &from, error));
        }
        create_folder(&shelf)?;
        let aside = files::set_aside(&from).map_err(|error| ResultsError::io(Action::Write, &from, error))?;
        let kept = shelf.join(aside.file_name().unwrap_or_default());
        move_file(&aside, &kept)?;
        self.notices.push(format!(
            "{} differs from {first}, which counts; it is kept as {}",
            from.display(),
            kept.display()
        ));
        Ok(())
    }

    /// Removes a file from the shelf, if it is there.
    fn remove(&self, file: &str) -> Result<(), ResultsError> {
        let path = self.layout.shelved_predictions().join(file);
        files::remove(&path).map_err(|error| ResultsError::io(Action::Write, &path, error))
    }
}
