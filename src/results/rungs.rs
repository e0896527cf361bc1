//! rungs.csv: the scores by which jobs of a search went on or were stopped, written and read back, so that a clone decides
//! as the machine that trained. It does not know how many go on.

use std::collections::BTreeMap;
use std::path::Path;

use crate::metrics::Metric;

use super::committed::{MERGED, read, read_key};
use super::csv_table::{Cells, CsvTable};
use super::tables::{Table, cell};
use super::{Ending, Layout, Measurements, Outcome, ResultsError, ScoredSplit};

/// Columns before the metrics, which are those of the validation split.
const FIRST: [&str; 7] = ["job", "key", "rung", "steps", "goes_on", "environment", "precision"];

/// A job at a rung: one row of rungs.csv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RungRecord {
    /// The job's label.
    pub label: String,
    /// The rung, from 1.
    pub rung: u64,
    /// Whether the job went on from it; none while others of its group are not scored there.
    pub goes_on: Option<bool>,
    /// The result, under a key of its own.
    pub outcome: Outcome,
}

impl Outcome {
    /// Whether it is a result as rungs.csv tells it: scores, and nothing of the training.
    pub fn is_of_rungs_table(&self) -> bool {
        matches!(&self.ending, Ending::Ok(measured) if measured.train_loss.is_none() && measured.curve.is_empty())
    }

    /// Whether one of two results is such a one, and the other has all that it tells.
    pub fn is_same_at_rung(&self, other: &Self) -> bool {
        let cells = |outcome: &Self| {
            let outcome = outcome.clone();
            rungs_row(&RungRecord { label: String::new(), rung: 1, goes_on: None, outcome })
        };
        (self.is_of_rungs_table() || other.is_of_rungs_table()) && cells(self) == cells(other)
    }
}

/// rungs.csv: a row for each record, in their order: jobs as in the plan, then rungs.
pub fn rungs_csv(records: &[RungRecord]) -> Vec<u8> {
    let mut table = Table::new();
    table.row(rungs_header());
    records.iter().for_each(|record| table.row(rungs_row(record)));
    table.bytes()
}

pub(super) fn rungs_header() -> Vec<String> {
    FIRST.into_iter().chain(Metric::ALL.map(Metric::name)).map(str::to_owned).collect()
}

/// The cells under `rungs_header`.
pub(super) fn rungs_row(RungRecord { label, rung, goes_on, outcome }: &RungRecord) -> Vec<String> {
    let Outcome { key, environment, precision, steps, ending } = outcome;
    let score = |metric| match ending {
        Ending::Ok(measured) => cell(measured.score(ScoredSplit::Validation, metric)),
        Ending::Failed(_) => String::new(),
    };
    let precision = precision.clone().unwrap_or_default();
    let first =
        [label.clone(), key.clone(), rung.to_string(), cell(*steps), cell(*goes_on), environment.clone(), precision];
    first.into_iter().chain(Metric::ALL.map(score)).collect()
}

/// rungs.csv as it is.
#[derive(Debug, Default)]
pub struct RungsTable {
    /// Its columns.
    pub(super) header: Vec<String>,
    /// Its rows.
    pub records: Vec<RungRecord>,
}

/// A folder's rungs.csv; empty if there is no such file.
///
/// # Errors
/// `Damaged` with file and line, or what the system says.
pub fn read_rungs(layout: &Layout) -> Result<RungsTable, ResultsError> {
    let file = layout.rungs();
    match read(layout, &file)? {
        Some(content) => parse_rungs(&file, &content),
        None => Ok(RungsTable::default()),
    }
}

fn parse_rungs(file: &Path, content: &[u8]) -> Result<RungsTable, ResultsError> {
    let table = CsvTable::parse(file, content)?;
    check_header(file, &table)?;
    let mut records: Vec<RungRecord> = Vec::with_capacity(table.rows.len());
    let mut places: BTreeMap<(String, u64), usize> = BTreeMap::new();
    let mut known: BTreeMap<String, Outcome> = BTreeMap::new();
    for cells in table.cells() {
        let record = read_record(&cells)?;
        let place = places.entry((record.label.clone(), record.rung)).or_insert(records.len());
        match records.get(*place) {
            // the same row of two branches, merged line by line
            Some(other) if *other == record => continue,
            Some(_) => {
                let problem = format!("job {:?} has another row for rung {} above{MERGED}", record.label, record.rung);
                return Err(cells.damaged(problem));
            }
            None => {}
        }
        let other = known.insert(record.outcome.key.clone(), record.outcome.clone());
        if other.is_some_and(|other| other != record.outcome) {
            return Err(cells.damaged(format!("key {} has another result above{MERGED}", record.outcome.key)));
        }
        records.push(record);
    }
    Ok(RungsTable { header: table.header, records })
}

/// Every fixed column must exist, each column once, and every other column must be a metric.
fn check_header(file: &Path, table: &CsvTable<'_>) -> Result<(), ResultsError> {
    if let Some(missing) = FIRST.iter().find(|column| !table.header.iter().any(|found| found == *column)) {
        return Err(ResultsError::damaged(file, 1, format!("column {missing:?} is missing")));
    }
    for (index, column) in table.header.iter().enumerate() {
        if table.header[..index].contains(column) {
            return Err(ResultsError::damaged(file, 1, format!("duplicate column {column:?}")));
        }
        if !FIRST.contains(&column.as_str()) && !Metric::ALL.iter().any(|metric| metric.name() == column) {
            return Err(ResultsError::unknown_column(file, column));
        }
    }
    Ok(())
}

fn read_record(cells: &Cells<'_>) -> Result<RungRecord, ResultsError> {
    let mut measured = Measurements::default();
    for metric in Metric::ALL {
        // a table from before a metric existed has no column for it
        if let Some(score) = cells.optional_column(metric.name())? {
            measured.splits.entry(ScoredSplit::Validation).or_default().metrics.insert(metric, score);
        }
    }
    let rung = cells.optional("rung")?.filter(|rung| *rung > 0);
    let rung = rung.ok_or_else(|| cells.damaged("rung is not a number from 1".to_owned()))?;
    let outcome = Outcome {
        key: read_key(cells, "key")?,
        environment: cells.text("environment")?.to_owned(),
        precision: cells.optional("precision")?,
        steps: cells.optional("steps")?,
        ending: Ending::Ok(measured),
    };
    Ok(RungRecord { label: cells.text("job")?.to_owned(), rung, goes_on: cells.optional("goes_on")?, outcome })
}
