//! A plan about to be run in its results folder: which trainings are due, what a worker is given of one, and how what came of
//! it is entered.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tracing_subscriber::filter::LevelFilter;

use crate::ledger::{
    Id, Inputs, Ledger, Part, PendingJob, PendingTraining, Policy, by_training, pending, share_beginnings,
};
use crate::machine::Environment;
use crate::plan::Plan;

use super::error::JobError;
use super::event::{Event, Watch};
use super::records::Records;
use super::task::{DueJob, Finished, JobPart, Longer, Task};

/// How a plan is run. None of it changes a number.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Jobs at a time.
    pub jobs: NonZeroUsize,
    /// Threads of all jobs together.
    pub threads: NonZeroUsize,
    /// Failed jobs after which no further one is started.
    pub failures_allowed: Option<NonZeroUsize>,
    /// Which results count.
    pub policy: Policy<'a>,
    /// Which lines of the job logs are shown on the terminal.
    pub terminal: LevelFilter,
    /// When no further training begins; none: never.
    pub until: Option<Instant>,
}

/// A plan about to be run in its results folder.
pub struct Lab<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The selected jobs.
    pub selection: &'a [usize],
    /// The input files of everything that may run.
    pub inputs: &'a Inputs,
    /// Where jobs run.
    pub environment: &'a Environment,
    /// How.
    pub options: Options<'a>,
    /// Receives the events.
    pub watch: Watch<'a>,
    /// Set from outside to stop after the current steps.
    pub stop: &'a AtomicBool,
}

impl Lab<'_> {
    /// The trainings that are due, without what was `tried`. Results that left the folder after the inputs were gathered
    /// count as present.
    pub fn pending(&self, ledger: &Ledger, tried: &BTreeSet<Id>) -> Vec<PendingTraining> {
        let mut due = pending(ledger, self.selection, self.options.policy, tried);
        due.retain(|pending_job| pending_job.parts().all(|id| self.inputs.contains_key(&id)));
        let mut trainings = by_training(ledger, due);
        share_beginnings(ledger, &mut trainings);
        trainings
    }

    /// Whether no further training is to begin.
    pub(super) fn ends(&self, records: &Mutex<Records<'_>>) -> bool {
        let mut records = lock(records);
        let too_many = self.options.failures_allowed.is_some_and(|most| records.summary.failed >= most.get());
        let late = records.began && self.options.until.is_some_and(|until| Instant::now() >= until);
        records.summary.out_of_time |= late;
        self.stop.load(Ordering::Relaxed) || records.broken.is_some() || too_many || late
    }

    /// A training with its jobs that were not entered on a GPU that failed later.
    pub(super) fn task<'t>(&'t self, training: &PendingTraining, records: &Records<'_>) -> Task<'t> {
        let ledger: &Ledger = records.ledger;
        let part = |id: Id| {
            let key = ledger.key_of(id).expect("the inputs of what is queued are known").clone();
            JobPart { id, settings: ledger.settings_of(id).clone(), key, inputs: self.inputs[&id].clone() }
        };
        let due = |pending_job: &PendingJob| {
            let index = pending_job.job;
            let sets = pending_job.sets.iter().map(|set| part(Id { job: index, part: Part::Set(*set) }));
            DueJob {
                index,
                label: &self.plan.jobs[index].label,
                part: part(pending_job.trained()),
                row: pending_job.row.is_some(),
                sets: sets.collect(),
            }
        };
        let key = ledger.training_of(training.jobs[0].trained());
        let key = key.expect("the inputs of what is queued are known").clone();
        let left = training.jobs.iter().filter(|pending_job| !records.entered.contains(&pending_job.job));
        let waited_at = ledger.waited_at(training.jobs[0].job);
        let through = training.through.and_then(|id| Longer::of(ledger, id));
        let beginnings = ledger.beginnings(training.jobs[0].trained()).into_iter();
        let beginnings = beginnings.map(|(steps, job)| (steps, &*self.plan.jobs[job].label)).collect();
        let jobs = left.map(due).collect();
        Task { key, jobs, until: training.until, waited_at, through, beginnings }
    }

    pub(super) fn enter(&self, finished: &Finished, records: &Mutex<Records<'_>>) -> Result<(), JobError> {
        let mut records = lock(records);
        records.enter(finished)?;
        self.tell(finished, records.ledger);
        Ok(())
    }

    fn tell(&self, finished: &Finished, ledger: &Ledger) {
        let (job, label) = (finished.job, &*self.plan.jobs[finished.job].label);
        for (at, (part, _)) in finished.parts.iter().enumerate() {
            let outcome = ledger.outcome_of(part.id).expect("it was entered");
            let timing = finished.timing.as_ref().filter(|_| at == 0);
            (self.watch)(&Event::Entered { job, label, part: part.id.part, outcome, timing });
        }
    }
}

pub(super) fn lock<'a, 'd>(records: &'a Mutex<Records<'d>>) -> MutexGuard<'a, Records<'d>> {
    records.lock().unwrap_or_else(PoisonError::into_inner)
}
