//! Events of a run. The lab and its observers meet only here.

use std::fmt;

use crate::ledger::Part;
use crate::results::{Outcome, Timing};
use crate::train::Step;

/// Something that happened in a run.
#[derive(Debug)]
pub enum Event<'a> {
    /// Results decided a rung or the selection: more parts of jobs are due.
    Selected {
        /// What was decided; empty where nothing was.
        text: &'a str,
        /// Number of jobs in the queue because of it.
        due: usize,
    },
    /// A job started.
    Started {
        /// Index in the plan, from 0.
        job: usize,
        /// As in the tables, such as `train_size=1000,freeze=true`.
        label: &'a str,
    },
    /// A job entered a phase.
    Phase {
        /// Index in the plan, from 0.
        job: usize,
        /// What it does from now on.
        phase: Phase,
    },
    /// A training step was taken.
    Stepped {
        /// Index in the plan, from 0.
        job: usize,
        /// Its number, loss and learning rate.
        step: &'a Step,
    },
    /// Sentences were tagged.
    Predicted {
        /// Index in the plan, from 0.
        job: usize,
        /// Number of sentences so far, over all scored splits.
        sentences: usize,
        /// Number of sentences in all scored splits.
        of: usize,
    },
    /// A notice about a job.
    Notice {
        /// As in the tables, such as `train_size=1000,freeze=true`.
        label: &'a str,
        /// One sentence.
        text: &'a str,
    },
    /// A GPU failed: no further job runs on it.
    GpuLost {
        /// As `--device` takes it: `cuda:1`.
        gpu: &'a str,
        /// The error.
        why: &'a str,
        /// Trainings that ran on it.
        trainings: usize,
        /// GPUs that are left.
        left: usize,
    },
    /// A part of a job has a result, and the tables hold it.
    Entered {
        /// Index in the plan, from 0.
        job: usize,
        /// As in the tables, such as `train_size=1000,freeze=true`.
        label: &'a str,
        /// What was scored: the job, the job without its test set, or an evaluation set.
        part: Part,
        /// Scores, or the failure.
        outcome: &'a Outcome,
        /// Seconds and bytes of the job, with its first part only; none if it was not trained.
        timing: Option<&'a Timing>,
    },
    /// A job ended.
    Ended {
        /// Index in the plan, from 0.
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
