//! `runner run`.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::cluster;
use crate::experiment::{self, Finished, Observer, Queue, Request, Selected};
use crate::hub;
use crate::lab::{Event, Foreseen, Summary};
use crate::ledger::{Id, Ledger, Part, Selection, State};
use crate::machine::{DeviceChoice, Environment, Placement, place, survey};
use crate::overview::Source;
use crate::plan::Plan;
use crate::report::{Target, evaluation_table, failures, grouped, score_table};
use crate::results::{Layout, Snapshot};

use super::args::{Machine, Run, Verbosity};
use super::downloads::Downloads;
use super::failure::{Ending, Failure};
use super::page;
use super::progress::Progress;
use super::signals::{Work, stop_on_signals, under_way};
use super::terminal::{answer, gap, jobs, say, warn};

/// Runs every file; all are read before anything starts.
pub(super) fn run(arguments: &Run, verbosity: Verbosity) -> Result<Ending, Failure> {
    let experiments = arguments.files.iter().map(|file| arguments.change.load(file, &arguments.place));
    let experiments = experiments.collect::<Result<Vec<_>, _>>()?;
    for (index, one) in experiments.iter().enumerate() {
        let name = &one.plan.experiment.name;
        if experiments[..index].iter().any(|other| other.plan.experiment.name == *name) {
            let text = format!("two files would write to results/{name}; set `name` in one of them");
            return Err(Failure::Usage(text));
        }
    }
    for warning in experiments.iter().flat_map(|one| one.plan.warnings()) {
        warn(&warning);
    }
    let stop = stop_on_signals();
    let environment = environment(arguments.machine.device, verbosity)?;
    let request = request(arguments, verbosity);
    let mut prepared = Vec::new();
    for one in &experiments {
        under_way(Work::Fetching);
        let screen = Screen::new(&one.plan, verbosity);
        match experiment::prepare(one, &request, &environment, &screen, stop) {
            Ok(Some(ready)) => prepared.push(ready),
            Ok(None) => return Ok(interrupted_early()),
            Err(error) => return Err(error.into()),
        }
    }
    let mut worst = Ending::Well;
    for (one, ready) in experiments.iter().zip(prepared) {
        let screen = Screen::new(&one.plan, verbosity);
        let finished = experiment::run(one, ready, &request, &environment, &screen, stop)?;
        drop(screen);
        let Some(finished) = finished else { return Ok(interrupted_early()) };
        if finished.summary.is_complete() {
            let layout = Layout::new(arguments.place.out.join(&one.plan.experiment.name));
            cluster::finish_submissions(&layout, &finished.ledger, &finished.selection)?;
        }
        worst = worst.max(conclude(one, &finished, arguments, verbosity)?);
        if worst == Ending::Interrupted {
            break;
        }
    }
    Ok(worst)
}

fn request(arguments: &Run, verbosity: Verbosity) -> Request<'_> {
    Request {
        shard: arguments.shard,
        force: arguments.force,
        refresh: arguments.refresh,
        update: arguments.update,
        offline: arguments.offline,
        jobs: arguments.machine.jobs,
        threads: arguments.machine.threads,
        failures_allowed: arguments.failures_allowed(),
        has_left: cluster::has_left,
        ..Request::new(&arguments.place.out, verbosity.log_level())
    }
}

/// Of jobs that are trained again beside their results, into a folder that the library chooses.
pub(super) fn request_again(machine: &Machine, offline: bool, verbosity: Verbosity) -> Request<'static> {
    let Machine { jobs, threads, .. } = *machine;
    Request { force: true, offline, jobs, threads, ..Request::new(Path::new(""), verbosity.log_level()) }
}

/// Jobs that will fail, a line each problem.
pub(super) fn reasons(plan: &Plan, failing: &[Foreseen]) -> Vec<String> {
    let line = |one: &Foreseen| (plan.jobs[one.job].label.as_str(), one.to_string());
    grouped(&failing.iter().map(line).collect::<Vec<_>>())
}

/// The device requested, with its notices: why it is no GPU only under -v.
pub(super) fn environment(choice: DeviceChoice, verbosity: Verbosity) -> Result<Environment, Failure> {
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

/// Shows one experiment on the screen.
pub(super) struct Screen<'p> {
    plan: &'p Plan,
    verbosity: Verbosity,
    downloads: Mutex<Option<Downloads>>,
    progress: Progress,
}

impl<'p> Screen<'p> {
    pub(super) fn new(plan: &'p Plan, verbosity: Verbosity) -> Self {
        Self { plan, verbosity, downloads: Mutex::default(), progress: Progress::new(plan, verbosity) }
    }
}

impl Observer for Screen<'_> {
    fn notice(&self, text: &str) {
        say(text);
    }

    fn warning(&self, text: &str) {
        warn(text);
    }

    fn fetching(&self, event: hub::FetchEvent<'_>) {
        let mut downloads = self.downloads.lock().unwrap_or_else(PoisonError::into_inner);
        downloads.get_or_insert_with(|| Downloads::new(self.verbosity)).hear(event);
    }

    fn fetched(&self) {
        *self.downloads.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn starting(&self, queue: &Queue<'_>) {
        self.progress.planned(queue);
        self.progress.foreseen(&reasons(self.plan, queue.failing), queue.failing.iter().map(|one| &one.failure));
        under_way(Work::Jobs);
    }

    fn hear(&self, event: &Event<'_>) {
        self.progress.hear(event);
    }
}

/// Interrupted before the first job.
pub(super) fn interrupted_early() -> Ending {
    say("interrupted; run the same command to resume");
    Ending::Interrupted
}

/// Prints tables and warnings, and returns how the command ends.
fn conclude(
    Selected { plan, .. }: &Selected,
    Finished { selection, ledger, summary, advice }: &Finished,
    arguments: &Run,
    verbosity: Verbosity,
) -> Result<Ending, Failure> {
    let has_result = |job: &usize| !matches!(ledger.state(*job), State::New);
    if verbosity.quiet {
        failures(plan, ledger, selection)
            .iter()
            .for_each(|failure| say(&format!("{}: {failure}", page::of_messages(usize::MAX).bad("failed"))));
    } else if selection.iter().any(has_result) {
        gap();
        show_tables(plan, selection, ledger, &arguments.place.out)?;
        gap();
    }
    advice.iter().for_each(|advice| warn(&advice.text(selection.len())));
    if !verbosity.quiet && selection.iter().any(has_result) {
        say(&format!("tables in {}", arguments.place.out.join(&plan.experiment.name).display()));
    }
    if arguments.shard.is_some() && selection.iter().any(|job| ledger.selection(*job) == Some(Selection::Open)) {
        say(
            "no shard knows which jobs are selected: merge the shards with `runner merge`, then run again without --shard; \
             that scores the selected jobs on the test set",
        );
    }
    Ok(ending(selection, ledger, *summary))
}

fn show_tables(plan: &Plan, selection: &[usize], ledger: &Ledger, out: &Path) -> Result<(), Failure> {
    let page = page::of_answers(usize::MAX);
    let files = Snapshot::open(&out.join(&plan.experiment.name));
    let files = files.inspect_err(|error| warn(&format!("no intervals over test sentences: {error}"))).ok();
    let source = Source::of_experiment(&plan.experiment, files);
    answer(&score_table(plan, ledger, selection, source, page)?)?;
    let result = |job, target| match target {
        Target::Own => ledger.outcome(job),
        Target::Set(set) => ledger.outcome_of(Id { job, part: Part::Set(set) }),
    };
    let lost = |job: &usize| ledger.selection(*job).is_some_and(|selection| selection != Selection::Won);
    let sources: Vec<usize> = selection.iter().copied().filter(|job| !lost(job)).collect();
    answer(&evaluation_table(plan, &sources, page, result))
}

/// Reports what is left, and returns how the command ends.
fn ending(selection: &[usize], ledger: &Ledger, summary: Summary) -> Ending {
    if summary.interrupted {
        say(&format!("interrupted, {} left; run the same command to resume", jobs(summary.left)));
        return Ending::Interrupted;
    }
    if summary.elsewhere > 0 {
        say(&format!("{} at other workers; `runner status` shows them", jobs(summary.elsewhere)));
    }
    if summary.left > 0 {
        say(&format!("stopped after {} failed; {} left", jobs(summary.failed), jobs(summary.left)));
    }
    let waiting = selection.iter().filter(|job| ledger.waits(**job)).count();
    if waiting > 0 {
        let wait = if waiting == 1 { "waits" } else { "wait" };
        say(&format!("{} {wait} at a rung for others; run without --only", jobs(waiting)));
    }
    let mut shown = selection.iter().flat_map(|job| ledger.shown(*job));
    let failed = shown.any(|id| matches!(ledger.state_of(id), State::Failed(_)));
    if failed { Ending::JobsFailed } else { Ending::Well }
}
