//! The table of scores: what `runner show` shows, with baselines.

use maud::html;

use crate::analysis::Measure;
use crate::overview::{Quantity, Row, ScoreTable, SplitTable, choices};
use crate::report::{case_failures, choice_notes, environment_notes, number_text, runs_title, score_notes, seeds_text};

use super::data_table::{DataTable, Datum, Head};
use super::report::Report;
use super::section::{Section, prose};

/// Lines of failures at most.
const FAILURES: usize = 20;

/// The tables, what is to be said of them, what failed.
pub(super) fn scores_section(report: &Report) -> Section {
    let mut section = Section::new("scores", "Scores");
    for (at, of) in report.tables.iter().enumerate() {
        let notes = score_notes(&of.table, "bold");
        section = section.with(html! {
            (score_table(of).sortable(&format!("scores-table-{}", at + 1)))
            @if !notes.is_empty() { ul.notes { @for note in &notes { li { (prose(note)) } } } }
        });
    }
    section = match report.baselines.is_empty() {
        true => section.saying(
            "No majority baseline: no row has predictions that its scores follow from. Restore predictions/ with git, \
             or see the baseline with `runner data`.",
        ),
        false => section.with(baselines(report).markup()).saying(
            "A majority baseline gives one tag to every word: by each score, the tag that scores best. A trained model \
             has to exceed it.",
        ),
    };
    let groups: Vec<_> = report.table().rows.iter().map(|row| row.group.clone()).collect();
    let cases: Vec<_> = report.cases().cloned().collect();
    let mut lines = choice_notes(&choices(&groups, &report.sources));
    let failures = case_failures(&cases, &report.sources);
    lines.extend(failures.iter().take(FAILURES).map(|failure| format!("failed: {failure}")));
    if failures.len() > FAILURES {
        lines.push(format!("{} more failures: `runner show` lists them", failures.len() - FAILURES));
    }
    lines.extend(environment_notes(&cases));
    section.with(html! { ul.notes { @for line in &lines { li { (prose(line)) } } } })
}

/// The title of a table of scores.
fn caption(of: &SplitTable) -> String {
    let split = of.split.map_or_else(String::new, |split| format!(", {} split", split.name()));
    format!("Settings and scores{split}")
}

/// As `runner show` has it: names, winners, seeds, numbers.
fn score_table(of: &SplitTable) -> DataTable {
    let table = &of.table;
    let mut columns: Vec<Head> = table.axes.iter().map(|axis| Head::text(axis.name.clone())).collect();
    if columns.is_empty() {
        columns.push(Head::text("job"));
    }
    columns.extend(table.selects().then(|| Head::text("selected")));
    columns.extend(table.has_seeds().then(|| Head::number(runs_title(table))));
    columns.extend(table.quantities.iter().map(|quantity| Head::number(quantity.short_name())));
    let rows = (0..table.rows.len()).map(|row| score_row(table, row)).collect();
    DataTable { caption: caption(of), columns, rows }
}

fn score_row(table: &ScoreTable, at: usize) -> Vec<Datum> {
    let Row { group, numbers } = &table.rows[at];
    let mut cells = row_names(table, at);
    if table.selects() {
        cells.push(Datum::text(group.cases[0].selected.unwrap_or_default()));
    }
    if table.has_seeds() {
        cells.push(Datum::number(seeds_text(group), Some(numbers[0].runs.len() as f64)));
    }
    if let Some(remark) = group.remark() {
        cells.push(Datum { text: remark, order: None, is_best: false });
        cells.extend(numbers.iter().skip(1).map(|_| Datum::default()));
        return cells;
    }
    for (place, (quantity, summary)) in table.quantities.iter().zip(numbers).enumerate() {
        let is_best = table.tested.iter().any(|one| one.is_beyond && one.quantity == place && one.best_row() == at);
        cells.push(Datum { is_best, ..Datum::number(number_text(*quantity, summary), summary.mean()) });
    }
    cells
}

/// What a row is called, a cell for each axis.
pub(super) fn row_names(table: &ScoreTable, at: usize) -> Vec<Datum> {
    let group = &table.rows[at].group;
    match table.axes.is_empty() {
        true => vec![Datum::text(group.label.clone())],
        false => table.axes.iter().map(|axis| Datum::text(group.value(&axis.key))).collect(),
    }
}

/// The best constant tag by each score of the table that one has.
fn baselines(report: &Report) -> DataTable {
    let metrics = report.table().quantities.iter().filter_map(|quantity| match quantity {
        Quantity::Score(score) => match score.measure {
            Measure::Metric(metric) => Some(metric),
            Measure::Partial(_) => None,
        },
        _ => None,
    });
    let metrics: Vec<_> = metrics.collect();
    let heads = metrics.iter().map(|metric| Head::number(metric.name()));
    let several = report.baselines.len() > 1;
    let rows = report.baselines.iter().map(|gold| {
        let of = if several { format!("majority, gold of {}", gold.of) } else { "majority".to_owned() };
        let cell = |metric| match gold.best.iter().find(|best| best.metric == metric) {
            Some(best) => Datum::number(format!("{:.4} ({})", best.score, best.tag), Some(best.score)),
            None => Datum::text("–"),
        };
        let sentences = Datum::number(gold.sentences.to_string(), Some(gold.sentences as f64));
        [Datum::text(of), sentences].into_iter().chain(metrics.iter().map(|metric| cell(*metric))).collect()
    });
    DataTable {
        caption: format!("Majority baselines on the {} split", report.split().name()),
        columns: [Head::text("baseline"), Head::number("sentences")].into_iter().chain(heads).collect(),
        rows: rows.collect(),
    }
}
