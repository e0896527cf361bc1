//! A model's answers on one split, and their scores. Knows nothing of training.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::data::{Corpus, Encoded, Split};
use crate::engine::{Capacity, Engine};
use crate::metrics::{Scores, TagSet, score};
use crate::results::{Layout, ScoredSplit, tag_lines};
use crate::spec::{Settings, Size};
use crate::train::{Evaluation, Prediction};

use super::error::JobError;
use super::inputs::JobInputs;
use super::materials::{Materials, size_of};

/// Tags of each word of each sentence; none for a word that the model did not see.
pub(super) type Answers = Vec<Vec<Option<u16>>>;

/// Paths and contents.
pub(super) type TagFiles = Vec<(PathBuf, Vec<u8>)>;

/// The rows of a split that are scored: gold tags, and sentences as the model reads them.
pub(super) struct Exam {
    pub split: ScoredSplit,
    size: Size,
    corpus: Arc<Corpus>,
    encoded: Arc<Encoded>,
    /// SHA-256 of the data's files.
    files: Vec<String>,
}

impl Exam {
    /// Every split that `settings` score.
    pub(super) fn all(materials: &Materials, settings: &Settings, inputs: &JobInputs) -> Result<Vec<Self>, JobError> {
        let is_scored = |split: &ScoredSplit| size_of(settings, of_data(*split)) != Size::Rows(0);
        let scored = ScoredSplit::ALL.into_iter().filter(is_scored);
        scored.map(|split| Self::new(materials, settings, inputs, split)).collect()
    }

    fn new(
        materials: &Materials,
        settings: &Settings,
        inputs: &JobInputs,
        split: ScoredSplit,
    ) -> Result<Self, JobError> {
        Ok(Self {
            split,
            size: size_of(settings, of_data(split)),
            corpus: materials.corpus(settings, inputs)?,
            encoded: materials.scored(settings, inputs, of_data(split))?,
            files: inputs.hashes.data.values().map(|hash| hash.as_str().to_owned()).collect(),
        })
    }

    /// The validation split, where `settings` evaluate a training on it.
    ///
    /// # Errors
    /// Rows without an entity, for which no score has a value; those of the data.
    pub(super) fn of_training(
        materials: &Materials,
        settings: &Settings,
        inputs: &JobInputs,
    ) -> Result<Option<Self>, JobError> {
        if settings.train.evaluate_every.is_none() {
            return Ok(None);
        }
        let exam = Self::new(materials, settings, inputs, ScoredSplit::Validation)?;
        let gold = exam.gold()?;
        if gold.iter().copied().flatten().all(|tag| exam.names()[usize::from(*tag)] == "O") {
            return Err(JobError::NothingToFind { rows: gold.len() });
        }
        Ok(Some(exam))
    }

    /// Loss and `entity_f1` of a model that is still trained.
    pub(super) fn evaluate(&self, engine: &Engine, stop: &AtomicBool) -> Result<Evaluation, JobError> {
        let goes_on = |_| !stop.load(Ordering::Relaxed);
        let (answers, loss) = Prediction::new(&self.encoded).evaluate(engine, goes_on)?;
        let score = self.scores(&answers)?.entity_f1.expect("an exam of a training has an entity");
        Ok(Evaluation { loss, score })
    }

    /// What predicting takes of an engine.
    pub(super) fn capacity(&self, heads: usize) -> Capacity {
        Prediction::new(&self.encoded).capacity(heads)
    }

    /// The largest piece.
    pub(super) fn largest_piece(&self) -> u32 {
        self.encoded.ids.iter().copied().max().unwrap_or_default()
    }

    /// Words that the model does not see.
    pub(super) fn unseen_words(&self) -> u64 {
        self.encoded.unseen_words() as u64
    }

    /// The model's answers.
    pub(super) fn answers(&self, engine: &Engine, stop: &AtomicBool) -> Result<Answers, JobError> {
        Ok(Prediction::new(&self.encoded).run(engine, |_| !stop.load(Ordering::Relaxed))?)
    }

    /// How good they are.
    pub(super) fn scores(&self, answers: &Answers) -> Result<Scores, JobError> {
        Ok(score(&TagSet::new(self.names())?, &self.gold()?, answers)?)
    }

    /// Gold tags and answers as files of `folder`, these under `key`.
    pub(super) fn files(&self, answers: &Answers, folder: &Layout, key: &str) -> Result<TagFiles, JobError> {
        let seen = |tags: &&[u16]| tags.iter().map(|tag| Some(*tag)).collect::<Vec<_>>();
        let gold: Answers = self.gold()?.iter().map(seen).collect();
        let names = self.names();
        Ok(vec![
            (folder.gold(&self.files, self.split, gold.len(), names), tag_lines(names, &gold)),
            (folder.predictions(key, self.split), tag_lines(names, answers)),
        ])
    }

    fn names(&self) -> &[String] {
        self.corpus.labels.names()
    }

    fn gold(&self) -> Result<Vec<&[u16]>, JobError> {
        let sentences = self.corpus.first(of_data(self.split), self.size)?;
        Ok(sentences.into_iter().map(|sentence| sentence.tags.as_slice()).collect())
    }
}

/// A scored split as a split of the data.
pub(super) fn of_data(split: ScoredSplit) -> Split {
    match split {
        ScoredSplit::Test => Split::Test,
        ScoredSplit::Validation => Split::Validation,
    }
}
