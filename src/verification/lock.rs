//! Whether lock.toml is there, whole, and has the environments of the rows. It must not know keys.

use std::collections::BTreeMap;

use crate::words::counted;

use super::finding::{Check, Checked, Finding};
use super::folder::Folder;

/// The lock.
pub(super) fn check(folder: &Folder) -> Checked {
    let Some(lock) = &folder.lock else {
        let findings = folder.damage.get(&Check::Lock).cloned().unwrap_or_default();
        return Checked { findings, ..Checked::new(Check::Lock, "") };
    };
    let extent = [counted(lock.inputs.len(), "input"), counted(lock.environments.len(), "environment")].join(", ");
    let mut checked = Checked::new(Check::Lock, extent);
    let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
    for record in folder.records() {
        let environment = record.outcome.environment.as_str();
        if !lock.environments.contains_key(environment) {
            *unknown.entry(environment).or_default() += 1;
        }
    }
    checked.findings.extend(unknown.into_iter().map(|(environment, rows)| {
        Finding::at("lock.toml", &format!("environment {environment}"), "the entry")
            .found("", "there")
            .from(format!("results.csv, {}", counted(rows, "row")), "restore lock.toml or the column from git")
    }));
    let missing = |input: &crate::hub::Unpinned| {
        Finding::at("lock.toml", &input.input, "files")
            .found(&input.problem, "every file pinned")
            .from("experiment.toml", "restore lock.toml or experiment.toml from git, or run the experiment again")
    };
    checked.findings.extend(folder.unpinned.iter().map(missing));
    checked
}
