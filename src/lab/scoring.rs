//! A model's answers on one split, and their scores. Knows nothing of training.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::data::{Corpus, Labels, Sentence};
use crate::engine::Engine;
use crate::ledger::JobInputs;
use crate::metrics::{Scores, TagSet, score};
use crate::results::{Layout, ScoredSplit, tag_lines};
use crate::spec::{Settings, Size};
use crate::train::{Evaluation, Prediction};

use super::error::JobError;
use super::features::Sentences;
use super::shared_data::SharedData;
use super::task::TagFiles;

/// Tags of each word of each sentence; none for a word that the model did not see.
pub(super) type Predictions = Vec<Vec<Option<u16>>>;

/// The rows of a split that are scored: gold tags, and sentences as the model reads them.
pub(super) struct EvalSet {
    pub split: ScoredSplit,
    /// The model's tags, and then those of the data that it lacks.
    labels: Labels,
    gold: Vec<Vec<u16>>,
    pub sentences: Sentences,
    /// What the gold tags come from: SHA-256 of the data's files, and how they are read where that is not as it is.
    origin: Vec<String>,
}

impl EvalSet {
    /// Every split that `settings` score, for a model of the tags `known`.
    pub(super) fn all(
        shared_data: &SharedData,
        settings: &Settings,
        inputs: &JobInputs,
        known: &Labels,
    ) -> Result<Vec<Self>, JobError> {
        let is_scored = |split: &ScoredSplit| settings.data.size(split.split()) != Size::Rows(0);
        let scored = ScoredSplit::ALL.into_iter().filter(is_scored);
        scored.map(|split| Self::new(shared_data, settings, inputs, known, split)).collect()
    }

    fn new(
        shared_data: &SharedData,
        settings: &Settings,
        inputs: &JobInputs,
        known: &Labels,
        split: ScoredSplit,
    ) -> Result<Self, JobError> {
        let corpus = shared_data.corpus(settings, inputs)?;
        let (labels, numbers) = known.union(&corpus.labels);
        let sentences = corpus.first(split.split(), settings.data.size(split.split()))?;
        let gold = |sentence: &Sentence| sentence.tags.iter().map(|tag| numbers[usize::from(*tag)]).collect();
        let reading = Some(Corpus::label_fingerprint(&settings.data)).filter(|reading| !reading.is_empty());
        let files = inputs.hashes.data.values().map(|hash| hash.as_str().to_owned());
        Ok(Self {
            split,
            labels,
            gold: sentences.into_iter().map(gold).collect(),
            sentences: shared_data.scored(settings, inputs, split.split())?.into(),
            origin: files.chain(reading).collect(),
        })
    }

    /// The validation split, where `settings` evaluate a training on it.
    ///
    /// # Errors
    /// Rows without an entity, for which no score has a value; those of the data.
    pub(super) fn of_training(
        shared_data: &SharedData,
        settings: &Settings,
        inputs: &JobInputs,
        known: &Labels,
    ) -> Result<Option<Self>, JobError> {
        if settings.train.evaluate_every.is_none() {
            return Ok(None);
        }
        let eval_set = Self::new(shared_data, settings, inputs, known, ScoredSplit::Validation)?;
        if eval_set.gold.iter().flatten().all(|tag| eval_set.labels.name(*tag) == "O") {
            return Err(JobError::NothingToFind { rows: eval_set.gold.len() });
        }
        Ok(Some(eval_set))
    }

    /// Loss and `entity_f1` of a model that is still trained.
    pub(super) fn evaluate(&self, engine: &Engine, stop: &AtomicBool) -> Result<Evaluation, JobError> {
        let goes_on = |_| !stop.load(Ordering::Relaxed);
        let (predictions, loss) = Prediction::new(self.sentences.examples()).evaluate(engine, goes_on)?;
        let score = self.scores(&predictions)?.entity_f1.expect("the eval set of a training has an entity");
        Ok(Evaluation { loss, score })
    }

    /// Words that the model does not see.
    pub(super) fn unscored_words(&self) -> u64 {
        self.sentences.encoded.unscored_words() as u64
    }

    /// The model's predictions; `observe` hears how many sentences are done, and stops it by returning false.
    pub(super) fn predictions(
        &self,
        engine: &Engine,
        observe: impl FnMut(usize) -> bool,
    ) -> Result<Predictions, JobError> {
        Ok(Prediction::new(self.sentences.examples()).run(engine, observe)?)
    }

    /// Sentences.
    pub(super) fn len(&self) -> usize {
        self.gold.len()
    }

    /// How good they are.
    pub(super) fn scores(&self, predictions: &Predictions) -> Result<Scores, JobError> {
        let gold: Vec<&[u16]> = self.gold.iter().map(Vec::as_slice).collect();
        Ok(score(&TagSet::new(self.labels.names())?, &gold, predictions)?)
    }

    /// Gold tags and answers as files of `folder`, these under `key`.
    pub(super) fn files(&self, predictions: &Predictions, folder: &Layout, key: &str) -> TagFiles {
        let names = self.labels.names();
        let gold: Predictions = self.gold.iter().map(|tags| tags.iter().copied().map(Some).collect()).collect();
        vec![
            (folder.gold(&self.origin, self.split, gold.len(), names), tag_lines(names, &gold)),
            (folder.predictions(key, self.split), tag_lines(names, predictions)),
        ]
    }
}
