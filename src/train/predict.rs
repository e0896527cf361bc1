//! A tag for every word of a split.

use std::ops::Range;

use crate::data::Encoded;
use crate::engine::{Batch, Capacity, Engine, NO_LABEL};

use super::error::TrainError;
use super::fine_tune::pack;

/// Tokens of a prediction batch; a longer sentence is a batch of its own.
const TOKENS: usize = 1024;

/// A split cut into batches: sentences sorted by length, as many as fit a budget of tokens. A function of the split alone.
#[derive(Debug, Clone)]
pub struct Prediction<'a> {
    examples: &'a Encoded,
    order: Vec<u32>,
    batches: Vec<Range<usize>>,
}

impl<'a> Prediction<'a> {
    /// Plans the batches.
    pub fn new(examples: &'a Encoded) -> Self {
        let len = |example: u32| examples.pieces(example as usize).len();
        let mut order: Vec<u32> = (0..examples.len() as u32).collect();
        order.sort_by_key(|example| len(*example));
        let (mut batches, mut start, mut tokens) = (Vec::new(), 0, 0);
        for (at, example) in order.iter().enumerate() {
            if tokens > 0 && tokens + len(*example) > TOKENS {
                batches.push(start..at);
                (start, tokens) = (at, 0);
            }
            tokens += len(*example);
        }
        if start < order.len() {
            batches.push(start..order.len());
        }
        Self { examples, order, batches }
    }

    /// What its largest batch takes.
    pub fn capacity(&self, heads: usize) -> Capacity {
        let mut batch = Batch::new(heads);
        self.batches.iter().fold(Capacity::default(), |capacity, range| {
            pack(&mut batch, self.examples, &self.order[range.clone()]);
            capacity.max(Capacity::of(&batch))
        })
    }

    /// The tag of each word of each sentence, none for a word that the model does not see. `observe` hears how many
    /// sentences are done, and may stop by returning false.
    ///
    /// # Errors
    /// Those of the engine; [`TrainError::Interrupted`].
    pub fn run(
        &self,
        engine: &Engine,
        mut observe: impl FnMut(usize) -> bool,
    ) -> Result<Vec<Vec<Option<u16>>>, TrainError> {
        let unseen = |words: &u32| vec![None; *words as usize];
        let mut tags: Vec<Vec<Option<u16>>> = self.examples.words.iter().map(unseen).collect();
        let mut batch = Batch::new(engine.config().heads);
        let mut classes = Vec::new();
        for range in &self.batches {
            let members = &self.order[range.clone()];
            pack(&mut batch, self.examples, members);
            classes.clear();
            engine.predict(&batch, &mut classes)?;
            for (sequence, &example) in batch.sequences.iter().zip(members) {
                let place = sequence.start..sequence.start + sequence.len;
                let labelled = place.filter(|token| batch.labels[*token] != NO_LABEL);
                for (token, word) in labelled.zip(self.examples.seen_words(example as usize)) {
                    tags[example as usize][*word as usize] = Some(classes[token]);
                }
            }
            if !observe(range.end) {
                return Err(TrainError::Interrupted);
            }
        }
        Ok(tags)
    }
}
