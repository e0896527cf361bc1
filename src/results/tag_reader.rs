//! The tags of a results folder: predictions by the row that they belong to, and gold tags. It must not know scores.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::prediction_names::{is_gold, prediction_names};
use super::predictions::read_tags_by;
use super::results_files::ResultsFiles;
use super::tag_names::TagNames;
use super::{ResultsError, ScoredSplit};

/// Gold tags of one split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gold {
    /// The file, `predictions/gold-0123456789ab.tags`.
    pub file: String,
    /// [sentences][words], numbers of a [`TagNames`].
    pub sentences: Vec<Vec<u16>>,
}

impl Gold {
    /// Whether predictions have these sentences.
    pub(super) fn fits(&self, predicted: &[Vec<Option<u16>>]) -> bool {
        self.sentences.iter().map(Vec::len).eq(predicted.iter().map(Vec::len))
    }
}

/// [sentences][words]; none: an unseen word.
type Lines = Vec<Vec<Option<u16>>>;

/// Reads the tags of a folder, gold tags once.
pub(super) struct TagReader {
    pub(super) files: Box<dyn ResultsFiles>,
    /// Where predictions lie, by their name by key; none where that follows from the rows.
    predictions: Option<BTreeMap<String, String>>,
    /// The gold tags, once they are read.
    golds: Option<Vec<Arc<Gold>>>,
    /// Messages about gold tags that cannot be read.
    pub(super) notices: Vec<String>,
}

/// The row that predictions belong to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'a> {
    /// Its label.
    pub(super) label: &'a str,
    /// The evaluation set that it is of.
    pub(super) set: Option<&'a str>,
    /// Its key, or that of the evaluation.
    pub(super) key: &'a str,
}

impl TagReader {
    /// Of a folder whose predictions lie where its rows say.
    pub(super) fn new(files: Box<dyn ResultsFiles>) -> Self {
        Self { files, predictions: None, golds: None, notices: Vec::new() }
    }

    /// Of a folder whose predictions lie at these paths, by their name by key.
    pub(super) fn with(files: Box<dyn ResultsFiles>, predictions: BTreeMap<String, String>) -> Self {
        Self { predictions: Some(predictions), ..Self::new(files) }
    }

    /// The predictions of a row on a split: their file and its content.
    ///
    /// # Errors
    /// What the system or git says.
    pub(super) fn find(&self, owner: Owner<'_>, split: ScoredSplit) -> Result<Option<(String, Vec<u8>)>, ResultsError> {
        let names = prediction_names(owner.label, owner.set, owner.key, split);
        let places: Vec<String> = match &self.predictions {
            Some(predictions) => predictions.get(&names[1]).cloned().into_iter().collect(),
            None => {
                let shelved = self.files.shelved(&names[1]);
                shelved.into_iter().chain(names.map(|name| format!("predictions/{name}"))).collect()
            }
        };
        for file in places {
            if let Some(content) = self.files.read(&file)? {
                return Ok(Some((file, content)));
            }
        }
        Ok(None)
    }

    /// The tags that a file of the folder has, [sentences][words].
    ///
    /// # Errors
    /// `Damaged`, `Merge`.
    pub(super) fn read(&self, file: &str, content: &[u8], names: &mut TagNames) -> Result<Lines, ResultsError> {
        read_tags_by(&Path::new(&self.files.name()).join(file), content, |name| names.number(name))
    }

    /// The gold tags of the folder. A file that cannot be read is noted and not used.
    ///
    /// # Errors
    /// An unfinished merge; a folder that cannot be listed.
    pub(super) fn golds(&mut self, names: &mut TagNames) -> Result<&[Arc<Gold>], ResultsError> {
        if self.golds.is_none() {
            let mut golds = Vec::new();
            for name in self.files.list("predictions")?.iter().filter(|name| is_gold(name)) {
                let file = format!("predictions/{name}");
                match self.gold(file.clone(), names) {
                    Ok(gold) => golds.extend(gold.map(Arc::new)),
                    Err(error @ ResultsError::Merge { .. }) => return Err(error),
                    Err(ResultsError::Damaged { line, problem, .. }) => {
                        self.notices.push(format!("{file}:{line}: {problem}; rows scored with it are not checked"));
                    }
                    Err(error) => self.notices.push(format!("{error}; rows scored with it are not checked")),
                }
            }
            self.golds = Some(golds);
        }
        Ok(self.golds.as_deref().unwrap_or_default())
    }

    fn gold(&self, file: String, names: &mut TagNames) -> Result<Option<Gold>, ResultsError> {
        let Some(content) = self.files.read(&file)? else { return Ok(None) };
        let lines = self.read(&file, &content, names)?;
        if let Some(line) = lines.iter().position(|words| words.iter().any(Option::is_none)) {
            let problem = "gold tags cannot have an unseen word";
            return Err(ResultsError::damaged(Path::new(&file), line as u64 + 1, problem));
        }
        let sentences = lines.into_iter().map(|words| words.into_iter().flatten().collect()).collect();
        Ok(Some(Gold { file, sentences }))
    }
}
