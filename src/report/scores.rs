//! The scores of a plan as a table for a terminal, and which of them to report.

use std::collections::BTreeMap;

use crate::ledger::{Ledger, Selection, State, columns};
use crate::overview::{Case, Layout, Quantity, ScoreTable, Sentences, Source, choices, groups};
use crate::plan::Plan;
use crate::results::{Ending, ResultsError};

use super::format::Format;
use super::grouped::grouped;
use super::page::Page;
use super::score_notes::{choice_notes, environment_notes, score_notes};
use super::score_table::{ScoreText, score_text};
use super::show::ADVICE;
use super::wrap::wrapped;

/// Failed jobs that have a row of their own at most; more are only listed below the table.
const FAILED_ROWS: usize = 10;

/// The table of `selection`, with advice and what is not in order, for `page`. `source`: the plan's results folder, for
/// intervals over test sentences.
///
/// # Errors
/// What the system says about files of predictions.
pub fn score_table(
    plan: &Plan,
    ledger: &Ledger,
    selection: &[usize],
    source: Source,
    page: Page,
) -> Result<String, ResultsError> {
    let mut sources = [source];
    let splits = columns(plan).splits;
    let all: Vec<Case> = selection.iter().map(|job| case(plan, ledger, *job, &sources[0])).collect();
    let shown: Vec<Case> = rows(&all);
    let mut text = String::new();
    let width = page.table_columns();
    let line = |sentence: &str, text: &mut String| *text += &(wrapped("", 2, sentence, width) + "\n");
    for split in &splits {
        text += &(page.heading(&format!("{}, {} split", plan.experiment.name, split.name())) + "\n");
        let by = plan.experiment.select.as_ref().map(|select| select.by.metric());
        let layout = Layout {
            rows: Vec::new(),
            across: Vec::new(),
            quantities: Quantity::shown_with(*split, by),
            tested: 1,
            sentences: Sentences::OfOneRun,
        };
        if shown.is_empty() {
            text += "no job has scores\n\n";
            continue;
        }
        let table = ScoreTable::new(groups(shown.clone(), &[]), &mut sources, &layout)?;
        let ScoreText { table: rows, left_out } = score_text(&table, Format::Text, page);
        text += &(rows + "\n\n");
        score_notes(&table, page.best_mark()).iter().for_each(|note| line(note, &mut text));
        let others = Quantity::scores(*split).into_iter().filter(|score| score.is_column());
        let others = others.filter(|score| !layout.quantities.contains(score));
        let left: Vec<&str> = left_out.into_iter().chain(others.map(Quantity::short_name)).collect();
        line(&format!("also in results.csv: {}", left.join(", ")), &mut text);
        text += "\n";
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
        choice_notes(&choices(&groups(all.clone(), &[]), &sources)).iter().for_each(|note| line(note, &mut text));
    }
    for failure in failures(plan, ledger, selection) {
        text += &(wrapped(&page.bad("failed:"), 2, &failure, page.columns) + "\n");
    }
    environment_notes(&all).iter().for_each(|note| line(note, &mut text));
    Ok(text)
}

/// Why jobs of `selection` failed, a line each problem.
pub fn failures(plan: &Plan, ledger: &Ledger, selection: &[usize]) -> Vec<String> {
    let line = |job: &usize| match &ledger.outcome(*job)?.ending {
        Ending::Failed(failure) => Some((plan.jobs[*job].label.as_str(), failure.to_string())),
        Ending::Ok(_) => None,
    };
    grouped(&selection.iter().filter_map(line).collect::<Vec<_>>())
}

/// A job as the table shows it.
fn case(plan: &Plan, ledger: &Ledger, job: usize, source: &Source) -> Case {
    let selected = ledger.selection(job).map(|selection| match selection {
        Selection::Won => "yes",
        Selection::Lost => "no",
        Selection::Open => "open",
    });
    let settings = ledger.settings_of(ledger.row(job)).entries();
    let settings: BTreeMap<String, String> =
        settings.map(|(key, value)| (key.as_str().to_owned(), value.to_string())).collect();
    let case = Case::of_job(0, source, None, selected, plan.jobs[job].label.clone(), settings);
    Case { record: ledger.record(&plan.jobs[job]), ..case }
}

/// The cases that have rows: of many failed ones none.
fn rows(cases: &[Case]) -> Vec<Case> {
    let failed = |case: &&Case| case.record.as_ref().is_some_and(|record| record.failure().is_some());
    let many = cases.iter().filter(failed).count() > FAILED_ROWS;
    cases.iter().filter(|case| !(many && failed(case))).cloned().collect()
}
