//! The scores of a plan as a table for a terminal, and which of them to report.

use std::collections::BTreeSet;

use crate::ledger::{Ledger, State, columns};
use crate::plan::Plan;
use crate::results::{Ending, ScoredSplit};

use super::grouped::grouped;
use super::page::Page;
use super::settings::SettingTable;
use super::wrap::wrapped;

/// Failed jobs that have a row of their own at most; more are only listed below the table.
const FAILED_ROWS: usize = 10;

/// Which score to report, below every table of scores.
const ADVICE: &str = "Report entity_f1; docs/scores.md explains each score.";

/// The table of `selection`, with advice and what is not in order, for `page`.
pub fn score_table(plan: &Plan, ledger: &Ledger, selection: &[usize], page: Page) -> String {
    let splits = columns(plan).splits;
    let mut text = String::new();
    let line = |sentence: &str, text: &mut String| *text += &(wrapped("", 0, sentence, page.table_columns()) + "\n");
    for split in &splits {
        text += &(page.heading(&format!("{}, {} split", plan.experiment.name, split.name())) + "\n");
        text += &split_table(plan, ledger, selection, *split, page);
        text += "\n\n";
    }
    if splits.is_empty() {
        let name = &plan.experiment.name;
        line(&format!("{name}: no split is scored, as data.validation_size and data.test_size are 0"), &mut text);
    } else if let Some(select) = plan.experiment.select.as_ref().filter(|_| ledger.winners(plan).is_empty()) {
        line(&format!("Nothing is selected by {} yet: some jobs have no score.", select.by), &mut text);
    } else if selection.iter().any(|job| matches!(ledger.state(*job), State::Done(_))) {
        line(ADVICE, &mut text);
    }
    if !ledger.winners(plan).is_empty() {
        let winners = ledger.winners(plan);
        line(&format!("{winners} (mean over seeds); the other jobs are not scored on the test set."), &mut text);
    }
    for failure in failures(plan, ledger, selection) {
        text += &(wrapped(&page.bad("failed:"), 2, &failure, page.columns) + "\n");
    }
    if let Some(note) = environment_note(ledger, selection) {
        line(&note, &mut text);
    }
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
fn split_table(plan: &Plan, ledger: &Ledger, selection: &[usize], split: ScoredSplit, page: Page) -> String {
    let failed = |job: &usize| matches!(ledger.state(*job), State::Failed(_));
    let many = selection.iter().filter(|job| failed(job)).count() > FAILED_ROWS;
    let selection: Vec<usize> = selection.iter().copied().filter(|job| !(many && failed(job))).collect();
    if selection.is_empty() {
        return "no job has scores".to_owned();
    }
    SettingTable::new(plan, ledger, &selection, split).text(page)
}

/// Where the rows come from.
fn environment_note(ledger: &Ledger, selection: &[usize]) -> Option<String> {
    let outcomes = || selection.iter().filter_map(|job| ledger.outcome(*job));
    let environments: BTreeSet<&str> = outcomes().map(|outcome| outcome.environment.as_str()).collect();
    let precisions: BTreeSet<&str> = outcomes().filter_map(|outcome| outcome.precision.as_deref()).collect();
    let list = |names: BTreeSet<&str>| names.into_iter().collect::<Vec<_>>().join(" and ");
    Some(match environments.len() {
        0 => return None,
        1 if precisions.is_empty() => format!("Environment: {}.", list(environments)),
        1 => format!("Environment: {}, {}.", list(environments), list(precisions)),
        _ => format!("The rows come from {}: equal up to rounding; --refresh reruns them here.", list(environments)),
    })
}
