//! `runner submit`.

use crate::cluster::{Accepted, Asked, Draft, Standing, WorkOptions, Written, cluster_of, schedule};
use crate::experiment::{self, Request};
use crate::machine::Environment;
use crate::words::counted;

use super::args::{Submit, Verbosity};
use super::estimates::{expected_of, pending_trainings};
use super::failure::{Ending, Failure};
use super::run::{Screen, interrupted_early, reasons};
use super::signals::stop_on_signals;
use super::terminal::{answer, jobs, say, warn};

/// What an environment is called that only the workers know.
const UNKNOWN: &str = "the environment of the workers";

/// Submits an experiment, or prints what would be submitted.
pub(super) fn submit(arguments: &Submit, verbosity: Verbosity) -> Result<Ending, Failure> {
    if cfg!(windows) {
        let text = "a submission holds this program and a script for bash, and nodes of a cluster run neither from Windows; \
                    submit on a login node";
        return Err(Failure::Environment(text.to_owned()));
    }
    let selected = arguments.change.load(&arguments.file, &arguments.place)?;
    let (plan, selection) = (&selected.plan, &selected.selection);
    let cluster = cluster_of(&plan.experiment)?;
    if let Some(odd) = arguments.sbatch.iter().find(|option| option.contains(char::is_control)) {
        return Err(Failure::Usage(format!("{odd:?} cannot be an option of sbatch: it has a control character")));
    }
    let ours = |option: &&String| {
        ["-J", "-a"].iter().any(|short| option.starts_with(short))
            || ["--job-name", "--array"].iter().any(|long| option.split('=').next() == Some(long))
    };
    if let Some(option) = arguments.sbatch.iter().find(ours) {
        let text = format!(
            "{option} is runner's own: workers are found by the name of their job; use --workers for their number"
        );
        return Err(Failure::Usage(text));
    }
    plan.warnings().iter().for_each(|warning| warn(warning));
    let stop = stop_on_signals();
    let environment = Environment::elsewhere(arguments.environment.as_deref().unwrap_or(UNKNOWN));
    let request = request(arguments, verbosity);
    let screen = Screen::new(plan, verbosity);
    let prepared = experiment::prepare(&selected, &request, &environment, &screen, stop)?;
    drop(screen);
    let Some(prepared) = prepared else { return Ok(interrupted_early()) };
    let failing = reasons(plan, prepared.failing());
    failing.iter().for_each(|line| warn(&format!("will fail: {line}")));
    prepared.odd().iter().for_each(|advice| warn(&advice.text(selection.len())));
    let asked = Asked {
        selected: &selected,
        prepared: &prepared,
        out: &arguments.place.out,
        options: options(arguments),
        policy: request.policy(&environment),
        cluster,
        arguments: &arguments.sbatch,
        workers: arguments.workers.map(usize::from),
        script_only: arguments.script_only,
    };
    let Some(draft) = Draft::of(asked)? else {
        say(&format!("all {} are already done; nothing is submitted", jobs(selection.len())));
        return Ok(Ending::Well);
    };
    if arguments.dry_run {
        return answer(draft.script()).map(|()| Ending::Well);
    }
    let due = pending_trainings(draft.ledger(), selection, request.policy(&environment));
    let expected = expected_of(plan, draft.ledger(), draft.layout(), &due);
    expected.iter().flat_map(|expected| expected.text(draft.submission().workers)).for_each(|line| say(&line));
    let (activity, lock) = draft.look()?;
    if let Some(found) = activity.standing.iter().find(|standing| standing.is_found) {
        say_found(found);
        return Ok(Ending::Well);
    }
    let written = draft.write(&activity, lock)?;
    written.notices.iter().for_each(|notice| say(notice));
    if arguments.script_only {
        return answer(&by_hand(&written)).map(|()| Ending::Well);
    }
    say_accepted(arguments, &written, &schedule(&written)?);
    Ok(Ending::Well)
}

/// What is fetched and looked at before: no job runs here.
fn request(arguments: &Submit, verbosity: Verbosity) -> Request<'_> {
    Request {
        force: arguments.force,
        refresh: arguments.refresh,
        update: arguments.update,
        offline: arguments.offline,
        ..Request::new(&arguments.place.out, verbosity.log_level())
    }
}

fn options(arguments: &Submit) -> WorkOptions {
    WorkOptions {
        device: arguments.machine.device.to_string(),
        jobs: arguments.machine.jobs,
        threads: arguments.machine.threads,
        force: arguments.force,
        refresh: arguments.refresh,
        environment: arguments.environment.clone(),
        only: arguments.change.only.clone(),
        failures_allowed: arguments.failures_allowed(),
    }
}

/// An earlier submission whose reply was lost.
fn say_found(Standing { submission, scheduled, .. }: &Standing) {
    let jobs = scheduled.iter().flat_map(|scheduled| scheduled.jobs.clone()).collect::<Vec<_>>().join(", ");
    let workers = counted(scheduled.as_ref().map_or(0, |scheduled| scheduled.workers), "worker");
    let id = &submission.id;
    say(&format!("the reply to submission {id} was lost, but Slurm has it: job {jobs} with {workers}"));
    say("nothing is submitted again; to add workers, run the same command once more");
}

fn say_accepted(arguments: &Submit, Written { submission, .. }: &Written, accepted: &Accepted) {
    accepted.notices.iter().for_each(|notice| warn(notice));
    let folder = arguments.place.out.join(&submission.experiment);
    let (trainings, workers) = (counted(submission.trainings, "training"), counted(accepted.workers, "worker"));
    let job = if accepted.jobs.len() == 1 { "job" } else { "jobs" };
    let (id, ids) = (&submission.id, accepted.jobs.join(", "));
    say(&format!("submitted {}: {workers} for {trainings}, {job} {ids}, submission {id}", submission.experiment));
    say(&format!("watch it: runner status {}", folder.display()));
    say(&format!("cancel it: runner cancel {}", folder.display()));
    say("resume it, or add workers: the same command again");
}

/// How workers are started without Slurm.
fn by_hand(Written { submission, folder, .. }: &Written) -> String {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
    let (folder, id) = (folder.display(), &submission.id);
    let (trainings, workers) = (counted(submission.trainings, "training"), counted(submission.workers, "worker"));
    format!(
        "submission {id} is written: {trainings}, {workers}. Each of them runs\n\n    {folder}/runner work {folder}\n\n\
         on a machine that sees this folder and the inputs, as many and as often as you like. Exit status 75: stopped \
         before\nits end, start it again. {folder}/job.sh does that under Slurm.\n"
    )
}
