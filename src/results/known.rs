//! What a folder knows of earlier runs: the journal's outcomes, and of the tables what the journal lacks and the
//! predictions do not contradict.

use std::collections::{BTreeMap, BTreeSet};

use super::committed::read;
use super::differences::{self, Listing};
use super::evaluations::read_evaluations_table;
use super::rescoring::{Claim, Rescorer, Verdict};
use super::sheet::Sheet;
use super::tables::metric_column;
use super::{Committed, Ending, Layout, Outcome, Record, Replay, ResultsError, read_tables, summary_csv};

/// What a folder knows of earlier runs, here or on the machine that committed it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Outcomes by key.
    pub outcomes: BTreeMap<String, Outcome>,
    /// What the user should hear, each of one line or more.
    pub notices: Vec<String>,
    /// Committed rows that the journal lacks and that no predictions tell of: they are trusted.
    pub unchecked: usize,
    /// The rows of results.csv as they lie there.
    pub rows: Vec<Record>,
}

impl Known {
    /// Reads journal, tables and predictions; changes nothing and needs no lock. A folder that is not there knows
    /// nothing.
    ///
    /// # Errors
    /// A damaged table, an unfinished merge, or what the system says.
    pub fn read(layout: &Layout) -> Result<Self, ResultsError> {
        Ok(Self::merge(layout, Replay::read(&layout.journal())?)?.0)
    }

    /// Where the journal knows a key it is right; but a finished outcome is worth more than a failed one. Returns beside
    /// what is known the outcomes that only the tables hold.
    pub(super) fn merge(layout: &Layout, replay: Replay) -> Result<(Self, Vec<Outcome>), ResultsError> {
        let mut notices = replay.notices();
        let mut weighing = Weighing {
            journal: &replay.outcomes,
            rescorer: Rescorer::new(layout),
            news: BTreeMap::new(),
            edited: Vec::new(),
            derived: Vec::new(),
            lacking: Vec::new(),
            refuted: BTreeMap::new(),
            unchecked: BTreeSet::new(),
            has_older_rows: false,
        };
        let tables = read_what_counts(layout, &replay.outcomes, &mut notices)?;
        if let Some(tables) = &tables {
            weighing.weigh_jobs(tables)?;
        }
        weighing.weigh_evaluations(layout)?;
        if let Some(tables) = &tables {
            weighing.weigh_summary(layout, tables)?;
        }
        let Weighing { news, edited, derived, lacking, refuted, unchecked, rescorer, .. } = weighing;
        notices.extend(rescorer.notices);
        notices.extend(listings(layout, [&edited, &derived, &lacking], &refuted));
        let rows = tables.map(|tables| tables.records).unwrap_or_default();
        let mut outcomes = replay.outcomes;
        outcomes.extend(news.iter().map(|(key, outcome)| (key.clone(), outcome.clone())));
        Ok((Self { outcomes, notices, unchecked: unchecked.len(), rows }, news.into_values().collect()))
    }
}

/// The list of cells of settings that rows of results.csv show otherwise than they are; `settings`: by the row's key,
/// those that the key stands for.
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
    let end = "the experiment is right: a run writes the tables again";
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
    let keys = Sheet::parse(&file, &content).and_then(|sheet| {
        sheet.cells().map(|cells| cells.text("key").map(str::to_owned)).collect::<Result<Vec<String>, _>>()
    });
    match keys {
        Ok(keys) if keys.iter().all(|key| journal.contains_key(key)) => {
            let error = error.to_string();
            let problem = error.split("; ").next().unwrap_or(&error);
            notices.push(format!("warning: {problem}; the journal has every row: a run writes the tables again"));
            Ok(None)
        }
        _ => Err(error),
    }
}

/// The tables' rows against journal and predictions.
struct Weighing<'a> {
    journal: &'a BTreeMap<String, Outcome>,
    rescorer: Rescorer<'a>,
    /// What counts though the journal lacks it.
    news: BTreeMap<String, Outcome>,
    /// Cells that differ from the journal.
    edited: Vec<String>,
    /// Cells of summary.csv that differ from rows which the journal does not know.
    derived: Vec<String>,
    /// Predictions that are gone though the journal knows their rows and others are there.
    lacking: Vec<String>,
    /// Cells that differ from the predictions, by key.
    refuted: BTreeMap<String, Vec<String>>,
    /// Keys of rows that nothing tells of.
    unchecked: BTreeSet<String>,
    /// The tables show failures that the journal knows to be mended: they are older than it.
    has_older_rows: bool,
}

/// Which of a table and the journal is right about a key.
enum Right<'a> {
    Journal(&'a Outcome),
    Older,
    Table,
}

impl<'a> Weighing<'a> {
    fn right(&self, row: &Outcome) -> Right<'a> {
        let finished = |outcome: &Outcome| matches!(outcome.ending, Ending::Ok(_));
        match self.journal.get(&row.key) {
            None => Right::Table,
            Some(journal) if finished(row) && !finished(journal) => Right::Table,
            Some(journal) if finished(journal) && !finished(row) => Right::Older,
            Some(journal) => Right::Journal(journal),
        }
    }

    fn weigh_jobs(&mut self, tables: &Committed) -> Result<(), ResultsError> {
        let Committed { columns, header, records } = tables;
        for record in records {
            match self.right(&record.outcome) {
                Right::Older => self.has_older_rows = true,
                Right::Journal(journal) => {
                    self.miss(journal, &record.label);
                    let found = differences::of_job(record, columns, header, journal);
                    self.edited.extend(found.iter().map(|difference| difference.line("journal")));
                }
                Right::Table => self.believe(&Claim {
                    file: "results.csv",
                    row: record.label.clone(),
                    outcome: &record.outcome,
                    has_column: &|split, metric| header.contains(&metric_column(split, metric)),
                    has_types: true,
                })?,
            }
        }
        Ok(())
    }

    fn weigh_evaluations(&mut self, layout: &Layout) -> Result<(), ResultsError> {
        let table = read_evaluations_table(layout)?;
        for record in &table.records {
            match self.right(&record.outcome) {
                Right::Older => {}
                Right::Journal(journal) => {
                    self.miss(journal, &differences::evaluation_name(record));
                    let found = differences::of_evaluation(record, &table.header, journal);
                    self.edited.extend(found.iter().map(|difference| difference.line("journal")));
                }
                Right::Table => self.believe(&Claim {
                    file: "evaluations.csv",
                    row: differences::evaluation_name(record),
                    outcome: &record.outcome,
                    has_column: &|_, metric| table.header.iter().any(|column| column == metric.name()),
                    has_types: false,
                })?,
            }
        }
        Ok(())
    }

    /// Notes predictions of a row that are gone. A folder without any was left out on purpose.
    fn miss(&mut self, outcome: &Outcome, row: &str) {
        let Ending::Ok(measured) = &outcome.ending else { return };
        let layout = self.rescorer.layout();
        let paths = measured.splits.keys().map(|split| layout.predictions(&outcome.key, *split));
        let gone = paths.filter(|path| !path.exists() && layout.predictions_folder().is_dir());
        let lines =
            gone.map(|path| format!("predictions/{}, of {row}", path.file_name().unwrap_or_default().display()));
        self.lacking.extend(lines);
    }

    /// Takes over a row that only a table has, unless its predictions say something else.
    fn believe(&mut self, claim: &Claim<'_>) -> Result<(), ResultsError> {
        let key = &claim.outcome.key;
        if self.news.contains_key(key) || self.refuted.contains_key(key) {
            return Ok(());
        }
        if matches!(claim.outcome.ending, Ending::Ok(_)) {
            match self.rescorer.check(claim)? {
                Verdict::Agrees => {}
                Verdict::Unchecked => {
                    self.unchecked.insert(key.clone());
                }
                Verdict::Disagrees(lines) => {
                    self.refuted.insert(key.clone(), lines);
                    return Ok(());
                }
            }
        }
        self.news.insert(key.clone(), claim.outcome.clone());
        Ok(())
    }

    /// summary.csv is made of results.csv: compared where that stands as it is.
    fn weigh_summary(&mut self, layout: &Layout, tables: &Committed) -> Result<(), ResultsError> {
        let file = layout.summary();
        let Some(content) = read(layout, &file)? else { return Ok(()) };
        ResultsError::find_merge(&file, &content)?;
        if self.has_older_rows || !self.refuted.is_empty() {
            return Ok(());
        }
        let right = |record: &Record| match self.journal.get(&record.outcome.key) {
            Some(journal) if matches!(self.right(&record.outcome), Right::Journal(_)) => {
                Record { outcome: journal.clone(), ..record.clone() }
            }
            _ => record.clone(),
        };
        let records: Vec<Record> = tables.records.iter().map(right).collect();
        let expected = summary_csv(&records, &tables.columns);
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
    [edited, derived, lacking]: [&[String]; 3],
    refuted: &BTreeMap<String, Vec<String>>,
) -> Vec<String> {
    let root = layout.root().display();
    let mut texts = Vec::new();
    if !edited.is_empty() {
        let head = format!("{root}: {} from the journal", cells_differ(edited.len()));
        let end = "the journal is right: a run writes the tables again";
        texts.push(Listing { head, lines: edited, end }.to_string());
    }
    if !derived.is_empty() {
        let head = format!("{root}: {} from the rows of results.csv", cells_differ(derived.len()));
        let end = "one of the two was edited: compare them with what git has; a run makes summary.csv of results.csv";
        texts.push(Listing { head, lines: derived, end }.to_string());
    }
    if !lacking.is_empty() {
        let files = if lacking.len() == 1 { "1 file is".to_owned() } else { format!("{} files are", lacking.len()) };
        let head = format!("{root}: {files} gone from the predictions");
        let end = "restore them from git or a copy, or make them anew with --force";
        texts.push(Listing { head, lines: lacking, end }.to_string());
    }
    if !refuted.is_empty() {
        let rows = match refuted.len() {
            1 => "1 committed row does".to_owned(),
            count => format!("{count} committed rows do"),
        };
        let head = format!("{root}: {rows} not agree with the predictions");
        let lines: Vec<String> = refuted.values().flatten().cloned().collect();
        let end = "such a row does not count: its job runs again";
        texts.push(Listing { head, lines: &lines, end }.to_string());
    }
    texts
}
