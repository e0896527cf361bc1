//! The committed tables read back into records, so that a clone does not train again. Anything that the program does not
//! write is an error with its place; nothing is dropped.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::metrics::Metric;
use crate::words::Word;

use super::csv_table::{Cells, CsvTable};
use super::replace::{staged, while_replaced};
use super::tables::{
    BEST_EPOCH, CURVES, EPOCHS, FIRST, INHERITED, LAST, PER_ENTITY, RUN, RUNG, SELECTED, SETTING_COLUMNS, metric_column,
};
use super::{
    Action, Columns, CurvePoint, Decimal, Ending, EntityRow, EpochPoint, Failure, Layout, Measurements, Outcome,
    Record, ResultsError, SEED, SUBSET_SEED, ScoredSplit,
};

/// The end of messages about two rows that contradict each other.
pub(super) const MERGED: &str = " (two merged branches?): delete one of the two";

/// The content of results.csv, per_entity.csv, curves.csv and epochs.csv.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Committed {
    /// The columns found: `varied` holds those beyond `SETTING_COLUMNS`.
    pub columns: Columns,
    /// The header of results.csv.
    pub header: Vec<String>,
    /// The rows, in the order of results.csv. Settings hold what has a cell that is not empty.
    pub records: Vec<Record>,
}

/// Reads a folder's tables; none if it has no results.csv.
///
/// A run may be replacing them at the same time, one by one: tables that do not match are read again, twice.
///
/// # Errors
/// `Missing` for a table that is missing beside results.csv, `Damaged` with file and line, or what the system says.
pub fn read_tables(layout: &Layout) -> Result<Option<Committed>, ResultsError> {
    while_replaced(|| read_once(layout))
}

fn read_once(layout: &Layout) -> Result<Option<Committed>, ResultsError> {
    let Some(results) = read(layout, &layout.results())? else { return Ok(None) };
    let beside = |file: PathBuf| match read(layout, &file)? {
        Some(content) => Ok(content),
        None => Err(ResultsError::Missing { file, beside: layout.results() }),
    };
    let (per_entity, curves) = (beside(layout.per_entity())?, beside(layout.curves())?);
    let evaluates = find_columns(&layout.results(), &CsvTable::parse(&layout.results(), &results)?)?.evaluates;
    let epochs = evaluates.then(|| beside(layout.epochs())).transpose()?;
    parse_tables(layout, &results, &per_entity, &curves, epochs.as_deref()).map(Some)
}

/// Reads tables from their contents, as a git revision holds them; `layout` gives the names for messages. `epochs`: none
/// where results.csv has no column `best_epoch`.
///
/// # Errors
/// `Damaged` with file and line.
pub fn parse_tables(
    layout: &Layout,
    results: &[u8],
    per_entity: &[u8],
    curves: &[u8],
    epochs: Option<&[u8]>,
) -> Result<Committed, ResultsError> {
    let file = layout.results();
    let table = CsvTable::parse(&file, results)?;
    let (mut tables, rows) = read_rows(&file, &table)?;
    let records = &mut tables.records;
    add_entities(&layout.per_entity(), per_entity, &rows, records)?;
    add_curves(&layout.curves(), curves, &rows, records)?;
    if let Some(epochs) = epochs {
        add_epochs(&layout.epochs(), epochs, &rows, records)?;
    }
    let mut known: BTreeMap<&str, &Outcome> = BTreeMap::new();
    for cells in table.cells() {
        let record = &records[rows[cells.text("job")?]];
        check_entities_present(&cells, record)?;
        check_epochs_present(&cells, record)?;
        let other = known.insert(&record.outcome.key, &record.outcome);
        if other.is_some_and(|other| *other != record.outcome) {
            return Err(cells.damaged(format!("key {} has another result above{MERGED}", record.outcome.key)));
        }
    }
    Ok(tables)
}

/// Reads results.csv alone; `file` is for messages only. Types, curves and epochs are left out.
///
/// # Errors
/// `Damaged` with file and line.
pub(super) fn parse_results(file: &Path, content: &[u8]) -> Result<Committed, ResultsError> {
    let table = CsvTable::parse(file, content)?;
    Ok(read_rows(file, &table)?.0)
}

/// The rows of results.csv, and the place of each by its label.
fn read_rows(file: &Path, table: &CsvTable<'_>) -> Result<(Committed, BTreeMap<String, usize>), ResultsError> {
    let columns = find_columns(file, table)?;
    let mut rows = BTreeMap::new();
    let mut records: Vec<Record> = Vec::with_capacity(table.rows.len());
    for cells in table.cells() {
        let record = read_record(&cells, &columns)?;
        let place = *rows.entry(record.label.clone()).or_insert(records.len());
        match records.get(place) {
            // the same row of two branches, merged line by line
            Some(other) if *other == record => {}
            Some(_) => {
                return Err(cells.damaged(format!("job {:?} has another row above{MERGED}", record.label)));
            }
            None => records.push(record),
        }
    }
    Ok((Committed { columns, header: table.header.clone(), records }, rows))
}

/// Adds the rows of per_entity.csv, as [`parse_results`] leaves them out.
///
/// # Errors
/// `Damaged` with file and line.
pub(super) fn add_types(file: &Path, content: &[u8], records: &mut [Record]) -> Result<(), ResultsError> {
    let rows = records.iter().enumerate().map(|(row, record)| (record.label.clone(), row)).collect();
    add_entities(file, content, &rows, records)
}

/// A table's content; if its replacement was interrupted, the new one.
pub(super) fn read(layout: &Layout, path: &Path) -> Result<Option<Vec<u8>>, ResultsError> {
    if layout.tables_ready().exists()
        && let Ok(content) = fs::read(staged(path))
    {
        return Ok(Some(content).filter(|content| !content.is_empty()));
    }
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ResultsError::io(Action::Read, path, error)),
    }
}

/// Every column must be known, and every fixed one must exist.
fn find_columns(file: &Path, table: &CsvTable<'_>) -> Result<Columns, ResultsError> {
    let fixed: Vec<&str> =
        FIRST.into_iter().chain(SETTING_COLUMNS.map(|(column, _)| column)).chain(RUN).chain(LAST).collect();
    if let Some(missing) = fixed.iter().find(|column| table.place(column).is_none()) {
        return Err(ResultsError::damaged(file, 1, format!("column {missing:?} is missing")));
    }
    let mut columns = Columns::default();
    for (index, column) in table.header.iter().enumerate() {
        if table.place(column) != Some(index) {
            return Err(ResultsError::damaged(file, 1, format!("duplicate column {column:?}")));
        }
        match column.as_str() {
            SELECTED => columns.selects = true,
            RUNG => columns.halves = true,
            BEST_EPOCH => columns.evaluates = true,
            INHERITED => columns.inherits = true,
            _ => {}
        }
        if fixed.contains(&column.as_str()) || [SELECTED, RUNG, BEST_EPOCH, INHERITED].contains(&column.as_str()) {
            continue;
        }
        let scored = ScoredSplit::ALL
            .into_iter()
            .find(|split| Metric::ALL.iter().any(|metric| metric_column(*split, *metric) == *column));
        match scored {
            Some(split) if !columns.splits.contains(&split) => columns.splits.push(split),
            Some(_) => {}
            None if column.contains('.') => columns.varied.push(column.clone()),
            None => return Err(ResultsError::unknown_column(file, column)),
        }
    }
    Ok(columns)
}

fn read_record(cells: &Cells<'_>, columns: &Columns) -> Result<Record, ResultsError> {
    let key = read_key(cells, "key")?;
    let varied = columns.varied.iter().map(|name| (name.as_str(), name.as_str()));
    let mut settings = BTreeMap::new();
    for (column, name) in SETTING_COLUMNS.into_iter().chain(varied) {
        settings.extend(cells.optional::<String>(column)?.map(|text| (name.to_owned(), text)));
    }
    for seed in [SEED, SUBSET_SEED] {
        if let Some(text) = settings.get(seed).filter(|text| text.parse::<u64>().is_err()) {
            return Err(cells.damaged(format!("{seed} {text:?} is not a seed")));
        }
    }
    let outcome = Outcome {
        key,
        environment: cells.text("environment")?.to_owned(),
        precision: cells.optional("precision")?,
        steps: cells.optional("steps")?,
        ending: read_ending(cells, columns)?,
    };
    let (selected, rung) = (cells.optional_column(SELECTED)?, cells.optional_column(RUNG)?);
    if (cells.text("status")? == "stopped") != rung.is_some() {
        return Err(cells.damaged("a row has a rung exactly if its status is stopped".to_owned()));
    }
    Ok(Record { label: cells.text("job")?.to_owned(), selected, rung, settings, outcome })
}

/// The key under a column.
pub(super) fn read_key(cells: &Cells<'_>, column: &str) -> Result<String, ResultsError> {
    let key = cells.text(column)?;
    if key.len() != 12 || !key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(cells.damaged(format!("{column} {key:?} is not 12 hex digits")));
    }
    Ok(key.to_owned())
}

fn read_ending(cells: &Cells<'_>, columns: &Columns) -> Result<Ending, ResultsError> {
    match (cells.text("status")?, cells.text("error")?) {
        ("ok" | "stopped", "") => read_measurements(cells, columns).map(Ending::Ok),
        ("failed", error) => read_failure(cells, error).map(Ending::Failed),
        (status @ ("ok" | "stopped"), error) => {
            Err(cells.damaged(format!("status is {status}, but error is {error:?}")))
        }
        (status, _) => Err(cells.damaged(format!("status {status:?} is none of ok, stopped and failed"))),
    }
}

/// The failure that a cell `error` holds.
pub(super) fn read_failure(cells: &Cells<'_>, error: &str) -> Result<Failure, ResultsError> {
    let parts = error.split_once(": ").filter(|(code, _)| !code.is_empty() && !code.contains(' '));
    let (code, message) =
        parts.ok_or_else(|| cells.damaged(format!("error {error:?} is not of the form \"code: message\"")))?;
    Ok(Failure { code: code.to_owned(), message: message.to_owned() })
}

fn read_measurements(cells: &Cells<'_>, columns: &Columns) -> Result<Measurements, ResultsError> {
    let mut measured = Measurements {
        train_loss: cells.optional("train_loss")?,
        best_epoch: cells.optional_column(BEST_EPOCH)?,
        inherited: cells.optional_column::<String>(INHERITED)?.map(|_| named(cells, INHERITED)).transpose()?,
        words_unseen: cells.optional("words_unseen")?,
        test_in_train: cells.optional("test_in_train")?,
        ..Measurements::default()
    };
    for &split in &columns.splits {
        for metric in Metric::ALL {
            // a table from before a metric existed has no column for it
            if let Some(score) = cells.optional_column::<Decimal>(&metric_column(split, metric))? {
                if !(0.0..=1.0).contains(&score.value()) {
                    let problem = format!("{} {score} is not from 0 to 1", metric_column(split, metric));
                    return Err(cells.damaged(problem));
                }
                measured.splits.entry(split).or_default().metrics.insert(metric, score);
            }
        }
    }
    Ok(measured)
}

/// The finished job of a row in a table other than results.csv.
fn owner<'r>(
    cells: &Cells<'_>,
    rows: &BTreeMap<String, usize>,
    records: &'r mut [Record],
) -> Result<(String, &'r mut Measurements), ResultsError> {
    let job = cells.text("job")?;
    let record = rows.get(job).map(|&row| &mut records[row]);
    let record = record.ok_or_else(|| cells.damaged(format!("results.csv has no job {job:?}")))?;
    match &mut record.outcome.ending {
        Ending::Ok(measured) => Ok((record.outcome.key.clone(), measured)),
        Ending::Failed(_) => Err(cells.damaged(format!("job {job:?} failed by results.csv, and cannot have this row"))),
    }
}

fn add_entities(
    file: &Path,
    content: &[u8],
    rows: &BTreeMap<String, usize>,
    records: &mut [Record],
) -> Result<(), ResultsError> {
    let table = CsvTable::parse(file, content)?;
    table.expect_header(&PER_ENTITY)?;
    for cells in table.cells() {
        let (key, measured) = owner(&cells, rows, records)?;
        if cells.text("key")? != key {
            return Err(cells.damaged(format!("results.csv has key {key} for this job")));
        }
        let split = named(&cells, "split")?;
        let row = EntityRow {
            scheme: named(&cells, "scheme")?,
            kind: required(&cells, "type")?,
            precision: required(&cells, "precision")?,
            recall: required(&cells, "recall")?,
            f1: required(&cells, "f1")?,
            support: required(&cells, "support")?,
        };
        let entities = &mut measured.splits.entry(split).or_default().entities;
        let place = entities.binary_search_by(|known| (known.scheme, &known.kind).cmp(&(row.scheme, &row.kind)));
        insert(&cells, entities, place, row)?;
    }
    Ok(())
}

fn add_curves(
    file: &Path,
    content: &[u8],
    rows: &BTreeMap<String, usize>,
    records: &mut [Record],
) -> Result<(), ResultsError> {
    let table = CsvTable::parse(file, content)?;
    table.expect_header(&CURVES)?;
    for cells in table.cells() {
        let (_, measured) = owner(&cells, rows, records)?;
        let point = CurvePoint {
            step: required(&cells, "step")?,
            epoch: required(&cells, "epoch")?,
            loss: required(&cells, "loss")?,
            learning_rate: required(&cells, "learning_rate")?,
            grad_norm: required(&cells, "grad_norm")?,
        };
        let place = measured.curve.binary_search_by_key(&point.step, |known| known.step);
        insert(&cells, &mut measured.curve, place, point)?;
    }
    Ok(())
}

fn add_epochs(
    file: &Path,
    content: &[u8],
    rows: &BTreeMap<String, usize>,
    records: &mut [Record],
) -> Result<(), ResultsError> {
    let table = CsvTable::parse(file, content)?;
    table.expect_header(&EPOCHS)?;
    for cells in table.cells() {
        let (_, measured) = owner(&cells, rows, records)?;
        let point = EpochPoint {
            epoch: required(&cells, "epoch")?,
            train_loss: required(&cells, "train_loss")?,
            validation_loss: required(&cells, "validation_loss")?,
            validation_entity_f1: required(&cells, "validation_entity_f1")?,
        };
        let place = measured.epochs.binary_search_by(|known| known.epoch.value().total_cmp(&point.epoch.value()));
        insert(&cells, &mut measured.epochs, place, point)?;
    }
    Ok(())
}

/// Inserts a row of a job in order. A merge line by line may leave rows twice, or out of order.
fn insert<T: PartialEq>(
    cells: &Cells<'_>,
    rows: &mut Vec<T>,
    place: Result<usize, usize>,
    row: T,
) -> Result<(), ResultsError> {
    match place {
        Ok(place) if rows[place] == row => Ok(()),
        Ok(_) => Err(cells.damaged(format!("the job has another row like this above{MERGED}"))),
        Err(place) => {
            rows.insert(place, row);
            Ok(())
        }
    }
}

/// A job has a best epoch exactly if it has rows in epochs.csv, and it is one of them.
fn check_epochs_present(cells: &Cells<'_>, record: &Record) -> Result<(), ResultsError> {
    let Ending::Ok(measured) = &record.outcome.ending else { return Ok(()) };
    let is_whole = match measured.best_epoch {
        Some(best) => measured.epochs.iter().any(|point| point.epoch == best),
        None => measured.epochs.is_empty(),
    };
    if is_whole {
        return Ok(());
    }
    Err(cells.damaged(format!("best_epoch of job {:?} does not match its rows in epochs.csv", record.label)))
}

/// A split with an entity score has a gold entity, and so a row in per_entity.csv.
fn check_entities_present(cells: &Cells<'_>, record: &Record) -> Result<(), ResultsError> {
    let Ending::Ok(measured) = &record.outcome.ending else { return Ok(()) };
    for (split, scores) in &measured.splits {
        if scores.metrics.contains_key(&Metric::EntityF1) && scores.entities.is_empty() {
            let problem = format!("job {:?} has no {} rows in per_entity.csv", record.label, split.name());
            return Err(cells.damaged(problem));
        }
    }
    Ok(())
}

fn required<T: FromStr<Err: std::fmt::Display>>(cells: &Cells<'_>, column: &str) -> Result<T, ResultsError> {
    cells.optional(column)?.ok_or_else(|| cells.damaged(format!("{column} is empty")))
}

/// The value whose word is in a cell.
fn named<W: Word>(cells: &Cells<'_>, column: &str) -> Result<W, ResultsError> {
    let text = cells.text(column)?;
    W::of_word(text).ok_or_else(|| cells.damaged(format!("{column} {text:?} is unknown")))
}
