//! A comparison as Markdown, for a pull request: a table, then notes.

use crate::comparison::{Comparison, Row};

use super::super::format::{Cell, Column, Format, Table};
use super::legend::{legend, tests_of};
use super::notes::{changes, common_line, note};
use super::numbers::{difference, interval, p_text, seeds, together_lines};
use super::verdicts::verdict;
use super::view::DiffView;

/// The whole page.
pub(super) fn markdown(comparison: &Comparison, view: DiffView<'_>) -> String {
    let [a, b] = view.names;
    let mut head = vec![format!("A: `{a}`"), format!("B: `{b}`")];
    let common = changes(&comparison.common);
    if !common.is_empty() {
        head.push(common_line(comparison, &common));
    }
    let tests_of = tests_of(comparison);
    let note_of = |row: &Row| {
        let name = format!("{}, {}", row.label, row.score);
        row.notes.iter().map(|one| format!("- {name}: {}", note(one, tests_of))).collect::<Vec<_>>()
    };
    let notes = comparison.rows.iter().flat_map(note_of).collect::<Vec<_>>().join("\n");
    let parts = [
        head.join("<br>\n"),
        table(comparison).text(Format::Md, view.page).trim_end().to_owned(),
        together_lines(comparison).join("<br>\n"),
        notes,
        legend(comparison).join("<br>\n"),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n") + "\n"
}

fn table(comparison: &Comparison) -> Table {
    let many = comparison.rows.windows(2).any(|pair| pair[0].score != pair[1].score);
    let own = |row: &Row| changes(&row.changes.clone().without(&comparison.common));
    let has_changes = comparison.rows.iter().any(|row| !own(row).is_empty());
    let mut columns = vec![Column::new("setting", false)];
    columns.extend(has_changes.then(|| Column::new("changed", false)));
    columns.extend(many.then(|| Column::new("score", false)));
    columns.extend(["A", "B", "difference"].map(|name| Column::new(name, true)));
    columns.extend(["95 % interval", "seeds"].map(|name| Column::new(name, false)));
    columns.extend(["p", "Holm"].map(|name| Column::new(name, true)));
    columns.push(Column::new("verdict", false));
    let row = |row: &Row| {
        let mean = |at: usize| Cell::number(row.sides[at].as_ref().and_then(|side| side.mean), 4);
        let of_test = |text: Option<String>| Cell::text(text.unwrap_or_default());
        let test = row.test.as_ref();
        let mut cells = vec![Cell::text(row.label.clone())];
        cells.extend(has_changes.then(|| Cell::text(own(row))));
        cells.extend(many.then(|| Cell::text(row.score.to_string())));
        cells.extend([mean(0), mean(1), of_test(test.map(|test| difference(test.difference())))]);
        cells.push(of_test(test.and_then(|test| test.interval()).map(interval)));
        cells.push(of_test(test.map(seeds)));
        cells.push(of_test(test.map(|test| p_text(test.p))));
        cells.push(of_test(test.map(|test| p_text(test.p_holm))));
        cells.push(Cell::text(verdict(row)));
        cells
    };
    Table { columns, rows: comparison.rows.iter().map(row).collect() }
}
