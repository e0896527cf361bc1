//! The results of a folder at one moment, from its files or from a git revision of them: rows, evaluations, tags. It takes
//! no lock and writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::metrics::{TagSet, score};

use super::committed::{Committed, add_types, parse_results, read};
use super::evaluations::{EvaluationRecord, parse_evaluations};
use super::prediction_names::prediction_names;
use super::predictions::read_tags_by;
use super::replace::while_replaced;
use super::rescoring::agree;
use super::tag_names::TagNames;
use super::{Action, Columns, Ending, Known, Layout, Outcome, Record, ResultsError, ScoredSplit, SplitScores};

/// Where the files of a results folder are read from: the folder, or a git revision of it.
pub trait ResultsFiles {
    /// What messages call it: `results/grid`, `HEAD~1:results/grid`.
    fn name(&self) -> String;

    /// A file's content by its path in the folder, `predictions/base.tags`; none if there is no such file.
    ///
    /// # Errors
    /// What the system or git says.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, ResultsError>;

    /// The names of the files in a folder of it, sorted; none if there is no such folder.
    ///
    /// # Errors
    /// What the system or git says.
    fn list(&self, folder: &str) -> Result<Vec<String>, ResultsError>;

    /// The path of predictions by key that come before those beside the tables, as these are being replaced; none otherwise.
    fn shelved(&self, _name: &str) -> Option<String> {
        None
    }
}

/// The files of a results folder as they are.
struct FolderFiles(Layout);

impl ResultsFiles for FolderFiles {
    fn name(&self) -> String {
        self.0.root().display().to_string()
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, ResultsError> {
        read(&self.0, &self.0.root().join(path))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, ResultsError> {
        let folder = self.0.root().join(folder);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.and_then(Iterator::collect::<io::Result<Vec<_>>>),
        };
        let entries = entries.map_err(|error| ResultsError::io(Action::Read, &folder, error))?;
        let mut names: Vec<String> =
            entries.iter().filter_map(|entry| entry.file_name().to_str().map(str::to_owned)).collect();
        names.sort();
        Ok(names)
    }

    fn shelved(&self, name: &str) -> Option<String> {
        self.0.tables_ready().exists().then(|| format!(".run/predictions/{name}"))
    }
}

/// A table alone has no other files.
struct TableAlone(PathBuf);

impl ResultsFiles for TableAlone {
    fn name(&self) -> String {
        self.0.display().to_string()
    }

    fn read(&self, _path: &str) -> Result<Option<Vec<u8>>, ResultsError> {
        Ok(None)
    }

    fn list(&self, _folder: &str) -> Result<Vec<String>, ResultsError> {
        Ok(Vec::new())
    }
}

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
    files: Box<dyn ResultsFiles>,
    /// Where predictions lie, by their name by key; none where that follows from the rows.
    predictions: Option<BTreeMap<String, String>>,
    /// The gold tags, once they are read.
    golds: Option<Vec<Arc<Gold>>>,
}

/// Gold tags of one split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gold {
    /// The file, `predictions/gold-0123456789ab.tags`.
    pub file: String,
    /// [sentences][words], numbers of a [`TagNames`].
    pub sentences: Vec<Vec<u16>>,
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
        Ok(Self::new(files, tables, evaluations))
    }

    /// The tags of a folder whose rows the caller has, and where its predictions lie: paths by name by key.
    pub(super) fn of_tags(layout: &Layout, predictions: BTreeMap<String, String>) -> Self {
        let tables = Committed { columns: Columns::default(), header: Vec::new(), records: Vec::new() };
        let snapshot = Self::new(Box::new(FolderFiles(layout.clone())), tables, Vec::new());
        Self { predictions: Some(predictions), ..snapshot }
    }

    /// A results.csv alone, by its content; `file` is what messages call it.
    ///
    /// # Errors
    /// Damaged tables.
    pub fn of_table(file: &Path, content: &[u8]) -> Result<Self, ResultsError> {
        let tables = parse_results(file, content)?;
        Ok(Self::new(Box::new(TableAlone(file.to_owned())), tables, Vec::new()))
    }

    fn new(files: Box<dyn ResultsFiles>, tables: Committed, evaluations: Vec<EvaluationRecord>) -> Self {
        let (contradicted, notices) = (BTreeSet::new(), Vec::new());
        Self { name: files.name(), tables, evaluations, contradicted, notices, files, predictions: None, golds: None }
    }

    /// A file of the folder, `experiment.toml`, by its path in it.
    ///
    /// # Errors
    /// What the system or git says.
    pub fn file(&self, path: &str) -> Result<Option<Vec<u8>>, ResultsError> {
        self.files.read(path)
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
        let Some((file, content)) = self.find_predictions(record, set, split)? else { return Ok(Tags::Missing) };
        let path = Path::new(&file);
        let predicted = match read_tags_by(path, &content, |name| names.number(name)) {
            Ok(predicted) => predicted,
            Err(ResultsError::Damaged { line, problem, .. }) => {
                return Ok(Tags::Unusable(format!("{file}:{line}: {problem}")));
            }
            Err(error) => return Err(error),
        };
        let mut fitting = Vec::new();
        for gold in self.golds(names)?.iter().filter(|gold| gold.fits(&predicted)) {
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

    fn find_predictions(
        &self,
        record: &Record,
        set: Option<&str>,
        split: ScoredSplit,
    ) -> Result<Option<(String, Vec<u8>)>, ResultsError> {
        let names = prediction_names(&record.label, set, &record.outcome.key, split);
        let places: Vec<String> = match &self.predictions {
            Some(predictions) => predictions.get(&names[1]).cloned().into_iter().collect(),
            None => self
                .files
                .shelved(&names[1])
                .into_iter()
                .chain(names.map(|name| format!("predictions/{name}")))
                .collect(),
        };
        for file in places {
            if let Some(content) = self.files.read(&file)? {
                return Ok(Some((file, content)));
            }
        }
        Ok(None)
    }

    /// The gold tags of the folder that are whole.
    fn golds(&mut self, names: &mut TagNames) -> Result<&[Arc<Gold>], ResultsError> {
        if self.golds.is_none() {
            let mut golds = Vec::new();
            for name in self.files.list("predictions")?.iter().filter(|name| name.starts_with("gold-")) {
                let file = format!("predictions/{name}");
                let Some(content) = self.files.read(&file)? else { continue };
                match read_tags_by(Path::new(&file), &content, |name| names.number(name)) {
                    Ok(lines) if lines.iter().flatten().all(Option::is_some) => {
                        let sentences = lines.into_iter().map(|words| words.into_iter().flatten().collect());
                        golds.push(Arc::new(Gold { file, sentences: sentences.collect() }));
                    }
                    Ok(_) => self.notices.push(format!("{file}: gold tags cannot have an unseen word")),
                    Err(error @ ResultsError::Merge { .. }) => return Err(error),
                    Err(error) => self.notices.push(error.to_string()),
                }
            }
            self.golds = Some(golds);
        }
        Ok(self.golds.as_deref().unwrap_or_default())
    }
}

impl Gold {
    fn fits(&self, predicted: &[Vec<Option<u16>>]) -> bool {
        self.sentences.iter().map(Vec::len).eq(predicted.iter().map(Vec::len))
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
