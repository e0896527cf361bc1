//! Before a run: fetches and checks all inputs. It writes nothing but the hub's cache.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use std::time::Instant;

use tracing_subscriber::filter::LevelFilter;

use crate::claims::Identity;
use crate::hub::{self, FetchError, Lock};
use crate::lab::{Advice, Foreseen, Preflight};
use crate::ledger::{BUILTINS, Id, Inputs, Ledger, Policy, Shard, gather, pending, wanted};
use crate::machine::{Environment, memory};
use crate::parents::provide;
use crate::plan::Plan;
use crate::results::{Known, Layout, read_lock};

use super::error::ExperimentError;
use super::known::{changed_files, known_ledger};
use super::observer::Observer;
use super::selected::Selected;

/// The options of a run. None of them changes a number.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The folder of all results.
    pub out: &'a Path,
    /// The part of the trainings to run; none: all.
    pub shard: Option<Shard>,
    /// Whether done jobs run again.
    pub force: bool,
    /// Whether jobs run again whose rows come from another environment.
    pub refresh: bool,
    /// Whether the newest commits replace the pinned ones.
    pub update: bool,
    /// Whether to use local and cached files only.
    pub offline: bool,
    /// Jobs at a time; none: chosen by cores and memory.
    pub jobs: Option<NonZeroUsize>,
    /// Threads of all jobs together; none: one per core.
    pub threads: Option<NonZeroUsize>,
    /// Failed jobs after which no further job starts.
    pub failures_allowed: Option<NonZeroUsize>,
    /// Which lines of the job logs are shown on the terminal.
    pub terminal: LevelFilter,
    /// When no further training begins; none: never.
    pub until: Option<Instant>,
    /// The submission that this process is a worker of; none: the folder is this process's, unless others share it.
    pub submission: Option<&'a str>,
    /// The pins of all inputs; none: those of the results folder.
    pub lock: Option<&'a Lock>,
    /// Whether the scheduler says that a worker's task runs no more.
    pub has_left: fn(&Identity) -> bool,
}

impl<'a> Request<'a> {
    /// Of everything that has no result yet, with results in `out`, by this process on all of the machine.
    pub fn new(out: &'a Path, terminal: LevelFilter) -> Self {
        Self {
            out,
            shard: None,
            force: false,
            refresh: false,
            update: false,
            offline: false,
            jobs: None,
            threads: None,
            failures_allowed: None,
            terminal,
            until: None,
            submission: None,
            lock: None,
            has_left: |_| false,
        }
    }
}

impl Request<'_> {
    /// Which results count.
    pub fn policy<'e>(&self, environment: &'e Environment) -> Policy<'e> {
        Policy { force: self.force, refresh: self.refresh.then_some(environment.name.as_str()) }
    }
}

/// An experiment whose inputs are here.
#[derive(Debug)]
pub struct Prepared {
    /// The jobs to run or to show: those selected, of them those of the shard.
    pub selection: Vec<usize>,
    pub(super) pins: Lock,
    pub(super) inputs: Inputs,
    /// Jobs that will fail.
    pub(super) failing: Vec<Foreseen>,
    /// Warnings about the data of the others.
    pub(super) odd: Vec<Advice>,
}

impl Prepared {
    /// What pins the inputs, those of earlier runs included.
    pub fn pins(&self) -> &Lock {
        &self.pins
    }

    /// The input files of all parts that may run.
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// With the same inputs elsewhere.
    #[must_use]
    pub fn with_inputs(self, inputs: Inputs) -> Self {
        Self { inputs, ..self }
    }

    /// Jobs that will fail.
    pub fn failing(&self) -> &[Foreseen] {
        &self.failing
    }

    /// Warnings about the data of the others.
    pub fn odd(&self) -> &[Advice] {
        &self.odd
    }
}

/// Fetches what an experiment needs and checks that its jobs can run. None if it is stopped.
///
/// # Errors
/// Missing inputs; no job that can run; damaged results.
pub fn prepare(
    Selected { plan, selection }: &Selected,
    request: &Request<'_>,
    environment: &Environment,
    observer: &dyn Observer,
    stop: &AtomicBool,
) -> Result<Option<Prepared>, ExperimentError> {
    let policy = request.policy(environment);
    let layout = Layout::new(request.out.join(&plan.experiment.name));
    let wanted = |ledger: &Ledger| match request.shard {
        None => wanted(ledger, selection, policy),
        Some(shard) => match shard.share(ledger, selection) {
            Some(share) => wanted(ledger, &share.jobs, policy),
            // which trainings are the shard's depends on the keys of all
            None => selection.iter().flat_map(|job| ledger.parts(*job)).collect(),
        },
    };
    let brought = bring(plan, &layout, request, observer, &wanted, stop);
    observer.fetched();
    let Some((pins, mut inputs)) = brought? else { return Ok(None) };
    if inputs.is_empty() && request.shard.is_none() {
        let (selection, failing, odd) = (selection.clone(), Vec::new(), Vec::new());
        return Ok(Some(Prepared { selection, pins, inputs, failing, odd }));
    }
    let (ledger, ..) = known_ledger(plan, &pins, &Known::read(&layout)?, Some(stop));
    if stop.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let selection = match request.shard {
        None => selection.clone(),
        Some(shard) => {
            let jobs = jobs_of_shard(shard, &ledger, selection, &plan.experiment.name, observer);
            inputs.retain(|id, _| jobs.contains(&id.job));
            jobs
        }
    };
    if !inputs.is_empty() {
        memory::check_room()?;
    }
    let due = pending(&ledger, &selection, policy, &BTreeSet::new());
    let Preflight { failing, none_can_run, odd } = Preflight::of(&selection, &ledger, &due, &inputs, environment);
    // jobs of other shards may run: then those of this one are rows with an error, as in a run of all
    if none_can_run && request.shard.is_none() {
        let failing = failing.iter().map(|one| (plan.jobs[one.job].label.clone(), one.to_string())).collect();
        return Err(ExperimentError::NoneCanRun { name: plan.experiment.name.clone(), failing });
    }
    Ok(Some(Prepared { selection, pins, inputs, failing, odd }))
}

/// The jobs of a shard, whose keys are all known by now; says how many trainings they are.
fn jobs_of_shard(
    shard: Shard,
    ledger: &Ledger,
    selection: &[usize],
    name: &str,
    observer: &dyn Observer,
) -> Vec<usize> {
    let share = shard.share(ledger, selection).expect("the inputs of all selected jobs are pinned");
    let jobs = match share.jobs.len() {
        1 => "1 job".to_owned(),
        jobs => format!("{jobs} jobs"),
    };
    observer.notice(&format!("{name}: shard {shard} has {} of {} trainings, {jobs}", share.trainings, share.of));
    share.jobs
}

/// Fetches the inputs of all parts that may run, with the lock that pins them. None if it is stopped.
fn bring(
    plan: &Plan,
    layout: &Layout,
    request: &Request<'_>,
    observer: &dyn Observer,
    wanted: &dyn Fn(&Ledger) -> Vec<Id>,
    stop: &AtomicBool,
) -> Result<Option<(Lock, Inputs)>, ExperimentError> {
    let mut pins = match request.lock {
        Some(lock) => lock.clone(),
        None => read_lock(layout)?,
    };
    let start = if request.update { Lock::default() } else { pins.clone() };
    let known = Known::read(layout)?;
    let (ledger, changed, local) = known_ledger(plan, &start, &known, Some(stop));
    if stop.load(Ordering::Relaxed) {
        return Ok(None);
    }
    pins.inputs.extend(local.inputs);
    let wanted = wanted(&ledger);
    changed_files(plan, &changed, &wanted, &known).iter().for_each(|notice| observer.notice(notice));
    if wanted.is_empty() {
        return Ok(Some((pins, Inputs::new())));
    }
    let options = hub::FetchOptions {
        offline: request.offline,
        update: request.update,
        without_weights: false,
        builtins: &BUILTINS,
        stop: Some(stop),
        beside: plan.experiment.file.parent(),
        cache: None,
    };
    let mut report = |event: hub::FetchEvent<'_>| observer.fetching(event);
    let settings = wanted.iter().map(|id| ledger.settings_of(*id));
    let missing = provide(settings, options, &mut report);
    let gathered = match gather(&ledger, &wanted, &pins, options, &mut report) {
        Ok(_) if !missing.is_empty() => Err(missing),
        Ok(gathered) => Ok(gathered),
        Err(errors) => {
            // a model that is no folder yet cannot be read from it, either
            let is_new = |error: &FetchError| !missing.iter().any(|known| error.input.starts_with(&known.input));
            let others: Vec<FetchError> = errors.into_iter().filter(is_new).collect();
            Err(missing.into_iter().chain(others).collect())
        }
    };
    let (lock, inputs) = match gathered {
        Err(errors) if errors.iter().any(|error| error.problem.is_interruption()) => return Ok(None),
        gathered => gathered.map_err(ExperimentError::Fetch)?,
    };
    pins.extend(&lock);
    Ok(Some((pins, inputs)))
}
