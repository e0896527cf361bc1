//! A comparison for programs: a row for each setting and score, with every number and all notes.

use serde_json::Value;

use crate::comparison::{Comparison, Evidence, Row};
use crate::statistics::SeedTest;

use super::super::format::{Cell, Column, Table};
use super::legend::tests_of;
use super::notes::{changes, note};
use super::verdicts::{first_words, verdict};

/// The table; notes are one text.
pub(super) fn table(comparison: &Comparison) -> Table {
    let tests_of = tests_of(comparison);
    let rows: Vec<Vec<(&str, Value)>> = comparison.rows.iter().map(|row| cells(row, tests_of)).collect();
    let columns = rows.first().map(|row| row.iter().map(|(name, _)| Column::new(name, false)).collect());
    let cell = |(_, value): (&str, Value)| Cell { text: String::new(), value, is_best: false };
    let rows = rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect();
    Table { columns: columns.unwrap_or_default(), rows }
}

fn cells(row: &Row, tests_of: &str) -> Vec<(&'static str, Value)> {
    let label = |at: usize| Value::from(row.labels[at].clone());
    let mut cells = vec![
        ("setting", Value::from(row.label.clone())),
        ("setting_a", label(0)),
        ("setting_b", label(1)),
        ("score", Value::from(row.score.to_string())),
        ("verdict", Value::from(first_words(&row.verdict))),
        ("text", Value::from(verdict(row))),
    ];
    cells.extend(test_cells(row));
    cells.extend(sentence_cells(row));
    let side = |at: usize| row.sides[at].as_ref();
    let count = |number: Option<usize>| Value::from(number);
    cells.extend([
        ("runs_a", count(side(0).map(|side| side.runs))),
        ("runs_b", count(side(1).map(|side| side.runs))),
        ("failed_a", count(side(0).map(|side| side.failed))),
        ("failed_b", count(side(1).map(|side| side.failed))),
        ("collapsed_a", count(side(0).map(|side| side.collapsed))),
        ("collapsed_b", count(side(1).map(|side| side.collapsed))),
        ("environment_a", Value::from(side(0).map(|side| side.environments.clone()))),
        ("environment_b", Value::from(side(1).map(|side| side.environments.clone()))),
        ("changed", Value::from(changes(&row.changes))),
        ("notes", Value::from(row.notes.iter().map(|one| note(one, tests_of)).collect::<Vec<_>>().join("; "))),
    ]);
    cells
}

/// Means, difference, interval, p; the seed test.
fn test_cells(row: &Row) -> Vec<(&'static str, Value)> {
    let mean = |at: usize| Value::from(row.sides[at].as_ref().and_then(|side| side.mean));
    let test = row.test.as_ref();
    let interval = test.and_then(|test| test.interval());
    let name = test.map(|test| match (test.evidence, test.seeds.test) {
        (Evidence::Sentences, _) => "sentences",
        (Evidence::Seeds, SeedTest::Paired { .. }) => "paired t",
        (Evidence::Seeds, SeedTest::Welch { .. }) => "Welch t",
        (Evidence::Seeds, _) => "one against several",
    });
    vec![
        ("mean_a", mean(0)),
        ("mean_b", mean(1)),
        ("difference", Value::from(test.map(|test| test.difference()))),
        ("ci_low", Value::from(interval.map(|ends| ends.0))),
        ("ci_high", Value::from(interval.map(|ends| ends.1))),
        ("p", Value::from(test.map(|test| test.p))),
        ("p_holm", Value::from(test.map(|test| test.p_holm))),
        ("detectable", Value::from(test.and_then(|test| test.detectable))),
        ("test", Value::from(name)),
        ("n_a", Value::from(test.map(|test| test.units()[0]))),
        ("n_b", Value::from(test.map(|test| test.units()[1]))),
        ("data_seeds", Value::from(test.map(|test| test.seeds.data_seeds))),
        ("se", Value::from(test.and_then(|test| test.seeds.se))),
        ("df", Value::from(test.and_then(|test| test.seeds.df))),
        ("t", Value::from(test.and_then(|test| test.seeds.t))),
    ]
}

/// The sentence test, and both together.
fn sentence_cells(row: &Row) -> Vec<(&'static str, Value)> {
    let sentences = row.test.as_ref().and_then(|test| test.sentences);
    let both = row.test.as_ref().and_then(|test| test.both);
    vec![
        ("sentences", Value::from(sentences.map(|found| found.sentences))),
        ("sentences_differ", Value::from(sentences.map(|found| found.differing))),
        ("sentence_difference", Value::from(sentences.map(|found| found.difference))),
        ("sentence_se", Value::from(sentences.map(|found| found.se))),
        ("sentence_p", Value::from(sentences.map(|found| found.p))),
        ("sentence_low", Value::from(sentences.and_then(|found| found.interval).map(|ends| ends.0))),
        ("sentence_high", Value::from(sentences.and_then(|found| found.interval).map(|ends| ends.1))),
        ("p_both", Value::from(both.map(|both| both.p))),
        ("both_low", Value::from(both.map(|both| both.interval.0))),
        ("both_high", Value::from(both.map(|both| both.interval.1))),
    ]
}
