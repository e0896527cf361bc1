//! The configuration of a job's checkpoint: in the program, a folder or the hub's cache.

use std::path::Path;

use crate::hub::{Cache, Lock};
use crate::model::{Config, ModelError, builtin};
use crate::spec::{Model, Settings, Source};

use super::error::JobError;

/// The configuration of a job's checkpoint; `file`: where its config.json lies, if it is one of files.
pub(super) fn read_config(model: &Model, file: &Path) -> Result<Config, JobError> {
    match &model.checkpoint {
        Source::Builtin(name) => builtin::config(name).ok_or_else(|| JobError::NoSuchBuiltin { name: name.clone() }),
        Source::Hub(_) | Source::Folder { .. } | Source::Job(_) => Ok(Config::read(file)?),
    }
}

/// The configuration of a job's checkpoint, where it lies on this machine: in the program, a folder or the hub's cache.
pub(super) fn config_at_hand(settings: &Settings, cache: &Cache, lock: &Lock) -> Option<Result<Config, ModelError>> {
    const NAME: &str = "config.json";
    match &settings.model.checkpoint {
        Source::Builtin(name) => builtin::config(name).map(Ok),
        Source::Folder { path, .. } => {
            Some(path.join(NAME)).filter(|path| path.is_file()).map(|path| Config::read(&path))
        }
        Source::Job(job) => {
            let path = job.folder()?.join(NAME);
            path.is_file().then(|| Config::read(&path))
        }
        Source::Hub(_) => cache.checkpoint_file(settings, lock, NAME).map(|path| Config::read(&path)),
    }
}
