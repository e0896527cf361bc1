//! `runner plan`: what would run, and what is done.

use std::collections::BTreeMap;

use crate::lab::{Outlook, disk, steps};
use crate::plan::Plan;
use crate::report::{PlanLine, plan_text};
use crate::results::{Known, Layout, read_tables, timings};
use crate::spec::{self, Overrides};

use super::args;
use super::failure::{Ending, Failure};
use super::run::{BUILTINS, known_ledger, load, read_lock};
use super::{answer, say};

/// Prints the jobs with their states.
pub(super) fn plan(arguments: &args::Plan) -> Result<Ending, Failure> {
    let selected = load(&arguments.file, &arguments.change)?;
    let plan = &selected.plan;
    plan.warnings().iter().for_each(|warning| say(&format!("warning: {warning}")));
    let layout = Layout::new(arguments.place.out.join(&plan.experiment.name));
    let known = Known::read(&layout)?;
    let ledger = known_ledger(plan, &read_lock(&layout)?, &known, None);
    // the experiment as it was last run here, if it was
    let earlier = spec::load(&layout.experiment(), &Overrides::default()).and_then(Plan::expand).ok();
    let outlook = Outlook { ledger: &ledger, layout: &layout, earlier: earlier.as_ref(), builtins: &BUILTINS };
    let seconds: BTreeMap<String, f64> = timings(&layout)?.into_iter().map(|t| (t.job, t.train_seconds)).collect();
    let lines = selected.selection.iter().map(|index| &plan.jobs[*index]).map(|job| PlanLine {
        label: job.label.clone(),
        state: outlook.standing(job).to_string(),
        steps: steps(&job.settings),
        disk: disk(&job.settings),
        seconds: seconds.get(&job.label).copied(),
    });
    let rows = read_tables(&layout)?.unwrap_or_default().records;
    answer(&plan_text(&lines.collect::<Vec<_>>(), &outlook.gone(plan, &rows)));
    Ok(Ending::Well)
}
