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

/// The saved model of a job's training. Where jobs that share a training have several tag sets, each has a folder
/// `KEY-TAGS` or `KEY`, and the data set tells which one is the job's.
pub(super) fn saved_model(
    job: &str,
    layout: &Layout,
    settings: &Settings,
    training: &TrainingKey,
    lock: &Lock,
) -> Result<SavedModel, TrainedJobError> {
    let own = layout.model(training.as_str());
    let mut folders = folders_of(layout, training);
    if folders.len() > 1 {
        let several = || TrainedJobError::SeveralTagSets { job: job.to_owned() };
        let tags = tags_on_disk(settings, lock)?.ok_or_else(several)?;
        folders.retain(|folder| labels_in(folder).is_some_and(|labels| labels == tags));
    }
    let not_saved = || TrainedJobError::NotSaved { job: job.to_owned(), folder: own.clone() };
    let folder = folders.pop().ok_or_else(not_saved)?;
    let saved = SavedModel::open(&folder)?.ok_or_else(not_saved)?;
    if saved.description.training == training.as_str() { Ok(saved) } else { Err(not_saved()) }
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
