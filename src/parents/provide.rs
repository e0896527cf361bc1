//! Models of jobs as folders, `.run/exports/KEY` of their results: written when a job that starts from them is to run, and
//! again when the model changed.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::export::{ExportError, write_checkpoint};
use crate::files::{self, FloatFormat, TemporaryFolder};
use crate::hub::{FetchError, FetchEvent, FetchOptions, FetchProblem};
use crate::model::saved;
use crate::spec::{JobModel, JobSource, Settings, Source};
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
}

/// Writes the models of all jobs that are checkpoints of `jobs` and were found, unless they lie there already. `out`: the
/// folder of all results; `options` as for [`TrainedJob::of`].
///
/// # Errors
/// One error for each model that is not to be had.
pub fn provide<'s>(
    jobs: impl IntoIterator<Item = &'s Settings>,
    out: &Path,
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
        if let Err(error) = provide_one(name, folder, out, options, report) {
            let (input, problem) = (format!("checkpoint {written}"), FetchProblem::NoModel { why: error.to_string() });
            errors.push(FetchError { of_set: None, input, problem, folder: None });
        }
    }
    errors
}

/// Writes the model of a job to `folder`, with the models that it started from.
fn provide_one(
    name: &str,
    folder: &Path,
    out: &Path,
    options: FetchOptions<'_>,
    report: &mut dyn FnMut(FetchEvent<'_>),
) -> Result<(), TrainedJobError> {
    let row = TrainedRow::find(name, out)?;
    if is_current(folder, &row) {
        return Ok(());
    }
    // the pins of a job hold, whatever is newest for those who start from it
    let options = FetchOptions { update: false, without_weights: false, ..options };
    let weights = weights_of(&row);
    let job = TrainedJob::of(with_parents(row, out, options, report)?, options, report)?;
    write(&job, weights, folder)
        .map_err(|error| TrainedJobError::Parent { job: job.address.name(), why: error.to_string() })
}

/// A row whose model can be read: the models that it started from lie in their folders.
///
/// # Errors
/// A model that is not to be had.
pub fn with_parents(
    mut row: TrainedRow,
    out: &Path,
    options: FetchOptions<'_>,
    report: &mut dyn FnMut(FetchEvent<'_>),
) -> Result<TrainedRow, TrainedJobError> {
    if let Source::Job(source) = &mut row.settings.model.checkpoint {
        source.model = model_of(&source.address, out);
        if let JobModel::Of { name, folder, .. } = &source.model {
            provide_one(name, folder, out, options, report)?;
        }
    }
    Ok(row)
}

/// Whether `folder` has the model that the job has now, or had before that was removed.
fn is_current(folder: &Path, row: &TrainedRow) -> bool {
    let written = fs::read(folder.join(SOURCE)).ok().and_then(|text| serde_json::from_slice::<Written>(&text).ok());
    let Some(written) = written.filter(|written| written.training == row.training.as_str()) else { return false };
    let saved = weights_of(row);
    saved.is_none() || saved == written.weights
}

/// The SHA-256 of the saved model of a row; none if there is none.
fn weights_of(row: &TrainedRow) -> Option<String> {
    saved::weights_sha256_in(&model_folder(row).ok()?)
}

fn write(job: &TrainedJob, weights: Option<String>, folder: &Path) -> Result<(), ExportError> {
    let failed = |path: &Path| ExportError::disk(path.to_owned());
    let above = folder.parent().unwrap_or(folder);
    files::create_folder(above).map_err(failed(above))?;
    let parts = TemporaryFolder::beside(folder).map_err(failed(folder))?;
    write_checkpoint(job, parts.path(), FloatFormat::Float32)?;
    let text = serde_json::to_vec_pretty(&Written { training: job.training.to_string(), weights });
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
