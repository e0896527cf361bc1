//! The scores of a plan as a table for a terminal, and which of them to quote.

use std::collections::BTreeSet;

use crate::ledger::{Ledger, State, columns};
use crate::plan::Plan;
use crate::results::{Ending, ScoredSplit};

use super::grouped::grouped;
use super::settings::SettingTable;
use super::wrap::wrapped;

/// Failed jobs that have a row of their own at most; more are only listed below the table.
const FAILED_ROWS: usize = 10;

/// Which score to quote, below every table of scores.
const ADVICE: &str = "Quote entity_f1; docs/scores.md says what each score counts.";

/// The table of `selection`, with advice and what is not in order, in at most `width` columns.
pub fn score_table(plan: &Plan, ledger: &Ledger, selection: &[usize], width: usize) -> String {
    let splits = columns(plan).splits;
    let mut text = String::new();
    for split in &splits {
        text += &format!("{}, {} split\n", plan.experiment.name, split.name());
        text += &split_table(plan, ledger, selection, *split, width);
        text += "\n\n";
    }
    if splits.is_empty() {
        text +=
            &format!("{}: no split is scored: data.validation_size and data.test_size are 0\n\n", plan.experiment.name);
    } else if let Some(select) = plan.experiment.select.as_ref().filter(|_| ledger.winners(plan).is_empty()) {
        text += &format!("Not chosen yet by {}: not every job that is compared has its score.\n", select.by);
    } else if selection.iter().any(|job| matches!(ledger.state(*job), State::Done(_))) {
        text += &(wrapped("", 0, ADVICE, width) + "\n");
    }
    if !ledger.winners(plan).is_empty() {
        text += &format!("{}, the mean over seeds; the others' test sets stay untouched.\n", ledger.winners(plan));
    }
    for failure in failures(plan, ledger, selection) {
        text += &(wrapped("failed:", 2, &failure, width) + "\n");
    }
    text += &environment_note(ledger, selection);
    text
}

/// Why jobs of `selection` failed, a line each problem.
pub fn failures(plan: &Plan, ledger: &Ledger, selection: &[usize]) -> Vec<String> {
    let line = |job: &usize| match &ledger.outcome(*job)?.ending {
        Ending::Failed(failure) => Some((plan.jobs[*job].label.as_str(), failure.to_string())),
        Ending::Ok(_) => None,
    };
    grouped(&selection.iter().filter_map(line).collect::<Vec<_>>())
}

/// A line a setting.
fn split_table(plan: &Plan, ledger: &Ledger, selection: &[usize], split: ScoredSplit, width: usize) -> String {
    let failed = |job: &usize| matches!(ledger.state(*job), State::Failed(_));
    let many = selection.iter().filter(|job| failed(job)).count() > FAILED_ROWS;
    let selection: Vec<usize> = selection.iter().copied().filter(|job| !(many && failed(job))).collect();
    if selection.is_empty() {
        return "no job has scores".to_owned();
    }
    SettingTable::new(plan, ledger, &selection, split).text(width)
}

/// Where the rows come from.
fn environment_note(ledger: &Ledger, selection: &[usize]) -> String {
    let outcomes = || selection.iter().filter_map(|job| ledger.outcome(*job));
    let environments: BTreeSet<&str> = outcomes().map(|outcome| outcome.environment.as_str()).collect();
    let precisions: BTreeSet<&str> = outcomes().filter_map(|outcome| outcome.precision.as_deref()).collect();
    let list = |names: BTreeSet<&str>| names.into_iter().collect::<Vec<_>>().join(" and ");
    match environments.len() {
        0 => String::new(),
        1 if precisions.is_empty() => format!("Environment: {}.\n", list(environments)),
        1 => format!("Environment: {}, {}.\n", list(environments), list(precisions)),
        _ => format!(
            "The rows come from {}: comparable to rounding only; --refresh runs them all here.\n",
            list(environments)
        ),
    }
}
