//! What a worker is given: one training with everything that is due of it; and what comes back for each job.

use std::path::PathBuf;

use crate::hash::Sha256;
use crate::ledger::{Id, JobInputs, Ledger};
use crate::plan::{ResultKey, TrainingKey};
use crate::results::{Failure, Measurements, Timing};
use crate::spec::{Settings, Train};

/// A part of a job, with all that defines it.
#[derive(Debug, Clone)]
pub(super) struct JobPart {
    pub id: Id,
    pub settings: Settings,
    pub key: ResultKey,
    pub inputs: JobInputs,
}

/// A job with what is due of it.
#[derive(Debug, Clone)]
pub(super) struct DueJob<'a> {
    pub index: usize,
    pub label: &'a str,
    /// What makes its row, or would: its settings are those of the training.
    pub part: JobPart,
    /// Whether its row is due.
    pub row: bool,
    /// The evaluation sets that are due.
    pub sets: Vec<JobPart>,
}

/// A training, and the jobs that are scored on it.
#[derive(Debug, Clone)]
pub(super) struct Task<'a> {
    pub key: TrainingKey,
    /// At least one. The first one's settings and inputs stand for the training, its log has it.
    pub jobs: Vec<DueJob<'a>>,
    /// The step after which the training waits at a rung, and its model is scored; none: it runs to its end.
    pub until: Option<u64>,
    /// The step at which it waited at a rung before; 0 if it did not.
    pub waited_at: u64,
    /// The longer training through whose checkpoints it is trained.
    pub through: Option<Longer>,
    /// Jobs whose trainings are its first steps: these, and the label.
    pub beginnings: Vec<(u64, &'a str)>,
}

/// A training that another one is the beginning of.
#[derive(Debug, Clone)]
pub(super) struct Longer {
    pub key: TrainingKey,
    pub train: Train,
}

impl<'a> Task<'a> {
    /// The same training for some of its jobs.
    pub(super) fn of(&self, jobs: Vec<DueJob<'a>>) -> Self {
        let (key, through) = (self.key.clone(), self.through.clone());
        Self { key, jobs, until: self.until, waited_at: self.waited_at, through, beginnings: self.beginnings.clone() }
    }

    /// The job that the training is shown under.
    pub(super) fn first(&self) -> &DueJob<'a> {
        &self.jobs[0]
    }

    /// The settings and input files of the training.
    pub(super) fn training(&self) -> &JobPart {
        &self.first().part
    }
}

impl Longer {
    /// That of a part; none where its inputs are unknown.
    pub(super) fn of(ledger: &Ledger, id: Id) -> Option<Self> {
        Some(Self { key: ledger.training_of(id)?.clone(), train: ledger.settings_of(id).train.clone() })
    }
}

/// What is to be entered of a job.
pub(super) struct Finished {
    /// The job's index.
    pub job: usize,
    /// Its row, if that was due, and then each evaluation set that was, up to an interruption.
    pub parts: Parts,
    /// What it took; none where nothing was trained for it.
    pub timing: Option<Timing>,
    /// Whether nothing due was left.
    pub whole: bool,
}

/// Each part with its scores, or why it has none.
pub(super) type Parts = Vec<(JobPart, Result<Measured, Failure>)>;

/// Paths and contents of files of tags.
pub(super) type TagFiles = Vec<(PathBuf, Vec<u8>)>;

/// The scores of one part.
pub(super) struct Measured {
    pub steps: u64,
    pub measurements: Measurements,
    /// Gold and predicted tags. Jobs share gold files, so that one hand writes them all.
    pub tags: TagFiles,
}

/// Twelve digits that tell tag sets apart.
pub(super) fn tags_digest(labels: &[String]) -> String {
    Sha256::of(labels.join("\n")).as_str()[..12].to_owned()
}
