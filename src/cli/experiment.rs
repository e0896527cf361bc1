//! An experiment as every command finds it: its jobs, its lock, and what the program ships.

use std::path::Path;

use crate::data::builtin::DATA;
use crate::hub::{Builtin, Lock};
use crate::model::builtin::TINY;
use crate::plan::{Only, Plan};
use crate::results::Layout;
use crate::spec;

use super::args::Change;
use super::failure::Failure;

/// What the program ships.
pub(super) const BUILTINS: [Builtin; 2] = [DATA, TINY];

/// A plan and the jobs of it that are meant.
pub(super) struct Selected {
    pub plan: Plan,
    pub selection: Vec<usize>,
}

/// Loads an experiment as changed on the command line.
pub(super) fn load(file: &Path, change: &Change) -> Result<Selected, Failure> {
    let plan = Plan::expand(spec::load(file, &change.overrides())?)?;
    let selection = match &change.only {
        Some(only) => plan.select(&Only::new(only))?,
        None => (0..plan.jobs.len()).collect(),
    };
    Ok(Selected { plan, selection })
}

/// The lock of a results folder; an empty one where there is none.
pub(super) fn read_lock(layout: &Layout) -> Result<Lock, Failure> {
    let path = layout.lock_toml();
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Lock::parse(&text)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Lock::default()),
        Err(source) => Err(Failure::File { path: path.display().to_string(), source }),
    }
}
