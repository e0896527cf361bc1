//! `runner plan --calibrate`.

use std::num::NonZeroUsize;

use crate::experiment::{Request, Selected, calibrate as measure};
use crate::results::{Layout, write_calibrations};

use super::args::{Machine, Plan, Verbosity};
use super::failure::{Ending, Failure};
use super::run::{Screen, environment, request_again};
use super::signals::{Work, stop_on_signals, under_way};
use super::terminal::say;

/// Measures a few steps of each shape of the jobs `pending`, and keeps what came of it in the results folder. Returns how the
/// command ends, if it was stopped.
pub(super) fn calibrate(
    Selected { plan, .. }: &Selected,
    pending: &[usize],
    arguments: &Plan,
    verbosity: Verbosity,
) -> Result<Option<Ending>, Failure> {
    if pending.is_empty() {
        return Ok(None);
    }
    let stop = stop_on_signals();
    let environment = environment(arguments.device, verbosity)?;
    let machine = Machine { device: arguments.device, jobs: Some(NonZeroUsize::MIN), threads: arguments.threads };
    let request = Request { out: &arguments.place.out, ..request_again(&machine, arguments.offline, verbosity) };
    under_way(Work::Fetching);
    let quiet = Verbosity { quiet: true, ..verbosity };
    let screen = Screen::new(plan, quiet);
    let measured = measure(plan, pending, &request, &environment, &screen, stop)?;
    drop(screen);
    let Some(rows) = measured else {
        say("interrupted; nothing was kept of the calibration");
        return Ok(Some(Ending::Interrupted));
    };
    write_calibrations(&Layout::new(arguments.place.out.join(&plan.experiment.name)), &rows)?;
    for row in &rows {
        say(&format!("calibrated on {}: {:.1} steps/s of {}", row.environment, row.steps_per_second, row.shape));
    }
    Ok(None)
}
