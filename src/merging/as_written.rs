//! Rows that name folders as the experiment's own file did: the resolved one names them as seen from the results folder.

use std::collections::BTreeMap;

use crate::results::{EvaluationRecord, Record};

use super::folder::Folder;
use super::outcomes::Joined;

/// The columns of settings that may name a folder.
const SOURCES: [&str; 2] = ["data.dataset", "model.checkpoint"];

/// Gives the rows the names that they had in their folders.
pub(super) fn name_as_before(
    records: &mut [Record],
    evaluations: &mut [EvaluationRecord],
    folders: &[Folder],
    joined: &Joined,
) {
    let rows: Vec<BTreeMap<(&str, &str), &Record>> = folders
        .iter()
        .map(|folder| folder.known.rows.iter().map(|row| ((&*row.label, &*row.outcome.key), row)).collect())
        .collect();
    let sets: Vec<BTreeMap<(&str, &str), &EvaluationRecord>> = folders
        .iter()
        .map(|folder| folder.evaluations.iter().map(|row| ((&*row.label, &*row.outcome.key), row)).collect())
        .collect();
    let of = |key: &str| {
        joined.kept.get(key).into_iter().flat_map(|kept| [kept.folder].into_iter().chain(kept.also.clone()))
    };
    for record in records {
        let row = of(&record.outcome.key).find_map(|at| rows[at].get(&(&*record.label, &*record.outcome.key)));
        for name in SOURCES {
            if let Some(text) = row.and_then(|row| row.settings.get(name)) {
                record.settings.insert(name.to_owned(), text.clone());
            }
        }
    }
    for record in evaluations {
        let row = of(&record.outcome.key).find_map(|at| sets[at].get(&(&*record.label, &*record.outcome.key)));
        if let Some(row) = row {
            record.set.dataset.clone_from(&row.set.dataset);
        }
    }
}
