//! What attention on a GPU does by kernels of their own: rotary positions, heads that share keys and values, and the
//! gradients of scores of distances.

use crate::engine::batch::Batch;
use crate::engine::operations::{AttentionBackward, AttentionPositions, Rows, SharedHeads};
use crate::model::Span;

use super::arguments as kernel;
use super::runtime::Address;
use super::work::{Blocks, Cuda};

/// How rotary positions turn queries and keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    pub table: Span,
    pub heads: usize,
    pub back: bool,
}

impl Cuda<'_> {
    /// What a table of relative positions, or of biases, gives to scores; nothing without one.
    pub(super) fn relative(&self, positions: AttentionPositions) -> kernel::Relative {
        positions.relative.or(positions.bias).map_or_else(kernel::Relative::default, |products| kernel::Relative {
            products: self.memory.at(products),
            ..self.batch.relative
        })
    }

    /// Shared heads forward and backward.
    pub(super) fn shared_heads(&self, operands: SharedHeads) -> (kernel::RepeatHeads, kernel::RepeatHeadsBackward) {
        let SharedHeads { repeated, packed, heads, shared, width } = operands;
        let [heads, shared, width] = [heads, shared, width].map(|size| size as u32);
        let [repeated_at, packed_at] = [repeated, packed].map(|span| self.memory.at(span));
        let forward = kernel::RepeatHeads {
            repeated: repeated_at,
            packed: packed_at,
            len: repeated.len as u32,
            heads,
            shared,
            width,
        };
        let backward = kernel::RepeatHeadsBackward {
            packed: packed_at,
            bf16: self.memory.bf16(packed),
            repeated: repeated_at,
            len: packed.len as u32,
            heads,
            shared,
            width,
        };
        (forward, backward)
    }

    /// qkv += bias, if there is one; its queries and keys are turned.
    pub(super) fn turn(&mut self, qkv: Span, bf16: Address, bias: Address, turn: Turn, batch: &Batch) {
        let pairs = qkv.len / 2;
        let arguments = kernel::Rotate {
            qkv: self.memory.at(qkv),
            bf16,
            bias,
            table: self.memory.at(turn.table),
            positions: self.batch.all.positions,
            len: pairs as u32,
            heads: turn.heads as u32,
            width: (qkv.len / batch.tokens() / 3 / turn.heads) as u32,
            back: turn.back.into(),
        };
        self.run(Blocks::elements(pairs), arguments);
    }

    /// The gradient of a table of biases.
    pub(super) fn bias_backward(
        &mut self,
        gradient: Span,
        positions: AttentionPositions,
        arguments: &kernel::AttentionBackward,
        rows: Rows<'_>,
    ) {
        let kernel::AttentionBackward { score_gradients, sentences, positions: queries, .. } = *arguments;
        let kernel::AttentionBackward { heads, width, selected, .. } = *arguments;
        let bias = self.relative(positions);
        let arguments = kernel::BiasBackward {
            gradient: self.memory.at(gradient),
            score_gradients,
            bias,
            stored: self.batch.distances.positions,
            sentences,
            positions: queries,
            count: rows.batch.sequences.len() as u32,
            heads,
            width,
            selected,
        };
        self.run(Blocks::heads(bias.distances as usize, heads as usize), arguments);
    }

    /// The gradients that the scores of distances give to queries and keys, and to the table's.
    pub(super) fn relative_backward(
        &mut self,
        operands: &AttentionBackward,
        arguments: &kernel::AttentionBackward,
        rows: Rows<'_>,
    ) {
        let kernel::AttentionBackward { gradient, bf16, score_gradients, qkv, sentences, positions, .. } = *arguments;
        let kernel::AttentionBackward { heads, width, selected, .. } = *arguments;
        let (relative, count) = (self.relative(operands.positions), rows.batch.sequences.len());
        let of_content = kernel::RelativeContentBackward {
            gradient,
            bf16,
            score_gradients,
            relative,
            sentences,
            positions,
            heads,
            width,
            selected,
        };
        self.run(Blocks::heads(count, operands.heads), of_content);
        let of_table = kernel::RelativeTableBackward {
            gradient: self.memory.at(operands.relative_gradient),
            bf16: self.memory.bf16(operands.relative_gradient),
            score_gradients,
            qkv,
            relative,
            sentences,
            positions,
            count: count as u32,
            heads,
            width,
            selected,
        };
        self.run(Blocks::heads(relative.distances as usize, operands.heads), of_table);
    }
}
