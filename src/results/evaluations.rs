//! evaluations.csv: the scores of trained models on evaluation sets, written and read back. It knows no settings and no saved
//! models.

use std::collections::BTreeMap;
use std::path::Path;

use crate::metrics::Metric;
use crate::words::Word;

use super::committed::{MERGED, read, read_failure, read_key};
use super::csv_table::{Cells, CsvTable};
use super::tables::{Table, cell};
use super::{Ending, Layout, Measurements, Outcome, ResultsError, ScoredSplit};

/// Columns before the metrics.
const FIRST: [&str; 8] = ["job", "key", "evaluation", "set", "dataset", "language", "split", "size"];
/// Columns after them.
const LAST: [&str; 3] = ["words_unseen", "environment", "error"];

/// An evaluation set as the table shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EvaluatedSet {
    /// What the experiment calls it.
    pub name: String,
    /// `data.dataset`
    pub dataset: String,
    /// `data.language`; empty if there is none.
    pub language: String,
    /// The split scored.
    pub split: String,
    /// Rows of it, or `all`.
    pub size: String,
}

/// A job's model on an evaluation set: one row of evaluations.csv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationRecord {
    /// The job's label.
    pub label: String,
    /// The job's key: 12 hex digits.
    pub key: String,
    /// The set.
    pub set: EvaluatedSet,
    /// The result, under the evaluation's own key.
    pub outcome: Outcome,
}

impl Outcome {
    /// The result of a model on an evaluation set, as its test split.
    ///
    /// It has only what evaluations.csv shows, so that journal and table agree.
    pub fn of_evaluation(key: &str, environment: &str, mut ending: Ending) -> Self {
        if let Ending::Ok(measured) = &mut ending {
            measured.splits.values_mut().for_each(|scores| scores.entities.clear());
        }
        Self { key: key.to_owned(), environment: environment.to_owned(), precision: None, steps: None, ending }
    }
}

/// evaluations.csv: a row for each record, in their order: jobs as in the plan, sets as in the file.
pub fn evaluations_csv(records: &[EvaluationRecord]) -> Vec<u8> {
    let mut table = Table::new();
    table.row(evaluations_header());
    records.iter().for_each(|record| table.row(evaluations_row(record)));
    table.bytes()
}

/// The columns of evaluations.csv.
pub fn evaluations_header() -> Vec<String> {
    FIRST.into_iter().chain(Metric::ALL.map(Metric::name)).chain(LAST).map(str::to_owned).collect()
}

/// The cells under `evaluations_header`.
pub(super) fn evaluations_row(EvaluationRecord { label, key, set, outcome }: &EvaluationRecord) -> Vec<String> {
    let first = [label, key, &outcome.key, &set.name, &set.dataset, &set.language, &set.split, &set.size];
    let (measured, error) = match &outcome.ending {
        Ending::Ok(measured) => (Some(measured), String::new()),
        Ending::Failed(failure) => (None, failure.to_string()),
    };
    let score = |metric| cell(measured.and_then(|measured| measured.score(ScoredSplit::Test, metric)));
    let unseen = cell(measured.and_then(|measured| measured.words_unseen));
    let last = [unseen, outcome.environment.clone(), error];
    first.map(String::clone).into_iter().chain(Metric::ALL.map(score)).chain(last).collect()
}

/// The rows of a folder's evaluations.csv; none if there is no such file.
///
/// # Errors
/// `Damaged` with file and line, or what the system says.
pub fn read_evaluations(layout: &Layout) -> Result<Vec<EvaluationRecord>, ResultsError> {
    Ok(read_evaluations_table(layout)?.records)
}

/// evaluations.csv as it is.
#[derive(Debug, Default)]
pub(super) struct EvaluationsTable {
    /// Its columns.
    pub(super) header: Vec<String>,
    /// Its rows.
    pub(super) records: Vec<EvaluationRecord>,
}

/// [`read_evaluations`] with the columns found.
pub(super) fn read_evaluations_table(layout: &Layout) -> Result<EvaluationsTable, ResultsError> {
    let file = layout.evaluations();
    match read(layout, &file)? {
        Some(content) => parse_evaluations_table(&file, &content),
        None => Ok(EvaluationsTable::default()),
    }
}

/// Reads the table from its content, as a git revision holds it; `file` is for messages only.
///
/// # Errors
/// `Damaged` with file and line.
pub fn parse_evaluations(file: &Path, content: &[u8]) -> Result<Vec<EvaluationRecord>, ResultsError> {
    Ok(parse_evaluations_table(file, content)?.records)
}

fn parse_evaluations_table(file: &Path, content: &[u8]) -> Result<EvaluationsTable, ResultsError> {
    let table = CsvTable::parse(file, content)?;
    check_header(file, &table)?;
    let mut known: BTreeMap<String, Outcome> = BTreeMap::new();
    let mut records: Vec<EvaluationRecord> = Vec::with_capacity(table.rows.len());
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    for cells in table.cells() {
        let record = read_record(&cells)?;
        let place = places.entry((record.label.clone(), record.set.name.clone())).or_insert(records.len());
        match records.get(*place) {
            // the same row of two branches, merged line by line
            Some(other) if *other == record => continue,
            Some(_) => {
                let problem = format!("job {:?} has another row for {:?} above", record.label, record.set.name);
                return Err(cells.damaged(problem + MERGED));
            }
            None => {}
        }
        let other = known.insert(record.outcome.key.clone(), record.outcome.clone());
        if other.is_some_and(|other| other != record.outcome) {
            return Err(cells.damaged(format!("evaluation {} has another result above", record.outcome.key)));
        }
        records.push(record);
    }
    Ok(EvaluationsTable { header: table.header, records })
}

/// Every fixed column must exist, each column once, and every other column must be a metric.
fn check_header(file: &Path, table: &CsvTable<'_>) -> Result<(), ResultsError> {
    let mut fixed = FIRST.into_iter().chain(LAST);
    if let Some(missing) = fixed.find(|column| !table.header.iter().any(|found| found == column)) {
        return Err(ResultsError::damaged(file, 1, format!("column {missing:?} is missing")));
    }
    for (index, column) in table.header.iter().enumerate() {
        if table.header[..index].contains(column) {
            return Err(ResultsError::damaged(file, 1, format!("duplicate column {column:?}")));
        }
        let is_fixed = FIRST.into_iter().chain(LAST).any(|fixed| fixed == column);
        if !is_fixed && Metric::of_word(column).is_none() {
            return Err(ResultsError::unknown_column(file, column));
        }
    }
    Ok(())
}

fn read_record(cells: &Cells<'_>) -> Result<EvaluationRecord, ResultsError> {
    let text = |column: &str| cells.text(column).map(str::to_owned);
    let set = EvaluatedSet {
        name: text("set")?,
        dataset: text("dataset")?,
        language: text("language")?,
        split: text("split")?,
        size: text("size")?,
    };
    let ending = match cells.text("error")? {
        "" => Ending::Ok(read_measurements(cells)?),
        error => Ending::Failed(read_failure(cells, error)?),
    };
    let (key, environment) = (read_key(cells, "evaluation")?, text("environment")?);
    let outcome = Outcome { key, environment, precision: None, steps: None, ending };
    Ok(EvaluationRecord { label: text("job")?, key: read_key(cells, "key")?, set, outcome })
}

fn read_measurements(cells: &Cells<'_>) -> Result<Measurements, ResultsError> {
    let mut measured = Measurements { words_unseen: cells.optional("words_unseen")?, ..Measurements::default() };
    for metric in Metric::ALL {
        // a table from before a metric existed has no column for it
        if let Some(score) = cells.optional_column(metric.name())? {
            measured.splits.entry(ScoredSplit::Test).or_default().metrics.insert(metric, score);
        }
    }
    Ok(measured)
}
