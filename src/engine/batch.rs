//! A batch of sentences, packed one after another without padding.

use std::ops::Range;
use std::sync::Arc;

use super::features::Features;
use super::sequence::Sequence;
use crate::model::{Config, Relative};

pub use crate::data::NO_LABEL;

/// The tokens of a batch whose logits are computed, in order: after its attention the last layer computes no others.
#[derive(Debug, Clone, Default)]
pub struct Selected {
    /// Index of each in the batch; empty in a batch of features.
    pub tokens: Vec<u32>,
    /// Position of each in its sentence.
    pub positions: Vec<u32>,
    /// Example of each: its sentence's index in the subset.
    pub examples: Vec<u32>,
    /// Label of each, or [`NO_LABEL`].
    pub labels: Vec<i32>,
}

impl Selected {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
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
    /// No tokens: the rows of the table of relative positions that the batch needs.
    Distances,
}

/// The rows of the table of relative positions that the sentences of a batch need.
#[derive(Debug, Clone, Default)]
pub struct Distances {
    /// The first of them.
    pub first: usize,
    /// The first sentence's example for each: what dropout masks of the table depend on, which is dropped once a batch.
    pub examples: Vec<u32>,
    /// Each row, counted from the table's start.
    pub rows: Vec<u32>,
    /// The row for each distance from 1 - `longest` to `longest` - 1, counted from `first`.
    pub of: Vec<u32>,
    /// Where the distances of each row start in `of`, which ascends; then its length.
    pub starts: Vec<u32>,
    /// Tokens of the longest sentence.
    pub longest: usize,
}

impl Distances {
    /// Makes room for sentences of `len` tokens.
    pub(super) fn cover(&mut self, table: Relative, len: usize, example: u32) {
        if len <= self.longest {
            return;
        }
        let example = self.examples.first().copied().unwrap_or(example);
        let (first, count) = table.needed(len);
        (self.first, self.longest) = (first, len);
        self.examples = vec![example; count];
        self.rows = (first..first + count).map(|row| table.stored_row(row) as u32).collect();
        let farthest = len as isize - 1;
        self.of = (-farthest..=farthest).map(|distance| (table.row(distance) - first) as u32).collect();
        let start = |row: u32| self.of.partition_point(|of| *of < row) as u32;
        self.starts = (0..=count as u32).map(start).collect();
    }

    fn clear(&mut self) {
        let Self { first: _, examples, rows, of, starts, longest } = self;
        *longest = 0;
        [examples, rows, of, starts].into_iter().for_each(Vec::clear);
    }
}

/// Example and position of some tokens: what dropout masks depend on.
#[derive(Debug, Clone, Copy)]
pub struct TokenPositions<'a> {
    /// Example of each token: its sentence's index in the subset.
    pub examples: &'a [u32],
    /// Position of each token in its sentence.
    pub positions: &'a [u32],
}

/// The position ID of a padding token: the row before that of position 0.
pub const NO_POSITION: u32 = u32::MAX;

/// Stands for the class of a token whose logits are not all finite.
pub const NO_CLASS: u16 = u16::MAX;

/// Columns that `len` attention weights of a query take: a multiple of the vector width.
pub(super) fn stride(len: usize) -> usize {
    len.next_multiple_of(16)
}

/// Sentences packed for the engine. It keeps its memory from one batch to the next.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Piece of each token.
    pub ids: Vec<u32>,
    /// Position of each token in its sentence.
    pub positions: Vec<u32>,
    /// Row of each token in the position table, counted from that of position 0. It is the token's position, except in
    /// models that do not count padding: see [`Batch::of`].
    pub position_ids: Vec<u32>,
    /// Example of each token.
    pub examples: Vec<u32>,
    /// Label of each token, or [`NO_LABEL`].
    pub labels: Vec<i32>,
    /// The tokens whose logits are computed.
    pub selected: Selected,
    /// The sentences, or windows over long ones.
    pub sequences: Vec<Sequence>,
    /// The selected tokens of each sentence, over all of its windows: a CRF is a chain over them.
    pub chains: Vec<Range<usize>>,
    /// The encoder's output by example, if it need not run. The batch then holds only labeled tokens.
    pub features: Option<Arc<Features>>,
    /// The padding token: its row of the word table has no gradient.
    pub padding: Option<u32>,
    /// The rows of the table of relative positions, for a model that has one.
    pub distances: Distances,
    /// That table, if the model has one.
    pub relative: Option<Relative>,
    skips_padding: bool,
    heads: usize,
    weights: usize,
}

impl Batch {
    /// An empty batch for a model of `config`. RoBERTa and its relatives number tokens by `cumsum(id != padding)`:
    /// padding takes the row before the first and is not counted (`create_position_ids_from_input_ids` in
    /// transformers).
    pub fn of(config: &Config) -> Self {
        let (padding, skips_padding) = (config.padding, config.first_position > 0);
        Self { heads: config.heads, padding, skips_padding, relative: config.relative, ..Self::default() }
    }

    /// An empty batch for a model of `heads` heads without padding.
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
        self.chains.clear();
        self.distances.clear();
        self.weights = 0;
    }

    /// Appends a sentence and selects its labeled tokens; `ids` and `labels` are of one length.
    pub fn push(&mut self, example: u32, ids: &[u32], labels: &[i32]) {
        let labeled = labels.iter().zip(0..).filter(|(label, _)| **label != NO_LABEL);
        self.push_selecting(example, ids, labels, labeled.map(|(_, position)| position));
    }

    /// Appends a sentence and selects its tokens at the positions `selected`, in ascending order.
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
        self.chains.push(first_selected..self.selected.len());
        self.sequences.push(Sequence { start, len, example, weights: self.weights, first_selected, selected });
        self.weights += attention_weights(self.heads, len);
        if let Some(table) = self.relative {
            self.distances.cover(table, len, example);
        }
        self.ids.extend_from_slice(ids);
        self.labels.extend_from_slice(labels);
        self.positions.extend(0..len as u32);
        let skipped = self.padding.filter(|_| self.skips_padding);
        self.position_ids.extend(ids.iter().scan(0, |next, id| {
            let position = if Some(*id) == skipped { NO_POSITION } else { *next };
            *next += u32::from(position != NO_POSITION);
            Some(position)
        }));
        self.examples.extend(std::iter::repeat_n(example, len));
    }

    /// Example and position of each token.
    pub fn all(&self) -> TokenPositions<'_> {
        TokenPositions { examples: &self.examples, positions: &self.positions }
    }

    /// Example and position of each of `tokens`.
    pub fn rows(&self, tokens: Tokens) -> TokenPositions<'_> {
        match tokens {
            Tokens::All => self.all(),
            Tokens::Selected => {
                TokenPositions { examples: &self.selected.examples, positions: &self.selected.positions }
            }
            Tokens::Distances => TokenPositions { examples: &self.distances.examples, positions: &self.distances.rows },
        }
    }

    /// Appends the labeled tokens of a sentence to a batch of features, and selects them.
    pub fn push_labeled(&mut self, example: u32, labels: &[i32]) {
        let first_selected = self.selected.len();
        for (label, position) in labels.iter().zip(0..).filter(|(label, _)| **label != NO_LABEL) {
            self.selected.positions.push(position);
            self.selected.examples.push(example);
            self.selected.labels.push(*label);
        }
        let selected = self.selected.len() - first_selected;
        self.chains.push(first_selected..self.selected.len());
        self.sequences.push(Sequence { start: 0, len: 0, example, weights: 0, first_selected, selected });
    }

    /// Says that the last sequence is a window over the same sentence as the one before it.
    ///
    /// # Panics
    /// If there are not two.
    pub fn join(&mut self) {
        let last = self.chains.pop().expect("a window");
        self.chains.last_mut().expect("a window before it").end = last.end;
    }

    /// All tokens; 0 in a batch of features.
    pub fn tokens(&self) -> usize {
        self.ids.len()
    }

    /// Selected tokens with a label.
    pub fn labeled(&self) -> usize {
        self.selected.labels.iter().filter(|label| **label != NO_LABEL).count()
    }

    /// Floats of a layer's attention weights.
    pub fn attention_weights(&self) -> usize {
        self.weights
    }
}

/// Floats of one sentence's attention weights in a layer.
pub fn attention_weights(heads: usize, len: usize) -> usize {
    heads * len * stride(len)
}
