//! An experiment with its selected jobs and its lock, and the builtins.

use std::path::Path;

use crate::data::builtin::DATA;
use crate::hub::{Builtin, Lock};
use crate::model::builtin::TINY;
use crate::plan::{Only, Plan};
use crate::results::Layout;
use crate::spec::{self, Overrides, Problems};

use super::error::ExperimentError;

/// The data set and the checkpoint that come with the program.
pub const BUILTINS: [Builtin; 2] = [DATA, TINY];

/// A plan and its selected jobs.
#[derive(Debug)]
pub struct Selected {
    /// All jobs.
    pub plan: Plan,
    /// Indices of the selected jobs.
    pub selection: Vec<usize>,
}

/// Loads an experiment; `only` selects jobs as `--only` does.
///
/// # Errors
/// Every problem of the file, of the files it extends and of `only`.
pub fn load(file: &Path, overrides: &Overrides, only: Option<&str>) -> Result<Selected, Problems> {
    let plan = Plan::expand(spec::load(file, overrides)?)?;
    let selection = match only {
        Some(only) => plan.select(&Only::new(only))?,
        None => (0..plan.jobs.len()).collect(),
    };
    Ok(Selected { plan, selection })
}

/// The lock of a results folder; an empty one where there is none.
///
/// # Errors
/// A lock that is damaged or cannot be read.
pub fn read_lock(layout: &Layout) -> Result<Lock, ExperimentError> {
    let path = layout.lock_toml();
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Lock::parse(&text)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Lock::default()),
        Err(source) => Err(ExperimentError::File { path, source }),
    }
}
