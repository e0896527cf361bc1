//! An experiment with its selected jobs.

use std::path::Path;

use crate::parents::look_up;
use crate::plan::{Only, Plan};
use crate::spec::{self, Overrides, Problems};

/// A plan and its selected jobs.
#[derive(Debug)]
pub struct Selected {
    /// All jobs.
    pub plan: Plan,
    /// Indices of the selected jobs.
    pub selection: Vec<usize>,
}

/// Loads an experiment; `only` selects jobs as `--only` does. Jobs that it names as checkpoints are looked up from `out`, the
/// folder of all results.
///
/// # Errors
/// Every problem of the file, of the files it extends and of `only`.
pub fn load(file: &Path, overrides: &Overrides, only: Option<&str>, out: &Path) -> Result<Selected, Problems> {
    let mut plan = Plan::expand(spec::load(file, overrides)?)?;
    look_up(&mut plan, out);
    let selection = match only {
        Some(only) => plan.select(&Only::new(only))?,
        None => (0..plan.jobs.len()).collect(),
    };
    Ok(Selected { plan, selection })
}
