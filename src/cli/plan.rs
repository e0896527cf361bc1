//! `runner plan`: what would run, and what is done.

use std::collections::BTreeMap;

use crate::lab::{Outlook, disk, steps};
use crate::plan::Plan;
use crate::report::{PlanLine, plan_text};
use crate::results::{Known, Layout, Timing, timings};
use crate::spec::{self, Overrides};

use super::args;
use super::failure::{Ending, Failure};
use super::known::{edited, known_ledger};
use super::run::{BUILTINS, load, read_lock};
use super::{answer, say};

/// How long jobs took. A timings.csv that cannot be read only costs these times.
fn known_timings(layout: &Layout) -> Vec<Timing> {
    timings(layout).unwrap_or_else(|error| {
        say(&format!("warning: {error}"));
        Vec::new()
    })
}

/// Prints the jobs with their states.
pub(super) fn plan(arguments: &args::Plan) -> Result<Ending, Failure> {
    let selected = load(&arguments.file, &arguments.change)?;
    let plan = &selected.plan;
    plan.warnings().iter().for_each(|warning| say(&format!("warning: {warning}")));
    let layout = Layout::new(arguments.place.out.join(&plan.experiment.name));
    let known = Known::read(&layout)?;
    known.notices.iter().for_each(|notice| say(notice));
    let (ledger, changed, _) = known_ledger(plan, &read_lock(&layout)?, &known, None);
    edited(&layout, &ledger, plan, &known).iter().for_each(|notice| say(notice));
    // the experiment as it was last run here, if it was
    let earlier = spec::load(&layout.experiment(), &Overrides::default()).and_then(Plan::expand).ok();
    let outlook =
        Outlook { ledger: &ledger, layout: &layout, earlier: earlier.as_ref(), changed: &changed, builtins: &BUILTINS };
    let seconds: BTreeMap<String, f64> = known_timings(&layout).into_iter().map(|t| (t.job, t.train_seconds)).collect();
    let lines = selected.selection.iter().map(|index| &plan.jobs[*index]).map(|job| PlanLine {
        label: job.label.clone(),
        state: outlook.standing(job).to_string(),
        steps: steps(&job.settings),
        disk: disk(&job.settings),
        seconds: seconds.get(&job.label).copied(),
    });
    answer(&plan_text(&lines.collect::<Vec<_>>(), &outlook.gone(plan, &known.rows)));
    Ok(Ending::Well)
}
