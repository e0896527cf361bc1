//! Whether each row's key follows from experiment.toml and lock.toml, and whether jobs of one training agree on it.

use std::collections::BTreeMap;

use crate::ledger::{Id, Ledger};
use crate::plan::ResultKey;
use crate::results::{Decimal, Record, evaluation_name};
use crate::spec::Split;
use crate::words::counted;

use super::finding::{Check, Checked, Finding, UNREAD};
use super::folder::Folder;

const REMEDY: &str = "an experiment, a lock or a row was changed after the run: restore it from git, or run again";

/// Keys from the lock alone.
pub(super) fn check(folder: &Folder) -> Checked {
    if folder.tables.is_none() {
        return Checked::not(Check::Keys, UNREAD);
    }
    let Some(ledger) = &folder.ledger else { return Checked::not(Check::Keys, "no experiment") };
    if folder.lock.is_none() {
        return Checked::not(Check::Keys, "no lock");
    }
    let mut keys = Keys { checked: Checked::new(Check::Keys, ""), followed: 0, unknown: 0 };
    for record in folder.records() {
        // a row without a job is a finding of its own
        let Some(id) = folder.part_of(record) else { continue };
        keys.compare(["results.csv", &record.label, "key"], &record.outcome.key, ledger.key_of(id));
    }
    for record in &folder.evaluations {
        let Some(id) = folder.set_of(record) else { continue };
        let row = evaluation_name(record);
        keys.compare(["evaluations.csv", &row, "evaluation"], &record.outcome.key, ledger.key_of(id));
        let job = folder.records().iter().find(|other| other.label == record.label);
        if let Some(job) = job.filter(|job| job.outcome.key != record.key) {
            keys.checked.findings.push(finding("evaluations.csv", &row, "key", &record.key, &job.outcome.key));
        }
    }
    let Keys { mut checked, followed, unknown } = keys;
    checked.findings.extend(of_trainings(folder, ledger));
    if followed > 0 {
        checked.extent = counted(followed, "key");
    }
    if unknown > 0 {
        checked.not_checked.push(format!("{}: the lock does not pin their inputs", counted(unknown, "key")));
    }
    checked
}

/// The keys compared so far.
struct Keys {
    checked: Checked,
    /// Those that follow.
    followed: usize,
    /// Those whose inputs are not in the lock.
    unknown: usize,
}

impl Keys {
    fn compare(&mut self, [file, row, column]: [&str; 3], found: &str, expected: Option<&ResultKey>) {
        match expected {
            None => self.unknown += 1,
            Some(key) if key.as_str() == found => self.followed += 1,
            Some(key) => self.checked.findings.push(finding(file, row, column, found, key.as_str())),
        }
    }
}

fn finding(file: &str, row: &str, column: &str, found: &str, expected: &str) -> Finding {
    Finding::at(file, row, column).found(found, expected).from("experiment.toml and lock.toml", REMEDY)
}

/// What a row says of its training.
fn claims(record: &Record) -> [(&'static str, String); 2] {
    let loss = record.measurements().and_then(|measured| measured.train_loss);
    let text = |value: Option<String>| value.unwrap_or_default();
    [
        ("steps", text(record.outcome.steps.map(|steps| steps.to_string()))),
        ("train_loss", text(loss.as_ref().map(Decimal::to_string))),
    ]
}

/// Rows of one training in one environment say the same of it, if their data have the same tags: those of the same splits.
fn of_trainings(folder: &Folder, ledger: &Ledger) -> Vec<Finding> {
    let mut first: BTreeMap<_, (&Record, [(&str, String); 2])> = BTreeMap::new();
    let mut findings = Vec::new();
    for record in folder.records().iter().filter(|record| record.measurements().is_some()) {
        let Some(id) = folder.part_of(record) else { continue };
        let Some(identity) = identity(ledger, id, record) else { continue };
        let claims = claims(record);
        let Some((other, known)) = first.get(&identity) else {
            first.insert(identity, (record, claims));
            continue;
        };
        let differing = claims.into_iter().zip(known).filter(|((_, found), (_, expected))| found != expected);
        findings.extend(differing.map(|((column, found), (_, expected))| {
            Finding::at("results.csv", &record.label, column)
                .found(found, expected)
                .from(format!("{}, of the same training", other.label), "restore whichever row was edited from git")
        }));
    }
    findings
}

/// Equal where two rows come from one training.
fn identity(ledger: &Ledger, id: Id, record: &Record) -> Option<(String, Option<u64>, String, Vec<&'static str>)> {
    let training = ledger.training_of(id)?.as_str().to_owned();
    let data = &ledger.settings_of(id).data;
    let reads = Split::ALL.into_iter().filter(|split| data.reads(*split)).map(Split::name).collect();
    Some((training, ledger.until(id), record.outcome.environment.clone(), reads))
}
