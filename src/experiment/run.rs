//! Runs a prepared experiment into its folder.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::claims::{Beacon, Claims, Identity};
use crate::hub::{Cache, Lock, Origin, Pinned};
use crate::lab::{
    Advice, Event, Lab, Options, Sources, Summary, advice, default_jobs, expected_work, jobs_that_fit, log_advice,
    unsaved_models,
};
use crate::ledger::{BUILTINS, Id, Inputs, Ledger, Part, PendingTraining, State, columns};
use crate::machine::Environment;
use crate::plan::Plan;
use crate::results::{Action, Known, Layout, ResultsError, ResultsFolder, Sharing, read_lock, share_without_lock};

use super::definition::Definition;
use super::error::ExperimentError;
use super::known::{edited, from_before, known_ledger};
use super::observer::{Observer, Queue};
use super::preparation::{Prepared, Request};
use super::selected::Selected;

/// The result of a run.
#[derive(Debug)]
pub struct Finished {
    /// The jobs that were to run, done or not.
    pub selection: Vec<usize>,
    /// Every job's results, old and new.
    pub ledger: Ledger,
    /// How many jobs finished, failed, are left.
    pub summary: Summary,
    /// Warnings about the results.
    pub advice: Vec<Advice>,
}

/// Runs the pending jobs and updates the tables. None if it is stopped before the first.
///
/// # Errors
/// The folder or the machine. A job that fails is a row.
pub fn run(
    Selected { plan, .. }: &Selected,
    Prepared { selection, pins, inputs, failing, odd }: Prepared,
    request: &Request<'_>,
    environment: &Environment,
    observer: &dyn Observer,
    stop: &AtomicBool,
) -> Result<Option<Finished>, ExperimentError> {
    let policy = request.policy(environment);
    // nothing is written before this point: a missing input leaves no trace
    let (mut folder, known) = open(plan, request, environment, observer)?;
    if folder.is_shared() && request.submission.is_none() {
        check_inputs(folder.layout(), &pins)?;
    }
    known.notices.iter().for_each(|notice| observer.notice(notice));
    let (mut ledger, ..) = known_ledger(plan, &pins, &known, Some(stop));
    if stop.load(Ordering::Relaxed) {
        return Ok(None);
    }
    edited(folder.layout(), &ledger, plan, &known).iter().for_each(|notice| observer.notice(notice));
    from_before(&ledger, &selection, &known, environment, policy).iter().for_each(|notice| observer.notice(notice));
    let definition = Definition {
        plan,
        pins: &pins,
        environment,
        runs: !inputs.is_empty(),
        pins_all: request.shard.is_some(),
        defines: request.submission.is_none(),
        observer,
    };
    if folder.is_shared() {
        definition.write_shared(&mut folder, &ledger, false)?;
    } else {
        definition.write(&folder, &ledger)?;
        let (evaluations, rungs) = (ledger.evaluations(plan), ledger.rungs(plan));
        folder.write_tables(&ledger.records(plan), &columns(plan), evaluations.as_deref(), rungs.as_deref())?;
    }

    let watch = |event: &Event<'_>| observer.hear(event);
    let options = options(plan, &ledger, &inputs, request, environment, observer);
    let lab = Lab { plan, selection: &selection, inputs: &inputs, environment, options, watch: &watch, stop };
    let due = lab.pending(&ledger, &BTreeSet::new());
    let jobs: Vec<usize> = due.iter().flat_map(|training| &training.jobs).map(|pending_job| pending_job.job).collect();
    let work = work(plan, &due, &inputs);
    let done = |job: &&usize| !jobs.contains(job) && matches!(ledger.state(**job), State::Done(_));
    let shares = |job: &&usize| !jobs.contains(job) && jobs.iter().any(|one| ledger.key(*one) == ledger.key(**job));
    let count = |of: &dyn Fn(&&usize) -> bool| selection.iter().filter(|job| of(job)).count();
    observer.starting(&Queue {
        jobs: &jobs,
        work: &work,
        done: count(&|job| done(job) && !shares(job)),
        shared: count(&shares),
        failing: &failing,
        environment,
        at_a_time: options.jobs.get(),
        threads: options.threads.get(),
    });
    let summary = lab.run(&mut folder, &mut ledger)?;
    if folder.is_shared() && summary.is_complete() {
        definition.write_shared(&mut folder, &ledger, true)?;
    }
    folder.worker_notices().iter().for_each(|notice| observer.notice(notice));
    let sources = Sources { inputs: &inputs, lock: &pins, builtins: &BUILTINS };
    let mut advice = advice(&selection, &ledger, &sources);
    advice.extend(odd);
    if !jobs.is_empty() {
        advice.extend(unsaved_models(plan, &jobs, &Cache::of_environment(), &pins));
    }
    log_advice(&advice, &jobs, plan, &ledger, folder.layout());
    Ok(Some(Finished { selection, ledger, summary, advice }))
}

/// The work of each job that is due: that of its training, which the first of the jobs that share it does.
fn work(plan: &Plan, due: &[PendingTraining], inputs: &Inputs) -> Vec<f64> {
    let expected = expected_work(plan, inputs);
    let of = |training: &PendingTraining| {
        let first = expected.get(&training.jobs[0].job).copied().unwrap_or_default();
        std::iter::once(first).chain(std::iter::repeat_n(0.0, training.jobs.len() - 1)).collect::<Vec<_>>()
    };
    due.iter().flat_map(of).collect()
}

/// The folder: this process's alone, or shared with workers. Where it is shared, or has no locks, this process is one more
/// worker.
fn open(
    plan: &Plan,
    request: &Request<'_>,
    environment: &Environment,
    observer: &dyn Observer,
) -> Result<(ResultsFolder, Known), ExperimentError> {
    let root = request.out.join(&plan.experiment.name);
    if request.submission.is_none() {
        match ResultsFolder::open(&root) {
            Err(ResultsError::Shared { folder, by }) => {
                check_shared(plan, &Layout::new(&root), request, &by)?;
                let folder = folder.display();
                observer.notice(&format!("{folder} is shared by {by}; taking part as one more worker"));
            }
            Err(ResultsError::NoLocks { folder, source }) => {
                observer.notice(&format!(
                    "{} has no file locks ({source}); claiming each job instead, as workers of a cluster do",
                    folder.display()
                ));
                let layout = Layout::new(&root);
                if let Some(sharing) = Sharing::of(&layout) {
                    check_shared(plan, &layout, request, &sharing.text())?;
                }
                share_without_lock(&layout)?;
            }
            opened => return Ok(opened?),
        }
    }
    let beacon = Beacon {
        identity: Identity::of_this_process(),
        environment: environment.name.clone(),
        definition: environment.definition.clone(),
        submission: request.submission.map(str::to_owned),
        running: Vec::new(),
        entered: 0,
        steps: 0,
        ended: None,
        beat: 0,
    };
    let shared = Layout::new(&root).run_folder();
    let has_left = request.has_left;
    let joined = Claims::join(&shared, beacon, Box::new(has_left));
    let claims = joined.map_err(|error| ResultsError::io(Action::Write, &shared, error))?;
    Ok(ResultsFolder::join(&root, claims)?)
}

/// Whether a run may take part in the work of others: on the same experiment, and without making anew what they made.
fn check_shared(plan: &Plan, layout: &Layout, request: &Request<'_>, by: &str) -> Result<(), ExperimentError> {
    let folder = layout.root().to_owned();
    let why = if request.force || request.refresh || request.update {
        "--force, --refresh and --update need it alone"
    } else if std::fs::read_to_string(layout.experiment())
        .is_ok_and(|there| !plan.experiment.is_resolved_as(&there, layout.root()))
    {
        "its experiment.toml differs from this experiment"
    } else {
        return Ok(());
    };
    Err(ExperimentError::Shared { folder, by: by.to_owned(), why })
}

/// Whether a run beside workers reads what they read.
fn check_inputs(layout: &Layout, pins: &Lock) -> Result<(), ExperimentError> {
    let theirs = read_lock(layout)?;
    let differs = |(origin, pinned): (&Origin, &Pinned)| pins.inputs.get(origin).is_some_and(|ours| ours != pinned);
    if !theirs.inputs.iter().any(differs) {
        return Ok(());
    }
    let by = Sharing::of(layout).map_or_else(String::new, |sharing| sharing.text());
    let why = "data or a checkpoint changed since";
    Err(ExperimentError::Shared { folder: layout.root().to_owned(), by, why })
}

fn options<'e>(
    plan: &Plan,
    ledger: &Ledger,
    inputs: &Inputs,
    request: &Request<'_>,
    environment: &'e Environment,
    observer: &dyn Observer,
) -> Options<'e> {
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let threads = request.threads.unwrap_or(cores);
    let failures_allowed = request.failures_allowed;
    // jobs that share a training count once
    let mut trainings = BTreeSet::new();
    let mut is_first = |id: &Id| id.part == Part::Whole && trainings.insert(ledger.training_of(*id));
    let inputs: Inputs =
        inputs.iter().filter(|(id, _)| is_first(id)).map(|(id, inputs)| (*id, inputs.clone())).collect();
    // otherwise it would depend on the machine which jobs still run beside one that fails
    let jobs = request.jobs.unwrap_or_else(|| match failures_allowed {
        Some(_) => NonZeroUsize::MIN,
        // one job a GPU: whether more would be faster depends on the model; --jobs can ask for more
        None => NonZeroUsize::new(environment.gpus()).unwrap_or_else(|| default_jobs(plan, &inputs, threads)),
    });
    let jobs = NonZeroUsize::new(inputs.len()).map_or(jobs, |queued| jobs.min(queued));
    // a job on a GPU needs little of a thread or of the host's memory
    let jobs = if environment.uses_host() { fitting(plan, &inputs, jobs.min(threads), observer) } else { jobs };
    Options {
        jobs,
        threads,
        failures_allowed,
        policy: request.policy(environment),
        terminal: request.terminal,
        until: request.until,
    }
}

/// As many of `jobs` at a time as fit into memory, with a warning where that is fewer.
fn fitting(plan: &Plan, inputs: &Inputs, jobs: NonZeroUsize, observer: &dyn Observer) -> NonZeroUsize {
    let (fit, short) = jobs_that_fit(plan, inputs, jobs);
    if let Some((need, free)) = short.filter(|_| jobs.get() > 1) {
        let gigabytes = |bytes: u64| bytes as f64 / 1e9;
        let (need, free) = (gigabytes(need), gigabytes(free));
        observer.warning(&format!(
            "running {fit} at a time, not {jobs}: a job needs up to {need:.1} GB and {free:.1} GB are free"
        ));
    }
    fit
}
