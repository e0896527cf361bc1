//! What is known of each part of each job: its settings, its key, and the result that stands under it.

use std::collections::BTreeMap;

use crate::plan::{Job, Key, Plan};
use crate::results::{Columns, Ending, Outcome, Record, ScoredSplit};
use crate::spec::{Settings, Size};

use super::materials::size_of;

/// A part of a job that has a result of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The job as it is written.
    Whole,
    /// The job without its test set: what is run while choosing goes on.
    Untested,
    /// The trained model on a further set, by its place in the experiment.
    Set(usize),
}

/// A part of a job of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    /// The job's index.
    pub job: usize,
    /// Which part.
    pub part: Part,
}

/// One part of a job.
#[derive(Debug, Clone)]
struct Entry {
    settings: Settings,
    /// None while its input files are unknown.
    key: Option<Key>,
}

/// Keys and results of a plan's jobs.
#[derive(Debug, Clone)]
pub struct Ledger {
    entries: BTreeMap<Id, Entry>,
    /// By key; results of jobs that left the plan among them.
    outcomes: BTreeMap<String, Outcome>,
}

/// How a part of a job stands.
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
    /// Of a plan's jobs, with keys as `key_of` knows them, and all results at hand.
    pub fn new(
        plan: &Plan,
        mut key_of: impl FnMut(&Settings) -> Option<Key>,
        outcomes: BTreeMap<String, Outcome>,
    ) -> Self {
        let mut entries = BTreeMap::new();
        for job in &plan.jobs {
            for (part, settings) in parts(job) {
                let key = key_of(&settings);
                entries.insert(Id { job: job.index, part }, Entry { settings, key });
            }
        }
        Self { entries, outcomes }
    }

    /// The parts of a job, in order.
    pub fn parts(&self, job: usize) -> impl Iterator<Item = Id> {
        let first = Id { job, part: Part::Whole };
        self.entries.range(first..).map(|(id, _)| *id).take_while(move |id| id.job == job)
    }

    /// The settings under which a part of a job runs.
    pub fn settings_of(&self, id: Id) -> &Settings {
        &self.entries[&id].settings
    }

    /// The settings of every part of every job.
    pub fn all_settings(&self) -> impl Iterator<Item = &Settings> {
        self.entries.values().map(|entry| &entry.settings)
    }

    /// The key of a part, where its inputs are known.
    pub fn key_of(&self, id: Id) -> Option<&Key> {
        self.entries[&id].key.as_ref()
    }

    /// The result of a part.
    pub fn outcome_of(&self, id: Id) -> Option<&Outcome> {
        self.outcomes.get(self.key_of(id)?.as_str())
    }

    /// How a part stands.
    pub fn state_of(&self, id: Id) -> State<'_> {
        match self.outcome_of(id) {
            None => State::New,
            Some(outcome) => match outcome.ending {
                Ending::Ok(_) => State::Done(outcome),
                Ending::Failed(_) => State::Failed(outcome),
            },
        }
    }

    /// The part of a job that its row in the tables shows.
    pub fn row(&self, job: usize) -> Id {
        Id { job, part: Part::Whole }
    }

    /// The result of [`Ledger::row`].
    pub fn outcome(&self, job: usize) -> Option<&Outcome> {
        self.outcome_of(self.row(job))
    }

    /// How [`Ledger::row`] stands.
    pub fn state(&self, job: usize) -> State<'_> {
        self.state_of(self.row(job))
    }

    /// The key of [`Ledger::row`].
    pub fn key(&self, job: usize) -> Option<&Key> {
        self.key_of(self.row(job))
    }

    /// Enters a result under its key.
    pub(super) fn enter(&mut self, outcome: Outcome) {
        self.outcomes.insert(outcome.key.clone(), outcome);
    }

    /// The rows of the tables: jobs with a result, in the order of the plan.
    pub fn records(&self, plan: &Plan) -> Vec<Record> {
        plan.jobs.iter().filter_map(|job| self.record(job)).collect()
    }

    fn record(&self, job: &Job) -> Option<Record> {
        let id = self.row(job.index);
        let cells = self.settings_of(id).entries().map(|(key, value)| (key.as_str().to_owned(), value.to_string()));
        let (label, outcome) = (job.label.clone(), self.outcome_of(id)?.clone());
        Some(Record { label, selected: None, settings: cells.collect(), outcome })
    }
}

/// The parts of a job, with the settings under which each runs.
fn parts(job: &Job) -> Vec<(Part, Settings)> {
    vec![(Part::Whole, job.settings.clone())]
}

/// The columns of a plan's tables.
pub fn columns(plan: &Plan) -> Columns {
    let scores = |split: &ScoredSplit| plan.jobs.iter().any(|job| is_scored(&job.settings, *split));
    Columns {
        varied: plan.varied.iter().map(|key| key.as_str().to_owned()).collect(),
        splits: ScoredSplit::ALL.into_iter().filter(scores).collect(),
        evaluates: plan.jobs.iter().any(|job| job.settings.train.evaluate_every.is_some()),
        selects: plan.experiment.select.is_some(),
    }
}

fn is_scored(settings: &Settings, split: ScoredSplit) -> bool {
    size_of(settings, super::scoring::of_data(split)) != Size::Rows(0)
}
