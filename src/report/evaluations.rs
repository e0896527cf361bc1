//! What each model scores on each evaluation set, as a table for a terminal: sources down, targets across.

use crate::metrics::Metric;
use crate::plan::Plan;
use crate::results::{Ending, Outcome, ScoredSplit};
use crate::statistics::{Run, summarize, summarize_folds};

use super::grid::grid;
use super::grouped::grouped;
use super::mean::{OVER_FOLDS, SPREAD, mean_text, run, with_deviation};
use super::page::{Page, fits};
use super::wrap::wrapped;

/// Below the table.
const LEGEND: &str = "own test: the test rows of the model's own data. Entities of types that a model did not learn \
                      count as missed.";

/// What a model is scored on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The test rows of its job's own data.
    Own,
    /// An evaluation set, by its place in the experiment.
    Set(usize),
}

/// Jobs that differ only in their seeds.
struct Source {
    label: String,
    jobs: Vec<usize>,
}

/// `entity_f1` of the models of `selection` on every set, a row for the jobs that differ only in their seeds; then what
/// failed. Empty where the experiment has no evaluation sets.
///
/// `result`: the outcome of a job's model on a target.
pub fn evaluation_table<'o>(
    plan: &Plan,
    selection: &[usize],
    page: Page,
    result: impl Fn(usize, Target) -> Option<&'o Outcome>,
) -> String {
    let sets = &plan.experiment.evaluate;
    if sets.is_empty() {
        return String::new();
    }
    let sources = sources(plan, selection);
    let targets: Vec<Target> = [Target::Own].into_iter().chain((0..sets.len()).map(Target::Set)).collect();
    let titles: Vec<&str> = ["own test"].into_iter().chain(sets.iter().map(|set| set.name.as_str())).collect();
    let rows: Vec<Vec<String>> = sources
        .iter()
        .map(|source| targets.iter().map(|target| cell(plan, &source.jobs, |job| result(job, *target))).collect())
        .collect();
    let labels: Vec<&str> = sources.iter().map(|source| source.label.as_str()).collect();
    let title = format!("{}: entity_f1 of each model (row) on each set (column)", plan.experiment.name);
    let mut text = wrapped("", 0, &title, page.table_columns()) + "\n";
    text += &table(&labels, &titles, &rows, page);
    text += "\n\n";
    let has_folds = plan.jobs.iter().any(|job| job.settings.data.fold != plan.jobs[0].settings.data.fold);
    let seeds = match sources.iter().any(|source| source.jobs.len() > 1) {
        true if has_folds => format!("\n{OVER_FOLDS}"),
        true => format!("\n{SPREAD}"),
        false => String::new(),
    };
    text += &wrapped("", 0, &format!("{LEGEND}{seeds}"), page.table_columns());
    text += "\n";
    let mut failures = Vec::new();
    for (set, job) in (0..sets.len()).flat_map(|set| selection.iter().map(move |job| (set, *job))) {
        if let Some(Ending::Failed(failure)) = result(job, Target::Set(set)).map(|outcome| &outcome.ending) {
            failures.push((format!("{} on {}", plan.jobs[job].label, sets[set].name), failure.to_string()));
        }
    }
    let failures: Vec<(&str, String)> = failures.iter().map(|(label, text)| (label.as_str(), text.clone())).collect();
    for failure in grouped(&failures) {
        text += &(wrapped(&page.bad("failed:"), 2, &failure, page.columns) + "\n");
    }
    text
}

/// The rows, in the order in which their first jobs stand.
fn sources(plan: &Plan, selection: &[usize]) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    for &job in selection {
        let label = plan.unseeded_label(&plan.jobs[job]);
        match sources.iter_mut().find(|source| source.label == label) {
            Some(source) => source.jobs.push(job),
            None => sources.push(Source { label, jobs: vec![job] }),
        }
    }
    sources
}

/// The mean over jobs with its spread, and over how many where not all have a score.
fn cell<'o>(plan: &Plan, jobs: &[usize], result: impl Fn(usize) -> Option<&'o Outcome>) -> String {
    let endings: Vec<(usize, &Ending)> = jobs.iter().filter_map(|job| Some((*job, &result(*job)?.ending))).collect();
    let scored = |(job, ending): &(usize, &Ending)| match ending {
        Ending::Ok(measured) => {
            Some(run(&plan.jobs[*job].settings, measured.score(ScoredSplit::Test, Metric::EntityF1)?.value()))
        }
        Ending::Failed(_) => None,
    };
    let runs: Vec<Run> = endings.iter().filter_map(scored).collect();
    let fold = |(job, run): (&usize, &Run)| Some((plan.jobs[*job].settings.data.fold? as u64, run.score));
    let scored_jobs = endings.iter().filter(|ending| scored(ending).is_some()).map(|(job, _)| job);
    let folds: Vec<(u64, f64)> = scored_jobs.zip(&runs).filter_map(fold).collect();
    let are_several = folds.iter().any(|(fold, _)| *fold != folds[0].0);
    let summary = if are_several { summarize_folds(&folds) } else { summarize(&runs) };
    let Some(found) = summary else {
        let failed = endings.iter().any(|(_, ending)| matches!(ending, Ending::Failed(_)));
        let text = if endings.is_empty() { "not run" } else { "–" };
        return if failed { "failed" } else { text }.to_owned();
    };
    let part = if runs.len() == jobs.len() { String::new() } else { format!(" ({} of {})", runs.len(), jobs.len()) };
    let text = if are_several { with_deviation(found.mean, found.sd) } else { mean_text(&found) };
    format!("{text}{part}")
}

/// The grid, if it fits a terminal; else with numbers for labels, which stand above; else in several, one below another.
fn table(labels: &[&str], titles: &[&str], rows: &[Vec<String>], page: Page) -> String {
    let width = page.table_columns();
    let grids = |labels: &[String], columns: usize| {
        let part = |start: usize| {
            let end = titles.len().min(start + columns);
            let header: Vec<&str> = ["trained"].into_iter().chain(titles[start..end].iter().copied()).collect();
            let row = |(label, cells): (&String, &Vec<String>)| {
                [label].into_iter().chain(&cells[start..end]).cloned().collect()
            };
            grid(&header, &labels.iter().zip(rows).map(row).collect::<Vec<_>>(), 1, page)
        };
        (0..titles.len()).step_by(columns).map(part).collect::<Vec<_>>().join("\n\n")
    };
    let whole: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
    let wide = grids(&whole, titles.len());
    if fits(&wide, width) {
        return wide;
    }
    let numbers: Vec<String> = (1..=labels.len()).map(|number| format!("#{number}")).collect();
    let list: Vec<String> =
        numbers.iter().zip(labels).map(|(number, label)| wrapped(number, 4, label, width)).collect();
    let most = (1..=titles.len()).rev().find(|columns| fits(&grids(&numbers, *columns), width));
    let narrow = grids(&numbers, most.unwrap_or(1));
    format!("{}\n\n{narrow}", list.join("\n"))
}
