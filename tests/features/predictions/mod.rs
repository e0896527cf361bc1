//! Files of predictions: named by the label of their row, wherever they lie meanwhile.

mod changes;
mod earlier;
mod rows;

use std::fs;

use runner::results::{ScoredSplit, earlier_prediction_name, prediction_name, read_evaluations};

use crate::workshop::{Files, GRID, Workshop};

const FOLDER: &str = "results/grid";

/// The files of `predictions/` without gold tags.
fn predictions(workshop: &Workshop) -> Files {
    let mut files = workshop.files(&format!("{FOLDER}/predictions"));
    files.retain(|name, _| !name.starts_with("gold-"));
    files
}

fn names(workshop: &Workshop) -> Vec<String> {
    predictions(workshop).into_keys().collect()
}

/// A finished experiment.
fn finished(experiment: &str) -> Workshop {
    let workshop = Workshop::new(experiment);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    workshop
}

/// Renames predictions as earlier versions wrote them: by key.
fn rename_as_earlier(workshop: &Workshop) {
    let rename = |label: &str, set: Option<&str>, key: &str| {
        for split in [ScoredSplit::Test, ScoredSplit::Validation] {
            let path = |name: String| workshop.path(&format!("{FOLDER}/predictions/{name}"));
            let from = path(prediction_name(label, set, split));
            if from.exists() {
                fs::rename(from, path(earlier_prediction_name(key, split))).unwrap();
            }
        }
    };
    for job in workshop.jobs(FOLDER) {
        rename(&job, None, &workshop.cell(FOLDER, &job, "key").unwrap());
    }
    let layout = runner::results::Layout::new(workshop.path(FOLDER));
    for row in read_evaluations(&layout).unwrap() {
        rename(&row.label, Some(&row.set.name), &row.outcome.key);
    }
}
