//! Scores against what varies: lines where it is a number such as the training size, rows where it is not.

use std::collections::BTreeMap;

use crate::overview::{Axis, EXPERIMENT, Row, SET, ScoreTable, SplitTable, Summary};
use crate::report::number_text;

use super::data_table::{DataTable, Datum, Head};
use super::dot_plot::{Dot, DotPlot, DotRow};
use super::figure::Plot;
use super::line_plot::{LinePlot, Mean, Series};
use super::palette::SERIES;
use super::report::Report;
use super::scale::Scale;
use super::scores::row_names;
use super::section::Section;

/// Plots side by side at most.
const PANELS: usize = 6;

/// Rows of a plot at most.
const ROWS: usize = 30;

/// Points are runs, where a setting has several.
const LEGEND: &str = "Marks are means; bars are 95 % intervals as in the table; faint dots are runs.";

/// The section; each scored split has plots of its own.
pub(super) fn trends_section(report: &Report) -> Section {
    let mut section = Section::new("trends", "Scores against settings").saying(LEGEND);
    for of in &report.tables {
        let (plots, note) = plots(of);
        section = section.perhaps_saying(note).plotting(plots);
    }
    section
}

/// The plots of a table's first number, and what they leave out.
fn plots(of: &SplitTable) -> (Vec<Plot>, Option<String>) {
    let table = &of.table;
    let scored: Vec<usize> = (0..table.rows.len()).filter(|row| table.rows[*row].numbers[0].mean().is_some()).collect();
    if scored.is_empty() {
        let split = of.split.map_or("scored", |split| split.name());
        return (Vec::new(), Some(format!("No job has a score on the {split} split.")));
    }
    match numeric_axis(table, &scored) {
        Some(axis) => line_plots(table, &scored, axis),
        None => row_plot(table, &scored),
    }
}

/// The axis to plot against: the training size if it varies, else that of most values; all are numbers.
fn numeric_axis(table: &ScoreTable, rows: &[usize]) -> Option<usize> {
    let values = |axis: &Axis| -> Option<usize> {
        let numbers = rows.iter().map(|row| number(table.rows[*row].group.value(&axis.key)));
        let mut values: Vec<f64> = numbers.collect::<Option<_>>()?;
        values.sort_by(f64::total_cmp);
        values.dedup();
        Some(values.len()).filter(|count| *count > 1)
    };
    let axes = table.axes.iter().enumerate().filter(|(_, axis)| ![EXPERIMENT, SET].contains(&axis.key.as_str()));
    let found = axes.filter_map(|(at, axis)| Some((axis.key == "data.train_size", values(axis)?, at)));
    found.max_by_key(|(is_size, count, at)| (*is_size, *count, std::cmp::Reverse(*at))).map(|(_, _, at)| at)
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Rows by what they are called without the axis: panel, then series.
type Panels = Vec<(String, Vec<(String, Vec<usize>)>)>;

fn line_plots(table: &ScoreTable, rows: &[usize], axis: usize) -> (Vec<Plot>, Option<String>) {
    let (mut panels, mut note) = (panels(table, rows, axis), None);
    if panels.len() > PANELS {
        let best = |(_, series): &(String, Vec<(String, Vec<usize>)>)| {
            let means = series.iter().flat_map(|(_, rows)| rows).filter_map(|row| table.rows[*row].numbers[0].mean());
            means.fold(f64::NEG_INFINITY, f64::max)
        };
        panels.sort_by(|one, other| best(other).total_cmp(&best(one)));
        let all = panels.len();
        note =
            Some(format!("Of {all} plots, the {PANELS} with the highest mean are shown; the table of scores has all."));
        panels.truncate(PANELS);
    }
    let shown: Vec<usize> = panels.iter().flat_map(|(_, series)| series).flat_map(|(_, rows)| rows).copied().collect();
    let key = &table.axes[axis];
    let of_row = |row: &usize| table.rows[*row].group.value(&key.key).to_owned();
    let ticks: Vec<(f64, String)> = shown.iter().filter_map(|row| Some((number(&of_row(row))?, of_row(row)))).collect();
    let title = table.quantities[0].to_string();
    let x = Scale::of_values(&key.name, &ticks);
    let y = score_scale(&title, shown.iter().map(|row| &table.rows[*row].numbers[0]));
    let plot = |(panel, series): &(String, Vec<(String, Vec<usize>)>)| {
        let of = if panel.is_empty() { String::new() } else { format!(", {panel}") };
        let rows: Vec<usize> = series.iter().flat_map(|(_, rows)| rows.clone()).collect();
        let series = series.iter().map(|(name, rows)| line_of(table, name, rows, |row| number(&of_row(row))));
        let drawing = LinePlot { x: x.clone(), y: y.clone(), series: series.collect() }.draw();
        let title = format!("{title} against {}{of}", key.name);
        Plot { description: described(table, &rows), numbers: numbers(table, &rows, &title), drawing, title }
    };
    (panels.iter().map(plot).collect(), note)
}

/// One plot where its series can be told apart; else a panel for each value of what the series are not.
fn panels(table: &ScoreTable, rows: &[usize], axis: usize) -> Panels {
    let others: Vec<&Axis> =
        table.axes.iter().enumerate().filter(|(at, _)| *at != axis).map(|(_, axis)| axis).collect();
    let name = |row: usize, axes: &[&Axis]| -> String {
        let value = |axis: &&Axis| format!("{}={}", axis.name, table.rows[row].group.value(&axis.key));
        axes.iter().map(value).collect::<Vec<_>>().join(", ")
    };
    let count =
        |axes: &[&Axis]| rows.iter().map(|row| name(*row, axes)).collect::<std::collections::BTreeSet<String>>().len();
    let series: Vec<&Axis> = match count(&others) {
        few if few <= SERIES => others.clone(),
        _ => {
            let fits = others.iter().filter(|axis| (2..=SERIES).contains(&count(&[**axis])));
            fits.min_by_key(|axis| (axis.key != "model.freeze", count(&[**axis]))).copied().into_iter().collect()
        }
    };
    let rest: Vec<&Axis> = others.into_iter().filter(|axis| !series.contains(axis)).collect();
    let mut panels: Panels = Vec::new();
    for row in rows {
        let (panel, series) = (name(*row, &rest), name(*row, &series));
        let at = panels.iter().position(|(known, _)| *known == panel).unwrap_or_else(|| {
            panels.push((panel, Vec::new()));
            panels.len() - 1
        });
        let of_panel = &mut panels[at].1;
        match of_panel.iter_mut().find(|(known, _)| *known == series) {
            Some((_, rows)) => rows.push(*row),
            None => of_panel.push((series, vec![*row])),
        }
    }
    panels
}

fn line_of(table: &ScoreTable, name: &str, rows: &[usize], place: impl Fn(&usize) -> Option<f64>) -> Series {
    let mut means: Vec<Mean> = rows
        .iter()
        .filter_map(|row| {
            let summary = &table.rows[*row].numbers[0];
            Some(Mean { x: place(row)?, y: summary.mean()?, interval: interval(summary), runs: runs(summary) })
        })
        .collect();
    means.sort_by(|one, other| one.x.total_cmp(&other.x));
    let line = means.iter().map(|mean| (mean.x, mean.y)).collect();
    Series { name: name.to_owned(), lines: vec![line], means }
}

fn row_plot(table: &ScoreTable, rows: &[usize]) -> (Vec<Plot>, Option<String>) {
    let mean = |row: &usize| table.rows[*row].numbers[0].mean().unwrap_or(0.0);
    let mut shown = rows.to_vec();
    let note = (rows.len() > ROWS).then(|| {
        shown.sort_by(|one, other| mean(other).total_cmp(&mean(one)));
        shown.truncate(ROWS);
        format!("Of {} settings, the {ROWS} with the highest mean are shown; the table has all.", rows.len())
    });
    let title = table.quantities[0].to_string();
    let x = score_scale(&title, shown.iter().map(|row| &table.rows[*row].numbers[0]));
    let row = |row: &usize| {
        let Row { group, numbers } = &table.rows[*row];
        let dot = Dot { series: 0, mean: mean(row), interval: interval(&numbers[0]), runs: runs(&numbers[0]) };
        DotRow { name: group.name(&table.axes), dots: vec![dot] }
    };
    let drawing = DotPlot { x, series: Vec::new(), rows: shown.iter().map(row).collect() }.draw();
    let title = format!("{title} of each setting");
    let plot = Plot { description: described(table, &shown), numbers: numbers(table, &shown, &title), drawing, title };
    (vec![plot], note)
}

/// The interval that the table shows: over seeds, or over sentences for one run.
pub(super) fn interval(summary: &Summary) -> Option<(f64, f64)> {
    match summary.runs.len() {
        1 => summary.sentences,
        _ => summary.seeds.and_then(|seeds| seeds.interval),
    }
}

/// The scores of several runs.
pub(super) fn runs(summary: &Summary) -> Vec<f64> {
    let scores = summary.runs.iter().map(|run| run.score);
    if summary.runs.len() > 1 { scores.collect() } else { Vec::new() }
}

/// A scale for means, intervals and runs.
pub(super) fn score_scale<'s>(title: &str, summaries: impl Iterator<Item = &'s Summary>) -> Scale {
    let values = summaries.flat_map(|summary| {
        let ends = interval(summary).map(|(low, high)| [low, high]).into_iter().flatten();
        summary.mean().into_iter().chain(ends).chain(runs(summary)).collect::<Vec<f64>>()
    });
    Scale::round(title, values, (0.0, 1.0))
}

/// The highest and the lowest mean, in a sentence.
fn described(table: &ScoreTable, rows: &[usize]) -> String {
    let by_mean: BTreeMap<u64, usize> =
        rows.iter().filter_map(|row| Some((table.rows[*row].numbers[0].mean()?.to_bits(), *row))).collect();
    let text = |row: &usize| {
        let Row { group, numbers } = &table.rows[*row];
        format!("{} ({})", number_text(table.quantities[0], &numbers[0]), group.name(&table.axes))
    };
    match (by_mean.values().next(), by_mean.values().next_back()) {
        (Some(low), Some(high)) if low != high => {
            format!("{} settings, from {} to {}.", rows.len(), text(low), text(high))
        }
        (Some(only), _) => format!("{}.", text(only)),
        _ => String::new(),
    }
}

/// The rows of a plot as a table.
fn numbers(table: &ScoreTable, rows: &[usize], title: &str) -> DataTable {
    let names =
        if table.axes.is_empty() { vec!["job"] } else { table.axes.iter().map(|axis| axis.name.as_str()).collect() };
    let mut columns: Vec<Head> = names.into_iter().map(Head::text).collect();
    columns.extend([
        Head::number("runs"),
        Head::number(table.quantities[0].to_string()),
        Head::number("95 % interval"),
    ]);
    let row = |row: &usize| {
        let summary = &table.rows[*row].numbers[0];
        let mut cells = row_names(table, *row);
        cells.push(Datum::text(summary.runs.len().to_string()));
        cells.push(Datum::number(number_text(table.quantities[0], summary), summary.mean()));
        let ends = interval(summary).map_or_else(|| "–".to_owned(), |(low, high)| format!("{low:.4} to {high:.4}"));
        cells.push(Datum::text(ends));
        cells
    };
    DataTable { caption: title.to_owned(), columns, rows: rows.iter().map(row).collect() }
}
