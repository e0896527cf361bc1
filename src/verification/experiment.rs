//! Whether the rows are those of experiment.toml: their jobs, their settings, their columns. It must not know keys.

use std::collections::{BTreeMap, BTreeSet};

use crate::ledger::{Ledger, columns, evaluated_set};
use crate::plan::{Plan, is_same_value};
use crate::results::{Committed, Record, SETTING_COLUMNS, evaluation_name};
use crate::words::counted;

use super::finding::{Check, Checked, Finding, UNREAD};
use super::folder::Folder;

const REMEDY: &str = "restore whichever was changed from git; or run the experiment again, which rewrites the tables";

/// Rows against the plan.
pub(super) fn check(folder: &Folder) -> Checked {
    let damage = folder.damage.get(&Check::Experiment).cloned().unwrap_or_default();
    let (Some(plan), Some(ledger)) = (&folder.plan, &folder.ledger) else {
        return Checked { findings: damage, ..Checked::new(Check::Experiment, "") };
    };
    let Some(tables) = &folder.tables else {
        return Checked::not(Check::Experiment, UNREAD);
    };
    let rows = tables.records.len();
    let there: BTreeSet<&str> = tables.records.iter().map(|record| record.label.as_str()).collect();
    let open = plan.jobs.iter().filter(|job| !there.contains(job.label.as_str())).count();
    let not_run = if open > 0 { format!(", {open} not run") } else { String::new() };
    let mut checked = Checked::new(Check::Experiment, format!("{}{not_run}", counted(rows, "row")));
    checked.findings.extend(of_columns(plan, tables));
    for record in &tables.records {
        match folder.part_of(record) {
            None => checked.findings.push(extra("results.csv", &record.label)),
            Some(id) => {
                let settings = ledger.settings_of(id).entries();
                let settings = settings.map(|(key, value)| (key.as_str().to_owned(), value.to_string())).collect();
                checked.findings.extend(of_settings(record, &settings, tables));
            }
        }
    }
    checked.findings.extend(of_evaluations(folder, plan, ledger));
    checked
}

fn extra(file: &str, row: &str) -> Finding {
    Finding::at(file, row, "the row").found("there", "").from("experiment.toml", REMEDY)
}

/// The columns of settings in results.csv.
fn of_columns(plan: &Plan, tables: &Committed) -> Vec<Finding> {
    let fixed = |name: &String| SETTING_COLUMNS.iter().any(|(_, dotted)| dotted == name);
    let wanted: BTreeSet<String> = columns(plan).varied.into_iter().filter(|name| !fixed(name)).collect();
    let found: BTreeSet<String> = tables.columns.varied.iter().cloned().collect();
    let missing = wanted.difference(&found).map(|name| ("", "there", name));
    let extra = found.difference(&wanted).map(|name| ("there", "", name));
    let finding = |(found, expected, name): (&str, &str, &String)| {
        Finding::at("results.csv", "header", name).found(found, expected).from("experiment.toml", REMEDY)
    };
    missing.chain(extra).map(finding).collect()
}

/// The settings of a row, by dotted name.
fn of_settings(record: &Record, settings: &BTreeMap<String, String>, tables: &Committed) -> Vec<Finding> {
    let varied = tables.columns.varied.iter().map(|name| (name.as_str(), name.as_str()));
    let text = |from: &BTreeMap<String, String>, name: &str| from.get(name).cloned().unwrap_or_default();
    let cells = SETTING_COLUMNS.into_iter().chain(varied).map(|(column, name)| {
        let (found, expected) = (text(&record.settings, name), text(settings, name));
        (!is_same(&found, &expected, name)).then(|| {
            Finding::at("results.csv", &record.label, column).found(found, expected).from("experiment.toml", REMEDY)
        })
    });
    cells.flatten().collect()
}

/// Equal as text or as numbers. A folder is written as seen from a file, which differs.
fn is_same(one: &str, other: &str, name: &str) -> bool {
    let is_path = |text: &str| text.starts_with(['.', '/', '~']) || text.get(1..3) == Some(":/");
    let is_source = name == "data.dataset" || name == "model.checkpoint";
    let last = |text: &str| text.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    is_same_value(one, other) || (is_source && is_path(one) && is_path(other) && last(one) == last(other))
}

fn of_evaluations(folder: &Folder, plan: &Plan, ledger: &Ledger) -> Vec<Finding> {
    let mut findings = Vec::new();
    for record in &folder.evaluations {
        let row = evaluation_name(record);
        let Some(id) = folder.set_of(record) else {
            findings.push(extra("evaluations.csv", &row));
            continue;
        };
        let sets = plan.experiment.evaluate.iter();
        let Some(set) = sets.clone().find(|set| set.name == record.set.name) else { continue };
        let right = evaluated_set(set, ledger.settings_of(id));
        let cells = [
            ("dataset", "data.dataset", &record.set.dataset, &right.dataset),
            ("language", "", &record.set.language, &right.language),
            ("split", "", &record.set.split, &right.split),
            ("size", "", &record.set.size, &right.size),
        ];
        let wrong = cells.into_iter().filter(|(_, name, found, expected)| !is_same(found, expected, name));
        findings.extend(wrong.map(|(column, _, found, expected)| {
            Finding::at("evaluations.csv", &row, column).found(found, expected).from("experiment.toml", REMEDY)
        }));
    }
    findings
}
