//! What trainings are expected to take, for those commands that say so.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::ledger::{Estimate, Estimates, Ledger, Policy, by_training, pending};
use crate::plan::Plan;
use crate::report::Expected;
use crate::results::{Calibration, Layout, Timing, calibrations, timings};

use super::terminal::warn;

/// How long jobs took; none, with a warning, if timings.csv is unreadable.
pub(super) fn known_timings(layout: &Layout) -> Vec<Timing> {
    timings(layout).unwrap_or_else(|error| {
        warn(&error.to_string());
        Vec::new()
    })
}

/// What a calibration measured; none, with a warning, if calibration.csv is unreadable.
pub(super) fn known_calibrations(layout: &Layout) -> Vec<Calibration> {
    calibrations(layout).unwrap_or_else(|error| {
        let text = error.to_string();
        warn(&format!("{}; ignored: --calibrate measures again", text.split("; ").next().unwrap_or(&text)));
        Vec::new()
    })
}

/// The jobs whose trainings are pending, each training once.
pub(super) fn pending_trainings(ledger: &Ledger, selection: &[usize], policy: Policy<'_>) -> Vec<usize> {
    let due = pending(ledger, selection, policy, &BTreeSet::new());
    let rows = due.into_iter().filter(|job| job.row.is_some()).collect();
    by_training(ledger, rows).iter().map(|training| training.jobs[0].job).collect()
}

/// What the trainings `due` are expected to take together.
pub(super) fn expected(estimates: Option<&Estimates<'_>>, due: &[usize]) -> Option<Expected> {
    let estimates = estimates?;
    let known: Vec<Estimate> = due.iter().filter_map(|job| estimates.of(*job)).collect();
    (!known.is_empty()).then(|| Expected {
        trainings: due.len(),
        environment: estimates.environment.clone(),
        seconds: known.iter().map(Estimate::seconds).collect(),
        memory: known.iter().filter_map(|estimate| estimate.memory).max(),
        bases: known.iter().map(|estimate| estimate.basis).collect(),
    })
}

/// What the trainings `due` are expected to take together, by what is known in a results folder.
pub(super) fn expected_of(plan: &Plan, ledger: &Ledger, layout: &Layout, due: &[usize]) -> Option<Expected> {
    let (timings, calibrations) = (known_timings(layout), known_calibrations(layout));
    expected(Estimates::new((plan, ledger, layout), &timings, &calibrations, None).as_ref(), due)
}

/// The longest time that one of the trainings `due` is expected to take before its first step; none where nothing is known.
pub(super) fn longest_load(
    plan: &Plan,
    ledger: &Ledger,
    layout: &Layout,
    due: &[usize],
    environment: &str,
) -> Option<Duration> {
    let (timings, calibrations) = (known_timings(layout), known_calibrations(layout));
    let estimates = Estimates::new((plan, ledger, layout), &timings, &calibrations, Some(environment))?;
    let loads = due.iter().filter_map(|job| Some(estimates.of(*job)?.load_seconds));
    loads.reduce(f64::max).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
}
