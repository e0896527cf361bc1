//! A batch of sentences packed behind each other, without padding.

pub use crate::data::NO_LABEL;

/// One sentence of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequence {
    /// Its first token in the batch.
    pub start: usize,
    /// Its tokens.
    pub len: usize,
    /// Its index in the subset: dropout depends on it.
    pub example: u32,
    /// Where its attention weights start: `[heads, len, stride(len)]`.
    pub weights: usize,
}

/// Columns in which `len` attention weights of a query are stored: a multiple of the vector width.
pub(super) fn stride(len: usize) -> usize {
    len.next_multiple_of(16)
}

/// Sentences packed for the engine. Filled anew for each batch; keeps its memory.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Piece of each token.
    pub ids: Vec<u32>,
    /// Position of each token in its sentence.
    pub positions: Vec<u32>,
    /// Example of each token.
    pub examples: Vec<u32>,
    /// Label of each token, or [`NO_LABEL`].
    pub labels: Vec<i32>,
    /// The sentences.
    pub sequences: Vec<Sequence>,
    heads: usize,
    weights: usize,
}

impl Batch {
    /// An empty batch for a model of `heads` heads.
    pub fn new(heads: usize) -> Self {
        Self { heads, ..Self::default() }
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.positions.clear();
        self.examples.clear();
        self.labels.clear();
        self.sequences.clear();
        self.weights = 0;
    }

    /// Appends a sentence; `ids` and `labels` are of one length.
    pub fn push(&mut self, example: u32, ids: &[u32], labels: &[i32]) {
        debug_assert_eq!(ids.len(), labels.len());
        let len = ids.len();
        self.sequences.push(Sequence { start: self.ids.len(), len, example, weights: self.weights });
        self.weights += attention_weights(self.heads, len);
        self.ids.extend_from_slice(ids);
        self.labels.extend_from_slice(labels);
        self.positions.extend(0..len as u32);
        self.examples.extend(std::iter::repeat_n(example, len));
    }

    /// Tokens in all.
    pub fn tokens(&self) -> usize {
        self.ids.len()
    }

    /// Tokens with a label.
    pub fn labelled(&self) -> usize {
        self.labels.iter().filter(|label| **label != NO_LABEL).count()
    }

    /// Floats that the attention weights of a layer take.
    pub fn attention_weights(&self) -> usize {
        self.weights
    }
}

/// Floats that the attention weights of one sentence take in a layer.
pub fn attention_weights(heads: usize, len: usize) -> usize {
    heads * len * stride(len)
}
