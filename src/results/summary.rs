//! summary.csv: settings over their seeds. Records in, bytes out; it touches no file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::metrics::Metric;
use crate::statistics::{Run, SeedPair, SeedSummary, collapsed, summarize, summarize_folds};

use super::csv_table::CsvTable;
use super::tables::{FOLD, Table, cell, is_averaged, is_seed, metric_column};
use super::{Columns, Decimal, Record, SEED, SUBSET_SEED, ScoredSplit};

/// Columns of summary.csv after the settings.
pub const SUMMARY_COLUMNS: [&str; 12] = [
    "metric",
    "n",
    "failed",
    "mean",
    "sd",
    "ci_low",
    "ci_high",
    "collapsed",
    "sd_seed",
    "sd_data",
    SENTENCE_LOW,
    SENTENCE_HIGH,
];

/// Ends of the interval over test sentences, which need predictions.
pub(super) const SENTENCE_LOW: &str = "sentence_low";
pub(super) const SENTENCE_HIGH: &str = "sentence_high";

/// The columns behind the settings whose equal cells say that a score did not change.
const RESULT: [&str; 4] = ["metric", "n", "mean", "sd"];

/// A row of summary.csv: a setting's score.
#[derive(Debug)]
pub struct SummaryRow<'r> {
    header: &'r [String],
    /// The cells from the first setting to `sd_data`.
    cells: &'r [String],
    /// The runs that have the score, in their order.
    pub runs: &'r [&'r Record],
    /// The split of the score.
    pub split: ScoredSplit,
    /// What is measured.
    pub metric: Metric,
}

impl SummaryRow<'_> {
    /// The text under a column before `sentence_low`.
    fn cell(&self, column: &str) -> Option<&str> {
        let place = self.header.iter().position(|name| name == column)?;
        self.cells.get(place).map(String::as_str)
    }
}

/// Column behind the settings, where the experiment varies the fold: how many folds the numbers are over.
pub(super) const FOLDS: &str = "folds";

/// summary.csv: for each group of records that differ only in the two seeds and the fold, in order of first appearance, a
/// row for each metric. n counts the jobs with a value, failed those without scores, and stopped ones count nowhere; one
/// job has no spread, an empty group no mean.
/// `sentences` gives the ends of the interval of a row's mean score over test sentences.
pub fn summary_csv(
    records: &[Record],
    columns: &Columns,
    mut sentences: impl FnMut(&SummaryRow<'_>) -> Option<[Decimal; 2]>,
) -> Vec<u8> {
    let mut table = Table::new();
    let settings: Vec<(&str, &str)> = columns.settings().filter(|(_, name)| !is_averaged(name)).collect();
    let has_folds = columns.varied.iter().any(|name| name == FOLD);
    let first = settings.iter().map(|(column, _)| *column).chain(has_folds.then_some(FOLDS));
    let header: Vec<String> = first.chain(SUMMARY_COLUMNS).map(str::to_owned).collect();
    table.row(header.clone());
    for mut group in grouped(records, is_averaged) {
        // the score of a part of a training is not compared with those of whole ones
        group.retain(|record| record.rung.is_none());
        if group.is_empty() {
            continue;
        }
        let failed = group.iter().filter(|record| record.measurements().is_none()).count();
        for (split, metric) in columns.metrics() {
            let score = |record: &&Record| record.measurements()?.score(split, metric);
            let scored: Vec<&Record> = group.iter().copied().filter(|record| score(record).is_some()).collect();
            let runs = scored.iter().filter_map(|record| Some(record.run(score(record)?.value())));
            let runs: Vec<Run> = runs.collect();
            let folds = FoldScores::of(scored.iter().filter_map(|record| Some((*record, score(record)?.value()))));
            let texts = settings.iter().map(|(_, name)| group[0].settings.get(*name).cloned().unwrap_or_default());
            let counts = [metric_column(split, metric), runs.len().to_string(), failed.to_string()];
            let texts = texts.chain(has_folds.then(|| folds.count().to_string()));
            let cells: Vec<String> = texts.chain(counts).chain(statistics_cells(&runs, &folds)).collect();
            let row = SummaryRow { header: &header, cells: &cells, runs: &scored, split, metric };
            // each fold validates on other sentences
            let is_apart = folds.are_several() && split == ScoredSplit::Validation;
            let ends = if runs.is_empty() || is_apart { None } else { sentences(&row) };
            let ends = [0, 1].map(|end| cell(ends.map(|ends| ends[end])));
            table.row(cells.into_iter().chain(ends));
        }
    }
    table.bytes()
}

/// mean, sd, ci_low, ci_high, collapsed, sd_seed, sd_data
fn statistics_cells(runs: &[Run], folds: &FoldScores) -> [String; 7] {
    let found = folds.summary().or_else(|| summarize(runs));
    let number = |value: Option<f64>| cell(value.map(Decimal::new));
    let interval = found.and_then(|found| found.interval);
    let components = found.and_then(|found| found.components);
    [
        number(found.map(|found| found.mean)),
        number(found.and_then(|found| found.sd)),
        number(interval.map(|(low, _)| low)),
        number(interval.map(|(_, high)| high)),
        collapsed(runs).len().to_string(),
        number(components.map(|components| components.sd_seed())),
        number(components.map(|components| components.sd_data())),
    ]
}

/// The scores of a setting by fold; empty where its rows have none.
#[derive(Debug, Default)]
pub struct FoldScores(Vec<(u64, f64)>);

impl FoldScores {
    /// Of rows with a score each.
    pub fn of<'r>(rows: impl Iterator<Item = (&'r Record, f64)>) -> Self {
        Self(rows.filter_map(|(record, score)| Some((record.fold()?, score))).collect())
    }

    /// How many folds there are.
    pub fn count(&self) -> usize {
        self.0.iter().map(|(fold, _)| fold).collect::<BTreeSet<_>>().len()
    }

    /// Whether the rows are of several folds, so that no test or interval over seeds holds.
    pub fn are_several(&self) -> bool {
        self.count() > 1
    }

    /// Mean and spread over several folds; none where there are not.
    pub fn summary(&self) -> Option<SeedSummary> {
        if self.are_several() { summarize_folds(&self.0) } else { None }
    }
}

impl Record {
    /// The fold that is its validation split; none if it has no folds.
    pub fn fold(&self) -> Option<u64> {
        self.settings.get(FOLD)?.trim().parse().ok()
    }

    /// Its seeds. One that its table does not tell counts as 0.
    pub fn seeds(&self) -> SeedPair {
        let seed = |name: &str| self.settings.get(name).and_then(|text| text.trim().parse().ok()).unwrap_or_default();
        SeedPair { data_seed: seed(SUBSET_SEED), seed: seed(SEED) }
    }

    /// Its seeds with one of its scores, as tests take it.
    pub fn run(&self, score: f64) -> Run {
        let SeedPair { data_seed, seed } = self.seeds();
        Run { data_seed, seed, score }
    }
}

/// The records that differ in the two seeds alone, in the order of their first ones.
pub fn by_setting(records: &[Record]) -> Vec<Vec<&Record>> {
    grouped(records, is_seed)
}

/// The records that differ only in keys that are left out, in the order of their first ones.
fn grouped(records: &[Record], is_left_out: fn(&str) -> bool) -> Vec<Vec<&Record>> {
    let mut place: BTreeMap<Vec<(&str, &str)>, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&Record>> = Vec::new();
    for record in records {
        let settings = record.settings.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let identity = settings.filter(|(name, _)| !is_left_out(name)).collect();
        let index = *place.entry(identity).or_insert(groups.len());
        if index == groups.len() {
            groups.push(Vec::new());
        }
        groups[index].push(record);
    }
    groups
}

/// The intervals over test sentences that an earlier summary.csv has, for rows whose settings and scores are as they were.
/// So a clone without predictions does not lose them.
#[derive(Debug, Default)]
pub(super) struct EarlierSummary {
    /// Columns that say which row it is.
    identity: Vec<String>,
    rows: BTreeMap<Vec<String>, [Decimal; 2]>,
}

impl EarlierSummary {
    /// Of a table's content; empty if it is no such table.
    pub(super) fn parse(file: &Path, content: &[u8]) -> Self {
        let Ok(table) = CsvTable::parse(file, content) else { return Self::default() };
        let Some(metric) = table.header.iter().position(|column| column == RESULT[0]) else { return Self::default() };
        let settings = table.header[..metric].iter().map(String::as_str);
        let identity: Vec<String> = settings.chain(RESULT).map(str::to_owned).collect();
        let mut rows = BTreeMap::new();
        for cells in table.cells() {
            let texts = identity.iter().map(|column| cells.text(column).map(str::to_owned)).collect::<Result<_, _>>();
            let ends = [SENTENCE_LOW, SENTENCE_HIGH].map(|end| cells.text(end).ok()?.parse::<Decimal>().ok());
            if let (Ok(texts), [Some(low), Some(high)]) = (texts, ends) {
                rows.insert(texts, [low, high]);
            }
        }
        Self { identity, rows }
    }

    /// What it has of a row; none if it has a setting that the row lacks. A setting that only the row has is not compared.
    pub(super) fn sentences(&self, row: &SummaryRow<'_>) -> Option<[Decimal; 2]> {
        let text = |column: &String| row.cell(column).map(str::to_owned);
        let key: Option<Vec<String>> = self.identity.iter().map(text).collect();
        self.rows.get(&key?).copied()
    }
}
