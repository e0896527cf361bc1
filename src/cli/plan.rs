//! `runner plan`: what would run, and what is done.

use std::collections::BTreeMap;

use crate::hub::Cache;
use crate::lab::{Corpora, Inputs, Outlook, Sources, Standing, advice, steps, unsaved_models};
use crate::plan::Plan;
use crate::report::{PlanLine, plan_text};
use crate::results::{Known, Layout, read_tables, timings};
use crate::spec::{self, Overrides};

use super::args;
use super::failure::{Ending, Failure};
use super::run::{BUILTINS, known_ledger, load, read_lock};
use super::{answer, warn};

/// Prints the jobs with their states.
pub(super) fn plan(arguments: &args::Plan) -> Result<Ending, Failure> {
    let selected = load(&arguments.file, &arguments.change)?;
    let plan = &selected.plan;
    plan.warnings().iter().for_each(|warning| warn(warning));
    let layout = Layout::new(arguments.place.out.join(&plan.experiment.name));
    let known = Known::read(&layout)?;
    let lock = read_lock(&layout)?;
    let ledger = known_ledger(plan, &lock, &known);
    // the experiment as it was last run here, if it was
    let earlier = spec::load(&layout.experiment(), &Overrides::default()).and_then(Plan::expand).ok();
    let (cache, corpora) = (Cache::of_environment(), Corpora::new(&lock, &BUILTINS));
    let outlook = Outlook {
        ledger: &ledger,
        layout: &layout,
        earlier: earlier.as_ref(),
        builtins: &BUILTINS,
        cache: (&cache, &lock),
        corpora: &corpora,
    };
    let seconds: BTreeMap<String, f64> = timings(&layout)?.into_iter().map(|t| (t.job, t.train_seconds)).collect();
    let mut ending = Ending::Well;
    let lines = selected.selection.iter().map(|index| &plan.jobs[*index]).map(|job| {
        let standing = outlook.standing(job);
        if matches!(standing, Standing::Invalid(_)) {
            ending = Ending::JobsFailed;
        }
        PlanLine {
            label: job.label.clone(),
            state: standing.to_string(),
            steps: steps(&job.settings),
            disk: outlook.disk(&job.settings),
            seconds: seconds.get(&job.label).copied(),
        }
    });
    let lines: Vec<PlanLine> = lines.collect();
    let rows = read_tables(&layout)?.unwrap_or_default().records;
    answer(&plan_text(&lines, &outlook.gone(plan, &rows)));
    let inputs = Inputs::new();
    let sources = Sources { inputs: &inputs, lock: &lock, builtins: &BUILTINS };
    let mut said = advice(plan, &selected.selection, &ledger, &sources);
    said.extend(unsaved_models(plan, &selected.selection, &cache, &lock));
    said.iter().for_each(|advice| warn(&advice.text(selected.selection.len())));
    Ok(ending)
}
