//! What is said below a table of scores: what signs mean, what is best and by which test, what collapsed or failed, where
//! rows come from.

use std::collections::BTreeMap;

use crate::overview::{Case, Choice, EXPERIMENT, Row, ScoreTable, Source, Tested};
use crate::results::Record;
use crate::statistics::{Collapsed, Run, SeedTest};

use super::grouped::grouped;
use super::mean::{OVER_FOLDS, SPREAD};

/// Rows or settings that a line names at most.
const NAMED: usize = 6;

/// Columns without a best that have a line at most.
const COLUMNS: usize = 8;

/// The lines below a table. `mark`: what the best is marked with, `bold` or `*`.
pub fn score_notes(table: &ScoreTable, mark: &str) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(legend(table));
    let mut numbers = table.rows.iter().flat_map(|row| &row.numbers);
    notes.extend(numbers.any(|summary| summary.folds.is_some()).then(|| OVER_FOLDS.to_owned()));
    notes.extend(best_notes(table, mark));
    notes.extend(test_notes(table));
    notes.extend(collapsed_notes(table));
    notes
}

/// What ± and ~ mean, where they stand.
fn legend(table: &ScoreTable) -> Option<String> {
    let numbers = || table.rows.iter().flat_map(|row| &row.numbers);
    let over_seeds = numbers().any(|summary| summary.seeds.is_some_and(|seeds| seeds.interval.is_some()));
    let over_sentences = numbers().any(|summary| summary.runs.len() == 1 && summary.sentences.is_some());
    match (over_seeds, over_sentences) {
        (true, true) => Some(format!("{SPREAD}   ~: over test sentences, for one seed")),
        (true, false) => Some(SPREAD.to_owned()),
        (false, true) => Some("~: 95 % interval over test sentences, for one seed".to_owned()),
        (false, false) => None,
    }
}

/// What is best, or why nothing is.
fn best_notes(table: &ScoreTable, mark: &str) -> Vec<String> {
    let tested = &table.tested;
    if tested.is_empty() {
        return Vec::new();
    }
    let mut notes = Vec::new();
    let any_is_beyond = tested.iter().any(|tested| tested.is_beyond);
    if any_is_beyond {
        notes.push(format!(
            "{mark}: beyond seed noise of every other setting ({}, 5 %{})",
            test_name(tested),
            family(table)
        ));
    }
    if tested.iter().all(|tested| tested.p_holm.is_none())
        && tested.iter().all(|tested| has_one_seed_each(table, tested))
    {
        notes.push("nothing is bold: one seed each, so that luck and setting cannot be told apart".to_owned());
        return notes;
    }
    let open: Vec<&Tested> = tested.iter().filter(|tested| !tested.is_beyond).collect();
    for of in open.iter().take(COLUMNS) {
        let head = match tested.len() {
            1 => "nothing is bold".to_owned(),
            _ => column_name(table, of),
        };
        notes.push(format!("{head}: {}", why_not_bold(table, of)));
    }
    if open.len() > COLUMNS {
        notes.push(format!("and {} more without a best beyond noise", open.len() - COLUMNS));
    }
    notes
}

/// Why the best of a column is not marked, and what is within noise of it.
fn why_not_bold(table: &ScoreTable, tested: &Tested) -> String {
    let best = tested.best_row();
    let start = format!("the best, {:.4},", tested.best.mean);
    if runs(table, tested, best).len() < 2 {
        return match has_one_seed_each(table, tested) {
            true => "one seed each, so that luck and setting cannot be told apart".to_owned(),
            false => format!("{start} has one seed, so that luck and setting cannot be told apart"),
        };
    }
    let within = tested.best.within_noise();
    if within.is_empty() {
        let p = tested.best.p_group.unwrap_or(1.0);
        let corrected = tested.p_holm.unwrap_or(1.0);
        return format!(
            "{start} is beyond seed noise alone (p {p:.2}), not among all of the table ({corrected:.2}, Holm)"
        );
    }
    let name = |row: usize| table.rows[row].group.name(&table.axes);
    let mut names: Vec<String> = within.iter().take(NAMED).map(|setting| name(tested.rows[*setting])).collect();
    if within.len() > NAMED {
        names.push(format!("{} more", within.len() - NAMED));
    }
    let others = if within.len() == 1 { "1 other".to_owned() } else { format!("{} others", within.len()) };
    let named = format!("best: {}; within seed noise of it: {}", name(best), names.join("; "));
    format!("{start} is within seed noise of {others}\n{named}")
}

/// A column in a sentence: its number, the values across, the data that it is of where those differ.
fn column_name(table: &ScoreTable, tested: &Tested) -> String {
    let row = &table.rows[tested.best_row()].group;
    let mut parts = Vec::new();
    if table.tested.iter().any(|other| other.quantity != tested.quantity) {
        parts.push(table.quantities[tested.quantity].to_string());
    }
    parts.extend(table.across.iter().map(|axis| format!("{}={}", axis.name, row.value(&axis.key))));
    let is_shared = |key: &str| {
        let mut rows = tested.rows.iter().map(|at| table.rows[*at].group.value(key));
        rows.all(|value| value == row.value(key))
    };
    let differs = |key: &str| table.rows.iter().any(|other| other.group.value(key) != row.value(key));
    let data = table.axes.iter().filter(|axis| axis.key.starts_with("data.") || !axis.key.contains('.'));
    let data = data.filter(|axis| axis.key != EXPERIMENT && is_shared(&axis.key) && differs(&axis.key));
    parts.extend(data.map(|axis| format!("{}={}", axis.name, row.value(&axis.key))));
    parts.join(",")
}

fn runs<'t>(table: &'t ScoreTable, tested: &Tested, row: usize) -> &'t [Run] {
    &table.rows[row].numbers[tested.quantity].runs
}

fn has_one_seed_each(table: &ScoreTable, tested: &Tested) -> bool {
    tested.rows.iter().all(|row| runs(table, tested, *row).len() <= 1)
}

fn tests(tested: &[Tested]) -> impl Iterator<Item = SeedTest> {
    tested.iter().flat_map(|tested| &tested.best.others).map(|other| other.comparison.test)
}

/// The tests behind what is marked.
fn test_name(tested: &[Tested]) -> &'static str {
    match tests(tested).any(|test| !matches!(test, SeedTest::Paired { .. })) {
        true => "t over seeds",
        false => "paired t",
    }
}

fn family(table: &ScoreTable) -> String {
    let count = table.tested.iter().filter(|tested| tested.p_holm.is_some()).count();
    let noun = if table.across.is_empty() { "groups" } else { "columns" };
    if count > 1 { format!(", Holm over {count} {noun}") } else { String::new() }
}

/// What is particular about the tests.
fn test_notes(table: &ScoreTable) -> Vec<String> {
    let mut notes = Vec::new();
    if tests(&table.tested).any(|test| matches!(test, SeedTest::Welch { .. })) {
        notes.push("note: fewer than 3 seeds in common; compared as independent runs (Welch)".to_owned());
    }
    if tests(&table.tested).any(|test| matches!(test, SeedTest::OneAgainstSeveral { .. })) {
        notes.push("note: the noise of a setting with one seed is taken from the seeds of the other".to_owned());
    }
    let comparisons = table.tested.iter().flat_map(|tested| &tested.best.others).map(|other| &other.comparison);
    let over_data = comparisons.filter(|comparison| comparison.data_seeds > 1);
    let most = over_data.map(|comparison| (comparison.data_seeds, comparison.used[0].len())).max();
    notes.extend(most.map(|(data, runs)| format!("note: tested over {data} data seeds ({runs} runs)")));
    notes
}

/// Runs that collapsed, by the first number.
fn collapsed_notes(table: &ScoreTable) -> Vec<String> {
    let axes = table.all_axes();
    let note = |row: &Row| -> Vec<String> {
        let several = |runs: &[Run]| runs.iter().any(|run| run.data_seed != runs[0].data_seed);
        let summary = &row.numbers[0];
        let name = |run: &Run| match several(&summary.runs) {
            true => format!("seed {} (data seed {})", run.seed, run.data_seed),
            false => format!("seed {}", run.seed),
        };
        let line = |collapsed: &Collapsed| {
            let of = row.group.name(&axes);
            let (score, median) = (collapsed.run.score, collapsed.median_of_others);
            format!("note: {} collapsed in {of}: {score:.4}, median of the others {median:.4}", name(&collapsed.run))
        };
        summary.collapsed.iter().map(line).collect()
    };
    table.rows.iter().flat_map(note).collect()
}

/// What `[select]` chose, and how far to believe its validation score.
pub fn choice_notes(choices: &[Choice]) -> Vec<String> {
    let mut notes = Vec::new();
    for choice in choices {
        let head = if choices.len() > 1 { format!("{}: ", choice.winner) } else { String::new() };
        let Choice { candidates, stopped, best, .. } = choice;
        let among = match stopped {
            0 => candidates.to_string(),
            stopped => format!("{candidates}, {stopped} of them stopped early"),
        };
        let start = format!("{head}chosen among {among}: best validation score {best:.4}, too high");
        notes.push(match &choice.optimism {
            Some(optimism) => format!("{start} by up to {:.4} for that", optimism.at_most),
            None if *stopped > 0 => format!("{start} for that; jobs that were stopped do not tell by how much"),
            None => format!("{start} for that; one seed does not tell by how much"),
        });
    }
    if !choices.is_empty() {
        notes.push("quote its test score; for a paper, train it again with fresh seeds".to_owned());
    }
    notes
}

/// Why jobs failed, a line each problem.
pub fn case_failures(cases: &[Case], sources: &[Source]) -> Vec<String> {
    let line = |case: &Case| {
        let failure = case.record.as_ref()?.failure()?;
        let name = if sources.len() > 1 { format!("{}:", sources[case.source].name) } else { String::new() };
        let set = case.set.as_ref().map_or_else(String::new, |set| format!(" on {set}"));
        Some((format!("{name}{}{set}", case.label), failure.to_string()))
    };
    let lines: Vec<(String, String)> = cases.iter().filter_map(line).collect();
    grouped(&lines.iter().map(|(label, text)| (label.as_str(), text.clone())).collect::<Vec<_>>())
}

/// Where rows come from: one environment, or which rows are of which.
pub fn environment_notes(cases: &[Case]) -> Vec<String> {
    let mut labels: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for case in cases {
        let Some(Record { outcome, .. }) = &case.record else { continue };
        let place = (outcome.environment.as_str(), outcome.precision.as_deref().unwrap_or_default());
        labels.entry(place).or_default().push(&case.label);
    }
    let name = |(environment, precision): (&str, &str)| {
        if precision.is_empty() { environment.to_owned() } else { format!("{environment}, {precision}") }
    };
    let mut places: Vec<(String, Vec<&str>)> = labels.into_iter().map(|(place, rows)| (name(place), rows)).collect();
    // failed jobs have no precision
    if places.len() == 2 && places[1].0.starts_with(&format!("{},", places[0].0)) {
        places.remove(0);
    }
    match places.as_slice() {
        [] => Vec::new(),
        [(name, _)] => vec![format!("Environment: {name}.")],
        several => {
            let most = several.iter().map(|(_, rows)| rows.len()).max();
            let line = |(name, rows): &(String, Vec<&str>)| {
                let named: Vec<&str> = rows.iter().take(3).copied().collect();
                let more = if rows.len() > 3 { format!("; and {} more", rows.len() - 3) } else { String::new() };
                let jobs = if rows.len() == 1 { "1 row".to_owned() } else { format!("{} rows", rows.len()) };
                match Some(rows.len()) == most {
                    true => format!("{name} ({jobs})"),
                    false => format!("{name} ({jobs}: {}{more})", named.join("; ")),
                }
            };
            let places: Vec<String> = several.iter().map(line).collect();
            vec![format!("Rows of several environments, equal up to rounding: {}.", places.join(" and "))]
        }
    }
}
