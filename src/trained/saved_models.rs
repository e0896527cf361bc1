//! Which saved model of a folder is a job's.

use std::fs;
use std::path::PathBuf;

use crate::data::Corpus;
use crate::hub::{self, Lock};
use crate::ledger::BUILTINS;
use crate::model::saved::{SavedModel, labels_in};
use crate::plan::TrainingKey;
use crate::results::Layout;
use crate::spec::Settings;

use super::error::TrainedJobError;
use super::trained_row::TrainedRow;

/// The saved model of a job's training. Where jobs that share a training have several tag sets, each has a folder
/// `KEY-TAGS` or `KEY`, and the data set tells which one is the job's.
pub(super) fn saved_model(row: &TrainedRow) -> Result<SavedModel, TrainedJobError> {
    let folder = model_folder(row)?;
    let not_saved = || TrainedJobError::NotSaved { job: row.address.name(), folder: folder.clone() };
    let saved = SavedModel::open(&folder)?.ok_or_else(not_saved)?;
    if saved.description.training == row.training.as_str() { Ok(saved) } else { Err(not_saved()) }
}

/// The folder of [`saved_model`].
///
/// # Errors
/// No saved model, or several of which the data set would tell the right one.
pub fn model_folder(row: &TrainedRow) -> Result<PathBuf, TrainedJobError> {
    let TrainedRow { address, settings, training, lock, .. } = row;
    let layout = Layout::new(&address.folder);
    let mut folders = folders_of(&layout, training);
    if folders.len() > 1 {
        let several = || TrainedJobError::SeveralTagSets { job: address.name() };
        let tags = tags_on_disk(settings, lock)?.ok_or_else(several)?;
        folders.retain(|folder| labels_in(folder).is_some_and(|labels| labels == tags));
    }
    let own = layout.model(training.as_str());
    folders.pop().ok_or_else(|| TrainedJobError::NotSaved { job: address.name(), folder: own })
}

/// The tag set of a job's data set, in its order; none unless all files are on this machine.
pub(super) fn tags_on_disk(settings: &Settings, lock: &Lock) -> Result<Option<Vec<String>>, TrainedJobError> {
    let Some(inputs) = hub::data_on_disk(settings, lock, &BUILTINS) else { return Ok(None) };
    let corpus = Corpus::load(&inputs, &settings.data)?;
    Ok(Some(corpus.labels.names().to_vec()))
}

fn folders_of(layout: &Layout, training: &TrainingKey) -> Vec<PathBuf> {
    let own = layout.model(training.as_str());
    let entries = own.parent().and_then(|models| fs::read_dir(models).ok()).into_iter().flatten().flatten();
    let is_of = |name: &str| name.split('-').next() == Some(training.as_str());
    let mut folders: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_str().is_some_and(is_of) && entry.path().is_dir())
        .map(|entry| entry.path())
        .collect();
    folders.sort();
    folders
}
