//! `runner plan`.

use std::collections::BTreeMap;

use crate::experiment::{edited, known_ledger};
use crate::hub::Cache;
use crate::lab::{LocalFiles, Sources, advice, unsaved_models};
use crate::ledger::{BUILTINS, Estimates, Inputs, JobStatus, Policy, State, Statuses, steps_with_beginnings};
use crate::machine::{DeviceChoice, Environment, place, survey};
use crate::plan::{Job, Plan};
use crate::report::{PlanLine, plan_text, steps_text};
use crate::results::{Known, Layout, read_lock};
use crate::spec::{self, Overrides, Precision};

use super::args::{self, Verbosity};
use super::calibrate::calibrate;
use super::estimates::{expected, known_calibrations, known_timings, pending_trainings};
use super::failure::{Ending, Failure};
use super::page;
use super::terminal::{answer, say, warn};

/// Columns of the answer off a terminal.
const WIDTH: usize = 100;

/// The default environment, looked for only if a job needs bf16.
fn default_environment(plan: &Plan) -> Option<Environment> {
    plan.jobs.iter().find(|job| job.settings.train.precision == Precision::Bf16)?;
    let (place, _) = place(DeviceChoice::Auto, survey).ok()?;
    Environment::at(&place).ok()
}

/// Prints the jobs with their status.
pub(super) fn plan(arguments: &args::Plan, verbosity: Verbosity) -> Result<Ending, Failure> {
    let selected = arguments.change.load(&arguments.file, &arguments.place)?;
    let plan = &selected.plan;
    plan.warnings().iter().for_each(|warning| warn(warning));
    let layout = Layout::new(arguments.place.out.join(&plan.experiment.name));
    let known = Known::read(&layout)?;
    known.notices.iter().for_each(|notice| say(notice));
    let lock = read_lock(&layout)?;
    let (ledger, changed, _) = known_ledger(plan, &lock, &known, None);
    edited(&layout, &ledger, plan, &known).iter().for_each(|notice| say(notice));
    // the experiment as it was last run here, if it was
    let earlier = spec::load(&layout.experiment(), &Overrides::default()).and_then(Plan::expand).ok();
    let cache = Cache::of_environment();
    let (files, environment) = (LocalFiles::new(&cache, &lock, &BUILTINS), default_environment(plan));
    let unfit = |job: &Job, state: State<'_>| files.unfit(job, state, &ledger, environment.as_ref());
    let statuses =
        Statuses { ledger: &ledger, layout: &layout, earlier: earlier.as_ref(), changed: &changed, unfit: &unfit };
    let due = pending_trainings(&ledger, &selected.selection, Policy::default());
    if arguments.calibrate
        && let Some(ending) = calibrate(&selected, &due, arguments, verbosity)?
    {
        return Ok(ending);
    }
    let (timings, calibrations) = (known_timings(&layout), known_calibrations(&layout));
    let estimates = Estimates::new((plan, &ledger, &layout), &timings, &calibrations, None);
    let estimate = |job: &Job| estimates.as_ref().filter(|_| due.contains(&job.index))?.of(job.index);
    let seconds: BTreeMap<&str, f64> = timings.iter().map(|t| (t.job.as_str(), t.train_seconds)).collect();
    let mut ending = Ending::Well;
    let lines = selected.selection.iter().map(|index| &plan.jobs[*index]).map(|job| {
        let status = statuses.of(job);
        // the time of a label is this job's only if it ran with these settings
        let has_run = !matches!(status, JobStatus::Invalid(_) | JobStatus::Changed(_) | JobStatus::New);
        let state = status.to_string();
        let reason = if let JobStatus::Invalid(reason) = status { Some(reason) } else { None };
        if reason.is_some() {
            ending = Ending::JobsFailed;
        }
        PlanLine {
            label: job.label.clone(),
            state,
            reason,
            steps: job.settings.steps(),
            disk: files.disk(&job.settings),
            seconds: seconds.get(job.label.as_str()).copied().filter(|_| has_run),
            expected: estimate(job).map(|estimate| estimate.seconds()),
            memory: estimate(job).and_then(|estimate| estimate.memory),
        }
    });
    let lines: Vec<PlanLine> = lines.collect();
    let expected = expected(estimates.as_ref(), &due);
    answer(&plan_text(&lines, expected.as_ref(), &statuses.gone(plan, &known.rows), page::of_answers(WIDTH)))?;
    let halving = plan.experiment.select.as_ref().and_then(|select| select.halving);
    let rungs = halving.zip(plan.steps_with_rungs()).map(|(halving, steps)| (halving.first_rung, steps));
    let shared = steps_with_beginnings(&ledger, &selected.selection);
    steps_text(rungs, shared, page::of_answers(WIDTH)).map_or(Ok(()), |text| answer(&text))?;
    let inputs = Inputs::new();
    let sources = Sources { inputs: &inputs, lock: &lock, builtins: &BUILTINS };
    let mut said = advice(&selected.selection, &ledger, &sources);
    said.extend(files.odd());
    said.extend(unsaved_models(plan, &selected.selection, &cache, &lock));
    said.iter().for_each(|advice| warn(&advice.text(selected.selection.len())));
    Ok(ending)
}
