//! Scores by entity type, as per_entity.csv has them.

use crate::overview::{Group, ScoreTable, TYPE};
use crate::report::number_text;

use super::data_table::{DataTable, Datum, Head};
use super::dot_plot::{Dot, DotPlot, DotRow};
use super::figure::Plot;
use super::report::Report;
use super::section::Section;
use super::trends::{interval, runs, score_scale};

/// Types of a plot at most: those with most entities.
const TYPES: usize = 12;

/// Types of the table at most.
const TABLED: usize = 60;

/// The section.
pub(super) fn types_section(report: &Report) -> Section {
    let section = Section::new("types", "Scores by entity type");
    let Some(of) = report.types.as_ref().filter(|_| !report.leading.is_empty()) else {
        return section.saying("No row has entity types: they are in per_entity.csv, which is missing or empty.");
    };
    let table = &of.table;
    let (types, all) = types(report, table);
    let section = section.perhaps_saying(report.of_some());
    let section = match all > TYPES {
        true => section.saying(&format!(
            "Of {all} types, the plot has the {TYPES} with most entities; `runner show --types` prints all."
        )),
        false => section,
    };
    section.plotting([plot(report, table, &types)])
}

/// The types of the shown settings, those with most entities first, at most so many as a table has; and how many there are.
fn types(report: &Report, table: &ScoreTable) -> (Vec<String>, usize) {
    let mut types: Vec<(f64, String)> = Vec::new();
    for row in &table.rows {
        let Some(kind) = row.group.kind().filter(|_| leading_of(report, &row.group).is_some()) else { continue };
        let support = row.numbers[1].mean().unwrap_or(0.0);
        match types.iter_mut().find(|(_, known)| known == kind) {
            Some((most, _)) => *most = most.max(support),
            None => types.push((support, kind.to_owned())),
        }
    }
    types.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    let all = types.len();
    (types.into_iter().take(TABLED).map(|(_, kind)| kind).collect(), all)
}

/// The shown setting that a row of a type is of.
fn leading_of(report: &Report, group: &Group) -> Option<usize> {
    let is_of = |other: &Group| {
        group.cases[0].source == other.cases[0].source
            && group.values.iter().filter(|(key, _)| *key != TYPE).eq(&other.values)
    };
    report.leading.iter().position(|leading| is_of(&report.table().rows[leading.row].group))
}

fn plot(report: &Report, table: &ScoreTable, types: &[String]) -> Plot {
    let found: Vec<(usize, &str, usize)> = (0..table.rows.len())
        .filter_map(|row| {
            let group = &table.rows[row].group;
            Some((leading_of(report, group)?, group.kind()?, row))
        })
        .collect();
    let of_type = |kind: &String| {
        let mut rows: Vec<(usize, usize)> =
            found.iter().filter(|(_, known, _)| known == kind).map(|(leading, _, row)| (*leading, *row)).collect();
        rows.sort_unstable();
        rows
    };
    let drawn: Vec<&String> = types.iter().take(TYPES).collect();
    let summary = |row: usize| &table.rows[row].numbers[0];
    let shown = drawn.iter().flat_map(|kind| of_type(kind)).map(|(_, row)| summary(row));
    let x = score_scale("f1", shown);
    let row = |kind: &&String| {
        let dots = of_type(kind).into_iter().filter_map(|(series, row)| {
            let summary = summary(row);
            Some(Dot { series, mean: summary.mean()?, interval: interval(summary), runs: runs(summary) })
        });
        DotRow { name: (*kind).clone(), dots: dots.collect() }
    };
    let names: Vec<String> = report.leading.iter().map(|leading| leading.name.clone()).collect();
    let drawing = DotPlot { x, series: names.clone(), rows: drawn.iter().map(row).collect() }.draw();
    let mut columns = vec![Head::text("type"), Head::text("setting")];
    columns.extend(table.quantities.iter().map(|quantity| Head::number(quantity.short_name())));
    let mut rows = Vec::new();
    for kind in types {
        for (leading, row) in of_type(kind) {
            let numbers = table.quantities.iter().zip(&table.rows[row].numbers);
            let numbers = numbers.map(|(of, summary)| Datum::number(number_text(*of, summary), summary.mean()));
            rows.push(
                [Datum::text(kind.clone()), Datum::text(names[leading].clone())].into_iter().chain(numbers).collect(),
            );
        }
    }
    let split = report.split().name();
    let title = format!("F1 of each entity type, {split} split");
    let description = format!("{} types, {} settings.", drawn.len(), names.len());
    Plot { numbers: DataTable { caption: title.clone(), columns, rows }, title, description, drawing }
}
