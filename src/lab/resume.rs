//! A job's checkpoints: when they are written, and where a job goes on from.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::plan::Key;
use crate::results::{Layout, create_folder};
use crate::spec::{Keep, Settings, Train};
use crate::train::Progress;
use crate::train::checkpoint::{self, CheckpointError, Milestone};

use super::curve::{Course, Curve, text_of};
use super::error::JobError;

/// Writes the checkpoints of one job.
pub(super) struct Checkpoints {
    path: PathBuf,
    key: Key,
    environment: String,
    every: Duration,
    last: Instant,
}

impl Checkpoints {
    /// Of the job `key` in `environment`, as often as its settings say.
    pub(super) fn new(folder: &Layout, key: &Key, environment: &str, settings: &Settings) -> Result<Self, JobError> {
        create_folder(&folder.checkpoints_folder())?;
        let every = Duration::from_secs_f64(settings.save.checkpoint_minutes * 60.0);
        let (path, environment) = (folder.checkpoint(key.as_str()), environment.to_owned());
        Ok(Self { path, key: key.clone(), environment, every, last: Instant::now() })
    }

    /// Puts the last checkpoint's state into `engine`. A curve whose rows are spaced otherwise, since `log_every`
    /// changed, cannot go on: then the job starts from its beginning. The second value says why a checkpoint that is
    /// there was not used.
    pub(super) fn restore(&self, engine: &mut Engine, train: &Train) -> Result<(Course, Option<String>), JobError> {
        let fresh = Course::new(train.log_every);
        let usable = |milestone: &Milestone| Course::from_text(&milestone.note, train.log_every);
        match checkpoint::peek(&self.path) {
            Ok(Some(milestone)) if usable(&milestone).is_none() => {
                return Ok((fresh, Some("train.log_every changed since its checkpoint".to_owned())));
            }
            Ok(Some(milestone)) if milestone.environment != self.environment => {
                let Milestone { environment, .. } = milestone;
                return Ok((fresh, Some(format!("its checkpoint is of the environment {environment}"))));
            }
            Ok(Some(milestone)) if milestone.key != self.key.as_str() => {
                return Ok((fresh, Some(format!("its checkpoint is of the job {}", milestone.key))));
            }
            Ok(Some(_)) => {}
            Ok(None) => return Ok((fresh, None)),
            Err(CheckpointError::Damaged { what, .. } | CheckpointError::Outdated { what, .. }) => {
                return Ok((fresh, Some(what)));
            }
            Err(other) => return Err(other.into()),
        }
        let Some(restored) = checkpoint::restore(&self.path, engine, self.key.as_str())? else {
            return Ok((fresh, None));
        };
        let mut course = usable(&restored.milestone).expect("it was usable a moment ago");
        course.progress.best_weights = restored.best_weights;
        if train.keep == Keep::Best && course.progress.best_weights.is_some() != course.progress.best().is_some() {
            let what = "it has an evaluation without its weights, or the other way round".to_owned();
            return Err(CheckpointError::Damaged { path: self.path.clone(), what }.into());
        }
        Ok((course, None))
    }

    /// Writes a checkpoint if it is time, or if `now`.
    pub(super) fn keep(
        &mut self,
        engine: &Engine,
        curve: &Curve,
        progress: &Progress,
        now: bool,
    ) -> Result<(), CheckpointError> {
        if !now && self.last.elapsed() < self.every {
            return Ok(());
        }
        let milestone = Milestone {
            key: self.key.as_str().to_owned(),
            environment: self.environment.clone(),
            step: progress.steps,
            total: curve.planned,
            note: text_of(curve, progress),
        };
        checkpoint::save(&self.path, engine, progress.best_weights.as_deref(), &milestone)?;
        self.last = Instant::now();
        Ok(())
    }
}
