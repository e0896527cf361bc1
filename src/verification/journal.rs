//! Whether the tables are those of the journal. It must not know predictions.

use std::collections::BTreeSet;
use std::fs;

use crate::results::{
    Ending, EvaluationRecord, Outcome, Record, Replay, evaluation_differences, evaluation_name, job_differences,
};
use crate::words::counted;

use super::finding::{Check, Checked, Finding};
use super::folder::Folder;

/// The journal's path in the folder.
const FILE: &str = ".run/journal.jsonl";
const REMEDY: &str = "the journal is right: run the experiment again, which rewrites the tables";

/// Tables against the journal, where there is one.
pub(super) fn check(folder: &Folder) -> Checked {
    if let Some(damage) = folder.damage.get(&Check::Journal) {
        return Checked { findings: damage.clone(), ..Checked::new(Check::Journal, "") };
    }
    let Some(journal) = &folder.journal else { return Checked::not(Check::Journal, "no journal (a clone)") };
    let mut checked = Checked::new(Check::Journal, counted(journal.outcomes.len(), "result"));
    let unknown = folder.records().iter().filter(|record| !journal.outcomes.contains_key(&record.outcome.key)).count();
    if unknown > 0 {
        checked.not_checked.push(format!("{} of the tables are missing from it", counted(unknown, "row")));
    }
    checked.findings.extend(journal.torn.iter().map(|torn| {
        Finding::at(FILE, "the last line", "").found(torn.to_string(), "").from("", "run the experiment again")
    }));
    checked.findings.extend(journal.damaged.iter().map(|line| {
        Finding::at(FILE, &format!("line {}", line.line), "")
            .found(&line.problem, "")
            .from("", "run the experiment again: what the line held comes from the tables, or runs again")
    }));
    let Some(tables) = &folder.tables else { return checked };
    for record in &tables.records {
        checked.findings.extend(match right(journal, &record.outcome) {
            Some(right) if is_older(&record.outcome, right) => vec![older("results.csv", &record.label, "status")],
            Some(right) => {
                let differences = job_differences(record, &tables.columns, &tables.header, right);
                differences.into_iter().map(|one| Finding::of(one, "journal", REMEDY)).collect()
            }
            None => Vec::new(),
        });
    }
    let header = evaluations_header(folder);
    for record in &folder.evaluations {
        checked.findings.extend(match right(journal, &record.outcome) {
            Some(right) if is_older(&record.outcome, right) => {
                vec![older("evaluations.csv", &evaluation_name(record), "error")]
            }
            Some(right) => {
                let differences = evaluation_differences(record, &header, right);
                differences.into_iter().map(|one| Finding::of(one, "journal", REMEDY)).collect()
            }
            None => Vec::new(),
        });
    }
    checked.findings.extend(missing(folder));
    checked
}

/// The journal's result of a row, unless the row is a later one: finished, where the journal's failed.
fn right<'j>(journal: &'j Replay, row: &Outcome) -> Option<&'j Outcome> {
    let right = journal.outcomes.get(&row.key)?;
    (is_finished(right) || !is_finished(row)).then_some(right)
}

fn is_finished(outcome: &Outcome) -> bool {
    matches!(outcome.ending, Ending::Ok(_))
}

fn is_older(row: &Outcome, right: &Outcome) -> bool {
    is_finished(right) && !is_finished(row)
}

fn older(file: &str, row: &str, column: &str) -> Finding {
    Finding::at(file, row, column).found("failed", "ok").from("journal", REMEDY)
}

/// Rows of jobs of the plan that the journal has and a table lacks.
fn missing(folder: &Folder) -> Vec<Finding> {
    let (Some(plan), Some(ledger)) = (&folder.plan, &folder.ledger) else { return Vec::new() };
    let there: BTreeSet<&str> = folder.records().iter().map(|record| record.label.as_str()).collect();
    let is_there = |record: &Record| there.contains(record.label.as_str());
    let finding = |file: &str, row: &str| Finding::at(file, row, "the row").found("", "there").from("journal", REMEDY);
    let rows = ledger.records(plan);
    let rows = rows.iter().filter(|record| !is_there(record)).map(|record| finding("results.csv", &record.label));
    let sets = ledger.evaluations(plan).unwrap_or_default();
    let on_sets: BTreeSet<(&str, &str)> =
        folder.evaluations.iter().map(|row| (row.label.as_str(), row.set.name.as_str())).collect();
    let has_set = |one: &EvaluationRecord| on_sets.contains(&(one.label.as_str(), one.set.name.as_str()));
    let sets = sets.iter().filter(|one| !has_set(one)).map(|one| finding("evaluations.csv", &evaluation_name(one)));
    rows.chain(sets).collect()
}

/// The columns of evaluations.csv as it is.
fn evaluations_header(folder: &Folder) -> Vec<String> {
    let text = fs::read_to_string(folder.layout.evaluations()).unwrap_or_default();
    let line = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    line.split(',').map(|column| column.trim_matches('"').to_owned()).collect()
}
