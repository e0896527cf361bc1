//! Scores by setting: jobs that differ in their seeds alone make one row, and as many columns stand as fit.

use crate::ledger::{Ledger, Selection, State, columns};
use crate::metrics::Metric;
use crate::plan::Plan;
use crate::results::{Ending, Measurements, Outcome, ScoredSplit};
use crate::spec::Settings;
use crate::statistics::{Run, summarize};

use super::grid::grid;
use super::mean::{SPREAD, mean_text, run};
use super::page::{Page, fits};
use super::wrap::wrapped;

/// A number of a job.
#[derive(Debug, Clone, Copy)]
enum Number {
    Score(Metric),
    Loss,
    Steps,
}

/// The columns with their names in results.csv and, in two lines, in the table. Where the terminal is narrow the last
/// give way first.
const SHOWN: [(Number, &str, &str); 7] = [
    (Number::Score(Metric::EntityF1), "entity_f1", "entity_f1"),
    (Number::Score(Metric::TokenF1Micro), "token_f1_micro", "token_f1\n_micro"),
    (Number::Score(Metric::GoldTokenF1Micro), "gold_token_f1_micro", "gold_token\n_f1_micro"),
    (Number::Loss, "train_loss", "train\nloss"),
    (Number::Score(Metric::EntityF1Iob2), "entity_f1_iob2", "entity_f1\n_iob2"),
    (Number::Steps, "steps", "steps"),
    (Number::Score(Metric::GoldTokenF1Macro), "gold_token_f1_macro", "gold_token\n_f1_macro"),
];

/// The scores that stand in the table only where jobs are selected by them.
const OTHERS: [(Number, &str, &str); 4] = [
    (Number::Score(Metric::EntityPrecision), "entity_precision", "entity\n_precision"),
    (Number::Score(Metric::EntityRecall), "entity_recall", "entity\n_recall"),
    (Number::Score(Metric::TokenF1Macro), "token_f1_macro", "token_f1\n_macro"),
    (Number::Score(Metric::TokenAccuracy), "token_accuracy", "token\n_accuracy"),
];

/// [`SHOWN`]; the score that jobs are selected by stands beside `entity_f1`.
fn shown(by: Option<Metric>) -> Vec<(Number, &'static str, &'static str)> {
    let mut shown = SHOWN.to_vec();
    if let Some(by) = by.filter(|by| *by != Metric::EntityF1) {
        let column = shown.iter().chain(&OTHERS).find(|(_, name, _)| *name == by.name()).copied();
        shown.retain(|(_, name, _)| *name != by.name());
        shown.splice(1..1, column);
    }
    shown
}

/// A row of the table.
struct Setting {
    label: String,
    /// Values of the keys in which settings differ.
    values: Vec<String>,
    /// What stands between the values and the numbers.
    marks: Vec<String>,
    /// A cell a number, or a remark alone.
    numbers: Result<Vec<String>, String>,
    /// The mean `entity_f1`.
    score: Option<f64>,
}

/// The scores of one split, a row a setting.
pub(super) struct SettingTable {
    axes: Vec<String>,
    marks: Vec<&'static str>,
    shown: Vec<(Number, &'static str, &'static str)>,
    rows: Vec<Setting>,
    has_seeds: bool,
}

impl SettingTable {
    /// Of the jobs of `selection`, in its order.
    pub(super) fn new(plan: &Plan, ledger: &Ledger, selection: &[usize], split: ScoredSplit) -> Self {
        let mut settings: Vec<(String, Vec<usize>)> = Vec::new();
        for &job in selection {
            let label = plan.unseeded_label(&plan.jobs[job]);
            match settings.iter_mut().find(|(known, _)| *known == label) {
                Some((_, jobs)) => jobs.push(job),
                None => settings.push((label, vec![job])),
            }
        }
        let (axes, selects) = (plan.axes(), columns(plan).selects);
        let by = plan.experiment.select.as_ref().map(|select| select.by.metric());
        let shown = shown(by.filter(|_| split == ScoredSplit::Validation));
        let has_seeds = settings.iter().any(|(_, jobs)| jobs.len() > 1);
        let row = |(label, jobs): (String, Vec<usize>)| {
            let first = &plan.jobs[jobs[0]].settings;
            let value = |key| first.get(key).map_or_else(|| "none".to_owned(), |value| value.to_string());
            let measured: Vec<Measured<'_>> = jobs.iter().filter_map(|job| measured(plan, ledger, *job)).collect();
            let seeds = match measured.len() {
                some if some == jobs.len() => some.to_string(),
                some => format!("{some} of {}", jobs.len()),
            };
            let mut marks = Vec::new();
            marks.extend(selects.then(|| selected(ledger, jobs[0]).to_owned()));
            marks.extend(has_seeds.then_some(seeds));
            let numbers = match measured.is_empty() {
                true => Err(remark(ledger, &jobs)),
                false => Ok(shown.iter().map(|(number, ..)| cell(*number, &measured, split)).collect()),
            };
            let score = mean(Number::Score(Metric::EntityF1), &measured, split);
            Setting { label, values: axes.iter().map(|(key, _)| value(*key)).collect(), marks, numbers, score }
        };
        let rows = settings.into_iter().map(row).collect();
        let marks = selects.then_some("selected").into_iter().chain(has_seeds.then_some("seeds")).collect();
        Self { axes: axes.into_iter().map(|(_, name)| name).collect(), marks, shown, rows, has_seeds }
    }

    /// In the columns of `page`, if one number fits. Where the values leave too little room, each setting stands above
    /// the table under a number.
    pub(super) fn text(&self, page: Page) -> String {
        let width = page.table_columns();
        let at_most = |is_narrow: bool| {
            let tables = (1..=self.shown.len()).rev().map(|count| (count, self.grid(is_narrow, count, page)));
            tables.into_iter().find(|(_, text)| fits(text, width))
        };
        let labels = || {
            let lines =
                self.rows.iter().enumerate().map(|(at, row)| wrapped(&format!("#{}", at + 1), 4, &row.label, width));
            lines.collect::<Vec<_>>().join("\n")
        };
        let (count, mut text) = match at_most(false) {
            Some(found) => found,
            None => {
                let (count, text) = at_most(true).unwrap_or_else(|| (1, self.grid(true, 1, page)));
                (count, format!("{}\n\n{text}", labels()))
            }
        };
        if self.has_seeds {
            text += "\n";
            text += &wrapped("", 0, SPREAD, width);
        }
        let others = OTHERS.iter().filter(|(_, name, _)| self.shown.iter().all(|(_, shown, _)| shown != name));
        let left: Vec<&str> = self.shown[count..].iter().chain(others).map(|(_, name, _)| *name).collect();
        text += "\n";
        text + &wrapped("", 0, &format!("also in results.csv: {}", left.join(", ")), width)
    }

    /// With the first `count` numbers.
    fn grid(&self, is_narrow: bool, count: usize, page: Page) -> String {
        let best = self.best();
        let names: Vec<&str> = match (is_narrow, self.axes.is_empty()) {
            (true, _) => vec!["#"],
            (false, true) => vec!["job"],
            (false, false) => self.axes.iter().map(String::as_str).collect(),
        };
        let header: Vec<&str> = names
            .iter()
            .chain(&self.marks)
            .copied()
            .chain(self.shown[..count].iter().map(|(_, _, title)| *title))
            .collect();
        let row = |(at, row): (usize, &Setting)| {
            let values = match (is_narrow, self.axes.is_empty()) {
                (true, _) => vec![format!("#{}", at + 1)],
                (false, true) => vec![row.label.clone()],
                (false, false) => row.values.clone(),
            };
            let numbers = match &row.numbers {
                Ok(numbers) if best == Some(at) => {
                    std::iter::once(page.good(&numbers[0])).chain(numbers[1..count].iter().cloned()).collect()
                }
                Ok(numbers) => numbers[..count].to_vec(),
                Err(remark) if remark == NOT_RUN => vec![remark.clone()],
                Err(remark) => vec![page.bad(remark)],
            };
            values.into_iter().chain(row.marks.iter().cloned()).chain(numbers).collect()
        };
        grid(&header, &self.rows.iter().enumerate().map(row).collect::<Vec<_>>(), names.len(), page)
    }

    /// The row with the best score, where several have one.
    fn best(&self) -> Option<usize> {
        let scored = || self.rows.iter().enumerate().filter_map(|(at, row)| Some((at, row.score?)));
        scored().nth(1)?;
        scored().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map(|(at, _)| at)
    }
}

/// A job with scores.
struct Measured<'o> {
    settings: &'o Settings,
    outcome: &'o Outcome,
    measurements: &'o Measurements,
}

fn measured<'o>(plan: &'o Plan, ledger: &'o Ledger, job: usize) -> Option<Measured<'o>> {
    let settings = &plan.jobs[job].settings;
    match ledger.state(job) {
        State::Done(outcome) => match &outcome.ending {
            Ending::Ok(measurements) => Some(Measured { settings, outcome, measurements }),
            Ending::Failed(_) => None,
        },
        State::New | State::Failed(_) => None,
    }
}

/// The remark of a setting none of whose jobs has a result.
const NOT_RUN: &str = "not run";

/// A failure's code as words.
fn in_words(code: &str) -> String {
    code.strip_prefix("data-").unwrap_or(code).replace('-', " ")
}

/// Why a setting has no numbers.
fn remark(ledger: &Ledger, jobs: &[usize]) -> String {
    let code = |job: &usize| match &ledger.outcome(*job)?.ending {
        Ending::Failed(failure) => Some(failure.code.as_str()),
        Ending::Ok(_) => None,
    };
    jobs.iter().find_map(code).map_or_else(|| NOT_RUN.to_owned(), |code| format!("failed: {}", in_words(code)))
}

/// Where a job stands in a selection.
fn selected(ledger: &Ledger, job: usize) -> &'static str {
    match ledger.selection(job) {
        Some(Selection::Won) => "yes",
        Some(Selection::Lost) => "no",
        Some(Selection::Open) | None => "open",
    }
}

/// A number over the seeds of a setting.
fn cell(number: Number, measured: &[Measured<'_>], split: ScoredSplit) -> String {
    let Some(found) = summarize(&runs(number, measured, split)) else { return "–".to_owned() };
    match number {
        Number::Steps => format!("{:.0}", found.mean),
        Number::Loss => format!("{:.4}", found.mean),
        Number::Score(_) => mean_text(&found),
    }
}

fn mean(number: Number, measured: &[Measured<'_>], split: ScoredSplit) -> Option<f64> {
    summarize(&runs(number, measured, split)).map(|found| found.mean)
}

fn runs(number: Number, measured: &[Measured<'_>], split: ScoredSplit) -> Vec<Run> {
    let value = |job: &Measured<'_>| match number {
        Number::Score(metric) => job.measurements.score(split, metric).map(|score| score.value()),
        Number::Loss => job.measurements.train_loss.map(|loss| loss.value()),
        Number::Steps => job.outcome.steps.map(|steps| steps as f64),
    };
    measured.iter().filter_map(|job| Some(run(job.settings, value(job)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_has_a_column() {
        for metric in Metric::ALL {
            let columns = shown(Some(metric));
            let at = columns.iter().position(|(_, name, _)| *name == metric.name());
            assert_eq!(at, Some(usize::from(metric != Metric::EntityF1)), "{metric}");
            assert_eq!(columns.iter().filter(|(_, name, _)| *name == "entity_f1").count(), 1);
        }
    }
}
