//! Events of a run. The lab and its observers meet only here.

use std::fmt;

use crate::ledger::Part;
use crate::results::{Outcome, Timing};
use crate::train::Step;

/// Something that happened to a job of the plan; `job` is its index there.
#[derive(Debug)]
pub enum Event<'a> {
    /// Results decided the selection: more parts of jobs are due.
    Selected {
        /// The decision, as a sentence.
        text: &'a str,
        /// Jobs that are due now.
        due: usize,
    },
    /// A job started.
    Started {
        /// The job.
        job: usize,
        /// Its label.
        label: &'a str,
    },
    /// A job entered a phase.
    Phase {
        /// The job.
        job: usize,
        /// The phase.
        phase: Phase,
    },
    /// A training step was taken.
    Stepped {
        /// The job.
        job: usize,
        /// The step.
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
    /// A notice about a job.
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
        /// The part.
        part: Part,
        /// Its result.
        outcome: &'a Outcome,
        /// The job's timing, with its first part; none where it was not trained.
        timing: Option<&'a Timing>,
    },
    /// A job ended.
    Ended {
        /// The job.
        job: usize,
    },
}

/// A phase of a job.
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

/// Receives events; called from the threads of all jobs.
pub type Watch<'a> = &'a (dyn Fn(&Event<'_>) + Sync);
