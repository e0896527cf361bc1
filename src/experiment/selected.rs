//! An experiment with its selected jobs.

use std::path::Path;

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
