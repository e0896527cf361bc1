//! `runner run`: from files to tables.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::hub::{self, Cache, Lock};
use crate::lab::{
    Advice, Foreseen, Lab, Options, Preflight, Sources, Summary, advice, default_jobs, jobs_that_fit, log_advice,
    unsaved_models,
};
use crate::ledger::{Choice, Id, Inputs, Ledger, Part, Policy, State, columns, gather, pending, wanted};
use crate::machine::{DeviceChoice, Environment, Placement, memory, place, survey};
use crate::plan::Plan;
use crate::report::{Target, failures, grouped, score_table, transfer_table};
use crate::results::{Known, Layout, ResultsFolder, replace};

use super::args::{Run, Verbosity};
use super::bars::{Downloads, Progress};
use super::experiment::{BUILTINS, Selected, load, read_lock};
use super::failure::{Ending, Failure};
use super::known::{changed_files, edited, from_before, known_ledger};
use super::signals::{Work, stop_on_signals, under_way};
use super::terminal::{answer, jobs, say, warn};
use super::width;

/// Runs every file; all are read before anything starts.
pub(super) fn run(arguments: &Run, verbosity: Verbosity) -> Result<Ending, Failure> {
    let experiments = arguments.files.iter().map(|file| load(file, &arguments.change));
    let experiments = experiments.collect::<Result<Vec<_>, _>>()?;
    for (index, one) in experiments.iter().enumerate() {
        let name = &one.plan.experiment.name;
        if experiments[..index].iter().any(|other| other.plan.experiment.name == *name) {
            let text = format!("two files would write to results/{name}; give one another `name`");
            return Err(Failure::Usage(text));
        }
    }
    for warning in experiments.iter().flat_map(|one| one.plan.warnings()) {
        warn(&warning);
    }
    let stop = stop_on_signals();
    let environment = environment(arguments.machine.device, verbosity)?;
    let mut prepared = Vec::new();
    for one in &experiments {
        match prepare(one, arguments, verbosity, &environment, stop)? {
            Some(ready) => prepared.push(ready),
            None => return Ok(interrupted_early()),
        }
    }
    let mut worst = Ending::Well;
    for (experiment, ready) in experiments.iter().zip(prepared) {
        worst = worst.max(run_experiment(experiment, ready, arguments, verbosity, &environment, stop)?);
        if worst == Ending::Interrupted {
            break;
        }
    }
    Ok(worst)
}

/// The device that is asked for, with what there is to say of it: why it is no GPU only where more is asked to be said.
fn environment(choice: DeviceChoice, verbosity: Verbosity) -> Result<Environment, Failure> {
    let (place, notices) = place(choice, survey)?;
    notices.iter().for_each(|notice| say(notice));
    if let Placement::Cpu { why_no_gpu: Some(why) } = &place
        && notices.is_empty()
        && verbosity.verbose > 0
    {
        say(&format!("no GPU: {why}"));
    }
    Ok(Environment::at(&place)?)
}

/// What an experiment runs on.
struct Ready {
    pins: Lock,
    inputs: Inputs,
    /// Jobs that will fail.
    failing: Vec<Foreseen>,
    /// What is odd in the data of the others.
    odd: Vec<Advice>,
}

/// Fetches what an experiment needs, and looks whether its jobs can run; nothing is written but to the hub's cache. None
/// if it is stopped.
fn prepare(
    Selected { plan, selection }: &Selected,
    arguments: &Run,
    verbosity: Verbosity,
    environment: &Environment,
    stop: &AtomicBool,
) -> Result<Option<Ready>, Failure> {
    let policy = policy(arguments, environment);
    let layout = Layout::new(arguments.place.out.join(&plan.experiment.name));
    let wanted = |ledger: &Ledger| wanted(ledger, selection, policy);
    under_way(Work::Fetching);
    let Some((pins, inputs)) = bring(plan, &layout, arguments, verbosity, &wanted, stop)? else { return Ok(None) };
    if inputs.is_empty() {
        return Ok(Some(Ready { pins, inputs, failing: Vec::new(), odd: Vec::new() }));
    }
    let (ledger, ..) = known_ledger(plan, &pins, &Known::read(&layout)?, Some(stop));
    if stop.load(Ordering::Relaxed) {
        return Ok(None);
    }
    memory::check_room()?;
    let due = pending(&ledger, selection, policy, &BTreeSet::new());
    let Preflight { failing, none_can_run, odd } = Preflight::of(selection, &ledger, &due, &inputs, environment);
    if none_can_run {
        return Err(Failure::NoneCanRun { name: plan.experiment.name.clone(), why: foreseen(plan, &failing) });
    }
    Ok(Some(Ready { pins, inputs, failing, odd }))
}

/// Jobs that will fail, a line each problem.
fn foreseen(plan: &Plan, failing: &[Foreseen]) -> Vec<String> {
    let line = |one: &Foreseen| (plan.jobs[one.job].label.as_str(), one.to_string());
    grouped(&failing.iter().map(line).collect::<Vec<_>>())
}

fn policy<'a>(arguments: &Run, environment: &'a Environment) -> Policy<'a> {
    Policy { force: arguments.force, refresh: arguments.refresh.then_some(environment.name.as_str()) }
}

fn run_experiment(
    Selected { plan, selection }: &Selected,
    Ready { pins, inputs, failing, odd }: Ready,
    arguments: &Run,
    verbosity: Verbosity,
    environment: &Environment,
    stop: &AtomicBool,
) -> Result<Ending, Failure> {
    let root = arguments.place.out.join(&plan.experiment.name);
    let policy = policy(arguments, environment);
    // only now is anything written: an input that is not to be had leaves no trace
    let (mut folder, known) = ResultsFolder::open(&root)?;
    known.notices.iter().for_each(|notice| say(notice));
    let (mut ledger, ..) = known_ledger(plan, &pins, &known, Some(stop));
    if stop.load(Ordering::Relaxed) {
        return Ok(interrupted_early());
    }
    edited(folder.layout(), &ledger, plan, &known).iter().for_each(|notice| say(notice));
    from_before(&ledger, selection, &known, environment, policy).iter().for_each(|notice| say(notice));
    write_definition(plan, &folder, &pins, environment, &ledger, !inputs.is_empty())?;
    folder.write_tables(&ledger.records(plan), &columns(plan), ledger.evaluations(plan).as_deref())?;

    let progress = Progress::new(plan, verbosity);
    let watch = |event: &crate::lab::Event<'_>| progress.hear(event);
    let options = options(plan, &ledger, &inputs, arguments, environment, verbosity, policy);
    let lab = Lab { plan, selection, inputs: &inputs, environment, options, watch: &watch, stop };
    let due = lab.pending(&ledger, &BTreeSet::new());
    let queue: Vec<usize> = due.iter().flat_map(|training| &training.jobs).map(|pending_job| pending_job.job).collect();
    let done = |job: &&usize| !queue.contains(job) && matches!(ledger.state(**job), State::Done(_));
    let shares = |job: &&usize| !queue.contains(job) && queue.iter().any(|one| ledger.key(*one) == ledger.key(**job));
    let count = |of: &dyn Fn(&&usize) -> bool| selection.iter().filter(|job| of(job)).count();
    let shared = count(&shares);
    let done = count(&|job| done(job) && !shares(job));
    progress.planned(&queue, done, shared, environment, options.jobs.get(), options.threads.get());
    progress.foreseen(&foreseen(plan, &failing), failing.iter().map(|one| &one.failure));
    under_way(Work::Jobs);
    let summary = lab.run(&mut folder, &mut ledger)?;
    drop(progress);
    let ending = conclude(plan, selection, &ledger, summary, &root, verbosity)?;
    let sources = Sources { inputs: &inputs, lock: &pins, builtins: &BUILTINS };
    let mut said = advice(selection, &ledger, &sources);
    said.extend(odd);
    if !queue.is_empty() {
        said.extend(unsaved_models(plan, &queue, &Cache::of_environment(), &pins));
    }
    said.iter().for_each(|advice| warn(&advice.text(selection.len())));
    log_advice(&said, &queue, &ledger, folder.layout());
    Ok(ending)
}

/// Nothing has begun that would have to be ended.
fn interrupted_early() -> Ending {
    say("interrupted; run the same command to resume");
    Ending::Interrupted
}

/// Fetches the inputs of what may run; with the lock that pins them. None if it is stopped.
fn bring(
    plan: &Plan,
    layout: &Layout,
    arguments: &Run,
    verbosity: Verbosity,
    wanted: &dyn Fn(&Ledger) -> Vec<Id>,
    stop: &AtomicBool,
) -> Result<Option<(Lock, Inputs)>, Failure> {
    let mut pins = read_lock(layout)?;
    let start = if arguments.update { Lock::default() } else { pins.clone() };
    let known = Known::read(layout)?;
    let (ledger, changed, local) = known_ledger(plan, &start, &known, Some(stop));
    if stop.load(Ordering::Relaxed) {
        return Ok(None);
    }
    pins.inputs.extend(local.inputs);
    let wanted = wanted(&ledger);
    changed_files(plan, &changed, &wanted, &known).iter().for_each(|notice| say(notice));
    if wanted.is_empty() {
        return Ok(Some((pins, Inputs::new())));
    }
    let downloads = Downloads::new(verbosity);
    let options = hub::Options {
        offline: arguments.offline,
        update: arguments.update,
        without_weights: false,
        builtins: &BUILTINS,
        stop: Some(stop),
        beside: plan.experiment.file.parent(),
    };
    let gathered = gather(&ledger, &wanted, &pins, options, &mut |event| downloads.hear(event));
    let (lock, inputs) = match gathered {
        Err(errors) if errors.iter().any(|error| error.problem.is_interruption()) => return Ok(None),
        gathered => gathered.map_err(Failure::Fetch)?,
    };
    pins.extend(&lock);
    Ok(Some((pins, inputs)))
}

/// Prints what came of it, and says how the command ends.
fn conclude(
    plan: &Plan,
    selection: &[usize],
    ledger: &Ledger,
    summary: Summary,
    root: &Path,
    verbosity: Verbosity,
) -> Result<Ending, Failure> {
    let has_result = |job: &usize| !matches!(ledger.state(*job), State::New);
    if !verbosity.quiet && selection.iter().any(has_result) {
        let width = width::of_answers(usize::MAX);
        answer(&score_table(plan, ledger, selection, width))?;
        let result = |job, target| match target {
            Target::Own => ledger.outcome(job),
            Target::Set(set) => ledger.outcome_of(Id { job, part: Part::Set(set) }),
        };
        let lost = |job: &usize| ledger.choice(*job).is_some_and(|choice| choice != Choice::Won);
        let sources: Vec<usize> = selection.iter().copied().filter(|job| !lost(job)).collect();
        answer(&transfer_table(plan, &sources, width, result))?;
        say(&format!("tables: {}", root.join("results.csv").display()));
    }
    if verbosity.quiet {
        failures(plan, ledger, selection).iter().for_each(|failure| say(&format!("failed: {failure}")));
    }
    if summary.interrupted {
        say(&format!("interrupted with {} left; the same command goes on", jobs(summary.left)));
        return Ok(Ending::Interrupted);
    }
    if summary.left > 0 {
        say(&format!("stopped after {} failed, with {} left", jobs(summary.failed), jobs(summary.left)));
    }
    let mut shown = selection.iter().flat_map(|job| ledger.shown(*job));
    let failed = shown.any(|id| matches!(ledger.state_of(id), State::Failed(_)));
    Ok(if failed { Ending::JobsFailed } else { Ending::Well })
}

/// Writes experiment.toml and lock.toml: what the rows are made from, and nothing that left the plan.
fn write_definition(
    plan: &Plan,
    folder: &ResultsFolder,
    pins: &Lock,
    environment: &Environment,
    ledger: &Ledger,
    runs: bool,
) -> Result<(), Failure> {
    let layout = folder.layout();
    let mut lock = pins.only(ledger.all_settings());
    let records = ledger.records(plan);
    if runs {
        let before = lock.environments.insert(environment.name.clone(), environment.definition.clone());
        let has_rows = records.iter().any(|record| record.outcome.environment == environment.name);
        if let Some(changes) = before.filter(|_| has_rows).and_then(|before| environment.changes(&before)) {
            say(&format!("{}: {changes} since rows here were made; --force makes them anew", environment.name));
        }
    }
    let used =
        |name: &String| records.iter().any(|r| r.outcome.environment == *name) || (runs && *name == environment.name);
    lock.environments.retain(|name, _| used(name));
    replace(&layout.experiment(), plan.experiment.resolved_toml(layout.root()).as_bytes())?;
    replace(&layout.lock_toml(), lock.to_toml().as_bytes())?;
    Ok(())
}

fn options<'a>(
    plan: &Plan,
    ledger: &Ledger,
    inputs: &Inputs,
    arguments: &Run,
    environment: &Environment,
    verbosity: Verbosity,
    policy: Policy<'a>,
) -> Options<'a> {
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let threads = arguments.machine.threads.unwrap_or(cores);
    let failures_allowed = arguments.failures_allowed();
    // jobs that share a training are one to the machine
    let mut trainings = BTreeSet::new();
    let mut is_first = |id: &Id| id.part == Part::Whole && trainings.insert(ledger.training_of(*id));
    let inputs: Inputs =
        inputs.iter().filter(|(id, _)| is_first(id)).map(|(id, inputs)| (*id, inputs.clone())).collect();
    // which jobs still run beside one that fails would be a matter of the machine
    let jobs = arguments.machine.jobs.unwrap_or_else(|| match failures_allowed {
        Some(_) => NonZeroUsize::MIN,
        // a job a GPU: how many more would be faster is a matter of the model, which --jobs can say
        None => NonZeroUsize::new(environment.gpus()).unwrap_or_else(|| default_jobs(plan, &inputs, threads)),
    });
    let jobs = NonZeroUsize::new(inputs.len()).map_or(jobs, |queued| jobs.min(queued));
    // a GPU's job needs little of a thread, nor of the host's memory
    let jobs = if environment.gpus() == 0 { fitting(plan, &inputs, jobs.min(threads)) } else { jobs };
    Options { jobs, threads, failures_allowed, policy, terminal: verbosity.log_level() }
}

/// As many of `jobs` at a time as memory holds; where that is fewer, it is said.
fn fitting(plan: &Plan, inputs: &Inputs, jobs: NonZeroUsize) -> NonZeroUsize {
    let (fit, short) = jobs_that_fit(plan, inputs, jobs);
    if let Some((need, free)) = short.filter(|_| jobs.get() > 1) {
        let gigabytes = |bytes: u64| bytes as f64 / 1e9;
        let (need, free) = (gigabytes(need), gigabytes(free));
        warn(&format!("{fit} at a time, not {jobs}: a job needs up to {need:.1} GB, {free:.1} GB are free"));
    }
    fit
}
