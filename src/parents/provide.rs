//! Models of jobs as folders, `.run/exports/KEY` of their results: written when a job that starts from them is to run, and
//! again when the model changed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::export::{ExportError, WEIGHTS, write_checkpoint};
use crate::files::{self, FloatFormat, TemporaryFolder};
use crate::hub::{FetchError, FetchEvent, FetchOptions, FetchProblem, hash_file};
use crate::model::saved;
use crate::results::Layout;
use crate::spec::{JobModel, JobSource, Settings, Source, split_job};
use crate::trained::{TrainedJob, TrainedJobError, TrainedRow, model_folder};

use super::look_up::model_of;

/// The file beside a model that says which one it is; the last one written.
const SOURCE: &str = "source.json";

/// What a folder was written from.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// The key of the training.
    training: String,
    /// The SHA-256 of the saved model; none if the job trained nothing.
    weights: Option<String>,
    /// The SHA-256 of the weights that were written.
    sha256: String,
}

/// Writes the models of all jobs that are checkpoints of `jobs` and were found, unless they lie there already. `options` as
/// for [`TrainedJob::of`].
///
/// # Errors
/// One error for each model that is missing.
pub fn provide<'s>(
    jobs: impl IntoIterator<Item = &'s Settings>,
    options: FetchOptions<'_>,
    report: &mut dyn FnMut(FetchEvent<'_>),
) -> Vec<FetchError> {
    let mut seen = BTreeSet::new();
    let mut errors = Vec::new();
    for settings in jobs {
        let Source::Job(JobSource { written, model: JobModel::Of { name, folder, .. }, .. }) =
            &settings.model.checkpoint
        else {
            continue;
        };
        if !seen.insert(name) {
            continue;
        }
        if let Err(error) = provide_one(name, folder, options, report) {
            let (input, problem) = (format!("checkpoint {written}"), FetchProblem::NoModel { why: error.to_string() });
            errors.push(FetchError { of_set: None, input, problem, folder: None });
        }
    }
    errors
}

/// Writes the model of the job `name` to `folder`, with the models that it started from. One process at a time writes in
/// a results folder; others wait, and find it written.
fn provide_one(
    name: &str,
    folder: &Path,
    options: FetchOptions<'_>,
    report: &mut dyn FnMut(FetchEvent<'_>),
) -> Result<(), TrainedJobError> {
    let row = TrainedRow::find(name, Path::new(""))?;
    if is_current(folder, &row) {
        return Ok(());
    }
    // the pins of a job hold, whatever is newest for those who start from it
    let options = FetchOptions { update: false, without_weights: false, ..options };
    // before the lock: they may be written into the same results folder
    let row = with_parents(row, options, report)?;
    let failed = |error: ExportError| TrainedJobError::Parent { job: name.to_owned(), why: error.to_string() };
    let exports = folder.parent().unwrap_or(folder);
    let _lock = lock(exports).map_err(ExportError::disk(exports)).map_err(failed)?;
    if is_current(folder, &row) {
        return Ok(());
    }
    let weights = weights_of(&row);
    let job = TrainedJob::of(row, options, report)?;
    write(&job, weights, folder).map_err(failed)
}

/// The file that is held while a model is written into this folder.
const LOCK: &str = "lock";

/// Waits until nobody else writes into the folder, which is made. Where files cannot be locked, nobody is waited for.
fn lock(exports: &Path) -> io::Result<File> {
    files::create_folder(exports)?;
    let file = File::options().create(true).truncate(false).write(true).open(exports.join(LOCK))?;
    match file.lock() {
        Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(error),
        _ => Ok(file),
    }
}

/// A row whose model can be read: the model that its training started from lies in its folder.
///
/// # Errors
/// A model that is missing, or another one by now.
pub fn with_parents(
    mut row: TrainedRow,
    options: FetchOptions<'_>,
    report: &mut dyn FnMut(FetchEvent<'_>),
) -> Result<TrainedRow, TrainedJobError> {
    let job = row.address.name();
    let Some(trained) = row.parent.clone() else { return Ok(row) };
    let Source::Job(source) = &mut row.settings.model.checkpoint else { return Ok(row) };
    let out = Layout::new(&row.address.folder).out().to_owned();
    let found = model_of(&source.address, &out);
    // where the other job was trained otherwise since, or its tables are gone, a copy of its model may be left
    let exports = match &found {
        JobModel::Of { folder, .. } => folder.parent().map(Path::to_owned),
        JobModel::Missing { .. } | JobModel::Unknown => {
            let path = Some(split_job(&source.address)).filter(|(_, label)| label.is_some()).map(|(path, _)| path);
            path.and_then(|path| Layout::new(path).exported(&trained).parent().map(Path::to_owned))
        }
    };
    let copy = exports
        .map(|exports| exports.join(&trained))
        .filter(|copy| written(copy).is_some_and(|written| is_undamaged(copy, &written)));
    source.model = match (found, copy) {
        (JobModel::Of { name, training, folder }, _) if training == trained => {
            provide_one(&name, &folder, options, report)?;
            JobModel::Of { name, training, folder }
        }
        (_, Some(folder)) => JobModel::Of { name: source.written.clone(), training: trained, folder },
        (JobModel::Of { name, .. }, None) => return Err(TrainedJobError::ParentChanged { job, parent: name, trained }),
        (JobModel::Missing { why }, None) => {
            return Err(TrainedJobError::ParentMissing { job, parent: source.written.clone(), why });
        }
        (JobModel::Unknown, None) => unreachable!("the job was looked up"),
    };
    Ok(row)
}

/// Whether a model that was written out, `.run/exports/KEY`, can be written again: its saved model is there, or it is a
/// checkpoint that was not trained.
pub fn has_original(folder: &Path, layout: &Layout) -> bool {
    let Some(Written { training, weights, .. }) = written(folder) else { return false };
    let key = folder.file_name().map_or(training, |name| name.to_string_lossy().into_owned());
    weights.is_none_or(|weights| saved::weights_sha256_in(&layout.model(&key)).is_some_and(|saved| saved == weights))
}

fn written(folder: &Path) -> Option<Written> {
    serde_json::from_slice(&fs::read(folder.join(SOURCE)).ok()?).ok()
}

/// Whether `folder` has the model that the job has now, or had before that was removed, undamaged.
fn is_current(folder: &Path, row: &TrainedRow) -> bool {
    let Some(written) = written(folder).filter(|written| written.training == row.training.as_str()) else {
        return false;
    };
    let saved = weights_of(row);
    (saved.is_none() || saved == written.weights) && is_undamaged(folder, &written)
}

fn is_undamaged(folder: &Path, written: &Written) -> bool {
    hash_file(&folder.join(WEIGHTS)).is_ok_and(|(sha256, _)| sha256.as_str() == written.sha256)
}

/// The SHA-256 of the saved model of a row; none if there is none.
fn weights_of(row: &TrainedRow) -> Option<String> {
    saved::weights_sha256_in(&model_folder(row).ok()?)
}

fn write(job: &TrainedJob, weights: Option<String>, folder: &Path) -> Result<(), ExportError> {
    let failed = |path: &Path| ExportError::disk(path.to_owned());
    let parts = TemporaryFolder::beside(folder).map_err(failed(folder))?;
    write_checkpoint(job, parts.path(), FloatFormat::Float32)?;
    let (sha256, _) = hash_file(&parts.path().join(WEIGHTS)).map_err(failed(folder))?;
    let (training, sha256) = (job.training.to_string(), sha256.as_str().to_owned());
    let text = serde_json::to_vec_pretty(&Written { training, weights, sha256 });
    let text = text.expect("texts are plain data");
    let placed = files::replace(&parts.path().join(SOURCE), &text)
        .and_then(|()| remove(folder))
        .and_then(|()| fs::rename(parts.path(), folder));
    placed.map_err(failed(folder))
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
