//! Every input of every job of an experiment, evaluation sets included, on this machine.

use std::collections::BTreeMap;
use std::path::Path;

use crate::experiment::{ExperimentError, Selected};
use crate::hub::{self, FetchEvent, FetchOptions, FetchedInput, Lock};
use crate::ledger::Ledger;
use crate::parents::provide;
use crate::results::{Layout, read_lock};
use crate::spec::Settings;

/// What the selected jobs of an experiment read.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// Each input once.
    pub inputs: Vec<FetchedInput>,
    /// Pins of all files.
    pub lock: Lock,
}

/// Fetches what the selected jobs read, at the commits that the lock of their results folder below `out` pins. None if it
/// is stopped.
///
/// # Errors
/// Inputs that cannot be had; a damaged lock.
pub fn fetch_inputs(
    selected: &Selected,
    out: &Path,
    options: FetchOptions<'_>,
    report: &mut dyn FnMut(FetchEvent<'_>),
) -> Result<Option<Inputs>, ExperimentError> {
    let lock = read_lock(&Layout::new(out.join(&selected.plan.experiment.name)))?;
    fetch_locked(selected, &lock, options, report)
}

/// [`fetch_inputs`] at the commits that `lock` pins.
pub(super) fn fetch_locked(
    Selected { plan, selection }: &Selected,
    lock: &Lock,
    options: FetchOptions<'_>,
    report: &mut dyn FnMut(FetchEvent<'_>),
) -> Result<Option<Inputs>, ExperimentError> {
    let ledger = Ledger::new(plan, |_| None, BTreeMap::new());
    let parts = selection.iter().flat_map(|job| ledger.parts(*job));
    let settings: Vec<&Settings> = parts.map(|id| ledger.settings_of(id)).collect();
    let missing = provide(settings.iter().copied(), options, report);
    if !missing.is_empty() {
        return Err(ExperimentError::Fetch(missing));
    }
    match hub::fetch(settings, lock, options, report) {
        Ok(fetched) => Ok(Some(Inputs { inputs: fetched.inputs(), lock: fetched.lock })),
        Err(errors) if errors.iter().any(|error| error.problem.is_interruption()) => Ok(None),
        Err(errors) => Err(ExperimentError::Fetch(errors)),
    }
}
