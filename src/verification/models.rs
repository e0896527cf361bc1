//! Whether saved models are the ones that were saved, and those of the folder's trainings. It must not load them.

use std::collections::BTreeMap;
use std::fs;

use crate::ledger::{Id, Ledger};
use crate::model::saved::{SavedModel, SavedModelError};
use crate::plan::TrainingKey;
use crate::results::{Decimal, Record};
use crate::train::History;
use crate::words::counted;

use super::finding::{Check, Checked, Finding};
use super::folder::Folder;

const REMEDY: &str = "restore the model from a copy, or remove its folder: `runner run --force` trains it again";

/// Every model of .run/models.
pub(super) fn check(folder: &Folder) -> Checked {
    let root = folder.layout.run_folder().join("models");
    let entries = fs::read_dir(&root).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().to_str().map(str::to_owned)).collect();
    names.sort();
    if names.is_empty() {
        return Checked::not(Check::Models, "no saved models");
    }
    let trainings = trainings(folder);
    let mut checked = Checked::new(Check::Models, "");
    let (mut models, mut others) = (0, 0);
    for name in &names {
        let path = format!(".run/models/{name}");
        match SavedModel::open(&folder.layout.model(name)) {
            Ok(None) => {}
            Err(SavedModelError::Damaged { path: file, what }) => {
                let file = file.file_name().unwrap_or_default().to_string_lossy();
                let finding = Finding::at(&format!("{path}/{file}"), "", "the file").found(what, "");
                checked.findings.push(finding.from("", REMEDY));
            }
            Err(other) => checked.not_checked.push(format!("{path}: {other}")),
            Ok(Some(model)) => {
                models += 1;
                // a folder may have the tags behind the key: KEY-TAGS
                let key = name.split('-').next().unwrap_or(name);
                if model.description.training != key {
                    let finding = Finding::at(&format!("{path}/model.json"), "", "training");
                    checked.findings.push(finding.found(&model.description.training, key).from("its folder", REMEDY));
                }
                match trainings.get(key) {
                    Some(rows) => checked.findings.extend(of_rows(&path, &model, rows, name == key)),
                    None if folder.ledger.is_some() => others += 1,
                    None => {}
                }
            }
        }
    }
    checked.extent = counted(models, "model");
    if others > 0 {
        // a changed experiment leaves them behind
        checked.extent += &format!(", {others} of no job");
    }
    checked
}

/// The rows of each training.
fn trainings(folder: &Folder) -> BTreeMap<String, Vec<&Record>> {
    let mut rows: BTreeMap<String, Vec<&Record>> = BTreeMap::new();
    let Some(ledger) = &folder.ledger else { return rows };
    let trained = |ledger: &Ledger, id: Id| ledger.training_of(id).map(TrainingKey::to_string);
    for record in folder.records() {
        if let Some(training) = folder.part_of(record).and_then(|id| trained(ledger, id)) {
            rows.entry(training).or_default().push(record);
        }
    }
    rows
}

/// The history of a model against the rows of its training. Several models of one training have other tags each.
fn of_rows(path: &str, model: &SavedModel, rows: &[&Record], is_only: bool) -> Vec<Finding> {
    let Ok(history) = History::parse(&model.description.note) else { return Vec::new() };
    let loss = history.mean_loss().map(Decimal::new);
    let wrong = |record: &&&Record| {
        let stated = record.measurements().map(|measured| measured.train_loss);
        is_only
            && rows.len() == 1
            && record.rung.is_none()
            && record.outcome.environment == model.description.environment
            && stated.is_some_and(|stated| stated != loss)
    };
    let text = |loss: Option<Decimal>| loss.map(|loss| loss.to_string()).unwrap_or_default();
    let finding = |record: &&Record| {
        let stated = record.measurements().and_then(|measured| measured.train_loss);
        Finding::at("results.csv", &record.label, "train_loss")
            .found(text(stated), text(loss))
            .from(format!("{path}/model.json"), REMEDY)
    };
    rows.iter().filter(wrong).map(finding).collect()
}
