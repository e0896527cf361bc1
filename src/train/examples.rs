//! Sentences as a batch takes them: their subword tokens, or the features of the labeled ones. It must not know how a
//! batch is used.

use std::ops::Range;
use std::sync::Arc;

use crate::data::Encoded;
use crate::engine::{Batch, Capacity, Features, attention_weights};

/// Encoded sentences, with their features if a frozen encoder has computed them.
#[derive(Debug, Clone, Copy)]
pub struct Examples<'a> {
    /// The sentences.
    pub encoded: &'a Encoded,
    /// Features of at least these sentences, in their order.
    pub features: Option<&'a Arc<Features>>,
}

impl<'a> From<&'a Encoded> for Examples<'a> {
    fn from(encoded: &'a Encoded) -> Self {
        Self { encoded, features: None }
    }
}

impl Examples<'_> {
    /// Packs the sentences `members` into `batch`, which is cleared first; the labeled tokens are selected.
    pub(super) fn pack(self, batch: &mut Batch, members: &[u32]) {
        self.pack_with(batch, members, |batch, example, ids, labels| batch.push(example, ids, labels));
    }

    /// [`Examples::pack`], with the first token of each word selected: it predicts the word's tag.
    pub(super) fn pack_words(self, batch: &mut Batch, members: &[u32]) {
        self.pack_with(batch, members, |batch, example, ids, labels| {
            let words = self.encoded.first_tokens(example as usize);
            batch.push_selecting(example, ids, labels, words.iter().copied());
        });
    }

    /// Features are those of labeled tokens; a sentence to be predicted has one for each word.
    fn pack_with(self, batch: &mut Batch, members: &[u32], push: impl Fn(&mut Batch, u32, &[u32], &[i32])) {
        batch.clear();
        batch.features = self.features.cloned();
        for &example in members {
            let Range { start, end } = self.encoded.tokens(example as usize);
            let (ids, labels) = (&self.encoded.ids[start..end], &self.encoded.labels[start..end]);
            match self.features {
                Some(_) => batch.push_labeled(example, labels),
                None => push(batch, example, ids, labels),
            }
        }
    }

    /// Tokens of sentence `example` in a batch.
    fn tokens(self, example: usize) -> usize {
        match self.features {
            Some(_) => self.encoded.labeled_tokens(example),
            None => self.encoded.tokens(example).len(),
        }
    }
}

/// The capacity for the largest batch of a training: as many of the longest sentences as fit into one.
pub fn training_capacity<'a>(examples: impl Into<Examples<'a>>, batch_size: usize, heads: usize) -> Capacity {
    let examples = examples.into();
    let mut lengths: Vec<usize> = (0..examples.encoded.len()).map(|example| examples.tokens(example)).collect();
    lengths.sort_unstable_by(|a, b| b.cmp(a));
    lengths.truncate(batch_size);
    let attention = |len: &usize| if examples.features.is_some() { 0 } else { attention_weights(heads, *len) };
    Capacity { tokens: lengths.iter().sum(), attention_weights: lengths.iter().map(attention).sum() }
}
