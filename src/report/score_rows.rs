//! Tables of scores for programs: a row for each setting and number, with everything that is known of it.

use crate::overview::{EXPERIMENT, Group, Quantity, Row, SET, ScoreTable, TYPE, Tested};
use crate::results::{SETTING_COLUMNS, SUMMARY_COLUMNS, is_seed};

use super::format::{Cell, Column, Table};

/// Columns behind those of summary.csv: the tests against the best.
const TESTS: [&str; 5] = ["p", "p_holm", "p_group", "p_group_holm", "is_best"];

/// Columns after the settings.
pub fn number_columns() -> impl Iterator<Item = &'static str> {
    SUMMARY_COLUMNS.into_iter().chain(TESTS)
}

/// The rows of several tables under one header.
pub(super) fn score_rows(tables: &[ScoreTable]) -> Table {
    let keys = setting_keys(tables);
    let has = |key: &str| tables.iter().flat_map(|table| &table.rows).any(|row| row.group.values.contains_key(key));
    let mut columns = vec![Column::new(EXPERIMENT, false), Column::new(SET, false)];
    columns.extend(keys.iter().map(|(_, name)| Column::new(name, false)));
    let types = has(TYPE);
    columns.extend(types.then(|| Column::new(TYPE, false)));
    columns.extend(number_columns().map(|name| Column::new(name, !matches!(name, "metric"))));
    let mut rows = Vec::new();
    for table in tables {
        for (at, row) in table.rows.iter().enumerate() {
            for (quantity, of) in table.quantities.iter().enumerate() {
                let mut cells = names(&row.group, &keys, types);
                cells.push(Cell::text(of.to_string()));
                cells.extend(numbers(row, quantity, *of));
                cells.extend(tests(table, at, quantity));
                rows.push(cells);
            }
        }
    }
    Table { columns, rows }
}

/// The settings that have columns, dotted, with the columns' names: as in summary.csv, then what else sets rows apart.
fn setting_keys(tables: &[ScoreTable]) -> Vec<(String, String)> {
    let rows = || tables.iter().flat_map(|table| &table.rows);
    let has = |key: &str| rows().any(|row| row.group.values.contains_key(key));
    let fixed = SETTING_COLUMNS.into_iter().filter(|(_, key)| !is_seed(key) || has(key));
    let mut keys: Vec<(String, String)> = fixed.map(|(name, key)| (key.to_owned(), name.to_owned())).collect();
    for axis in tables.iter().flat_map(ScoreTable::all_axes) {
        let is_first = ![EXPERIMENT, SET, TYPE].contains(&axis.key.as_str());
        if is_first && keys.iter().all(|(key, _)| *key != axis.key) {
            keys.push((axis.key.clone(), axis.key));
        }
    }
    keys
}

fn names(group: &Group, keys: &[(String, String)], types: bool) -> Vec<Cell> {
    let text = |key: &str| Cell::text(group.values.get(key).cloned().unwrap_or_default());
    let first = [EXPERIMENT, SET].into_iter().chain(keys.iter().map(|(key, _)| key.as_str()));
    first.chain(types.then_some(TYPE)).map(text).collect()
}

/// From `n` to `sentence_high`.
fn numbers(row: &Row, quantity: usize, of: Quantity) -> Vec<Cell> {
    let summary = &row.numbers[quantity];
    let seeds = summary.seeds;
    let interval = seeds.and_then(|seeds| seeds.interval);
    let parts = seeds.and_then(|seeds| seeds.components);
    let mut cells = vec![Cell::count(summary.runs.len()), Cell::count(summary.failed)];
    let six = |number: Option<f64>| Cell::number(number.map(six_decimals), 6);
    cells.push(six(seeds.map(|seeds| seeds.mean)));
    cells.push(six(seeds.and_then(|seeds| seeds.sd)));
    cells.push(six(interval.map(|(low, _)| low)));
    cells.push(six(interval.map(|(_, high)| high)));
    cells.push(if of.is_score() { Cell::count(summary.collapsed.len()) } else { Cell::number(None, 6) });
    cells.push(six(parts.map(|parts| parts.sd_seed())));
    cells.push(six(parts.map(|parts| parts.sd_data())));
    cells.push(six(summary.sentences.map(|(low, _)| low)));
    cells.push(six(summary.sentences.map(|(_, high)| high)));
    cells
}

/// From `p` to `is_best`. p of the others against the best, p_group of the best.
fn tests(table: &ScoreTable, row: usize, quantity: usize) -> Vec<Cell> {
    let is_here = |tested: &&Tested| tested.quantity == quantity && tested.rows.contains(&row);
    let p = |number: Option<f64>| Cell::number(number.map(six_digits), 6);
    let Some(tested) = table.tested.iter().find(is_here) else {
        return (0..4).map(|_| p(None)).chain([Cell::default()]).collect();
    };
    let is_best = tested.best_row() == row;
    let other = tested.best.others.iter().find(|other| tested.rows[other.setting] == row);
    let other = other.filter(|other| other.comparison.p.is_some());
    let group = tested.best.p_group.filter(|_| is_best && tested.p_holm.is_some());
    let mut cells = vec![p(other.map(|other| other.p)), p(other.map(|other| other.p_holm)), p(group)];
    cells.push(p(tested.p_holm.filter(|_| is_best)));
    let is_beyond = is_best && tested.is_beyond;
    cells.push(Cell { value: is_beyond.into(), ..Cell::text(is_beyond.to_string()) });
    cells
}

fn six_decimals(number: f64) -> f64 {
    format!("{number:.6}").parse::<f64>().expect("formatted from an f64") + 0.0
}

fn six_digits(number: f64) -> f64 {
    format!("{number:.5e}").parse().expect("formatted from an f64")
}
