//! The scores of a plan as a table for a terminal, and which of them to quote.

use std::collections::BTreeSet;

use crate::ledger::{Choice, Ledger, State, columns};
use crate::metrics::Metric;
use crate::plan::Plan;
use crate::results::{Ending, Measurements, Outcome, ScoredSplit};

use super::grid::{WIDTH, grid};
use super::grouped::grouped;
use super::wrap::wrapped;

/// The metrics shown, with their names in two lines; all are in results.csv.
const SHOWN: [(Metric, &str); 5] = [
    (Metric::EntityF1, "entity_f1"),
    (Metric::EntityF1Iob2, "entity_f1\n_iob2"),
    (Metric::TokenF1Micro, "token_f1\n_micro"),
    (Metric::GoldTokenF1Micro, "gold_token\n_f1_micro"),
    (Metric::GoldTokenF1Macro, "gold_token\n_f1_macro"),
];

/// Failed jobs that have a row of their own at most; more are only listed below the table.
const FAILED_ROWS: usize = 10;

/// What the columns mean, below every table of scores.
const ADVICE: &str = "\
Quote entity_f1: whole entities, right in both ends and type, as conlleval and seqeval count by
default. entity_f1_iob2 drops malformed spans and can be the higher one. gold_token_f1 is the
notebook's: it looks only at words inside gold entities, so false alarms cost nothing; keep it for
comparison with the notebook.";

/// The table of `selection`, with advice and what is not in order; failures in lines of at most `width` columns.
pub fn score_table(plan: &Plan, ledger: &Ledger, selection: &[usize], width: usize) -> String {
    let splits = columns(plan).splits;
    let mut text = String::new();
    for split in &splits {
        text += &format!("{}, {} split\n", plan.experiment.name, split.name());
        text += &split_table(plan, ledger, selection, *split);
        text += "\n\n";
    }
    if splits.is_empty() {
        text +=
            &format!("{}: no split is scored: data.validation_size and data.test_size are 0\n\n", plan.experiment.name);
    } else if let Some(select) = plan.experiment.select.as_ref().filter(|_| ledger.winners(plan).is_empty()) {
        text += &format!("Not chosen yet by {}: not every job that is compared has its score.\n", select.by);
    } else if selection.iter().any(|job| matches!(ledger.state(*job), State::Done(_))) {
        text += &format!("{ADVICE}\n");
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

/// A line a job; where labels leave too little room, each stands above its line.
fn split_table(plan: &Plan, ledger: &Ledger, selection: &[usize], split: ScoredSplit) -> String {
    let failed = |job: &usize| matches!(ledger.state(*job), State::Failed(_));
    let many = selection.iter().filter(|job| failed(job)).count() > FAILED_ROWS;
    let selection: Vec<usize> = selection.iter().copied().filter(|job| !(many && failed(job))).collect();
    if selection.is_empty() {
        return "no job has scores".to_owned();
    }
    let table = |is_narrow: bool| {
        let selects = columns(plan).selects;
        let mut header = vec!["job"];
        header.extend(selects.then_some("chosen"));
        header.extend(["steps", "train\nloss"]);
        header.extend(SHOWN.map(|(_, title)| title));
        let row = |job: &usize| {
            let label = if is_narrow { format!("#{}", job + 1) } else { plan.jobs[*job].label.clone() };
            let chosen = selects.then(|| chosen(ledger, *job).to_owned());
            [label].into_iter().chain(chosen).chain(cells(ledger, *job, split)).collect()
        };
        grid(&header, &selection.iter().map(row).collect::<Vec<_>>(), 1)
    };
    let wide = table(false);
    if wide.lines().all(|line| line.chars().count() <= WIDTH) {
        return wide;
    }
    let narrow = table(true);
    let labels = selection.iter().map(|job| format!("#{} {}", job + 1, plan.jobs[*job].label));
    format!("{}\n\n{narrow}", labels.collect::<Vec<_>>().join("\n"))
}

/// Where a job stands in a choice.
fn chosen(ledger: &Ledger, job: usize) -> &'static str {
    match ledger.choice(job) {
        Some(Choice::Won) => "yes",
        Some(Choice::Lost) => "no",
        Some(Choice::Open) | None => "open",
    }
}

fn cells(ledger: &Ledger, job: usize, split: ScoredSplit) -> Vec<String> {
    let outcome = match ledger.state(job) {
        State::New => return vec!["not run".to_owned()],
        State::Done(outcome) | State::Failed(outcome) => outcome,
    };
    match &outcome.ending {
        Ending::Ok(measured) => score_cells(outcome, measured, split),
        Ending::Failed(failure) => vec![format!("failed: {}", failure.code)],
    }
}

fn score_cells(outcome: &Outcome, measured: &Measurements, split: ScoredSplit) -> Vec<String> {
    let steps = outcome.steps.map_or_else(String::new, |steps| steps.to_string());
    let loss = measured.train_loss.map_or_else(|| "–".to_owned(), |loss| format!("{:.4}", loss.value()));
    let score = |(metric, _)| {
        measured.score(split, metric).map_or_else(|| "–".to_owned(), |score| format!("{:.4}", score.value()))
    };
    [steps, loss].into_iter().chain(SHOWN.map(score)).collect()
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
