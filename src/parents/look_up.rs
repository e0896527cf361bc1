//! What the jobs are that a plan names as checkpoints. It reads tables, and no model.

use std::collections::BTreeMap;
use std::path::Path;

use crate::plan::Plan;
use crate::results::Layout;
use crate::spec::{JobModel, JobSource, Source};
use crate::trained::{TrainedJobError, TrainedRow, model_folder};

/// Looks up every job that is a checkpoint in `plan`; `out`: the folder of all results. One that is not found stays in the
/// plan with the reason, since a job that is done needs it no more.
pub fn look_up(plan: &mut Plan, out: &Path) {
    let mut known: BTreeMap<String, JobModel> = BTreeMap::new();
    for job in &mut plan.jobs {
        if let Source::Job(JobSource { address, model, .. }) = &mut job.settings.model.checkpoint {
            *model = known.entry(address.clone()).or_insert_with(|| model_of(address, out)).clone();
        }
    }
}

/// A message as an item of a list: the names below it behind it, unless it has the one that was meant.
fn on_one_line(message: &str) -> String {
    match message.split_once("\n  ") {
        Some((first, _)) if first.ends_with('?') => first.to_owned(),
        Some((first, names)) => format!("{first}: {}", names.replace("\n  ", ", ")),
        None => message.to_owned(),
    }
}

/// The model of the job that `address` names.
pub(super) fn model_of(address: &str, out: &Path) -> JobModel {
    let row = match TrainedRow::find(address, out) {
        Ok(row) => row,
        Err(error) => return JobModel::Missing { why: on_one_line(&error.to_string()) },
    };
    let training = match model_folder(&row) {
        // KEY, or KEY-TAGS where jobs of one training have several tag sets
        Ok(folder) => folder.file_name().map(|name| name.to_string_lossy().into_owned()),
        Err(error @ TrainedJobError::SeveralTagSets { .. }) => return JobModel::Missing { why: error.to_string() },
        Err(_) => None,
    };
    let training = training.unwrap_or_else(|| row.training.to_string());
    let folder = Layout::new(&row.address.folder).exported(&training);
    JobModel::Of { name: row.address.name(), training, folder }
}
