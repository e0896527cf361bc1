//! Which types are taken for which: gold against answer, missed and spurious.

use std::collections::BTreeMap;

use maud::html;

use crate::answers::{Answers, ErrorKind, MatchTally};
use crate::report::error_meaning;
use crate::words::counted;

use super::data_table::{DataTable, Datum, Head};
use super::figure::Plot;
use super::heat_map::{HeatCell, HeatMap};
use super::report::{Leading, POOLED, Report};
use super::section::Section;

/// Types of a matrix at most: those with most entities.
const TYPES: usize = 12;

/// The section.
pub(super) fn confusion_section(report: &Report) -> Section {
    let section = Section::new("confusion", "Confusion of types");
    let shown: Vec<&Leading> = report.leading.iter().filter(|leading| !leading.answers.is_empty()).collect();
    if shown.is_empty() {
        return section.saying(
            "No confusions: no shown setting has predictions that its scores follow from. Restore predictions/ with \
             git, or run again.",
        );
    }
    let text = format!(
        "Entities of gold and answer are matched one to one as in `runner errors`; runs of a setting are counted \
         together, at most {POOLED}. The stronger a color, the larger the share of the row."
    );
    section
        .saying(&text)
        .perhaps_saying(report.of_some())
        .with(html! { (kinds(&shown).markup()) })
        .plotting(shown.iter().map(|leading| plot(report, leading)))
}

/// Errors by kind, a row for each setting.
fn kinds(shown: &[&Leading]) -> DataTable {
    let heads = ErrorKind::ALL.map(|kind| Head::number(format!("{} ({})", kind.name(), error_meaning(kind))));
    let row = |leading: &&Leading| {
        let tallies: Vec<MatchTally> = leading.answers.iter().map(|(_, answers)| answers.tally()).collect();
        let sum = |of: &dyn Fn(&MatchTally) -> usize| tallies.iter().map(of).sum::<usize>().to_string();
        let kinds = ErrorKind::ALL.map(|kind| Datum::text(sum(&|tally| tally.count(kind))));
        [
            Datum::text(leading.name.clone()),
            Datum::text(tallies.len().to_string()),
            Datum::text(sum(&|tally| tally.right)),
        ]
        .into_iter()
        .chain(kinds)
        .collect()
    };
    DataTable {
        caption: "Entities by kind of error".to_owned(),
        columns: [Head::text("setting"), Head::number("runs"), Head::number("right")]
            .into_iter()
            .chain(heads)
            .collect(),
        rows: shown.iter().map(row).collect(),
    }
}

/// Entities by names of types in gold and answer; none where there is none.
type Counts = BTreeMap<[Option<String>; 2], usize>;

fn pooled(leading: &Leading) -> Counts {
    let mut counts = Counts::new();
    for (_, answers) in &leading.answers {
        for (pair, count) in answers.confusion() {
            *counts.entry(pair.map(|kind| kind.map(|kind| name(answers, kind)))).or_default() += count;
        }
    }
    counts
}

fn name(answers: &Answers, kind: usize) -> String {
    answers.type_name(kind).to_owned()
}

/// The types with most entities, by name; all others are one.
fn shown_types(counts: &Counts) -> (Vec<String>, bool) {
    let mut entities: BTreeMap<&String, usize> = BTreeMap::new();
    for (pair, count) in counts {
        for kind in pair.iter().flatten() {
            *entities.entry(kind).or_default() += count;
        }
    }
    let mut types: Vec<(&String, usize)> = entities.into_iter().collect();
    types.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let has_others = types.len() > TYPES;
    let mut types: Vec<String> = types.into_iter().take(TYPES).map(|(kind, _)| kind.clone()).collect();
    types.sort();
    (types, has_others)
}

fn plot(report: &Report, leading: &Leading) -> Plot {
    let counts = pooled(leading);
    let (types, has_others) = shown_types(&counts);
    let mut names: Vec<String> = types.clone();
    names.extend(has_others.then(|| "other types".to_owned()));
    let place = |kind: &Option<String>| match kind {
        None => names.len(),
        Some(kind) => types.iter().position(|known| known == kind).unwrap_or(types.len()),
    };
    let size = names.len() + 1;
    let mut grid = vec![vec![0_usize; size]; size];
    for ([gold, answer], count) in &counts {
        grid[place(gold)][place(answer)] += count;
    }
    let rows: Vec<String> = names.iter().cloned().chain(["(spurious)".to_owned()]).collect();
    let columns: Vec<String> = names.iter().cloned().chain(["(missed)".to_owned()]).collect();
    let is_void = |row: usize, column: usize| row == size - 1 && column == size - 1;
    let cell = |row: usize, column: usize| {
        let (count, sum) = (grid[row][column], grid[row].iter().sum::<usize>().max(1));
        let text = if is_void(row, column) { String::new() } else { count.to_string() };
        HeatCell { text, share: count as f64 / sum as f64 }
    };
    let of_row = |row: usize| (rows[row].clone(), (0..size).map(|column| cell(row, column)).collect());
    let (down, across) = ("gold".to_owned(), "answered".to_owned());
    let drawing = HeatMap { down, across, columns: columns.clone(), rows: (0..size).map(of_row).collect() }.draw();
    let datum = |row: usize, column: usize| {
        let text = if is_void(row, column) { "–".to_owned() } else { grid[row][column].to_string() };
        Datum::text(text)
    };
    let runs = counted(leading.answers.len(), "run");
    let title = format!("Gold types (rows) as answered (columns), {}: {}, {runs}", report.split().name(), leading.name);
    let numbers = DataTable {
        caption: title.clone(),
        columns: [Head::text("gold")].into_iter().chain(columns.iter().cloned().map(Head::number)).collect(),
        rows: (0..size)
            .map(|row| [Datum::text(rows[row].clone())].into_iter().chain((0..size).map(|at| datum(row, at))).collect())
            .collect(),
    };
    let right: usize = counts.iter().filter(|([gold, answer], _)| gold == answer).map(|(_, count)| count).sum();
    let all: usize = counts.iter().filter(|([gold, _], _)| gold.is_some()).map(|(_, count)| count).sum();
    let description = format!("Of {all} gold entities, {right} have the right type; {size} rows and columns.");
    Plot { title, description, drawing, numbers }
}
