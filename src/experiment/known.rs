//! Results of earlier runs: which count, and notices about them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

use crate::hub::{KnownHashes, Lock};
use crate::ledger::{BUILTINS, Id, Ledger, Policy, State};
use crate::machine::Environment;
use crate::plan::Plan;
use crate::results::{Known, Layout, edited_settings};
use crate::spec::{InJobKey, KeyPath};

/// Local files that differ from the lock, by job.
pub type ChangedFiles = Vec<Vec<String>>;

/// The ledger with keys from `lock` and local files and the results of earlier runs; the changed files; and the local
/// files, pinned.
pub fn known_ledger(
    plan: &Plan,
    lock: &Lock,
    known: &Known,
    stop: Option<&AtomicBool>,
) -> (Ledger, ChangedFiles, Lock) {
    let hashes = KnownHashes::new(lock, &BUILTINS);
    let mut hashes = match stop {
        Some(stop) => hashes.until(stop),
        None => hashes,
    };
    let ledger = Ledger::new(plan, |settings| hashes.of(settings), known.outcomes.clone());
    let mut of_job = |job: usize| {
        let files = ledger.parts(job).flat_map(|id| hashes.changed(ledger.settings_of(id)));
        files.collect::<BTreeSet<_>>().into_iter().collect()
    };
    let changed = (0..plan.jobs.len()).map(&mut of_job).collect();
    (ledger, changed, hashes.local())
}

/// A notice about cells whose settings differ from those of their row's key.
pub fn edited(layout: &Layout, ledger: &Ledger, plan: &Plan, known: &Known) -> Option<String> {
    let ids = (0..plan.jobs.len()).flat_map(|job| ledger.parts(job));
    let by_key: BTreeMap<&str, Id> = ids.filter_map(|id| Some((ledger.key_of(id)?.as_str(), id))).collect();
    edited_settings(layout, &known.rows, |key| {
        let in_key = |key: &KeyPath| matches!(key.known().in_job_key(), InJobKey::Always | InJobKey::UnlessDefault);
        let entries = ledger.settings_of(*by_key.get(key)?).entries().filter(|(key, _)| in_key(key));
        Some(entries.map(|(key, value)| (key.as_str().to_owned(), value.to_string())).collect())
    })
}

/// A notice about local files that changed since the rows were made.
pub(super) fn changed_files(plan: &Plan, changed: &ChangedFiles, wanted: &[Id], known: &Known) -> Option<String> {
    let due: BTreeSet<usize> = wanted.iter().map(|id| id.job).collect();
    let due: Vec<usize> = due.into_iter().filter(|job| !changed[*job].is_empty()).collect();
    let files: BTreeSet<&str> = due.iter().flat_map(|job| &changed[*job]).map(String::as_str).collect();
    if files.is_empty() {
        return None;
    }
    let files = files.into_iter().collect::<Vec<_>>().join(", ");
    let has_row = due.iter().any(|job| known.rows.iter().any(|row| row.label == plan.jobs[*job].label));
    let again = match (has_row, due.len()) {
        (false, _) => String::new(),
        (true, 1) => "; 1 job runs again and replaces its row".to_owned(),
        (true, count) => format!("; {count} jobs run again and replace their rows"),
    };
    Some(format!("changed since the last run: {files}{again}"))
}

/// Notices about rows that count and were made elsewhere, or cannot be checked.
pub(super) fn from_before(
    ledger: &Ledger,
    selection: &[usize],
    known: &Known,
    environment: &Environment,
    policy: Policy<'_>,
) -> Vec<String> {
    let mut elsewhere: BTreeMap<&str, usize> = BTreeMap::new();
    for job in selection {
        if let State::Done(outcome) = ledger.state(*job)
            && outcome.environment != environment.name
            && !policy.force
            && policy.refresh.is_none()
        {
            *elsewhere.entry(&outcome.environment).or_default() += 1;
        }
    }
    let rows = |count: usize| if count == 1 { "1 row was".to_owned() } else { format!("{count} rows were") };
    let made = elsewhere.into_iter().map(|(environment, count)| {
        let them = if count == 1 { "it" } else { "them" };
        format!("{} made on {environment}; --refresh reruns {them} here", rows(count))
    });
    let trusted = match known.unchecked {
        0 => None,
        1 => Some("1 committed row has no predictions and is not checked".to_owned()),
        count => Some(format!("{count} committed rows have no predictions and are not checked")),
    };
    trusted.into_iter().chain(made).collect()
}
