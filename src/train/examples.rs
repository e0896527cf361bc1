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
    /// The windows of the sentences `members` in parts of at most `most`, in their order; with `whole`, all windows of a
    /// sentence are in one part, even if they are more.
    pub(super) fn parts(self, members: &[u32], most: usize, whole: bool) -> Vec<Vec<u32>> {
        let mut parts: Vec<Vec<u32>> = Vec::new();
        for &sentence in members {
            let windows = self.encoded.windows_of(sentence as usize);
            let units = if whole { vec![windows] } else { windows.map(|window| window..window + 1).collect() };
            for unit in units {
                match parts.last_mut() {
                    Some(part) if part.len() + unit.len() <= most => part.extend(unit.map(|window| window as u32)),
                    _ => parts.push(unit.map(|window| window as u32).collect()),
                }
            }
        }
        parts
    }

    /// Packs `windows` into `batch`, which is cleared first; the labeled tokens are selected.
    pub(super) fn pack(self, batch: &mut Batch, windows: &[u32]) {
        self.pack_with(batch, windows, |batch, window, ids, labels| batch.push(window, ids, labels));
    }

    /// [`Examples::pack`], with the first token of each word selected: it predicts the word's tag.
    pub(super) fn pack_words(self, batch: &mut Batch, windows: &[u32]) {
        self.pack_with(batch, windows, |batch, window, ids, labels| {
            let words = self.encoded.first_tokens(window as usize);
            batch.push_selecting(window, ids, labels, words.iter().copied());
        });
    }

    /// Features are those of labeled tokens; a sentence to be predicted has one for each word.
    fn pack_with(self, batch: &mut Batch, windows: &[u32], push: impl Fn(&mut Batch, u32, &[u32], &[i32])) {
        batch.clear();
        batch.features = self.features.cloned();
        let mut sentence = None;
        for &window in windows {
            let Range { start, end } = self.encoded.tokens(window as usize);
            let (ids, labels) = (&self.encoded.ids[start..end], &self.encoded.labels[start..end]);
            match self.features {
                Some(_) => batch.push_labeled(window, labels),
                None => push(batch, window, ids, labels),
            }
            let before = sentence.replace(self.encoded.sentence_of(window as usize));
            if before == sentence {
                batch.join();
            }
        }
    }

    /// Tokens of `window` in a batch.
    fn tokens(self, window: usize) -> usize {
        match self.features {
            Some(_) => self.encoded.labeled_tokens(window),
            None => self.encoded.tokens(window).len(),
        }
    }

    /// Windows of the sentence that has most of them.
    fn most_windows(self) -> usize {
        self.encoded.sentence_starts.windows(2).map(|ends| ends[1] - ends[0]).max().unwrap_or_default()
    }
}

/// The capacity for the largest part of a batch of a training: as many of the longest windows as fit into one. `whole`:
/// all windows of a sentence are in one part.
pub fn training_capacity<'a>(
    examples: impl Into<Examples<'a>>,
    batch_size: usize,
    whole: bool,
    heads: usize,
) -> Capacity {
    let examples = examples.into();
    let mut lengths: Vec<usize> = (0..examples.encoded.windows()).map(|window| examples.tokens(window)).collect();
    lengths.sort_unstable_by(|a, b| b.cmp(a));
    lengths.truncate(if whole { batch_size.max(examples.most_windows()) } else { batch_size });
    let attention = |len: &usize| if examples.features.is_some() { 0 } else { attention_weights(heads, *len) };
    Capacity { tokens: lengths.iter().sum(), attention_weights: lengths.iter().map(attention).sum() }
}
