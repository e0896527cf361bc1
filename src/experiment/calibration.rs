//! A few steps of one training of each shape, to learn how fast they are here. They run in a temporary folder; no result is
//! written.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::files::TemporaryFolder;
use crate::ledger::{Ledger, Shape};
use crate::machine::Environment;
use crate::plan::{Job, Plan};
use crate::results::{Action, Calibration, Layout, ResultsError, timings};
use crate::spec::{Keep, SaveModels, Size, Split};

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
    measured(&selected.plan, &finished.ledger, temporary.path(), environment).map(Some).map_err(ExperimentError::from)
}

/// The first job of each shape, of those that take all rows if there are such, cut down to a few steps and sentences. All of
/// a split is scored whole: how many sentences it has is not known before.
fn shortened(plan: &Plan, jobs: &[usize]) -> Selected {
    let mut shapes = BTreeSet::new();
    let mut short: Vec<Job> = Vec::new();
    let takes_all = |job: &&Job| [job.settings.data.train_size, job.settings.data.test_size].contains(&Size::All);
    let (all, others): (Vec<&Job>, Vec<&Job>) = jobs.iter().map(|job| &plan.jobs[*job]).partition(takes_all);
    for job in all.into_iter().chain(others) {
        if job.settings.is_untrained() || !shapes.insert(Shape::of(&job.settings)) {
            continue;
        }
        let mut settings = job.settings.clone();
        settings.train.max_steps = Some(STEPS.min(settings.train.max_steps.unwrap_or(STEPS)).max(1));
        (settings.train.evaluate_every, settings.train.patience, settings.train.keep) = (None, None, Keep::Last);
        settings.save.models = SaveModels::None;
        settings.train.log_every = 1;
        let few = |size: Size| match size {
            Size::Rows(rows) => Size::Rows(rows.min(SENTENCES)),
            Size::All => Size::All,
        };
        settings.data.test_size = few(settings.data.test_size);
        settings.data.validation_size = Some(few(settings.data.size(Split::Validation)));
        short.push(Job { label: job.label.clone(), settings, index: short.len() });
    }
    let mut experiment = plan.experiment.clone();
    (experiment.select, experiment.evaluate) = (None, Vec::new());
    let selection = (0..short.len()).collect();
    Selected { plan: Plan { experiment, jobs: short, varied: plan.varied.clone() }, selection }
}

/// What the short trainings took.
fn measured(
    plan: &Plan,
    ledger: &Ledger,
    out: &Path,
    environment: &Environment,
) -> Result<Vec<Calibration>, ResultsError> {
    let timings = timings(&Layout::new(out.join(&plan.experiment.name)))?;
    let rows = plan.jobs.iter().filter_map(|job| {
        let timing = timings.iter().find(|timing| timing.job == job.label)?;
        let sizes = [Split::Test, Split::Validation].map(|split| job.settings.data.size(split));
        let sentences = sizes.into_iter().try_fold(0, |sum, size| match size {
            Size::Rows(rows) => Some(sum + rows),
            Size::All => None,
        });
        let curve = ledger.record(job)?.measurements().map(|measured| measured.curve.clone()).unwrap_or_default();
        let steps_per_epoch = curve.last().map(|point| (point.step as f64 / point.epoch.value()).round());
        Some(Calibration {
            shape: Shape::of(&job.settings).as_str().to_owned(),
            environment: environment.name.clone(),
            steps: job.settings.train.max_steps.unwrap_or(STEPS),
            steps_per_second: timing.steps_per_second?,
            load_seconds: timing.load_seconds + timing.tokenise_seconds,
            predict_seconds_per_sentence: sentences
                .filter(|rows| *rows > 0)
                .map(|rows| timing.predict_seconds / rows as f64),
            predict_all_seconds: sentences.is_none().then_some(timing.predict_seconds),
            steps_per_epoch: steps_per_epoch.filter(|_| job.settings.data.train_size == Size::All),
            peak_memory_bytes: timing.peak_memory_bytes,
        })
    });
    Ok(rows.collect())
}
