//! The answer of `runner show`: tables with what is to be said of them, in each format.

use crate::overview::{Axis, Case, OWN_TEST, Quantity, SET, ScoreTable, Source, SplitTable, choices};
use crate::results::ScoredSplit;

use super::format::{Format, markdown_text};
use super::page::Page;
use super::score_notes::{case_failures, choice_notes, environment_notes, score_notes};
use super::score_rows::score_rows;
use super::score_table::{ScoreText, score_text};
use super::wrap::wrapped;

/// Which score to report, below every table of scores.
pub(super) const ADVICE: &str = "Report entity_f1; docs/scores.md explains each score.";

/// Tables in a format, ending with a line feed. `is_usual`: no number was asked for, so that advice is wanted.
pub fn show_text(tables: Vec<SplitTable>, sources: &[Source], format: Format, page: Page, is_usual: bool) -> String {
    match format {
        Format::Csv | Format::Json => {
            let tables: Vec<ScoreTable> = tables.into_iter().map(|table| table.table).collect();
            score_rows(&tables).text(format, page)
        }
        Format::Text => plain(&tables, sources, page, is_usual),
        Format::Md | Format::Latex => marked_up(&tables, sources, format, page),
    }
}

/// What a table is of: folders, evaluation set or split, and the number where only one is shown.
fn heading(SplitTable { split, table }: &SplitTable, sources: &[Source]) -> String {
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    let names = match names.len() {
        0..=3 => names.join(", "),
        count => format!("{} and {} more", names[..2].join(", "), count - 2),
    };
    let by = |axes: &[Axis]| axes.iter().map(|axis| axis.name.as_str()).collect::<Vec<_>>().join(", ");
    let set = table.rows[0].group.value(SET);
    let is_one_set = table.rows.iter().all(|row| row.group.value(SET) == set);
    let on = match (is_one_set && set != OWN_TEST, split) {
        (true, _) => format!(" on {set}"),
        (false, Some(split)) => format!(", {} split", split.name()),
        (false, None) => String::new(),
    };
    if table.across.is_empty() {
        return format!("{names}{on}");
    }
    let on = if is_one_set && set != OWN_TEST { on } else { String::new() };
    let quantities: Vec<String> = table.quantities.iter().map(ToString::to_string).collect();
    format!("{names}{on}: {} by {} (rows) and {} (columns)", quantities.join(", "), by(&table.axes), by(&table.across))
}

/// Everything that is said below the tables, once for all of them.
fn last_notes(tables: &[SplitTable], sources: &[Source]) -> Vec<String> {
    let groups: Vec<_> = tables[0].table.rows.iter().map(|row| row.group.clone()).collect();
    choice_notes(&choices(&groups, sources))
}

fn cases(tables: &[SplitTable]) -> Vec<Case> {
    tables[0].table.rows.iter().flat_map(|row| row.group.cases.clone()).collect()
}

fn plain(tables: &[SplitTable], sources: &[Source], page: Page, is_usual: bool) -> String {
    let mut text = String::new();
    let width = page.table_columns();
    for of in tables {
        let ScoreText { table, left_out } = score_text(&of.table, Format::Text, page);
        text += &(wrapped("", 2, &page.heading(&heading(of, sources)), width) + "\n" + &table + "\n\n");
        let mut notes = score_notes(&of.table, page.best_mark());
        notes.extend(others(of, left_out, is_usual));
        for note in &notes {
            text += &(wrapped("", 2, note, width) + "\n");
        }
        if !notes.is_empty() {
            text.push('\n');
        }
    }
    for note in last_notes(tables, sources) {
        text += &(wrapped("", 2, &note, width) + "\n");
    }
    let cases = cases(tables);
    for failure in case_failures(&cases, sources) {
        text += &(wrapped(&page.bad("failed:"), 2, &failure, page.columns) + "\n");
    }
    for note in environment_notes(&cases) {
        text += &(wrapped("", 2, &note, width) + "\n");
    }
    if is_usual {
        text += &(wrapped("", 0, ADVICE, width) + "\n");
    }
    text
}

/// What does not stand in the table, and how to see it.
fn others(SplitTable { split, table }: &SplitTable, left_out: Vec<&'static str>, is_usual: bool) -> Option<String> {
    let scores = split.filter(|_| is_usual).map(Quantity::scores).unwrap_or_default();
    let scores = scores.into_iter().filter(|score| !table.quantities.contains(score)).map(Quantity::short_name);
    let names: Vec<&str> = left_out.into_iter().chain(scores).collect();
    let prefix = if *split == Some(ScoredSplit::Validation) { "validation_" } else { "" };
    (!names.is_empty()).then(|| format!("also with --value {prefix}SCORE: {}", names.join(", ")))
}

/// Markdown with a paragraph below each table; LaTeX with comments.
fn marked_up(tables: &[SplitTable], sources: &[Source], format: Format, page: Page) -> String {
    let mut parts = Vec::new();
    for (at, of) in tables.iter().enumerate() {
        let mut notes = score_notes(&of.table, "bold");
        if at + 1 == tables.len() {
            notes.extend(last_notes(tables, sources));
            let cases = cases(tables);
            notes.extend(case_failures(&cases, sources).into_iter().map(|failure| format!("failed: {failure}")));
            notes.extend(environment_notes(&cases));
        }
        let lines = notes.iter().flat_map(|note| note.lines());
        let (title, table) = (heading(of, sources), score_text(&of.table, format, page).table);
        parts.push(match format {
            Format::Latex => {
                let notes: String = lines.map(|line| format!("% {line}\n")).collect();
                format!("% {title}\n{table}\n{notes}")
            }
            _ => {
                let notes: Vec<String> = lines.map(markdown_text).collect();
                format!("{}\n\n{table}\n\n{}\n", markdown_text(&title), notes.join("\\\n"))
            }
        });
    }
    parts.join("\n")
}
