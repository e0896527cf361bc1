//! A model's answers on one split, and their scores. Knows nothing of training.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::data::Labels;
use crate::engine::Engine;
use crate::ledger::JobInputs;
use crate::metrics::{Scores, TagSet, Transitions, score};
use crate::results::{Layout, ScoredSplit, tag_lines};
use crate::spec::{Settings, Size};
use crate::train::{Evaluation, Prediction};

use super::error::JobError;
use super::features::Sentences;
use super::gold::GoldTags;
use super::shared_data::SharedData;
use super::task::TagFiles;

/// Tags of each word of each sentence; none for a word that the model did not see.
pub(super) type Predictions = Vec<Vec<Option<u16>>>;

/// The rows of a split that are scored: gold tags, and sentences as the model reads them.
pub(super) struct EvalSet {
    pub split: ScoredSplit,
    gold: GoldTags,
    pub sentences: Sentences,
    /// Which sequences of tags are predicted; none: any.
    allowed: Option<Transitions>,
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
        let gold = GoldTags::new(&corpus, settings, &inputs.hashes, known, split)?;
        let sentences = shared_data.scored(settings, inputs, split.split())?.into();
        let allowed =
            settings.answers_by_sentences().then(|| TagSet::new(known.names()).map(|tags| Transitions::iob2(&tags)));
        Ok(Self { split, gold, sentences, allowed: allowed.transpose()? })
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
        let gold = &eval_set.gold;
        if gold.tags().iter().flatten().all(|tag| gold.labels().name(*tag) == "O") {
            return Err(JobError::NothingToFind { rows: gold.tags().len() });
        }
        Ok(Some(eval_set))
    }

    /// Loss and `entity_f1` of a model that is still trained.
    pub(super) fn evaluate(&self, engine: &Engine, stop: &AtomicBool) -> Result<Evaluation, JobError> {
        let goes_on = |_| !stop.load(Ordering::Relaxed);
        let (predictions, loss) = self.prediction().evaluate(engine, goes_on)?;
        let score = self.scores(&predictions)?.entity_f1.expect("the eval set of a training has an entity");
        Ok(Evaluation { loss, score })
    }

    fn prediction(&self) -> Prediction<'_> {
        Prediction::among(self.sentences.examples(), self.allowed.as_ref())
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
        Ok(self.prediction().run(engine, observe)?)
    }

    /// Sentences.
    pub(super) fn len(&self) -> usize {
        self.gold.tags().len()
    }

    /// How good they are.
    pub(super) fn scores(&self, predictions: &Predictions) -> Result<Scores, JobError> {
        Ok(score(&TagSet::new(self.gold.labels().names())?, self.gold.tags(), predictions)?)
    }

    /// Gold tags and answers as files of `folder`, these under `key`, until tables have a row of them.
    pub(super) fn files(&self, predictions: &Predictions, folder: &Layout, key: &str) -> TagFiles {
        vec![
            (self.gold.path(folder), self.gold.lines()),
            (folder.shelved(key, self.split), tag_lines(self.gold.labels().names(), predictions)),
        ]
    }
}
