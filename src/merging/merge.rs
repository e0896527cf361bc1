//! Merges results folders: reads them, looks whether they are of one experiment and contradict each other nowhere, and only
//! then writes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::hub::{Lock, LockedHashes};
use crate::ledger::{BUILTINS, Ledger, Part, Policy, State, pending};
use crate::plan::Plan;
use crate::results::Layout;

use super::definition::experiment_toml;
use super::error::{Conflict, MergeError};
use super::folder::Folder;
use super::kept::Copied;
use super::outcomes::Joined;
use super::tags::Tags;
use super::writing::Content;
use super::{pins, same_experiment};

/// What came of merging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The merged folder.
    pub root: PathBuf,
    /// How many folders it is made of, itself included where it was there.
    pub folders: usize,
    /// Jobs of the experiment.
    pub jobs: usize,
    /// Labels of the jobs without a result.
    pub missing: Vec<String>,
    /// Jobs that failed.
    pub failed: usize,
    /// Selected jobs that are not scored on the test set.
    pub untested: usize,
    /// Evaluation sets that are not scored, over all other jobs.
    pub sets: usize,
    /// What was copied beside results.
    pub copied: Copied,
    /// What to tell the user.
    pub notices: Vec<String>,
}

/// Merges `roots`, results folders of one experiment, into the folder of its name in `out`. What is there is merged, too,
/// and counts first unless it is named later.
///
/// # Errors
/// Other experiments, other pins, results that contradict each other; what cannot be read or written. Only the last is found
/// when something is written; the same call then goes on.
pub fn merge(roots: &[PathBuf], out: &Path) -> Result<Merged, MergeError> {
    let mut folders = Vec::new();
    for root in distinct(roots) {
        folders.push(Folder::read(&root)?);
    }
    let root = out.join(&folders[0].plan.experiment.name);
    let is_target = |folder: &Folder| is_same_place(folder.layout.root(), &root);
    let there = Layout::new(&root);
    if !folders.iter().any(is_target) && (there.experiment().exists() || there.results().exists()) {
        folders.insert(0, Folder::read(&root)?);
    }
    let target = folders.iter().position(is_target);
    let first = target.unwrap_or_default();
    folders.iter().try_for_each(|folder| same_experiment::check(&folders[first], folder))?;
    let (mut lock, mut notices) = pins::join(&folders)?;
    notices.splice(0..0, folders.iter().flat_map(|folder| folder.known.notices.clone()));
    let joined = Joined::new(&folders);
    notices.extend(joined.notices(&folders));
    let plan = &folders[first].plan;
    let ledger = ledger(plan, &lock, &joined);
    let tags = Tags::new(&folders, &joined)?;
    let conflicts: Vec<Conflict> =
        joined.conflicts(plan, &ledger, &folders).into_iter().chain(tags.conflicts.clone()).collect();
    if !conflicts.is_empty() {
        return Err(MergeError::Conflicts(conflicts));
    }
    notices.extend(unknown_rows(plan, &ledger, &folders));
    let records = ledger.records(plan);
    lock.environments.retain(|name, _| records.iter().any(|record| record.outcome.environment == *name));
    let experiment = experiment_toml(&folders[first], &root);
    let content = Content {
        plan,
        folders: &folders,
        target,
        experiment,
        lock: &lock,
        joined: &joined,
        ledger: &ledger,
        tags: &tags,
    };
    let copied = content.write(&root, &unfinished(plan, &ledger))?;
    Ok(Merged { copied, notices, ..stands(plan, &ledger, root, folders.len()) })
}

/// The folders, each once.
fn distinct(roots: &[PathBuf]) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = Vec::new();
    for root in roots {
        if !all.iter().any(|known| is_same_place(known, root)) {
            all.push(root.clone());
        }
    }
    all
}

fn is_same_place(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// Keys from the lock alone, and all results.
fn ledger(plan: &Plan, lock: &Lock, joined: &Joined) -> Ledger {
    let mut hashes = LockedHashes::new(lock, &BUILTINS);
    Ledger::new(plan, |settings| hashes.of(settings).ok(), joined.outcomes())
}

/// Rows of tables that no job of the plan has by its inputs.
fn unknown_rows(plan: &Plan, ledger: &Ledger, folders: &[Folder]) -> Option<String> {
    let ids = (0..plan.jobs.len()).flat_map(|job| ledger.parts(job));
    let keys: BTreeSet<&str> = ids.filter_map(|id| Some(ledger.key_of(id)?.as_str())).collect();
    let rows = folders.iter().flat_map(|folder| &folder.known.rows).map(|row| (&row.outcome.key, &row.label));
    let unknown: BTreeMap<&String, &String> = rows.filter(|(key, _)| !keys.contains(key.as_str())).collect();
    let named = unknown.values().next()?;
    Some(match unknown.len() {
        1 => format!("1 row is not of this experiment and these inputs, and is kept in the journal alone: {named}"),
        more => format!(
            "{more} rows are not of this experiment and these inputs, and are kept in the journal alone: {named} and others"
        ),
    })
}

/// The keys of trainings that are pending.
fn unfinished(plan: &Plan, ledger: &Ledger) -> BTreeSet<String> {
    let all: Vec<usize> = (0..plan.jobs.len()).collect();
    let due = pending(ledger, &all, Policy::default(), &BTreeSet::new());
    due.iter().filter_map(|job| Some(ledger.training_of(job.trained())?.as_str().to_owned())).collect()
}

/// How the merged folder stands.
fn stands(plan: &Plan, ledger: &Ledger, root: PathBuf, folders: usize) -> Merged {
    let all: Vec<usize> = (0..plan.jobs.len()).collect();
    let due = pending(ledger, &all, Policy::default(), &BTreeSet::new());
    let (mut missing, mut failed, mut untested, mut sets) = (Vec::new(), 0, 0, 0);
    for job in &due {
        match (job.row, ledger.state(job.job)) {
            (Some(_), State::New) => missing.push(plan.jobs[job.job].label.clone()),
            (Some(_), State::Failed(_)) => failed += 1,
            (Some(Part::Whole), State::Done(_)) => untested += 1,
            (Some(_) | None, _) => sets += job.sets.len(),
        }
    }
    let (copied, notices) = Default::default();
    Merged { root, folders, jobs: plan.jobs.len(), missing, failed, untested, sets, copied, notices }
}
