//! A job's checkpoints: when they are written, and where a job goes on from.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::plan::Key;
use crate::results::{Layout, create_folder};
use crate::spec::Settings;
use crate::train::checkpoint::{self, CheckpointError, Milestone};

use super::curve::Curve;
use super::error::JobError;

/// Writes the checkpoints of one job.
pub(super) struct Checkpoints {
    path: PathBuf,
    key: Key,
    every: Duration,
    last: Instant,
}

impl Checkpoints {
    /// Of the job `key`, as often as its settings say.
    pub(super) fn new(folder: &Layout, key: &Key, settings: &Settings) -> Result<Self, JobError> {
        create_folder(&folder.checkpoints_folder())?;
        let every = Duration::from_secs_f64(settings.save.checkpoint_minutes * 60.0);
        Ok(Self { path: folder.checkpoint(key.as_str()), key: key.clone(), every, last: Instant::now() })
    }

    /// Puts the last checkpoint's state into `engine`. A curve whose rows are spaced otherwise, since `log_every`
    /// changed, cannot go on: then the job starts from its beginning. The second value says why a checkpoint that is
    /// there was not used.
    pub(super) fn restore(&self, engine: &mut Engine, log_every: u64) -> Result<(Curve, Option<String>), JobError> {
        let fresh = Curve::new(log_every);
        let usable = |milestone: &Milestone| Curve::from_text(&milestone.note, log_every);
        match checkpoint::peek(&self.path) {
            Ok(Some(milestone)) if usable(&milestone).is_none() => {
                return Ok((fresh, Some("train.log_every changed since its checkpoint".to_owned())));
            }
            Ok(Some(_)) => {}
            Ok(None) => return Ok((fresh, None)),
            Err(CheckpointError::Damaged { what, .. }) => return Ok((fresh, Some(what))),
            Err(other) => return Err(other.into()),
        }
        let milestone = checkpoint::restore(&self.path, engine, self.key.as_str())?;
        Ok((milestone.as_ref().and_then(usable).unwrap_or(fresh), None))
    }

    /// Writes a checkpoint if it is time, or if `now`.
    pub(super) fn keep(&mut self, engine: &Engine, curve: &Curve, now: bool) -> Result<(), CheckpointError> {
        if !now && self.last.elapsed() < self.every {
            return Ok(());
        }
        let (step, total) = (curve.steps, curve.planned);
        let milestone = Milestone { key: self.key.as_str().to_owned(), step, total, note: curve.to_text() };
        checkpoint::save(&self.path, engine, &milestone)?;
        self.last = Instant::now();
        Ok(())
    }
}
