//! Pending work: the parts of jobs without a result that counts. A function of the ledger alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Progress, ResultKey};

use super::ledger::{Id, Ledger, Part, Selection, State};

/// One training with all jobs that share it: it is trained, or its saved model reused, once for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingTraining {
    /// The jobs, in the order of the plan; at least one.
    pub jobs: Vec<PendingJob>,
    /// The step after which the training waits at a rung; none: it runs to its end.
    pub until: Option<u64>,
    /// The longer training through whose checkpoints it is trained, as far as itself goes; none: through its own.
    pub through: Option<Id>,
    /// Whether it waits for a shorter training, from whose end it goes on.
    pub waits: bool,
}

impl PendingTraining {
    /// The pending parts of all its jobs.
    pub fn parts(&self) -> impl Iterator<Item = Id> {
        self.jobs.iter().flat_map(PendingJob::parts)
    }

    /// The name by which one of several workers claims it: the training's key, and what is due of it where that comes in turns:
    /// `KEY@STEP` at a rung, `KEY@untested` before a selection, `KEY@sets` for evaluation sets alone.
    ///
    /// # Panics
    /// Its inputs are unknown.
    pub fn claim_name(&self, ledger: &Ledger) -> String {
        let key = ledger.training_of(self.jobs[0].trained()).expect("the inputs of what is queued are known");
        let rows: Vec<Part> = self.jobs.iter().filter_map(|job| job.row).collect();
        match self.until {
            Some(step) => format!("{key}@{step}"),
            None if rows.contains(&Part::Untested) => format!("{key}@untested"),
            None if rows.is_empty() => format!("{key}@sets"),
            None => key.to_string(),
        }
    }
}

/// Groups pending jobs by training and by how far it is trained, in the order of each one's first job.
pub fn by_training(ledger: &Ledger, due: Vec<PendingJob>) -> Vec<PendingTraining> {
    let mut trainings: Vec<PendingTraining> = Vec::new();
    let mut places = BTreeMap::new();
    for pending_job in due {
        let (key, until) = (ledger.training_of(pending_job.trained()), ledger.until(pending_job.trained()));
        let place = key.map_or(trainings.len(), |key| *places.entry((key, until)).or_insert(trainings.len()));
        match trainings.get_mut(place) {
            Some(training) => training.jobs.push(pending_job),
            None => trainings.push(PendingTraining { jobs: vec![pending_job], until, through: None, waits: false }),
        }
    }
    trainings
}

/// What is pending of one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingJob {
    /// The job's index.
    pub job: usize,
    /// The part that makes its row, if that is pending.
    pub row: Option<Part>,
    /// The evaluation sets that are pending.
    pub sets: Vec<usize>,
}

impl PendingJob {
    /// The part whose settings are trained.
    pub fn trained(&self) -> Id {
        Id { job: self.job, part: self.row.unwrap_or(Part::Whole) }
    }

    /// Its pending parts.
    pub fn parts(&self) -> impl Iterator<Item = Id> {
        let sets = self.sets.iter().map(|set| Part::Set(*set));
        self.row.into_iter().chain(sets).map(|part| Id { job: self.job, part })
    }
}

/// Which results count.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policy<'a> {
    /// None do: everything runs again.
    pub force: bool,
    /// Only those of this environment.
    pub refresh: Option<&'a str>,
}

impl Policy<'_> {
    /// Whether a result counts, so that its part need not run.
    pub fn counts(&self, state: State<'_>) -> bool {
        match state {
            State::New | State::Failed(_) => false,
            State::Done(outcome) => {
                !self.force && self.refresh.is_none_or(|environment| outcome.environment == environment)
            }
        }
    }
}

/// The pending jobs of `selection`, without the parts `tried` in this run; of several parts with one key the first.
pub fn pending(ledger: &Ledger, selection: &[usize], policy: Policy<'_>, tried: &BTreeSet<Id>) -> Vec<PendingJob> {
    let mut keys: BTreeSet<ResultKey> = tried.iter().filter_map(|id| ledger.key_of(*id)).cloned().collect();
    let mut is_due =
        |id: Id| !policy.counts(ledger.state_of(id)) && ledger.key_of(id).is_none_or(|key| keys.insert(key.clone()));
    let mut due = Vec::new();
    for &job in selection {
        let rungs =
            (0..ledger.progress(job).map_or(0, Progress::passed)).map(|rung| Id { job, part: Part::Rung(rung) });
        let row = rungs.chain(row_to_have(ledger, job)).find(|id| is_due(*id)).map(|id| id.part);
        let sets = ledger.parts(job).filter_map(|id| match id.part {
            Part::Set(set) if matches!(ledger.selection(job), None | Some(Selection::Won)) => Some((set, id)),
            _ => None,
        });
        let sets: Vec<usize> = sets.filter(|(_, id)| is_due(*id)).map(|(set, _)| set).collect();
        if row.is_some() || !sets.is_empty() {
            due.push(PendingJob { job, row, sets });
        }
    }
    due
}

/// The part that should make a job's row. While the selection is open, a job that is already scored does not run again.
fn row_to_have(ledger: &Ledger, job: usize) -> Option<Id> {
    let [whole, untested] = [Part::Whole, Part::Untested].map(|part| Id { job, part });
    if let Some(Progress::At(rung) | Progress::Stopped(rung)) = ledger.progress(job) {
        return Some(Id { job, part: Part::Rung(rung) });
    }
    match ledger.selection(job) {
        None | Some(Selection::Won) => Some(whole),
        Some(Selection::Lost) => Some(untested),
        Some(Selection::Open) => (!matches!(ledger.state_of(whole), State::Done(_))).then_some(untested),
    }
}

/// The parts whose inputs are required before pending jobs run: all parts of every such job, and with `[select]`, of every
/// job that may win.
pub fn wanted(ledger: &Ledger, selection: &[usize], policy: Policy<'_>) -> Vec<Id> {
    let due = pending(ledger, selection, policy, &BTreeSet::new());
    let jobs: Vec<usize> = match selection.first().and_then(|job| ledger.selection(*job)) {
        Some(_) if !due.is_empty() => selection.to_vec(),
        _ => due.iter().map(|pending_job| pending_job.job).collect(),
    };
    jobs.into_iter().flat_map(|job| ledger.parts(job)).collect()
}
