//! `runner plan`: what would run, and what is done.

use std::collections::BTreeMap;

use crate::hub::Lock;
use crate::lab::{Ledger, State, learned_bytes};
use crate::model::Config;
use crate::model::builtin;
use crate::plan::{Job, Plan};
use crate::report::{PlanLine, plan_text};
use crate::results::{Known, Layout, Record, read_tables, timings};
use crate::spec::{self, Freeze, Overrides, Settings, Size, Source};
use crate::train::{Itinerary, checkpoint};

use super::answer;
use super::args;
use super::failure::{Ending, Failure};
use super::run::{BUILTINS, known_ledger, load, read_lock};

/// Prints the jobs with their states.
pub(super) fn plan(arguments: &args::Plan) -> Result<Ending, Failure> {
    let selected = load(&arguments.file, &arguments.change)?;
    let plan = &selected.plan;
    let layout = Layout::new(arguments.place.out.join(&plan.experiment.name));
    let known = Known::read(&layout)?;
    let lock: Lock = read_lock(&layout)?;
    let ledger = known_ledger(plan, &lock, &known);
    let earlier = earlier_jobs(&layout);
    let seconds: BTreeMap<String, f64> = timings(&layout)?.into_iter().map(|t| (t.job, t.train_seconds)).collect();
    let lines: Vec<PlanLine> = selected
        .selection
        .iter()
        .map(|index| {
            let job = &plan.jobs[*index];
            PlanLine {
                label: job.label.clone(),
                state: state(job, &ledger, &earlier, &layout),
                steps: steps(&job.settings),
                disk: disk(&job.settings),
                seconds: seconds.get(&job.label).copied(),
            }
        })
        .collect();
    let rows = read_tables(&layout)?.unwrap_or_default().records;
    answer(&plan_text(&lines, &gone(plan, &rows, &ledger)));
    Ok(Ending::Well)
}

/// The jobs of the experiment as it was last run here, by label.
fn earlier_jobs(layout: &Layout) -> BTreeMap<String, Settings> {
    let before = spec::load(&layout.experiment(), &Overrides::default()).and_then(Plan::expand);
    before.map(|plan| plan.jobs.into_iter().map(|job| (job.label, job.settings)).collect()).unwrap_or_default()
}

fn state(job: &Job, ledger: &Ledger, earlier: &BTreeMap<String, Settings>, layout: &Layout) -> String {
    if let Some(reason) = invalid(&job.settings) {
        return format!("invalid: {reason}");
    }
    match ledger.state(job.index) {
        State::Done(outcome) => format!("done ({})", outcome.environment),
        State::Failed(_) => "failed, to be tried again".to_owned(),
        State::New => partial(job, ledger, layout).unwrap_or_else(|| match earlier.get(&job.label) {
            Some(before) => changed(before, &job.settings),
            None => "new".to_owned(),
        }),
    }
}

/// How far a job's checkpoint came.
fn partial(job: &Job, ledger: &Ledger, layout: &Layout) -> Option<String> {
    let milestone = checkpoint::peek(&layout.checkpoint(ledger.key(job.index)?.as_str())).ok().flatten()?;
    Some(format!("partial (step {} of {})", milestone.step, milestone.total))
}

/// Which keys differ from the job of that label as it was last run.
fn changed(before: &Settings, now: &Settings) -> String {
    let before: BTreeMap<_, _> = before.entries().collect();
    let now: BTreeMap<_, _> = now.entries().collect();
    let differs = |key: &&spec::KeyPath| before.get(key) != now.get(key);
    let bears = |key: &&spec::KeyPath| key.known().bearing != spec::Bearing::Never;
    let mut keys: Vec<_> = before.keys().chain(now.keys()).filter(differs).filter(bears).map(|k| k.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() { "new".to_owned() } else { format!("changed: {}", keys.join(", ")) }
}

/// What can be seen to be wrong without fetching anything.
fn invalid(settings: &Settings) -> Option<String> {
    for (source, what) in [(&settings.data.dataset, "data.dataset"), (&settings.model.checkpoint, "model.checkpoint")] {
        match source {
            Source::Folder { written, path } if !path.is_dir() => {
                return Some(format!("{what}: there is no folder {written}"));
            }
            Source::Builtin(name) if BUILTINS.iter().all(|known| known.name != name) => {
                return Some(format!("{what}: there is no builtin:{name}"));
            }
            _ => {}
        }
    }
    let config = config(settings)?;
    if settings.model.max_length > config.longest() {
        return Some(format!("model.max_length is beyond the checkpoint's {}", config.longest()));
    }
    match settings.model.freeze {
        Freeze::Layers(n) if n > config.layers => Some(format!("model.freeze is beyond its {} layers", config.layers)),
        _ => None,
    }
}

/// The checkpoint's configuration, if it lies on this machine under a known path.
fn config(settings: &Settings) -> Option<Config> {
    match &settings.model.checkpoint {
        Source::Builtin(name) => builtin::config(name),
        Source::Folder { path, .. } => Config::read(&path.join("config.json")).ok(),
        Source::Hub(_) => None,
    }
}

fn steps(settings: &Settings) -> Option<u64> {
    match settings.data.train_size {
        Size::Rows(rows) => Some(Itinerary::new(rows, &settings.train).total),
        Size::All => settings.train.max_steps,
    }
}

/// Bytes of the model that the job keeps.
fn disk(settings: &Settings) -> Option<u64> {
    Some(learned_bytes(&config(settings)?, settings.model.freeze))
}

/// Labels of rows that the next run takes out of the tables: no job has their label or their key.
fn gone(plan: &Plan, rows: &[Record], ledger: &Ledger) -> Vec<String> {
    let stays = |row: &&Record| {
        plan.jobs.iter().any(|job| {
            job.label == row.label || ledger.key(job.index).is_some_and(|key| key.as_str() == row.outcome.key)
        })
    };
    rows.iter().filter(|row| !stays(row)).map(|row| row.label.clone()).collect()
}
