//! What a job uses of its run: device, shared data, threads, folder, logs and events.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use tracing::level_filters::LevelFilter;
use tracing::{error, info};

use crate::engine::Device;
use crate::ledger::Part;
use crate::machine::Environment;
use crate::results::{Failure, Layout};
use crate::spec::Settings;

use super::error::JobError;
use super::event::{Event, Phase, Watch};
use super::limits::{BF16, precision};
use super::shared_data::SharedData;
use super::task::{DueJob, JobPart, Task};
use super::thread_budget::ThreadBudget;

/// What a training needs of its run.
pub(super) struct JobContext<'a> {
    pub environment: &'a Environment,
    /// Which of the environment's GPUs, where it has some.
    pub gpu: usize,
    pub shared_data: &'a SharedData,
    pub thread_budget: &'a ThreadBudget,
    pub folder: &'a Layout,
    pub watch: Watch<'a>,
    pub stop: &'a AtomicBool,
    /// Notes about data that were already reported.
    pub noticed: &'a Mutex<BTreeSet<String>>,
    /// Whether trained models are saved.
    pub save_models: bool,
    /// Whether a saved model replaces training.
    pub reuse_models: bool,
    /// Which lines of the job logs are shown on the terminal.
    pub terminal: LevelFilter,
}

impl JobContext<'_> {
    /// A device for one engine.
    pub(super) fn device(&self, settings: &Settings) -> Result<Device, JobError> {
        Ok(self.environment.engine(self.gpu, precision(settings, self.environment)? == BF16)?)
    }

    pub(super) fn phase(&self, job: &DueJob<'_>, phase: Phase) {
        info!(%phase, "phase");
        (self.watch)(&Event::Phase { job: job.index, phase });
    }

    pub(super) fn notice(&self, task: &Task<'_>, text: &str) {
        info!(text, "notice");
        (self.watch)(&Event::Notice { label: task.first().label, text });
    }

    /// Reports notes that hold for many jobs, once for all of them.
    pub(super) fn note(&self, task: &Task<'_>, notes: &[String]) {
        for note in notes {
            info!(note, "data");
            if self.noticed.lock().unwrap_or_else(PoisonError::into_inner).insert(note.clone()) {
                (self.watch)(&Event::Notice { label: task.first().label, text: note });
            }
        }
    }

    /// Whether an error is the GPU's, so that another GPU may do better.
    pub(super) fn loses_gpu(&self, error: &JobError) -> bool {
        !self.environment.uses_host() && error.is_of_gpu()
    }

    pub(super) fn stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// An error as a row shows it. The path on this machine, which the row leaves out, is reported here.
    ///
    /// # Errors
    /// `error` itself, if it ends the run, or if the GPU is the cause.
    pub(super) fn failure(&self, task: &Task<'_>, part: &JobPart, error: JobError) -> Result<Failure, JobError> {
        if error.ends_the_run() || self.loses_gpu(&error) {
            return Err(error);
        }
        match error.file(part.inputs.files()) {
            None => error!(reason = %error, "failed"),
            Some(path) => {
                error!(reason = %error, path = %path.display(), "failed");
                self.note(task, &[format!("file: {}", path.display())]);
            }
        }
        Ok(match part.id.part {
            Part::Set(_) => error.failure_of_set(&part.settings),
            Part::Whole | Part::Untested | Part::Rung(_) => error.failure(),
        })
    }
}
