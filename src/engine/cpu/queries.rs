//! Who asks in attention: heads, and which tokens of a batch are queries.

use std::ops::Range;

use crate::engine::batch::{Batch, Tokens};
use crate::engine::sequence::Sequence;

/// Heads, and the width of each.
#[derive(Debug, Clone, Copy)]
pub struct Heads {
    /// Their number.
    pub count: usize,
    /// Features of one.
    pub width: usize,
}

impl Heads {
    /// Features of a token: `hidden`.
    pub(super) fn hidden(self) -> usize {
        self.count * self.width
    }
}

/// The sentences of a batch, and which of their tokens are queries.
#[derive(Debug, Clone, Copy)]
pub struct Queries<'a> {
    pub(super) sequences: &'a [Sequence],
    which: Tokens,
    /// Position of each query in its sentence.
    positions: &'a [u32],
}

impl<'a> Queries<'a> {
    /// Those of `batch`.
    pub fn new(batch: &'a Batch, which: Tokens) -> Self {
        Self { sequences: &batch.sequences, which, positions: batch.rows(which).positions }
    }

    /// The rows of a sentence's queries.
    pub(super) fn rows(&self, sequence: &Sequence) -> Range<usize> {
        match self.which {
            Tokens::All => sequence.start..sequence.start + sequence.len,
            Tokens::Selected => sequence.first_selected..sequence.first_selected + sequence.selected,
            Tokens::Distances => unreachable!("distances ask nothing"),
        }
    }

    /// A sentence with the positions of its queries.
    pub(super) fn sentence(&self, sequence: &'a Sequence) -> Sentence<'a> {
        Sentence { sequence, positions: &self.positions[self.rows(sequence)] }
    }
}

/// A sentence with its queries.
#[derive(Clone, Copy)]
pub(super) struct Sentence<'a> {
    pub sequence: &'a Sequence,
    /// Position of each query.
    pub positions: &'a [u32],
}
