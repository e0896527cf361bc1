//! The results of a folder at one moment, from its files or from a git revision of them: rows, evaluations, tags. It takes
//! no lock and writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::metrics::{TagSet, score};

use super::committed::{Committed, add_types, parse_results};
use super::evaluations::{EvaluationRecord, parse_evaluations};
use super::replace::while_replaced;
use super::rescoring::agree;
use super::results_files::{FolderFiles, ResultsFiles, TableAlone};
use super::tag_names::TagNames;
use super::tag_reader::{Gold, Owner, TagReader};
use super::{Action, Columns, Ending, Known, Layout, Outcome, Record, ResultsError, ScoredSplit, SplitScores};

/// The results of a folder at one moment.
pub struct Snapshot {
    /// What messages call it.
    pub name: String,
    /// results.csv with the types of per_entity.csv, without curves. Where a journal is there, it is right about its
    /// keys.
    pub tables: Committed,
    /// evaluations.csv.
    pub evaluations: Vec<EvaluationRecord>,
    /// Keys of rows that their own predictions contradict: their scores do not count.
    pub contradicted: BTreeSet<String>,
    /// What to tell the user about the rows, each of one line or more.
    pub notices: Vec<String>,
    reader: TagReader,
}

/// The tags of a row on a split.
#[derive(Debug, Clone)]
pub enum Tags {
    /// There are no predictions.
    Missing,
    /// There are, and they cannot be used: why.
    Unusable(String),
    /// Predictions with their gold tags.
    Read(ReadTags),
}

/// Predictions with their gold tags, which have equal shapes.
#[derive(Debug, Clone)]
pub struct ReadTags {
    /// The predictions' file, `predictions/base.tags`.
    pub file: String,
    /// The gold tags.
    pub gold: Arc<Gold>,
    /// [sentences][words], numbers of a [`TagNames`]; none: an unseen word.
    pub predicted: Vec<Vec<Option<u16>>>,
    /// Whether the row's scores follow from these tags.
    pub agrees: bool,
}

impl Snapshot {
    /// A results folder, or a results.csv alone.
    ///
    /// # Errors
    /// `NoTable` where there is none; damaged tables; what the system says.
    pub fn open(path: &Path) -> Result<Self, ResultsError> {
        if path.is_file() {
            let content = fs::read(path).map_err(|error| ResultsError::io(Action::Read, path, error))?;
            return Self::of_table(path, &content);
        }
        let mut snapshot = Self::of_folder(path)?;
        // read behind the tables: a run may have finished jobs in between, and then their rows are known
        let known = Known::read(&Layout::new(path))?;
        let outcomes = snapshot.tables.records.iter_mut().map(|record| &mut record.outcome);
        for outcome in outcomes.chain(snapshot.evaluations.iter_mut().map(|record| &mut record.outcome)) {
            match known.outcomes.get(&outcome.key) {
                Some(right) => outcome.clone_from(right),
                None => drop(snapshot.contradicted.insert(outcome.key.clone())),
            }
        }
        snapshot.notices = known.notices;
        Ok(snapshot)
    }

    /// What the files of a folder hold, as they are.
    ///
    /// # Errors
    /// As for [`Snapshot::open`].
    pub fn of_folder(folder: &Path) -> Result<Self, ResultsError> {
        let read = || Self::read(Box::new(FolderFiles(Layout::new(folder))));
        // a run may be replacing the tables, one by one
        while_replaced(read)
    }

    /// What these files hold, as they are: a journal is not looked for.
    ///
    /// # Errors
    /// As for [`Snapshot::open`].
    pub fn read(files: Box<dyn ResultsFiles>) -> Result<Self, ResultsError> {
        let root = PathBuf::from(files.name());
        let Some(content) = files.read("results.csv")? else { return Err(ResultsError::NoTable { folder: root }) };
        let mut tables = parse_results(&root.join("results.csv"), &content)?;
        if let Some(types) = files.read("per_entity.csv")? {
            add_types(&root.join("per_entity.csv"), &types, &mut tables.records)?;
        }
        let evaluations = match files.read("evaluations.csv")? {
            Some(content) => parse_evaluations(&root.join("evaluations.csv"), &content)?,
            None => Vec::new(),
        };
        Ok(Self::new(TagReader::new(files), tables, evaluations))
    }

    /// The tags of a folder whose rows the caller has, and where its predictions lie: paths by name by key.
    pub(super) fn of_tags(layout: &Layout, predictions: BTreeMap<String, String>) -> Self {
        let tables = Committed { columns: Columns::default(), header: Vec::new(), records: Vec::new() };
        let reader = TagReader::with(Box::new(FolderFiles(layout.clone())), predictions);
        Self::new(reader, tables, Vec::new())
    }

    /// A results.csv alone, by its content; `file` is what messages call it.
    ///
    /// # Errors
    /// Damaged tables.
    pub fn of_table(file: &Path, content: &[u8]) -> Result<Self, ResultsError> {
        let tables = parse_results(file, content)?;
        Ok(Self::new(TagReader::new(Box::new(TableAlone(file.to_owned()))), tables, Vec::new()))
    }

    fn new(reader: TagReader, tables: Committed, evaluations: Vec<EvaluationRecord>) -> Self {
        let name = reader.files.name();
        Self { name, tables, evaluations, contradicted: BTreeSet::new(), notices: Vec::new(), reader }
    }

    /// A file of the folder, `experiment.toml`, by its path in it.
    ///
    /// # Errors
    /// What the system or git says.
    pub fn file(&self, path: &str) -> Result<Option<Vec<u8>>, ResultsError> {
        self.reader.files.read(path)
    }

    /// The names of the evaluation sets, in their order.
    pub fn sets(&self) -> Vec<&str> {
        let mut sets: Vec<&str> = Vec::new();
        for EvaluationRecord { set, .. } in &self.evaluations {
            if !sets.contains(&set.name.as_str()) {
                sets.push(&set.name);
            }
        }
        sets
    }

    /// The rows; with a set, those of the models on it, whose test scores are those on the set.
    pub fn records(&self, set: Option<&str>) -> Vec<Record> {
        let Some(set) = set else { return self.tables.records.clone() };
        let on_set = self.evaluations.iter().filter(|evaluation| evaluation.set.name == set);
        let record = |evaluation: &EvaluationRecord| {
            let job = self.tables.records.iter().find(|record| record.label == evaluation.label)?;
            let precision = job.outcome.precision.clone();
            Some(Record { outcome: Outcome { precision, ..evaluation.outcome.clone() }, ..job.clone() })
        };
        on_set.filter_map(record).collect()
    }

    /// The tags of a row of [`Snapshot::records`] on a split.
    ///
    /// # Errors
    /// What the system or git says. Damaged files are [`Tags::Unusable`].
    pub fn tags(
        &mut self,
        names: &mut TagNames,
        record: &Record,
        set: Option<&str>,
        split: ScoredSplit,
    ) -> Result<Tags, ResultsError> {
        let owner = Owner { label: &record.label, set, key: &record.outcome.key };
        let Some((file, content)) = self.reader.find(owner, split)? else { return Ok(Tags::Missing) };
        let predicted = match self.reader.read(&file, &content, names) {
            Ok(predicted) => predicted,
            Err(ResultsError::Damaged { line, problem, .. }) => {
                return Ok(Tags::Unusable(format!("{file}:{line}: {problem}")));
            }
            Err(error) => return Err(error),
        };
        let mut fitting = Vec::new();
        self.reader.golds(names)?;
        self.notices.append(&mut self.reader.notices);
        for gold in self.reader.golds(names)?.iter().filter(|gold| gold.fits(&predicted)) {
            let agrees = follows(record, split, &names.set(), &gold.sentences, &predicted);
            if agrees {
                return Ok(Tags::Read(ReadTags { file, gold: gold.clone(), predicted, agrees }));
            }
            fitting.push(gold.clone());
        }
        Ok(match fitting.len() {
            0 => Tags::Unusable(format!("no gold tags in predictions/ have the sentences of {file}")),
            1 => Tags::Read(ReadTags { file, gold: fitting.remove(0), predicted, agrees: false }),
            // scores by another's gold tags would be wrong ones
            count => {
                Tags::Unusable(format!("{count} files of gold tags have the sentences of {file}, and none its scores"))
            }
        })
    }
}

/// Whether the scores of a row's split follow from tags.
fn follows(
    record: &Record,
    split: ScoredSplit,
    tags: &TagSet,
    gold: &[Vec<u16>],
    predicted: &[Vec<Option<u16>>],
) -> bool {
    let Ending::Ok(measured) = &record.outcome.ending else { return false };
    let scores = score(tags, gold, predicted).expect("shapes are equal, numbers those of names");
    let found = measured.splits.get(&split).cloned().unwrap_or_default();
    agree(&found, &SplitScores::new(&scores))
}
