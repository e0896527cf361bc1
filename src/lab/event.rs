//! What a run tells those who watch it. The lab and its reporters meet only here.

use std::fmt;

use crate::ledger::Part;
use crate::results::{Outcome, Timing};
use crate::train::Step;

/// Something that happened to a job of the plan; `job` is its index there.
#[derive(Debug)]
pub enum Event<'a> {
    /// What ran so far decided something: further parts of jobs are due.
    Chosen {
        /// What was decided.
        text: &'a str,
        /// Jobs that are due now.
        due: usize,
    },
    /// A job was taken from the queue.
    Started {
        /// The job.
        job: usize,
        /// Its label.
        label: &'a str,
    },
    /// A job goes on to its next part.
    Phase {
        /// The job.
        job: usize,
        /// Which.
        phase: Phase,
    },
    /// A training step was taken.
    Stepped {
        /// The job.
        job: usize,
        /// What it did.
        step: &'a Step,
    },
    /// Sentences were tagged.
    Predicted {
        /// The job.
        job: usize,
        /// How many so far.
        sentences: usize,
        /// How many its scored splits have.
        of: usize,
    },
    /// Something about a job that its reader should know.
    Notice {
        /// The job's label.
        label: &'a str,
        /// One sentence.
        text: &'a str,
    },
    /// A part of a job has a result, and the tables hold it.
    Entered {
        /// The job.
        job: usize,
        /// Its label.
        label: &'a str,
        /// Which part.
        part: Part,
        /// Its result.
        outcome: &'a Outcome,
        /// What the job took, told once; none where it was not trained.
        timing: Option<&'a Timing>,
    },
    /// A job left its worker.
    Ended {
        /// The job.
        job: usize,
    },
}

/// What a job is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reading and tokenizing its data.
    Tokenizing,
    /// Reading its weights.
    Loading,
    /// Training.
    Training,
    /// Tagging the scored splits.
    Predicting,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tokenizing => "tokenizing",
            Self::Loading => "loading",
            Self::Training => "training",
            Self::Predicting => "predicting",
        })
    }
}

/// Who hears of events; called from the threads of all jobs.
pub type Watch<'a> = &'a (dyn Fn(&Event<'_>) + Sync);
