//! Checkpoints of a training: written as it goes, restored when it resumes.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::plan::TrainingKey;
use crate::results::{Layout, create_folder};
use crate::spec::Train;
use crate::train::History;
use crate::train::checkpoint::{self, CheckpointError, CheckpointMetadata, TrainingCheckpoint};

use super::error::{JobError, Unusable};
use super::task::tags_digest;

/// Writes the checkpoints of one training.
pub(super) struct Checkpoints {
    path: PathBuf,
    /// The training's key and its tags: jobs of one key may differ in the tags that their data have.
    training: String,
    environment: String,
    every: Duration,
    last: Instant,
    /// Seconds of training in earlier runs.
    before: f64,
    began: Instant,
}

/// Where a training starts.
pub(super) struct Start {
    pub history: History,
    /// Why the checkpoint found is not used.
    pub unused: Option<String>,
}

impl Checkpoints {
    /// For the training of this key, whose classes are `labels`, in `environment`: one every so many minutes.
    pub(super) fn new(
        folder: &Layout,
        key: &TrainingKey,
        labels: &[String],
        environment: &str,
        minutes: f64,
    ) -> Result<Self, JobError> {
        create_folder(&folder.checkpoints_folder())?;
        let every = Duration::from_secs_f64(minutes * 60.0);
        let training = format!("{key}-{}", tags_digest(labels));
        let (path, environment) = (folder.checkpoint(key.as_str()), environment.to_owned());
        let now = Instant::now();
        Ok(Self { path, training, environment, every, last: now, before: 0.0, began: now })
    }

    /// Seconds of training so far, those of earlier runs included.
    pub(super) fn seconds(&self) -> f64 {
        self.before + self.began.elapsed().as_secs_f64()
    }

    /// Restores the last checkpoint into `engine`. A checkpoint of another training or environment is ignored, and one that
    /// is behind the step `until`.
    ///
    /// # Errors
    /// A checkpoint of a later version of the program. One found damaged when `engine` may already hold parts of it.
    pub(super) fn restore(
        &mut self,
        engine: &mut Engine,
        train: &Train,
        until: Option<u64>,
    ) -> Result<Start, JobError> {
        let start = |unused| Start { history: History::new(train.log_every), unused };
        let checkpoint = match checkpoint::open(&self.path) {
            Ok(Some(checkpoint)) => checkpoint,
            Ok(None) => return Ok(start(None)),
            // a later program can resume from it: it is not written over
            Err(newer @ CheckpointError::Newer { .. }) => return Err(newer.into()),
            Err(unreadable) => return Ok(start(Some(unreadable.to_string()))),
        };
        if let Some(why) = self.other(&checkpoint, train) {
            return Ok(start(Some(why)));
        }
        if let Some(until) = until.filter(|until| checkpoint.history.steps() > *until) {
            return Ok(start(Some(format!("its checkpoint is behind step {until}"))));
        }
        let seconds = checkpoint.metadata.seconds;
        let history = checkpoint.restore(engine, train).map_err(Unusable::Checkpoint)?;
        self.before = seconds;
        Ok(Start { history, unused: None })
    }

    /// Why a checkpoint does not serve this training.
    fn other(
        &self,
        TrainingCheckpoint { metadata, history, .. }: &TrainingCheckpoint,
        train: &Train,
    ) -> Option<String> {
        if metadata.environment != self.environment {
            return Some(format!("its checkpoint was written in environment {}", metadata.environment));
        }
        if metadata.key != self.training {
            return Some(format!("its checkpoint belongs to another training, {}", metadata.key));
        }
        (history.log_every() != train.log_every).then(|| "train.log_every changed since its checkpoint".to_owned())
    }

    /// Writes a checkpoint if one is due, or if `now`.
    pub(super) fn keep(&mut self, engine: &Engine, history: &History, now: bool) -> Result<(), CheckpointError> {
        if !now && self.last.elapsed() < self.every {
            return Ok(());
        }
        let (key, environment) = (self.training.clone(), self.environment.clone());
        let metadata = CheckpointMetadata { key, environment, seconds: self.seconds() };
        checkpoint::save(&self.path, engine, history, &metadata)?;
        self.last = Instant::now();
        Ok(())
    }
}
