//! A table of scores for people: as many columns as fit, or cells of rows and columns; the best marked. Numbers come from
//! `overview`.

use std::collections::BTreeSet;

use crate::overview::{Axis, Group, NOT_RUN, Quantity, Row, ScoreTable, Summary};

use crate::results::FOLD;

use super::format::{Cell, Column, Format, Table};
use super::mean::{with_deviation, with_spread};
use super::page::{Page, fits};
use super::wrap::wrapped;

/// A table for people, with what is said below it.
pub(super) struct ScoreText {
    /// The table's text, without a line feed at its end.
    pub table: String,
    /// The names of numbers that did not fit.
    pub left_out: Vec<&'static str>,
}

/// How the table is written.
#[derive(Debug, Clone, Copy)]
struct Look {
    format: Format,
    page: Page,
    /// Whether rows have numbers for names, which stand above the table.
    is_narrow: bool,
}

/// The table as text, Markdown or LaTeX.
pub(super) fn score_text(table: &ScoreTable, format: Format, page: Page) -> ScoreText {
    let cells = if table.across.is_empty() { by_quantity(table) } else { by_value(table) };
    let look = Look { format, page, is_narrow: false };
    if format != Format::Text {
        let text = cells.part(table, 0..cells.columns.len(), look).text(format, page);
        return ScoreText { table: text.trim_end().to_owned(), left_out: Vec::new() };
    }
    if !table.across.is_empty() {
        return ScoreText { table: cells.broken(table, look), left_out: Vec::new() };
    }
    let (count, text) = cells.widest(table, look);
    let left_out = table.quantities[count..].iter().map(|quantity| quantity.short_name()).collect();
    ScoreText { table: text, left_out }
}

/// Rows with their cells.
struct Cells {
    /// The rows, by the first group of each.
    names: Vec<Group>,
    columns: Vec<Column>,
    /// Of each row: its cells, or a remark alone.
    rows: Vec<Result<Vec<Cell>, String>>,
    /// Between names and cells.
    marks: Vec<(&'static str, Vec<String>)>,
}

/// A column for each number.
fn by_quantity(table: &ScoreTable) -> Cells {
    let mut splits = table.quantities.iter().filter_map(|quantity| quantity.split());
    let first = splits.next();
    let is_mixed = splits.any(|split| Some(split) != first);
    let name = |quantity: &Quantity| if is_mixed { quantity.to_string() } else { quantity.short_name().to_owned() };
    let column =
        |quantity: &Quantity| Column { title: title(&name(quantity)), ..Column::new(&quantity.to_string(), true) };
    let row = |(at, row): (usize, &Row)| match row.group.remark() {
        Some(remark) => Err(remark),
        None => Ok((0..table.quantities.len()).map(|quantity| cell(table, at, quantity)).collect()),
    };
    let mut marks = Vec::new();
    if table.selects() {
        let selected = |row: &Row| row.group.cases[0].selected.unwrap_or_default().to_owned();
        marks.push(("selected", table.rows.iter().map(selected).collect()));
    }
    if table.has_seeds() {
        marks.push((runs_title(table), table.rows.iter().map(|row| seeds(&row.group)).collect()));
    }
    Cells {
        names: table.rows.iter().map(|row| row.group.clone()).collect(),
        columns: table.quantities.iter().map(column).collect(),
        rows: table.rows.iter().enumerate().map(row).collect(),
        marks,
    }
}

/// A column for each value of the keys across, and each number.
fn by_value(table: &ScoreTable) -> Cells {
    let values = |group: &Group, axes: &[Axis]| -> Vec<String> {
        axes.iter().map(|axis| group.value(&axis.key).to_owned()).collect()
    };
    let (mut heads, mut names): (Vec<Vec<String>>, Vec<Group>) = (Vec::new(), Vec::new());
    for row in &table.rows {
        let head = values(&row.group, &table.across);
        if !heads.contains(&head) {
            heads.push(head);
        }
        if names.iter().all(|known| values(known, &table.axes) != values(&row.group, &table.axes)) {
            names.push(row.group.clone());
        }
    }
    let several = table.quantities.len() > 1;
    let column = |head: &Vec<String>, quantity: &Quantity| {
        let mut lines: Vec<String> =
            table.across.iter().zip(head).map(|(axis, value)| format!("{}={value}", axis.name)).collect();
        if several {
            lines.push(quantity.to_string());
        }
        Column { name: lines.join(","), title: lines.join("\n"), is_number: true }
    };
    let columns = heads.iter().flat_map(|head| table.quantities.iter().map(|quantity| column(head, quantity)));
    let row = |name: &Group| {
        let of_head = |head: &Vec<String>| {
            let is_here = |row: &Row| {
                values(&row.group, &table.across) == *head
                    && values(&row.group, &table.axes) == values(name, &table.axes)
            };
            let at = table.rows.iter().position(is_here);
            (0..table.quantities.len()).map(move |quantity| match at {
                None => Cell::text("–"),
                Some(at) => match table.rows[at].group.remark() {
                    Some(remark) if remark == NOT_RUN => Cell::text(remark),
                    Some(remark) => Cell::text(remark.split([' ', ':']).next().unwrap_or_default()),
                    None => cell(table, at, quantity),
                },
            })
        };
        Ok(heads.iter().flat_map(of_head).collect())
    };
    Cells { rows: names.iter().map(row).collect(), columns: columns.collect(), names, marks: Vec::new() }
}

impl Cells {
    /// In as many columns as fit, and how many those are.
    fn widest(&self, table: &ScoreTable, look: Look) -> (usize, String) {
        let width = look.page.table_columns();
        let at_most = |look: Look| {
            let counts = (1..=self.columns.len()).rev();
            counts.map(|count| (count, self.text(table, 0..count, look))).find(|(_, text)| fits(text, width))
        };
        at_most(look).unwrap_or_else(|| {
            let narrow = Look { is_narrow: true, ..look };
            let (count, text) = at_most(narrow).unwrap_or_else(|| (1, self.text(table, 0..1, narrow)));
            (count, format!("{}\n\n{text}", self.labels(table, width)))
        })
    }

    /// In all columns, in several tables one below another where they do not fit.
    fn broken(&self, table: &ScoreTable, look: Look) -> String {
        let width = look.page.table_columns();
        let parts = |columns: usize, look: Look| {
            let starts = (0..self.columns.len()).step_by(columns);
            let part = |start: usize| self.text(table, start..self.columns.len().min(start + columns), look);
            starts.map(part).collect::<Vec<_>>().join("\n\n")
        };
        let widest = |look: Look| {
            (1..=self.columns.len()).rev().map(|columns| parts(columns, look)).find(|text| fits(text, width))
        };
        widest(look).unwrap_or_else(|| {
            let narrow = Look { is_narrow: true, ..look };
            let text = widest(narrow).unwrap_or_else(|| parts(1, narrow));
            format!("{}\n\n{text}", self.labels(table, width))
        })
    }

    /// Each row's name under its number.
    fn labels(&self, table: &ScoreTable, width: usize) -> String {
        let name = |(at, group): (usize, &Group)| wrapped(&format!("#{}", at + 1), 4, &group.name(&table.axes), width);
        self.names.iter().enumerate().map(name).collect::<Vec<_>>().join("\n")
    }

    fn text(&self, table: &ScoreTable, columns: std::ops::Range<usize>, look: Look) -> String {
        self.part(table, columns, look).text(look.format, look.page).trim_end().to_owned()
    }

    /// Names, marks and some of the columns.
    fn part(&self, table: &ScoreTable, columns: std::ops::Range<usize>, look: Look) -> Table {
        let axes: Vec<&str> = match (look.is_narrow, table.axes.is_empty()) {
            (true, _) => vec!["#"],
            (false, true) => vec!["job"],
            (false, false) => table.axes.iter().map(|axis| axis.name.as_str()).collect(),
        };
        let mut head: Vec<Column> = axes.into_iter().map(|name| Column::new(name, false)).collect();
        head.extend(self.marks.iter().map(|(name, _)| Column::new(name, *name == "seeds")));
        head.extend(self.columns[columns.clone()].iter().cloned());
        let row = |(at, cells): (usize, &Result<Vec<Cell>, String>)| {
            let group = &self.names[at];
            let mut row: Vec<Cell> = match (look.is_narrow, table.axes.is_empty()) {
                (true, _) => vec![Cell::text(format!("#{}", at + 1))],
                (false, true) => vec![Cell::text(group.label.clone())],
                (false, false) => table.axes.iter().map(|axis| Cell::text(group.value(&axis.key))).collect(),
            };
            row.extend(self.marks.iter().map(|(_, marks)| Cell::text(marks[at].clone())));
            match cells {
                Ok(cells) => row.extend(cells[columns.clone()].iter().cloned()),
                Err(remark) if look.format == Format::Text && remark.starts_with("failed") => {
                    row.push(Cell::text(look.page.bad(remark)));
                }
                Err(remark) => row.push(Cell::text(remark.clone())),
            }
            row
        };
        Table { columns: head, rows: self.rows.iter().enumerate().map(row).collect() }
    }
}

/// The title of the column of [`seeds`].
pub fn runs_title(table: &ScoreTable) -> &'static str {
    let has_folds = table.rows.iter().flat_map(|row| &row.numbers).any(|summary| summary.folds.is_some());
    if has_folds { "runs" } else { "seeds" }
}

/// How many of a group's jobs have a result, and of how many folds they are.
pub fn seeds(group: &Group) -> String {
    let folds: BTreeSet<u64> = group.cases.iter().filter_map(|case| case.values.get(FOLD)?.parse().ok()).collect();
    let count = runs(group);
    if folds.len() > 1 { format!("{count} ({} folds)", folds.len()) } else { count }
}

fn runs(group: &Group) -> String {
    let scored = group.cases.iter().filter(|case| case.record.as_ref().is_some_and(|row| row.measurements().is_some()));
    match (scored.count(), group.cases.len()) {
        (some, all) if some == all => some.to_string(),
        (some, all) => format!("{some} of {all}"),
    }
}

/// A number for people: mean ±h over seeds, ~h over sentences.
fn cell(table: &ScoreTable, row: usize, quantity: usize) -> Cell {
    let (of, summary) = (table.quantities[quantity], &table.rows[row].numbers[quantity]);
    let is_best =
        table.tested.iter().any(|tested| tested.is_beyond && tested.quantity == quantity && tested.best_row() == row);
    Cell { is_best, ..Cell::text(number(of, summary)) }
}

/// A number as tables for people show it: `0.6428 ±0.0063` over seeds, `0.6121 ~0.0217` over sentences.
pub fn number(of: Quantity, summary: &Summary) -> String {
    let Some(mean) = summary.mean() else { return "–".to_owned() };
    if !of.is_score() {
        let is_whole = of != Quantity::TrainLoss;
        return if is_whole { format!("{mean:.0}") } else { format!("{mean:.4}") };
    }
    if summary.folds.is_some() {
        let sd = summary.seeds.and_then(|seeds| seeds.sd);
        return with_deviation(mean, sd);
    }
    let over_seeds = summary.seeds.and_then(|seeds| seeds.half_width()).map(|half| ('±', half));
    let spread = match summary.runs.len() {
        1 => summary.sentence_half_width().map(|half| ('~', half)),
        _ => over_seeds,
    };
    with_spread(mean, spread)
}

/// A name in lines of about ten letters, broken before underscores.
fn title(name: &str) -> String {
    const LINE: usize = 10;
    let mut lines = vec![String::new()];
    for (at, part) in name.split('_').enumerate() {
        let part = if at == 0 { part.to_owned() } else { format!("_{part}") };
        let line = lines.last_mut().expect("it begins with one");
        if line.is_empty() || line.len() + part.len() <= LINE { *line += &part } else { lines.push(part) }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_broken_before_underscores() {
        let titles = ["entity_f1", "gold_token_f1_micro", "test_entity_f1", "train_loss"].map(title);
        assert_eq!(titles, ["entity_f1", "gold_token\n_f1_micro", "test\n_entity_f1", "train_loss"]);
    }
}
