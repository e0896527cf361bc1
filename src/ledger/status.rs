//! The status of each job of a plan and its steps, without fetching or running anything.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use crate::plan::{Job, Plan};
use crate::results::{Layout, Record};
use crate::spec::{KeyPath, Settings, Source, split_job};
use crate::train::checkpoint;

use super::ledger::{Ledger, Part, State};
use super::pending::{Policy, pending};

/// The status of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobStatus {
    /// It cannot run, for this reason.
    Invalid(String),
    /// It has a result from this environment.
    Done(String),
    /// It was selected on the validation split, and is not yet scored on the test set.
    Selected,
    /// It has a result, and so many evaluation sets are pending.
    Unevaluated(usize),
    /// It failed, and runs again.
    Failed,
    /// It was stopped at this rung, after so many steps.
    Stopped(usize, u64),
    /// It is scored at this rung, after so many steps, and others that it is compared with are not.
    Waiting(usize, u64),
    /// It was interrupted after so many steps of so many.
    Partial(u64, u64),
    /// These keys or files differ from those of the job of its label in the last run.
    Changed(Vec<String>),
    /// It never ran.
    New,
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(_) => f.write_str("invalid"),
            Self::Done(environment) => write!(f, "done ({environment})"),
            Self::Selected => f.write_str("selected, test set not scored yet"),
            Self::Unevaluated(1) => f.write_str("done, 1 evaluation set pending"),
            Self::Unevaluated(sets) => write!(f, "done, {sets} evaluation sets pending"),
            Self::Failed => f.write_str("failed, runs again"),
            Self::Stopped(rung, steps) => write!(f, "stopped at rung {rung} ({steps} steps)"),
            Self::Waiting(rung, steps) => write!(f, "waiting at rung {rung} (step {steps})"),
            Self::Partial(step, total) => write!(f, "partial (step {step} of {total})"),
            Self::Changed(what) => write!(f, "changed: {}", what.join(", ")),
            Self::New => f.write_str("new"),
        }
    }
}

/// What the status of a plan's jobs follows from.
pub struct Statuses<'a> {
    /// Keys and results as far as they are known.
    pub ledger: &'a Ledger,
    /// The folder with the checkpoints.
    pub layout: &'a Layout,
    /// The plan of the last run.
    pub earlier: Option<&'a Plan>,
    /// Local files that changed since, by job.
    pub changed: &'a [Vec<String>],
    /// Why a job cannot run, as far as that is visible; for a job with a result, only its settings count.
    pub unfit: &'a dyn Fn(&Job, State<'_>) -> Option<String>,
}

impl Statuses<'_> {
    /// The status of one job.
    pub fn of(&self, job: &Job) -> JobStatus {
        let state = self.ledger.state(job.index);
        if let Some(reason) = (self.unfit)(job, state) {
            return JobStatus::Invalid(reason);
        }
        if let (Part::Rung(rung), Some(steps)) =
            (self.ledger.row(job.index).part, self.ledger.until(self.ledger.row(job.index)))
        {
            match state {
                State::Done(_) => return JobStatus::Stopped(rung + 1, steps),
                State::New if self.ledger.waits(job.index) => return JobStatus::Waiting(rung + 1, steps),
                State::New | State::Failed(_) => {}
            }
        }
        match state {
            State::Done(outcome) => {
                let due = pending(self.ledger, &[job.index], Policy::default(), &BTreeSet::new());
                match due.first() {
                    None => JobStatus::Done(outcome.environment.clone()),
                    Some(due) if due.row.is_some() => JobStatus::Selected,
                    Some(due) => JobStatus::Unevaluated(due.sets.len()),
                }
            }
            State::Failed(_) => JobStatus::Failed,
            State::New => self.partial(job).unwrap_or_else(|| self.changed(job)),
        }
    }

    /// A job with a checkpoint.
    fn partial(&self, job: &Job) -> Option<JobStatus> {
        let training = self.ledger.training_of(self.ledger.row(job.index))?;
        let path = self.layout.checkpoint(training.as_str());
        let history = checkpoint::open(&path).ok().flatten()?.history;
        Some(JobStatus::Partial(history.steps(), history.planned()))
    }

    /// A job whose keys or files changed since the last run.
    fn changed(&self, job: &Job) -> JobStatus {
        let earlier = self.earlier.and_then(|plan| plan.jobs.iter().find(|before| before.label == job.label));
        let Some(before) = earlier else { return JobStatus::New };
        let differs = |key: &KeyPath| !is_same(*key, &before.settings, &job.settings);
        let affecting = KeyPath::all().filter(|key| key.affects_results());
        let keys = affecting.filter(differs).map(|key| key.as_str().to_owned());
        let what: Vec<String> = keys.chain(self.changed[job.index].iter().cloned()).collect();
        if what.is_empty() { JobStatus::New } else { JobStatus::Changed(what) }
    }

    /// Labels of rows that the next run drops from the tables: no job has their label or key.
    pub fn gone(&self, plan: &Plan, rows: &[Record]) -> Vec<String> {
        let stays = |row: &&Record| {
            let is_key = |key: &crate::plan::ResultKey| key.as_str() == row.outcome.key;
            plan.jobs.iter().any(|job| {
                let mut keys = self.ledger.parts(job.index).filter_map(|id| self.ledger.key_of(id));
                job.label == row.label || keys.any(is_key)
            })
        };
        rows.iter().filter(|row| !stays(row)).map(|row| row.label.clone()).collect()
    }
}

/// Whether a key has one value in both. A folder or a job is the same however its path is written.
fn is_same(key: KeyPath, one: &Settings, other: &Settings) -> bool {
    let place = |settings: &Settings| {
        let source = match key.as_str() {
            "data.dataset" => &settings.data.dataset,
            "model.checkpoint" => &settings.model.checkpoint,
            _ => return None,
        };
        match source {
            Source::Folder { path, .. } => Some((path.canonicalize().ok()?, String::new())),
            Source::Job(job) => {
                let (path, label) = split_job(&job.address);
                let path = Path::new(path);
                Some((path.canonicalize().unwrap_or_else(|_| path.to_owned()), label.unwrap_or_default().to_owned()))
            }
            Source::Hub(_) | Source::Builtin(_) => None,
        }
    };
    one.get(key) == other.get(key) || place(one).is_some_and(|found| place(other) == Some(found))
}
