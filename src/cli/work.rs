//! `runner work`: one worker of a submission, as its batch script starts it.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::cluster::{Restarts, Workplace, finish_submissions, has_left};
use crate::experiment::{self, Finished, Observer, Queue, Request, known_ledger};
use crate::hub;
use crate::lab::Event;
use crate::ledger::{Policy, State};
use crate::machine::{DeviceChoice, Environment};
use crate::results::Known;

use super::args::{Verbosity, Work as Arguments};
use super::estimates::{longest_load, pending_trainings};
use super::failure::{Ending, Failure};
use super::run::{Screen, environment};
use super::signals::{Work, stop_on_signals, under_way};
use super::terminal::{jobs, say};

/// Takes trainings of a submission until none is left, the time is up, or somebody stops it.
pub(super) fn work(arguments: &Arguments, verbosity: Verbosity) -> Result<Ending, Failure> {
    let stop = stop_on_signals();
    under_way(Work::Submission);
    let place = Workplace::open(&Workplace::find(&arguments.submission, &arguments.place.out)?)?;
    let id = &place.submission.id;
    if place.is_canceled() || place.is_finished() {
        let what = if place.is_canceled() { "canceled" } else { "finished" };
        say(&format!("submission {id} is {what}; nothing to do"));
        return Ok(Ending::Well);
    }
    let options = &place.submission.options;
    let device = options.device().map_err(|error| Failure::Environment(error.to_string()))?;
    let environment = checked(device, options.environment.as_deref(), verbosity)?;
    let until = place.watch(stop, load(&place, &environment)?)?;
    let request = Request {
        force: options.force,
        refresh: options.refresh,
        offline: true,
        jobs: options.jobs,
        threads: options.threads.or_else(cores),
        failures_allowed: options.failures_allowed,
        until,
        submission: Some(id),
        lock: Some(&place.lock),
        has_left,
        ..Request::new(place.layout.out(), verbosity.log_level())
    };
    say(&format!("worker of submission {id} on {}, {}", crate::claims::host(), environment.name));
    let screen = WorkerScreen {
        screen: Screen::new(&place.selected.plan, verbosity),
        restarts: Restarts::of_this_process(),
        moved: AtomicBool::new(false),
    };
    let prepared = experiment::prepare(&place.selected, &request, &environment, &screen, stop)?;
    let Some(prepared) = prepared else { return Ok(stopped(&place)) };
    let (ledger, ..) = known_ledger(&place.selected.plan, prepared.pins(), &Known::read(&place.layout)?, None);
    place.check_inputs(&ledger)?;
    #[cfg(unix)]
    let (prepared, _copies) = on_node(prepared, &screen)?;
    let finished = experiment::run(&place.selected, prepared, &request, &environment, &screen, stop)?;
    drop(screen);
    match finished {
        None => Ok(stopped(&place)),
        Some(finished) => conclude(&place, &finished),
    }
}

/// Inputs that lie behind a network, as copies on this node for as long as what is returned beside them.
#[cfg(unix)]
fn on_node(
    prepared: experiment::Prepared,
    screen: &dyn Observer,
) -> Result<(experiment::Prepared, Option<crate::cluster::NodeCopies>), Failure> {
    let copied = crate::cluster::on_this_node(prepared.inputs().clone());
    let copied = copied.map_err(|error| Failure::Environment(error.to_string()))?;
    copied.notice.iter().for_each(|notice| screen.notice(notice));
    Ok((prepared.with_inputs(copied.inputs), copied.copies))
}

/// The device, if its results have the name that the submission accepts.
fn checked(device: DeviceChoice, accepted: Option<&str>, verbosity: Verbosity) -> Result<Environment, Failure> {
    let environment = environment(device, verbosity)?;
    match accepted.filter(|accepted| *accepted != environment.name) {
        None => Ok(environment),
        Some(accepted) => Err(Failure::Environment(format!(
            "results of {} stand under {}, and this submission takes {accepted} only; ask the scheduler for that device",
            crate::claims::host(),
            environment.name
        ))),
    }
}

/// The cores that Slurm gave this task, even where it does not keep it to them.
fn cores() -> Option<NonZeroUsize> {
    std::env::var("SLURM_CPUS_PER_TASK").ok()?.parse().ok()
}

/// What a training of the submission takes before its first step, by those that ended in this environment.
fn load(place: &Workplace, environment: &Environment) -> Result<Option<Duration>, Failure> {
    let (plan, layout) = (&place.selected.plan, &place.layout);
    let (ledger, ..) = known_ledger(plan, &place.lock, &Known::read(layout)?, None);
    let due = pending_trainings(&ledger, &place.selected.selection, Policy::default());
    Ok(longest_load(plan, &ledger, layout, &due, &environment.name))
}

/// Stopped before the first training.
fn stopped(place: &Workplace) -> Ending {
    if place.is_canceled() {
        say("canceled");
        return Ending::Interrupted;
    }
    say("stopped; another start of this task goes on");
    Ending::GoesOnElsewhere
}

/// Says what came of it, and how the worker ends.
fn conclude(place: &Workplace, Finished { ledger, summary, .. }: &Finished) -> Result<Ending, Failure> {
    let id = &place.submission.id;
    say(&format!("{} done here, {} failed", jobs(summary.finished), summary.failed));
    if summary.is_complete() {
        place.finish()?;
        finish_submissions(&place.layout, ledger, &place.selected.selection)?;
        say(&format!("nothing is left of submission {id}; tables in {}", place.layout.root().display()));
    } else if summary.elsewhere > 0 {
        say(&format!("{} at other workers", jobs(summary.elsewhere)));
    } else if place.is_canceled() {
        say(&format!("canceled, {} left", jobs(summary.left)));
        return Ok(Ending::Interrupted);
    } else if summary.interrupted || summary.out_of_time {
        say(&format!("stopped, {} left; another start of this task goes on", jobs(summary.left)));
        return Ok(Ending::GoesOnElsewhere);
    } else {
        say(&format!("stopped after {} failed; {} left", jobs(summary.failed), jobs(summary.left)));
    }
    let failed = |job: &usize| matches!(ledger.state(*job), State::Failed(_));
    Ok(if place.selected.selection.iter().any(failed) { Ending::JobsFailed } else { Ending::Well })
}

/// Shows a worker's progress, and notes that there is some.
struct WorkerScreen<'p> {
    screen: Screen<'p>,
    restarts: Restarts,
    moved: AtomicBool,
}

impl Observer for WorkerScreen<'_> {
    fn notice(&self, text: &str) {
        self.screen.notice(text);
    }

    fn warning(&self, text: &str) {
        self.screen.warning(text);
    }

    fn fetching(&self, event: hub::FetchEvent<'_>) {
        self.screen.fetching(event);
    }

    fn fetched(&self) {
        self.screen.fetched();
    }

    fn starting(&self, queue: &Queue<'_>) {
        self.screen.starting(queue);
        under_way(Work::Submission);
    }

    fn hear(&self, event: &Event<'_>) {
        let moves = matches!(event, Event::Stepped { .. } | Event::Entered { .. });
        if moves && !self.moved.swap(true, Ordering::Relaxed) {
            self.restarts.forget();
        }
        self.screen.hear(event);
    }
}
