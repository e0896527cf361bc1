//! A few steps of one training of each shape, to learn how fast they are here. They run in a temporary folder; no result is
//! written.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::files::TemporaryFolder;
use crate::ledger::Shape;
use crate::machine::Environment;
use crate::plan::{Job, Plan};
use crate::results::{Action, Calibration, Layout, ResultsError, timings};
use crate::spec::{Keep, SaveModels, Size};

use super::error::ExperimentError;
use super::observer::Observer;
use super::preparation::{Request, prepare};
use super::run::run;
use super::selected::Selected;

/// Steps of a training: enough for a pace, few enough to wait for.
const STEPS: u64 = 20;

/// Sentences that are predicted.
const SENTENCES: usize = 64;

/// Measures each shape of `jobs`, by the first job that has it, one at a time. None if it is stopped.
///
/// # Errors
/// Missing inputs, no job that can run, a temporary folder or a machine that fails.
pub fn calibrate(
    plan: &Plan,
    jobs: &[usize],
    request: &Request<'_>,
    environment: &Environment,
    observer: &dyn Observer,
    stop: &AtomicBool,
) -> Result<Option<Vec<Calibration>>, ExperimentError> {
    let selected = shortened(plan, jobs);
    let beside = std::env::temp_dir().join("runner-calibration");
    let temporary =
        TemporaryFolder::beside(&beside).map_err(|error| ResultsError::io(Action::Create, &beside, error))?;
    let one = std::num::NonZeroUsize::MIN;
    let request = Request { out: temporary.path(), jobs: Some(one), force: true, shard: None, ..request.clone() };
    let Some(ready) = prepare(&selected, &request, environment, observer, stop)? else { return Ok(None) };
    let Some(finished) = run(&selected, ready, &request, environment, observer, stop)? else { return Ok(None) };
    if finished.summary.interrupted {
        return Ok(None);
    }
    measured(&selected.plan, temporary.path(), environment).map(Some).map_err(ExperimentError::from)
}

/// The first job of each shape, cut down to a few steps and sentences.
fn shortened(plan: &Plan, jobs: &[usize]) -> Selected {
    let mut shapes = BTreeSet::new();
    let mut short: Vec<Job> = Vec::new();
    for job in jobs.iter().map(|job| &plan.jobs[*job]) {
        if job.settings.is_untrained() || !shapes.insert(Shape::of(&job.settings)) {
            continue;
        }
        let mut settings = job.settings.clone();
        settings.train.max_steps = Some(STEPS.min(settings.train.max_steps.unwrap_or(STEPS)).max(1));
        (settings.train.evaluate_every, settings.train.patience, settings.train.keep) = (None, None, Keep::Last);
        settings.save.models = SaveModels::None;
        settings.data.validation_size = Size::Rows(0);
        settings.data.test_size = match settings.data.test_size {
            Size::Rows(0) => Size::Rows(0),
            Size::Rows(rows) => Size::Rows(rows.min(SENTENCES)),
            Size::All => Size::Rows(SENTENCES),
        };
        short.push(Job { label: job.label.clone(), settings, index: short.len() });
    }
    let mut experiment = plan.experiment.clone();
    (experiment.select, experiment.evaluate) = (None, Vec::new());
    let selection = (0..short.len()).collect();
    Selected { plan: Plan { experiment, jobs: short, varied: plan.varied.clone() }, selection }
}

/// What the short trainings took.
fn measured(plan: &Plan, out: &Path, environment: &Environment) -> Result<Vec<Calibration>, ResultsError> {
    let timings = timings(&Layout::new(out.join(&plan.experiment.name)))?;
    let rows = plan.jobs.iter().filter_map(|job| {
        let timing = timings.iter().find(|timing| timing.job == job.label)?;
        let sentences = match job.settings.data.test_size {
            Size::Rows(rows) => rows.max(1),
            Size::All => 1,
        };
        Some(Calibration {
            shape: Shape::of(&job.settings).as_str().to_owned(),
            environment: environment.name.clone(),
            steps: job.settings.train.max_steps.unwrap_or(STEPS),
            steps_per_second: timing.steps_per_second?,
            load_seconds: timing.load_seconds + timing.tokenise_seconds,
            predict_seconds_per_sentence: timing.predict_seconds / sentences as f64,
            peak_memory_bytes: timing.peak_memory_bytes,
        })
    });
    Ok(rows.collect())
}
