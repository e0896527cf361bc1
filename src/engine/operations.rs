//! The operations that an encoder is written in, over spans of a device's memory. How each is done, and in how many
//! passes over the memory, is the device's business.

use crate::model::{Activation, LinearSpans, NormSpans, Span};

use super::batch::{Batch, TokenPositions, Tokens};
use super::features::Features;
use super::mask::Mask;
use super::product::{Shape, Write};

/// Floats that a norm keeps of a row for the backward pass: mean and reciprocal deviation.
pub(super) const STATISTICS: usize = 2;

/// The rows of an operand: some tokens of a batch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'b> {
    pub batch: &'b Batch,
    pub tokens: Tokens,
}

impl<'b> Rows<'b> {
    pub(super) fn positions(self) -> TokenPositions<'b> {
        self.batch.rows(self.tokens)
    }
}

/// The embedding tables, `[rows, width]`, or something of each.
#[derive(Debug, Clone, Copy)]
pub struct EmbeddingTables<T> {
    /// A row a token.
    pub words: T,
    /// A row a position.
    pub positions: T,
    /// A row a segment; may be empty.
    pub segments: T,
}

/// Columns of wider rows, and how many times they count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    /// The first.
    pub first: usize,
    /// How many.
    pub width: usize,
    /// Columns of the wider rows.
    pub of: usize,
    pub scale: f32,
}

/// A product that is added to columns of a linear layer's output.
#[derive(Debug, Clone, Copy)]
pub(super) struct Added {
    /// `[tokens, columns.width]`
    pub product: Span,
    pub columns: Columns,
}

/// A linear layer: y = x·Wᵗ + b, and what is added.
#[derive(Debug, Clone, Copy)]
pub(super) struct Linear {
    /// `[tokens, inputs]`
    pub x: Span,
    pub parameters: LinearSpans,
    pub shape: Shape,
    /// Of the adapters of low rank.
    pub added: [Option<Added>; 3],
}

/// A norm with what it keeps from forward to backward: out = norm(sum).
#[derive(Debug, Clone, Copy)]
pub(super) struct Normed {
    /// `[tokens, width]`
    pub sum: Span,
    /// `[tokens, 2]`
    pub statistics: Span,
    pub parameters: NormSpans,
    /// Added to the variance.
    pub epsilon: f32,
    /// Whether the mean is taken off first; else it counts as 0 (root mean square).
    pub centered: bool,
}

/// sum = word + segment + position; out = dropout(norm(sum)), or the sum is dropped from before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Embed {
    /// `[tokens, width]`
    pub out: Span,
    pub norm: Normed,
    pub tables: EmbeddingTables<Span>,
    /// The row of position 0.
    pub first_position: usize,
    pub mask: Option<Mask>,
    /// Whether dropout stands before the norm.
    pub drops_first: bool,
}

/// The tables' gradients += ∂sum, row by row.
#[derive(Debug, Clone, Copy)]
pub(super) struct EmbedBackward {
    pub gradients: EmbeddingTables<Span>,
    /// `[tokens, width]`
    pub sum_gradient: Span,
    /// The row of position 0.
    pub first_position: usize,
}

/// ∂W = ∂yᵗ·x and ∂b = Σ ∂y, each unless its span is empty.
#[derive(Debug, Clone, Copy)]
pub(super) struct LinearParametersBackward {
    pub gradients: LinearSpans,
    /// `[outputs]`: room for Σ x² of each row of what ∂W then is.
    pub squares: Span,
    pub dy: Span,
    pub x: Span,
    pub shape: Shape,
    pub write: Write,
}

/// ∂x = ∂y·W.
#[derive(Debug, Clone, Copy)]
pub(super) struct LinearInputBackward {
    pub dx: Span,
    pub dy: Span,
    pub weight: Span,
    pub shape: Shape,
    pub write: Write,
}

/// What scores of attention depend on beside queries and keys.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AttentionPositions {
    /// `[positions, head]`: cosines, then sines, of half a head each, by which queries and keys are rotated.
    pub rotary: Option<Span>,
    /// A query sees keys at most so many tokens away.
    pub reach: Option<usize>,
    /// `[distances, 2·hidden]`: the queries and keys of the batch's distances (disentangled attention).
    pub relative: Option<Span>,
    /// `[rows, heads]`: a table of relative positions that is added to the scores.
    pub bias: Option<Span>,
}

/// qkv = x·Wᵗ + b, if there is a linear layer, Q and K rotated; weights = softmax(S); context = dropout(weights)·V, of the queries that the rows are.
/// S = Q·Kᵗ/√head, or, with relative positions, S(i, j) = (Q(i)·K(j) + Q(i)·K(d) + Q(d)·K(j))/√(3·head) of the distance
/// d = i - j. With a table of biases, S(i, j) gains that of d and the head. Scores beyond the reach are -∞.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attention {
    /// `[queries, hidden]`
    pub context: Span,
    /// Each sentence's `[heads, queries, stride(len)]`, kept for backward.
    pub weights: Span,
    /// `[tokens, 3·hidden]`, kept for backward.
    pub qkv: Span,
    pub linear: Option<Linear>,
    pub heads: usize,
    pub positions: AttentionPositions,
    /// Of the weights.
    pub mask: Option<Mask>,
}

/// ∂qkv from ∂context. The weights may change.
#[derive(Debug, Clone, Copy)]
pub(super) struct AttentionBackward {
    /// `[tokens, 3·hidden]`
    pub qkv_gradient: Span,
    /// `[queries, hidden]`
    pub context_gradient: Span,
    pub weights: Span,
    pub qkv: Span,
    pub heads: usize,
    pub positions: AttentionPositions,
    /// `[distances, 2·hidden]`, written; empty without relative positions.
    pub relative_gradient: Span,
    /// `[rows, heads]`, to which is added; none where the table of biases does not learn.
    pub bias_gradient: Option<Span>,
    pub mask: Option<Mask>,
}

/// Keys and values that successive query heads share, once for each of these.
#[derive(Debug, Clone, Copy)]
pub(super) struct SharedHeads {
    /// `[tokens, 3·heads·width]`: queries, then keys and values, each as often as query heads share them.
    pub repeated: Span,
    /// `[tokens, (heads + 2·shared)·width]`: queries, then keys and values, each once.
    pub packed: Span,
    /// Query heads.
    pub heads: usize,
    /// Heads of keys, and of values; a divisor of `heads`.
    pub shared: usize,
    /// Features of a head.
    pub width: usize,
}

/// up = x·Wᵗ + b, if there is a linear layer; out = activation(up), or, with a gate, activation(first half)·second half of
/// each row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Activate {
    /// `[rows, width]`
    pub out: Span,
    /// `[rows, width]`, or with a gate `[rows, 2·width]`
    pub up: Span,
    pub linear: Option<Linear>,
    pub activation: Activation,
    /// Columns of `out`.
    pub width: usize,
    pub gated: bool,
}

/// ∂up from ∂out; without a gate both are one span.
#[derive(Debug, Clone, Copy)]
pub(super) struct ActivateBackward {
    pub gradient: Span,
    pub up_gradient: Span,
    pub up: Span,
    pub activation: Activation,
    /// Columns of `gradient`.
    pub width: usize,
    pub gated: bool,
}

/// sum = dropout(x·Wᵗ + b) + residual; out = norm(sum).
#[derive(Debug, Clone, Copy)]
pub(super) struct AddNorm {
    pub out: Span,
    pub norm: Normed,
    pub linear: Linear,
    pub residual: Span,
    pub mask: Option<Mask>,
}

/// ∂γ and ∂β from ∂out, which then becomes ∂sum.
#[derive(Debug, Clone, Copy)]
pub(super) struct NormBackward {
    pub gradient: Span,
    /// Added to ∂sum, if the sum is also read elsewhere. The branch's gradient may take its place.
    pub residual: Option<Span>,
    pub norm: Normed,
    /// None: neither is computed.
    pub parameter_gradients: Option<NormSpans>,
    pub write: Write,
    pub branch: Option<Branch>,
}

/// Where dropout(∂sum) goes: the gradient of what was dropped from before the sum.
#[derive(Debug, Clone, Copy)]
pub(super) struct Branch {
    pub gradient: Span,
    pub mask: Option<Mask>,
}

/// to = dropout(from); both may be one. Forward and backward are the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dropout {
    pub to: Span,
    pub from: Span,
    /// Columns of a row.
    pub width: usize,
    pub mask: Option<Mask>,
}

/// Each token's neighborhood in its sentence, side by side: `[tokens, width·kernel]` from `[tokens, width]`, of a feature the
/// `kernel` tokens around, 0 beyond the sentence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unfold {
    /// `[tokens, width·kernel]`
    pub unfolded: Span,
    /// `[tokens, width]`
    pub values: Span,
    pub width: usize,
    /// Odd.
    pub kernel: usize,
}

/// Rows copied between all tokens of a batch and the selected ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowCopy {
    pub to: Span,
    pub from: Span,
    /// Columns of a row.
    pub width: usize,
}

/// What a device computes. Operands lie apart unless said otherwise; `write` says whether a result replaces the output
/// or is added to it.
pub(super) trait Operations {
    fn embed(&mut self, operands: Embed, batch: &Batch);

    fn embed_backward(&mut self, operands: EmbedBackward, batch: &Batch);

    /// y: `[tokens, outputs]`
    fn linear(&mut self, y: Span, linear: Linear);

    fn linear_parameters_backward(&mut self, operands: LinearParametersBackward);

    fn linear_input_backward(&mut self, operands: LinearInputBackward);

    /// Updates the bfloat16 copy of `span`, if products read one. Needed only after `linear_input_backward`: the other
    /// operations update the copies of what they write.
    fn refresh_bf16(&mut self, span: Span);

    fn attention(&mut self, operands: Attention, rows: Rows<'_>);

    fn attention_backward(&mut self, operands: AttentionBackward, rows: Rows<'_>);

    /// repeated = packed, head by head.
    fn repeat_heads(&mut self, operands: SharedHeads);

    /// The gradient of `packed`, from that of `repeated`: keys' and values' are summed over the heads that share them.
    fn repeat_heads_backward(&mut self, operands: SharedHeads);

    fn activate(&mut self, operands: Activate);

    fn activate_backward(&mut self, operands: ActivateBackward);

    fn add_norm(&mut self, operands: AddNorm, rows: Rows<'_>);

    /// out = norm(sum)
    fn norm(&mut self, out: Span, norm: Normed);

    fn norm_backward(&mut self, operands: NormBackward, rows: Rows<'_>);

    /// to = scale·from of those columns of `from`: `[rows, width]` from `[rows, of]`.
    fn take_columns(&mut self, to: Span, from: Span, columns: Columns);

    /// to += from
    fn add(&mut self, to: Span, from: Span);

    fn unfold(&mut self, operands: Unfold, batch: &Batch);

    /// The values' gradients += those of the places to which they were unfolded.
    fn unfold_backward(&mut self, operands: Unfold, batch: &Batch);

    fn dropout(&mut self, operands: Dropout, rows: Rows<'_>);

    /// to = the selected rows of `from`.
    fn gather(&mut self, operands: RowCopy, batch: &Batch);

    /// The selected rows of `to` become those of `from`, all others 0.
    fn scatter(&mut self, operands: RowCopy, batch: &Batch);

    /// to = the features of the sentences of `batch`: `[selected tokens, hidden]`.
    fn load(&mut self, to: Span, features: &Features, batch: &Batch);
}
