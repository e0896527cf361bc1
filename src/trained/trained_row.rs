//! A row that has a model: what it was trained with, by the experiment and the lock beside it. It opens no model.

use std::path::Path;

use crate::analysis::JobAddress;
use crate::hash::InputHashes;
use crate::hub::{Lock, LockedHashes};
use crate::ledger::BUILTINS;
use crate::plan::{JobKey, Plan, TrainingKey};
use crate::results::{Ending, Layout, read_lock};
use crate::spec::{self, Overrides, Settings};

use super::error::TrainedJobError;

/// A row of a job that did not fail.
#[derive(Debug, Clone)]
pub struct TrainedRow {
    /// The row.
    pub address: JobAddress,
    /// The settings under which it was made.
    pub settings: Settings,
    /// The key of its training.
    pub training: TrainingKey,
    /// The key of the training from whose model it started; none if its checkpoint is no job.
    pub parent: Option<String>,
    /// The pins of its inputs.
    pub lock: Lock,
    /// The hashes of its inputs.
    pub inputs: InputHashes,
}

impl TrainedRow {
    /// The job that `asked` names, as [`JobAddress::find`].
    ///
    /// # Errors
    /// No such job, a failed one; a row that does not belong to the experiment and the lock of its folder.
    pub fn find(asked: &str, out: &Path) -> Result<Self, TrainedJobError> {
        Self::of(JobAddress::find(asked, out)?)
    }

    /// [`Self::find`] of a row.
    ///
    /// # Errors
    /// As there.
    pub fn of(address: JobAddress) -> Result<Self, TrainedJobError> {
        let (job, layout) = (address.name(), Layout::new(&address.folder));
        if let Ending::Failed(why) = &address.record.outcome.ending {
            return Err(TrainedJobError::Failed { job, why: why.to_string() });
        }
        if let Some(stopped) = address.record.stopped() {
            return Err(TrainedJobError::Stopped { job, stopped });
        }
        let (label, file) = (&address.record.label, layout.experiment());
        let failed = |problem: String| TrainedJobError::Experiment { file: file.clone(), problem };
        let plan = spec::load(&file, &Overrides::default()).and_then(Plan::expand);
        let plan = plan.map_err(|_| failed("is missing or has problems".to_owned()))?;
        let found = plan.jobs.iter().find(|job| job.label == *label);
        let found = found.ok_or_else(|| failed(format!("has no job {label}")))?;
        let lock = read_lock(&layout)?;
        let mut hashes = LockedHashes::new(&lock, &BUILTINS);
        // with [select], the row of a job that was not chosen leaves the test set untouched
        let mut unpinned = None;
        for settings in [found.settings.clone(), found.untested()] {
            let inputs = match hashes.of(&settings) {
                Ok(inputs) => inputs,
                Err(missing) => {
                    unpinned.get_or_insert(missing);
                    continue;
                }
            };
            if JobKey::of(&settings, &inputs).as_str() == address.record.outcome.key {
                let training = TrainingKey::of(&settings, &inputs);
                let parent = hashes.parent(&settings).map(str::to_owned);
                return Ok(Self { address, settings, training, parent, lock, inputs });
            }
        }
        Err(match unpinned {
            Some(unpinned) => TrainedJobError::Unpinned { job, unpinned },
            None => TrainedJobError::Stale { job },
        })
    }
}
