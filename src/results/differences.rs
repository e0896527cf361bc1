//! Cells of the tables that differ from what they should be. Values are compared, so line ends and the spelling of numbers
//! do not matter. It does not know which side is right.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use crate::plan::is_same_value;

use super::csv_table::CsvTable;
use super::evaluations::{evaluations_header, evaluations_row};
use super::rungs::{rungs_header, rungs_row};
use super::summary::{SENTENCE_HIGH, SENTENCE_LOW};
use super::tables::{CURVES, EPOCHS, PER_ENTITY, curve_cells, entity_cells, epoch_cells, results_header, results_row};
use super::{
    Columns, Ending, EntityRow, EvaluationRecord, Measurements, Outcome, Record, ResultsError, RungRecord, ScoredSplit,
    SplitScores,
};

/// What a message names instead of a column if a whole row is extra or missing.
const THE_ROW: &str = "the row";

/// The last column of a summary.csv that an earlier version wrote.
const CI_HIGH: &str = "ci_high";
/// The columns of such a table that follow from results.csv as they do now.
const UNCHANGED: [&str; 3] = ["n", "failed", "sd"];

/// The column that is empty unless data seeds and training seeds vary.
const SD_DATA: &str = "sd_data";

/// A cell that differs from its expected value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub file: &'static str,
    /// Its row, in words.
    pub row: String,
    /// Its column.
    pub column: String,
    /// Its value.
    pub found: String,
    /// The expected value.
    pub expected: String,
}

impl Difference {
    /// As a line of a list; `source`: where the expected value is from.
    pub(super) fn line(&self, source: &str) -> String {
        let Self { file, row, column, found, expected } = self;
        let [found, expected] = [found, expected].map(|text| if text.is_empty() { "empty" } else { text });
        format!("{file}, {row}, {column}: {found} ({source}: {expected})")
    }
}

/// Rows of one table that belong to one job: name, cells.
type Rows = Vec<(String, Vec<String>)>;

/// Differences of a job's rows, in all tables but evaluations.csv, from those of `expected`; `header`: of results.csv.
pub fn of_job(record: &Record, columns: &Columns, header: &[String], expected: &Outcome) -> Vec<Difference> {
    if record.outcome == *expected {
        return Vec::new();
    }
    let right = Record { outcome: expected.clone(), ..record.clone() };
    let [found, wanted] = [record, &right].map(|record| results_row(record, columns));
    let mut all = of_row("results.csv", &record.label, &results_header(columns), &found, &wanted);
    all.retain(|difference| header.contains(&difference.column));
    let measured = [&record.outcome, expected].map(measurements);
    let [found, wanted] = measured.map(|measured| measured.map(entity_rows).unwrap_or_default());
    all.extend(of_rows("per_entity.csv", &record.label, &PER_ENTITY[5..], &found, &wanted));
    let [found, wanted] = measured.map(|measured| measured.map(curve_rows).unwrap_or_default());
    all.extend(of_rows("curves.csv", &record.label, &CURVES[1..], &found, &wanted));
    if columns.evaluates {
        let [found, wanted] = measured.map(|measured| measured.map(epoch_rows).unwrap_or_default());
        all.extend(of_rows("epochs.csv", &record.label, &EPOCHS[1..], &found, &wanted));
    }
    all
}

/// Differences of a row's settings in results.csv from these.
pub(super) fn of_settings(record: &Record, settings: &BTreeMap<String, String>) -> Vec<Difference> {
    let shown = record.settings.iter().filter_map(|(name, found)| Some((name, found, settings.get(name)?)));
    let differing = shown.filter(|(_, found, expected)| !is_same_value(found, expected));
    let difference = |(name, found, expected): (&String, &String, &String)| Difference {
        file: "results.csv",
        row: record.label.clone(),
        column: name.clone(),
        found: found.clone(),
        expected: expected.clone(),
    };
    differing.map(difference).collect()
}

/// Differences of a row of evaluations.csv from that of `expected`; `header`: the table's.
pub fn of_evaluation(record: &EvaluationRecord, header: &[String], expected: &Outcome) -> Vec<Difference> {
    let right = EvaluationRecord { outcome: expected.clone(), ..record.clone() };
    let [found, wanted] = [record, &right].map(evaluations_row);
    let row = evaluation_name(record);
    let mut all = of_row("evaluations.csv", &row, &evaluations_header(), &found, &wanted);
    all.retain(|difference| header.contains(&difference.column));
    all
}

/// Differences of a row of rungs.csv from that of `expected`.
pub fn of_rung(record: &RungRecord, expected: &RungRecord) -> Vec<Difference> {
    let [found, wanted] = [record, expected].map(rungs_row);
    of_row("rungs.csv", &format!("{} at rung {}", record.label, record.rung), &rungs_header(), &found, &wanted)
}

/// What a message calls a row of evaluations.csv.
pub fn evaluation_name(record: &EvaluationRecord) -> String {
    format!("{} on {}", record.label, record.set.name)
}

/// Differences of the rows of per_entity.csv of one split.
pub fn of_entities(label: &str, split: ScoredSplit, found: &[EntityRow], expected: &[EntityRow]) -> Vec<Difference> {
    let [found, expected] = [found, expected].map(|rows| split_rows(split, rows).collect::<Rows>());
    of_rows("per_entity.csv", label, &PER_ENTITY[5..], &found, &expected)
}

/// Differences of summary.csv from the bytes that it should have, among the rows that both have: a row without a counterpart
/// has settings that differ in results.csv.
///
/// # Errors
/// A table that cannot be read.
pub(super) fn of_summary(file: &Path, found: &[u8], expected: &[u8]) -> Result<Vec<Difference>, ResultsError> {
    let mut all = of_whole_summary(file, found, expected)?;
    // intervals over sentences follow from predictions
    all.retain(|difference| ![THE_ROW, SENTENCE_LOW, SENTENCE_HIGH].contains(&difference.column.as_str()));
    Ok(all)
}

/// Differences of summary.csv from the bytes that it should have.
///
/// # Errors
/// A table that cannot be read.
pub fn of_whole_summary(file: &Path, found: &[u8], expected: &[u8]) -> Result<Vec<Difference>, ResultsError> {
    let [found, expected] = [CsvTable::parse(file, found)?, CsvTable::parse(file, expected)?];
    let place = |table: &CsvTable<'_>| table.header.iter().position(|column| column == "metric");
    // a table of an earlier version ends with an interval that was computed otherwise
    let is_earlier = found.header.last().is_some_and(|last| last == CI_HIGH);
    let count = expected.header.iter().position(|column| column == CI_HIGH).filter(|_| is_earlier);
    let count = count.map_or(expected.header.len(), |last| last + 1);
    let (Some(settings), true) = (place(&expected), found.header.starts_with(&expected.header[..count])) else {
        return Err(ResultsError::damaged(file, 1, "its columns are not those of results.csv"));
    };
    let rows = |table: &CsvTable<'_>| -> Rows {
        let cells = table.rows.iter().map(|(_, row)| row.iter().map(str::to_owned).collect::<Vec<_>>());
        cells.map(|mut cells| (cells.drain(..=settings).collect::<Vec<_>>().join(" "), cells)).collect()
    };
    let columns: Vec<&str> = expected.header[settings + 1..count].iter().map(String::as_str).collect();
    let mut all = of_rows("summary.csv", "", &columns, &rows(&found), &rows(&expected));
    // of the rows in which the data seed varies the mean is another now, too
    let at = expected.header.iter().position(|column| column == SD_DATA);
    let has_data_seeds =
        at.is_some_and(|at| expected.rows.iter().any(|(_, row)| row.get(at).is_some_and(|cell| !cell.is_empty())));
    let is_same =
        |column: &str| column == THE_ROW || UNCHANGED.contains(&column) || (column == "mean" && !has_data_seeds);
    all.retain(|difference| !is_earlier || is_same(&difference.column));
    all.iter_mut().for_each(|difference| difference.row = difference.row.trim_start_matches([',', ' ']).to_owned());
    Ok(all)
}

fn of_row(
    file: &'static str,
    row: &str,
    columns: &[impl AsRef<str>],
    found: &[String],
    expected: &[String],
) -> Vec<Difference> {
    let cells =
        columns.iter().zip(found.iter().zip(expected)).filter(|(_, (found, expected))| !is_same_value(found, expected));
    let difference = |(column, (found, expected)): (&_, (&String, &String))| Difference {
        file,
        row: row.to_owned(),
        column: AsRef::<str>::as_ref(column).to_owned(),
        found: found.clone(),
        expected: expected.clone(),
    };
    cells.map(difference).collect()
}

fn of_rows(
    file: &'static str,
    label: &str,
    columns: &[impl AsRef<str>],
    found: &[(String, Vec<String>)],
    expected: &[(String, Vec<String>)],
) -> Vec<Difference> {
    let [left, right] = [found, expected].map(|rows| rows.iter().map(|(n, c)| (n, c)).collect::<BTreeMap<_, _>>());
    let extra = found.iter().filter(|(name, _)| !right.contains_key(name));
    let mut all = Vec::new();
    for (name, _) in expected.iter().chain(extra) {
        let row = format!("{label}, {name}");
        match (left.get(name), right.get(name)) {
            (Some(found), Some(expected)) => all.extend(of_row(file, &row, columns, found, expected)),
            (found, expected) => {
                let [found, expected] = [found, expected].map(|row| if row.is_some() { "there" } else { "none" });
                let [found, expected] = [found, expected].map(str::to_owned);
                all.push(Difference { file, row, column: THE_ROW.to_owned(), found, expected });
            }
        }
    }
    all
}

fn measurements(outcome: &Outcome) -> Option<&Measurements> {
    match &outcome.ending {
        Ending::Ok(measured) => Some(measured),
        Ending::Failed(_) => None,
    }
}

fn entity_rows(measured: &Measurements) -> Rows {
    let splits = measured.splits.iter();
    splits.flat_map(|(split, SplitScores { entities, .. })| split_rows(*split, entities)).collect()
}

fn split_rows(split: ScoredSplit, entities: &[EntityRow]) -> impl Iterator<Item = (String, Vec<String>)> {
    entities
        .iter()
        .map(move |row| (format!("{} {} {}", split.name(), row.scheme.name(), row.kind), entity_cells(row).to_vec()))
}

fn curve_rows(measured: &Measurements) -> Rows {
    measured.curve.iter().map(|point| (format!("step {}", point.step), curve_cells(point).to_vec())).collect()
}

fn epoch_rows(measured: &Measurements) -> Rows {
    measured.epochs.iter().map(|point| (format!("epoch {}", point.epoch), epoch_cells(point).to_vec())).collect()
}

/// A list for the terminal: a heading, at most ten lines, the remedy.
pub(super) struct Listing<'a> {
    pub(super) head: String,
    pub(super) lines: &'a [String],
    pub(super) end: &'a str,
}

/// The most lines that a list shows.
const MOST_LINES: usize = 10;

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "warning: {}", self.head)?;
        for line in self.lines.iter().take(MOST_LINES) {
            writeln!(f, "  {line}")?;
        }
        if self.lines.len() > MOST_LINES {
            writeln!(f, "  and {} more", self.lines.len() - MOST_LINES)?;
        }
        write!(f, "  {}", self.end)
    }
}
