//! Which saved model of a folder is a job's.

use std::fs;
use std::path::PathBuf;

use crate::analysis::JobAddress;
use crate::data::Corpus;
use crate::hub::{self, Lock};
use crate::ledger::BUILTINS;
use crate::model::saved::{SavedModel, SavedModelError, labels_in};
use crate::plan::TrainingKey;
use crate::results::Layout;
use crate::spec::Settings;

use super::error::TrainedJobError;
use super::trained_row::TrainedRow;

/// The saved model of a job's training. Where jobs that share a training have several tag sets, each has a folder
/// `KEY-TAGS` or `KEY`, and the data set tells which one is the job's.
///
/// `models`: the results folder whose models are meant.
pub(super) fn saved_model(row: &TrainedRow, models: &Layout) -> Result<SavedModel, TrainedJobError> {
    let folder = folder_in(row, models)?;
    let saved = SavedModel::open(&folder).map_err(|error| damaged(&row.address, error))?;
    let saved = saved.filter(|saved| saved.description.training == row.training.as_str());
    saved.ok_or_else(|| not_saved(row, models))
}

/// The folder of a row's saved model.
///
/// # Errors
/// No saved model, or several of which the data set would tell the right one.
pub fn model_folder(row: &TrainedRow) -> Result<PathBuf, TrainedJobError> {
    folder_in(row, &Layout::new(&row.address.folder))
}

fn folder_in(row: &TrainedRow, models: &Layout) -> Result<PathBuf, TrainedJobError> {
    let mut folders = folders_of(models, &row.training);
    if folders.len() > 1 {
        let several = || TrainedJobError::SeveralTagSets { job: row.address.name() };
        let tags = tags_on_disk(&row.settings, &row.lock)?.ok_or_else(several)?;
        folders.retain(|folder| labels_in(folder).is_some_and(|labels| labels == tags));
    }
    folders.pop().ok_or_else(|| not_saved(row, models))
}

fn not_saved(row: &TrainedRow, models: &Layout) -> TrainedJobError {
    let folder = models.model(row.training.as_str());
    TrainedJobError::NotSaved { job: row.address.name(), only: only(&row.address), folder }
}

/// What `--only` selects a job by; empty if it is the only one.
fn only(address: &JobAddress) -> String {
    let label = &address.record.label;
    if label.contains('=') { label.clone() } else { String::new() }
}

/// The error of a saved model that cannot be read.
pub(super) fn damaged(address: &JobAddress, error: SavedModelError) -> TrainedJobError {
    let (path, what) = match error {
        SavedModelError::Damaged { path, what } => (path, what),
        SavedModelError::Disk { path, source } => (path, source.to_string()),
        newer @ SavedModelError::Newer { .. } => return TrainedJobError::Newer { job: address.name(), source: newer },
    };
    TrainedJobError::Damaged { job: address.name(), only: only(address), path, what }
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
