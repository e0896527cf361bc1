//! What is known of each job of a plan: its key, and the result that stands under it.

use std::collections::BTreeMap;

use crate::plan::{Job, Key, Plan};
use crate::results::{Columns, Ending, Outcome, Record, ScoredSplit};
use crate::spec::{Settings, Size};

use super::materials::size_of;

/// Keys and results of a plan's jobs.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// By job; none while the job's input files are unknown.
    keys: Vec<Option<Key>>,
    /// By key; results of jobs that left the plan among them.
    outcomes: BTreeMap<String, Outcome>,
}

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State<'a> {
    /// No result.
    New,
    /// A row of scores.
    Done(&'a Outcome),
    /// A row with an error; it is tried again.
    Failed(&'a Outcome),
}

impl Ledger {
    /// From the keys of a plan's jobs and all results at hand.
    pub fn new(keys: Vec<Option<Key>>, outcomes: BTreeMap<String, Outcome>) -> Self {
        Self { keys, outcomes }
    }

    /// A job's key, where its inputs are known.
    pub fn key(&self, job: usize) -> Option<&Key> {
        self.keys[job].as_ref()
    }

    /// A job's result.
    pub fn outcome(&self, job: usize) -> Option<&Outcome> {
        self.outcomes.get(self.key(job)?.as_str())
    }

    /// How a job stands.
    pub fn state(&self, job: usize) -> State<'_> {
        match self.outcome(job) {
            None => State::New,
            Some(outcome) => match outcome.ending {
                Ending::Ok(_) => State::Done(outcome),
                Ending::Failed(_) => State::Failed(outcome),
            },
        }
    }

    /// Enters a result under its key.
    pub(super) fn enter(&mut self, outcome: Outcome) {
        self.outcomes.insert(outcome.key.clone(), outcome);
    }

    /// The rows of the tables: jobs with a result, in the order of the plan.
    pub fn records(&self, plan: &Plan) -> Vec<Record> {
        plan.jobs.iter().filter_map(|job| Some(record(job, self.outcome(job.index)?.clone()))).collect()
    }
}

fn record(job: &Job, outcome: Outcome) -> Record {
    let cells = job.settings.entries().map(|(key, value)| (key.as_str().to_owned(), value.to_string()));
    Record { label: job.label.clone(), settings: cells.collect(), outcome }
}

/// The columns of a plan's tables.
pub fn columns(plan: &Plan) -> Columns {
    let scores = |split: &ScoredSplit| plan.jobs.iter().any(|job| is_scored(&job.settings, *split));
    Columns {
        varied: plan.varied.iter().map(|key| key.as_str().to_owned()).collect(),
        splits: ScoredSplit::ALL.into_iter().filter(scores).collect(),
    }
}

fn is_scored(settings: &Settings, split: ScoredSplit) -> bool {
    size_of(settings, super::job::of_data(split)) != Size::Rows(0)
}
