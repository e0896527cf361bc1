//! What a page is made of: folders, their tables, the answers of a few settings. It computes no score: `overview` does.

use std::path::{Path, PathBuf};

use crate::files::slashed;
use crate::metrics::{Baseline, majority};
use crate::overview::{Axis, Case, Group, Row, SET, ScoreTable, Source, SplitTable, View, ViewError};
use crate::results::{Gold, Layout, ReadTags, Record, ResultsError, ScoredSplit, Timing, read_timings};

use crate::answers::Answers;

use super::palette::SERIES;

/// Settings whose details are shown; all are in the tables.
pub(super) const LEADING: usize = SERIES;

/// Runs of a setting whose answers are counted together.
pub(super) const POOLED: usize = 20;

/// Results folders, with what a page shows of them.
pub struct Report {
    /// The folders, in their order.
    pub(super) folders: Vec<ReportFolder>,
    /// Their rows, experiments and tags.
    pub(super) sources: Vec<Source>,
    /// The tables of scores, one for each scored split; the first is of the split that details are shown of.
    pub(super) tables: Vec<SplitTable>,
    /// A row for each setting and type; none where no row knows types.
    pub(super) types: Option<SplitTable>,
    /// Scores by evaluation set; none without sets.
    pub(super) transfer: Option<SplitTable>,
    /// The settings whose details are shown.
    pub(super) leading: Vec<Leading>,
    /// What those settings share of what they could be named by, `freeze=false,batch_size=8`.
    pub(super) shared: String,
    /// What one tag for every word scores, for each gold.
    pub(super) baselines: Vec<GoldBaselines>,
}

/// A folder, beside its rows.
pub(super) struct ReportFolder {
    /// Where it lies.
    pub(super) path: PathBuf,
    /// How long its jobs took; none without a file that can be read.
    pub(super) timings: Option<Vec<Timing>>,
}

/// A setting whose details are shown.
pub(super) struct Leading {
    /// Its place in the first table.
    pub(super) row: usize,
    /// What it is called.
    pub(super) name: String,
    /// The answers of its first runs that have any, with the records that they are of.
    pub(super) answers: Vec<(Record, Answers)>,
}

/// What one tag for every word scores on a gold.
pub(super) struct GoldBaselines {
    /// The settings that it is the gold of, by the first of them.
    pub(super) of: String,
    /// Sentences.
    pub(super) sentences: usize,
    /// The best constant tag by each metric.
    pub(super) best: Vec<Baseline>,
}

impl Report {
    /// Of results folders, or of tables alone; `sources` has one for each of `paths`.
    ///
    /// # Errors
    /// No rows; what the system says about files.
    pub fn read(paths: &[PathBuf], mut sources: Vec<Source>) -> Result<Self, ViewError> {
        let tables = View::default().tables(&mut sources)?;
        let types = optional(View { types: true, ..View::default() }.tables(&mut sources))?;
        let has_sets = sources.iter().filter_map(Source::snapshot).any(|snapshot| !snapshot.sets().is_empty());
        let by_set =
            View { columns: vec![SET.to_owned()], values: vec!["test_entity_f1".to_owned()], ..View::default() };
        let transfer = if has_sets { optional(by_set.tables(&mut sources))? } else { None };
        let split = split_of(&tables[0]);
        let mut leading: Vec<Leading> = Vec::new();
        let rows = leading_rows(&tables[0].table);
        let (named, shared) = named_by(&tables[0].table, &rows);
        for row in rows {
            let group = &tables[0].table.rows[row].group;
            let answers = answers(group, &mut sources, split)?;
            leading.push(Leading { row, name: group.name(&named), answers });
        }
        let baselines = baselines(&tables[0].table, &mut sources, split)?;
        let folders = paths.iter().map(|path| ReportFolder { path: path.clone(), timings: timings(path) }).collect();
        Ok(Self { folders, sources, tables, types, transfer, leading, shared, baselines })
    }

    /// The first table.
    pub(super) fn table(&self) -> &ScoreTable {
        &self.tables[0].table
    }

    /// The split that details are shown of.
    pub(super) fn split(&self) -> ScoredSplit {
        split_of(&self.tables[0])
    }

    /// Every job that the tables show.
    pub(super) fn cases(&self) -> impl Iterator<Item = &Case> {
        self.table().rows.iter().flat_map(|row| &row.group.cases)
    }

    /// What is said where details are of some settings only; none where they are of all.
    pub(super) fn of_some(&self) -> Option<String> {
        let scored = self.table().rows.iter().filter(|row| row.numbers[0].mean().is_some()).count();
        let quantity = self.table().quantities[0];
        (scored > self.leading.len()).then(|| {
            let count = self.leading.len();
            let shared = match self.shared.is_empty() {
                true => String::new(),
                false => format!(" All of them have {}.", self.shared),
            };
            format!("Of {scored} settings, the {count} with the highest mean {quantity} are shown.{shared}")
        })
    }

    /// What commands call a folder: as it was given, quoted for a shell where that is needed. A path of this machine alone is
    /// left out.
    pub(super) fn folder_name(&self, at: usize) -> String {
        let path = &self.folders[at].path;
        let here = std::env::current_dir().unwrap_or_default();
        let below = path.strip_prefix(&here).unwrap_or(path);
        let name = match below.is_relative() {
            true => slashed(below),
            false => format!("results/{}", self.sources[at].name),
        };
        let is_plain = |letter: char| letter.is_alphanumeric() || "-_./+=,:@%".contains(letter);
        match name.chars().all(is_plain) && !name.starts_with('-') {
            true => name,
            false => format!("'{}'", name.replace('\'', "'\\''")),
        }
    }
}

fn split_of(table: &SplitTable) -> ScoredSplit {
    table.split.unwrap_or(ScoredSplit::Test)
}

/// The only table; none where results do not have what was asked for.
fn optional(tables: Result<Vec<SplitTable>, ViewError>) -> Result<Option<SplitTable>, ViewError> {
    match tables {
        Ok(tables) => Ok(tables.into_iter().next()),
        Err(error @ ViewError::Results(_)) => Err(error),
        Err(_) => Ok(None),
    }
}

/// The rows with the highest means; in the order of the table where those are all.
fn leading_rows(table: &ScoreTable) -> Vec<usize> {
    let mean = |at: &usize| table.rows[*at].numbers[0].mean();
    let mut rows: Vec<usize> = (0..table.rows.len()).filter(|at| mean(at).is_some()).collect();
    if rows.len() > LEADING {
        rows.sort_by(|one, other| mean(other).unwrap_or(0.0).total_cmp(&mean(one).unwrap_or(0.0)));
        rows.truncate(LEADING);
    }
    rows
}

/// The axes in which rows differ, to name them by, and what they share of the others.
fn named_by(table: &ScoreTable, rows: &[usize]) -> (Vec<Axis>, String) {
    let value = |row: usize, axis: &Axis| table.rows[row].group.value(&axis.key).to_owned();
    let differs = |axis: &Axis| rows.windows(2).any(|pair| value(pair[0], axis) != value(pair[1], axis));
    let (differing, shared): (Vec<Axis>, Vec<Axis>) = table.axes.iter().cloned().partition(differs);
    match (differing.is_empty(), rows.first()) {
        (false, Some(first)) if !shared.is_empty() => (differing, table.rows[*first].group.name(&shared)),
        _ => (table.axes.clone(), String::new()),
    }
}

/// The tags of a case on a split; none without predictions that its scores follow from.
fn tags(case: &Case, sources: &mut [Source], split: ScoredSplit) -> Result<Option<ReadTags>, ResultsError> {
    match &case.record {
        Some(record) if record.rung.is_some() => Ok(None),
        Some(record) if record.measurements().is_some_and(|measured| measured.splits.contains_key(&split)) => {
            sources[case.source].tags(record, case.set.as_deref(), split)
        }
        _ => Ok(None),
    }
}

fn answers(group: &Group, sources: &mut [Source], split: ScoredSplit) -> Result<Vec<(Record, Answers)>, ResultsError> {
    let mut found = Vec::new();
    for case in &group.cases {
        if found.len() == POOLED {
            break;
        }
        let (Some(read), Some(record)) = (tags(case, sources, split)?, &case.record) else { continue };
        let source = &sources[case.source];
        let name = format!("results/{}:{}", source.name, case.label);
        let on = format!("{} split", split.name());
        found.push((record.clone(), Answers::new(name, on, source.names().set(), read)));
    }
    Ok(found)
}

/// The baselines of each gold that some row is scored with.
fn baselines(
    table: &ScoreTable,
    sources: &mut [Source],
    split: ScoredSplit,
) -> Result<Vec<GoldBaselines>, ResultsError> {
    let mut looked: Vec<(usize, Vec<&str>)> = Vec::new();
    let mut golds: Vec<(usize, std::sync::Arc<Gold>)> = Vec::new();
    let mut found = Vec::new();
    for Row { group, .. } in &table.rows {
        let source = group.cases[0].source;
        let trained_on = ["data.train_size", "data.subset_seed"];
        let data =
            group.values.iter().filter(|(key, _)| key.starts_with("data.") && !trained_on.contains(&key.as_str()));
        let data = (source, data.map(|(_, text)| text.as_str()).collect());
        if looked.contains(&data) {
            continue;
        }
        let mut read = None;
        for case in &group.cases {
            read = tags(case, sources, split)?;
            if read.is_some() {
                break;
            }
        }
        let Some(read) = read else { continue };
        looked.push(data);
        if golds.iter().any(|(of, gold)| *of == source && gold.file == read.gold.file) {
            continue;
        }
        golds.push((source, read.gold.clone()));
        let set = sources[source].names().set();
        let best = majority(&set, &read.gold.sentences, &read.predicted).expect("gold and predictions have one shape");
        found.push(GoldBaselines { of: group.name(&table.axes), sentences: read.gold.sentences.len(), best });
    }
    Ok(found)
}

/// How long the jobs of a folder took, where it says so.
fn timings(path: &Path) -> Option<Vec<Timing>> {
    let file = Layout::new(path).timings();
    let content = std::fs::read(&file).ok()?;
    read_timings(&file, &content).ok()
}
