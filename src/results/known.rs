//! Results of earlier runs in a folder: the journal's outcomes, and rows of the tables that the journal does not have and
//! the predictions do not contradict.

use std::collections::{BTreeMap, BTreeSet};

use super::committed::read;
use super::csv_table::CsvTable;
use super::differences::{self, Listing};
use super::evaluations::{EvaluationsTable, read_evaluations_table};
use super::placement::find_predictions;
use super::prediction_names::prediction_name;
use super::rescoring::{Claim, Rescorer, Verdict};
use super::rungs::{RungsTable, read_rungs};
use super::summary::{EarlierSummary, summary_csv};
use super::tables::metric_column;
use super::{
    Committed, Ending, EvaluationRecord, Layout, Outcome, Record, Replay, ResultsError, RungRecord, read_tables,
};

/// Results of earlier runs in a folder, here or on the machine that committed it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Outcomes by key.
    pub outcomes: BTreeMap<String, Outcome>,
    /// What to tell the user, each of one line or more.
    pub notices: Vec<String>,
    /// Committed rows that neither the journal nor predictions confirm: they are trusted.
    pub unchecked: usize,
    /// The rows of results.csv as they are.
    pub rows: Vec<Record>,
    /// Those of evaluations.csv.
    evaluations: Vec<EvaluationRecord>,
}

impl Known {
    /// Reads journal, tables and predictions; changes nothing and needs no lock. A missing folder has no results.
    ///
    /// # Errors
    /// A damaged table, an unfinished merge, or what the system says.
    pub fn read(layout: &Layout) -> Result<Self, ResultsError> {
        Ok(Self::merge(layout, Replay::read_all(layout)?)?.0)
    }

    /// The journal is right about its keys, but a finished outcome counts more than a failed one. Returns also the outcomes
    /// that only the tables have.
    pub(super) fn merge(layout: &Layout, replay: Replay) -> Result<(Self, Vec<Outcome>), ResultsError> {
        let mut notices = replay.notices();
        let mut reconciler = Reconciler {
            journal: &replay.outcomes,
            rescorer: Rescorer::new(layout),
            adopted: BTreeMap::new(),
            edited: Vec::new(),
            derived: Vec::new(),
            missing: Vec::new(),
            contradicted: BTreeMap::new(),
            unchecked: BTreeSet::new(),
            has_older_rows: false,
        };
        let tables = read_what_counts(layout, &replay.outcomes, &mut notices)?;
        if let Some(tables) = &tables {
            reconciler.reconcile_jobs(tables)?;
        }
        let evaluations = read_evaluations_table(layout)?;
        reconciler.reconcile_evaluations(&evaluations)?;
        reconciler.reconcile_rungs(&read_rungs(layout)?);
        if let Some(tables) = &tables {
            reconciler.reconcile_summary(layout, tables)?;
        }
        let Reconciler { adopted, edited, derived, missing, contradicted, unchecked, rescorer, .. } = reconciler;
        notices.extend(rescorer.notices());
        notices.extend(listings(layout, [&edited, &derived, &missing], &contradicted));
        let rows = tables.map(|tables| tables.records).unwrap_or_default();
        let mut outcomes = replay.outcomes;
        outcomes.extend(adopted.iter().map(|(key, outcome)| (key.clone(), outcome.clone())));
        let known = Self { outcomes, notices, unchecked: unchecked.len(), rows, evaluations: evaluations.records };
        Ok((known, adopted.into_values().collect()))
    }

    /// The keys of rows that show an older result than the journal has.
    pub(super) fn behind(&self) -> BTreeSet<&str> {
        let rows = self.rows.iter().map(|record| &record.outcome);
        let rows = rows.chain(self.evaluations.iter().map(|record| &record.outcome));
        let is_older = |row: &&Outcome| self.outcomes.get(&row.key).is_some_and(|known| known != *row);
        rows.filter(is_older).map(|row| row.key.as_str()).collect()
    }
}

/// The cells of settings in results.csv that differ from `settings`, which has those of a row's key.
pub fn edited_settings(
    layout: &Layout,
    rows: &[Record],
    settings: impl Fn(&str) -> Option<BTreeMap<String, String>>,
) -> Option<String> {
    let found = rows.iter().flat_map(|row| {
        let right = settings(&row.outcome.key).unwrap_or_default();
        differences::of_settings(row, &right).into_iter().map(|difference| difference.line("experiment"))
    });
    let lines: Vec<String> = found.collect();
    let head = format!("{}: {} from the experiment", layout.root().display(), cells_differ(lines.len()));
    let end = "the experiment is right: a run rewrites the tables";
    (!lines.is_empty()).then(|| Listing { head, lines: &lines, end }.to_string())
}

/// The tables, unless they are damaged or incomplete and the journal has all of their rows.
fn read_what_counts(
    layout: &Layout,
    journal: &BTreeMap<String, Outcome>,
    notices: &mut Vec<String>,
) -> Result<Option<Committed>, ResultsError> {
    let error = match read_tables(layout) {
        Err(error @ (ResultsError::Damaged { .. } | ResultsError::Missing { .. })) => error,
        other => return other,
    };
    let file = layout.results();
    let content = read(layout, &file)?.unwrap_or_default();
    let keys = CsvTable::parse(&file, &content).and_then(|table| {
        table.cells().map(|cells| cells.text("key").map(str::to_owned)).collect::<Result<Vec<String>, _>>()
    });
    match keys {
        Ok(keys) if keys.iter().all(|key| journal.contains_key(key)) => {
            let error = error.to_string();
            let problem = error.split("; ").next().unwrap_or(&error);
            notices.push(format!("warning: {problem}; the journal has every row: a run rebuilds the tables"));
            Ok(None)
        }
        _ => Err(error),
    }
}

/// The tables' rows against journal and predictions.
struct Reconciler<'a> {
    journal: &'a BTreeMap<String, Outcome>,
    rescorer: Rescorer<'a>,
    /// Rows that count though the journal does not have them.
    adopted: BTreeMap<String, Outcome>,
    /// Cells that differ from the journal.
    edited: Vec<String>,
    /// Cells of summary.csv that differ from rows that are not in the journal.
    derived: Vec<String>,
    /// Missing predictions of rows in the journal, where other predictions exist.
    missing: Vec<String>,
    /// Cells that differ from the predictions, by key.
    contradicted: BTreeMap<String, Vec<String>>,
    /// Keys of rows that nothing confirms.
    unchecked: BTreeSet<String>,
    /// Whether the tables show failures of jobs that finished by the journal: then they are older.
    has_older_rows: bool,
}

/// Whether a table or the journal is right about a key.
enum Right<'a> {
    Journal(&'a Outcome),
    Older,
    Table,
}

impl<'a> Reconciler<'a> {
    fn right(&self, row: &Outcome) -> Right<'a> {
        let finished = |outcome: &Outcome| matches!(outcome.ending, Ending::Ok(_));
        match self.journal.get(&row.key) {
            None => Right::Table,
            Some(journal) if finished(row) && !finished(journal) => Right::Table,
            Some(journal) if finished(journal) && !finished(row) => Right::Older,
            Some(journal) => Right::Journal(journal),
        }
    }

    fn reconcile_jobs(&mut self, tables: &Committed) -> Result<(), ResultsError> {
        let Committed { columns, header, records } = tables;
        for record in records {
            match self.right(&record.outcome) {
                Right::Older => self.has_older_rows = true,
                Right::Journal(journal) => {
                    self.note_missing(journal, &record.label, None);
                    let found = differences::of_job(record, columns, header, journal);
                    self.edited.extend(found.iter().map(|difference| difference.line("journal")));
                }
                Right::Table => self.adopt(&Claim {
                    file: "results.csv",
                    row: record.label.clone(),
                    label: &record.label,
                    set: None,
                    outcome: &record.outcome,
                    has_column: &|split, metric| header.contains(&metric_column(split, metric)),
                    has_types: true,
                })?,
            }
        }
        Ok(())
    }

    fn reconcile_evaluations(&mut self, table: &EvaluationsTable) -> Result<(), ResultsError> {
        for record in &table.records {
            match self.right(&record.outcome) {
                Right::Older => {}
                Right::Journal(journal) => {
                    self.note_missing(journal, &record.label, Some(&record.set.name));
                    let found = differences::of_evaluation(record, &table.header, journal);
                    self.edited.extend(found.iter().map(|difference| difference.line("journal")));
                }
                Right::Table => self.adopt(&Claim {
                    file: "evaluations.csv",
                    row: differences::evaluation_name(record),
                    label: &record.label,
                    set: Some(&record.set.name),
                    outcome: &record.outcome,
                    has_column: &|_, metric| table.header.iter().any(|column| column == metric.name()),
                    has_types: false,
                })?,
            }
        }
        Ok(())
    }

    /// Scores at rungs; the predictions of jobs that went on are not beside the tables. What results.csv has of a stopped
    /// job is more.
    fn reconcile_rungs(&mut self, table: &RungsTable) {
        for record in &table.records {
            let key = &record.outcome.key;
            match self.right(&record.outcome) {
                Right::Older => {}
                Right::Journal(journal) => {
                    let mut found =
                        differences::of_rung(record, &RungRecord { outcome: journal.clone(), ..record.clone() });
                    found.retain(|difference| table.header.contains(&difference.column));
                    self.edited.extend(found.iter().map(|difference| difference.line("journal")));
                }
                Right::Table if self.contradicted.contains_key(key) => {}
                Right::Table => {
                    self.adopted.entry(key.clone()).or_insert_with(|| record.outcome.clone());
                }
            }
        }
    }

    /// Notes missing predictions of a row. A folder without any was left out on purpose, and what lies on the shelf comes
    /// back with the next run.
    fn note_missing(&mut self, outcome: &Outcome, label: &str, set: Option<&str>) {
        let Ending::Ok(measured) = &outcome.ending else { return };
        let layout = self.rescorer.layout();
        if !layout.predictions_folder().is_dir() {
            return;
        }
        for split in measured.splits.keys() {
            let found = find_predictions(layout, label, set, &outcome.key, *split);
            if found.is_none() && !layout.shelved(&outcome.key, *split).exists() {
                self.missing.push(format!("predictions/{}", prediction_name(label, set, *split)));
            }
        }
    }

    /// Adopts a row that only a table has, unless its predictions contradict it.
    fn adopt(&mut self, claim: &Claim<'_>) -> Result<(), ResultsError> {
        let key = &claim.outcome.key;
        if self.adopted.contains_key(key) || self.contradicted.contains_key(key) {
            return Ok(());
        }
        if matches!(claim.outcome.ending, Ending::Ok(_)) {
            match self.rescorer.check(claim)? {
                Verdict::Agrees => {}
                Verdict::Unchecked => {
                    self.unchecked.insert(key.clone());
                }
                Verdict::Disagrees(lines) => {
                    self.contradicted.insert(key.clone(), lines);
                    return Ok(());
                }
            }
        }
        self.adopted.insert(key.clone(), claim.outcome.clone());
        Ok(())
    }

    /// summary.csv is made from results.csv, and compared if results.csv is unchanged.
    fn reconcile_summary(&mut self, layout: &Layout, tables: &Committed) -> Result<(), ResultsError> {
        let file = layout.summary();
        let Some(content) = read(layout, &file)? else { return Ok(()) };
        ResultsError::find_merge(&file, &content)?;
        if self.has_older_rows || !self.contradicted.is_empty() {
            return Ok(());
        }
        let right = |record: &Record| match self.journal.get(&record.outcome.key) {
            Some(journal) if matches!(self.right(&record.outcome), Right::Journal(_)) => {
                Record { outcome: journal.clone(), ..record.clone() }
            }
            _ => record.clone(),
        };
        let records: Vec<Record> = tables.records.iter().map(right).collect();
        // intervals over test sentences do not follow from results.csv
        let there = EarlierSummary::parse(&file, &content);
        let expected = summary_csv(&records, &tables.columns, |row| there.sentences(row));
        if content != expected {
            let is_known = |record: &Record| matches!(self.right(&record.outcome), Right::Journal(_));
            let by_journal = tables.records.iter().all(is_known);
            let cells = if by_journal { &mut self.edited } else { &mut self.derived };
            match differences::of_summary(&file, &content, &expected) {
                Ok(found) => cells.extend(found.iter().map(|difference| difference.line("results.csv"))),
                Err(error) => {
                    let error = error.to_string();
                    cells.push(error.split("; ").next().unwrap_or(&error).to_owned());
                }
            }
        }
        Ok(())
    }
}

fn cells_differ(count: usize) -> String {
    if count == 1 { "1 table cell differs".to_owned() } else { format!("{count} table cells differ") }
}

fn listings(
    layout: &Layout,
    [edited, derived, missing]: [&[String]; 3],
    contradicted: &BTreeMap<String, Vec<String>>,
) -> Vec<String> {
    let root = layout.root().display();
    let mut texts = Vec::new();
    if !edited.is_empty() {
        let head = format!("{root}: {} from the journal", cells_differ(edited.len()));
        let end = "the journal is right: a run rewrites the tables";
        texts.push(Listing { head, lines: edited, end }.to_string());
    }
    if !derived.is_empty() {
        let head = format!("{root}: {} from the rows of results.csv", cells_differ(derived.len()));
        let end = "one of the two was edited: compare them with git; a run makes summary.csv from results.csv";
        texts.push(Listing { head, lines: derived, end }.to_string());
    }
    if !missing.is_empty() {
        let files = if missing.len() == 1 { "1 file is".to_owned() } else { format!("{} files are", missing.len()) };
        let head = format!("{root}: {files} missing from predictions/");
        let end = "restore them from git or a copy, or predict again with --force";
        texts.push(Listing { head, lines: missing, end }.to_string());
    }
    if !contradicted.is_empty() {
        let rows = match contradicted.len() {
            1 => "1 committed row does".to_owned(),
            count => format!("{count} committed rows do"),
        };
        let head = format!("{root}: {rows} not match the predictions");
        let lines: Vec<String> = contradicted.values().flatten().cloned().collect();
        let end = "these rows do not count: their jobs run again";
        texts.push(Listing { head, lines: &lines, end }.to_string());
    }
    texts
}
