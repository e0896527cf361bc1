//! A batch of sentences packed behind each other, without padding.

use std::sync::Arc;

use super::features::Features;
use super::sequence::Sequence;
use crate::model::Config;

pub use crate::data::NO_LABEL;

/// Some of a batch's tokens, in order.
#[derive(Debug, Clone, Default)]
pub struct Selected {
    /// Which tokens; none where their features are known.
    pub tokens: Vec<u32>,
    /// Position of each in its sentence.
    pub positions: Vec<u32>,
    /// Example of each.
    pub examples: Vec<u32>,
    /// Label of each, or [`NO_LABEL`].
    pub labels: Vec<i32>,
}

impl Selected {
    /// Their number.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// Which tokens of a batch the rows of an operand are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokens {
    /// Every token.
    All,
    /// The selected tokens.
    Selected,
}

/// Example and position of some tokens: what dropout masks depend on.
#[derive(Debug, Clone, Copy)]
pub struct TokenPositions<'a> {
    /// Example of each token: its sentence's index in the subset.
    pub examples: &'a [u32],
    /// Position of each token in its sentence.
    pub positions: &'a [u32],
}

/// The seat of a piece that is padding: the row before the first position's.
pub const NO_POSITION: u32 = u32::MAX;

/// In place of the class of a token whose logits are not all finite.
pub const NO_CLASS: u16 = u16::MAX;

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
    /// Seat of each token: which row of the position table it takes, counted from the first position's. Its position,
    /// but for models that count no padding: see [`Batch::of`].
    pub position_ids: Vec<u32>,
    /// Example of each token.
    pub examples: Vec<u32>,
    /// Label of each token, or [`NO_LABEL`].
    pub labels: Vec<i32>,
    /// The tokens whose logits are asked for: the last layer computes no others behind its attention.
    pub selected: Selected,
    /// The sentences.
    pub sequences: Vec<Sequence>,
    /// What the encoder says of the sentences, by example, where it need not run: then the sentences are here by
    /// their labeled tokens alone.
    pub features: Option<Arc<Features>>,
    /// The piece that is padding: its row of the word table learns nothing.
    pub padding: Option<u32>,
    skips_padding: bool,
    heads: usize,
    weights: usize,
}

impl Batch {
    /// An empty batch for a model of `config`. RoBERTa's kin seat a piece by `cumsum(id != padding)`: a piece that is the
    /// padding takes the row before the first, and those behind it do not count it
    /// (`create_position_ids_from_input_ids` of transformers).
    pub fn of(config: &Config) -> Self {
        let (padding, skips_padding) = (config.padding, config.first_position > 0);
        Self { heads: config.heads, padding, skips_padding, ..Self::default() }
    }

    /// An empty batch for a model of `heads` heads that knows no padding.
    pub fn new(heads: usize) -> Self {
        Self { heads, ..Self::default() }
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.ids.clear();
        self.positions.clear();
        self.position_ids.clear();
        self.examples.clear();
        self.labels.clear();
        let Selected { tokens, positions, examples, labels } = &mut self.selected;
        tokens.clear();
        positions.clear();
        examples.clear();
        labels.clear();
        self.sequences.clear();
        self.weights = 0;
    }

    /// Appends a sentence, of which the tokens with a label are asked for; `ids` and `labels` are of one length.
    pub fn push(&mut self, example: u32, ids: &[u32], labels: &[i32]) {
        let labeled = labels.iter().zip(0..).filter(|(label, _)| **label != NO_LABEL);
        self.push_selecting(example, ids, labels, labeled.map(|(_, position)| position));
    }

    /// Appends a sentence, of which the tokens at the positions `selected` are asked for, in ascending order.
    pub fn push_selecting(&mut self, example: u32, ids: &[u32], labels: &[i32], selected: impl Iterator<Item = u32>) {
        debug_assert_eq!(ids.len(), labels.len());
        let (start, len, first_selected) = (self.ids.len(), ids.len(), self.selected.len());
        for position in selected {
            self.selected.tokens.push(start as u32 + position);
            self.selected.positions.push(position);
            self.selected.examples.push(example);
            self.selected.labels.push(labels[position as usize]);
        }
        let selected = self.selected.len() - first_selected;
        self.sequences.push(Sequence { start, len, example, weights: self.weights, first_selected, selected });
        self.weights += attention_weights(self.heads, len);
        self.ids.extend_from_slice(ids);
        self.labels.extend_from_slice(labels);
        self.positions.extend(0..len as u32);
        let skipped = self.padding.filter(|_| self.skips_padding);
        self.position_ids.extend(ids.iter().scan(0, |next, id| {
            let seat = if Some(*id) == skipped { NO_POSITION } else { *next };
            *next += u32::from(seat != NO_POSITION);
            Some(seat)
        }));
        self.examples.extend(std::iter::repeat_n(example, len));
    }

    /// Example and position of each token of `which`.
    pub fn rows(&self, which: Tokens) -> TokenPositions<'_> {
        match which {
            Tokens::All => TokenPositions { examples: &self.examples, positions: &self.positions },
            Tokens::Selected => {
                TokenPositions { examples: &self.selected.examples, positions: &self.selected.positions }
            }
        }
    }

    /// Appends what is known of a sentence by its features: the tokens with a label, that are selected.
    pub fn push_labeled(&mut self, example: u32, labels: &[i32]) {
        let first_selected = self.selected.len();
        for (label, position) in labels.iter().zip(0..).filter(|(label, _)| **label != NO_LABEL) {
            self.selected.positions.push(position);
            self.selected.examples.push(example);
            self.selected.labels.push(*label);
        }
        let selected = self.selected.len() - first_selected;
        self.sequences.push(Sequence { start: 0, len: 0, example, weights: 0, first_selected, selected });
    }

    /// Tokens in all.
    pub fn tokens(&self) -> usize {
        self.ids.len()
    }

    /// Tokens with a label, of the selected ones.
    pub fn labeled(&self) -> usize {
        self.selected.labels.iter().filter(|label| **label != NO_LABEL).count()
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
