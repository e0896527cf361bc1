//! The operations that an encoder is written in, over spans of a device's memory: what a device must offer. How each is
//! done, and in how many passes over the memory, is the device's business.

use crate::model::{Activation, LinearSpans, NormSpans, Span};

use super::batch::{Batch, Tokens};
use super::features::Features;
use super::mask::Mask;
use super::product::{Shape, Write};

/// Floats that a norm keeps of a row for the backward pass: mean and reciprocal deviation.
pub(super) const STATISTICS: usize = 2;

/// A linear layer at work: y = x·Wᵗ + b.
#[derive(Debug, Clone, Copy)]
pub(super) struct Linear {
    /// `[tokens, inputs]`
    pub x: Span,
    /// Weight and bias.
    pub parameters: LinearSpans,
    /// Tokens, inputs, outputs.
    pub shape: Shape,
}

/// A norm with what it keeps from forward to backward: out = norm(sum).
#[derive(Debug, Clone, Copy)]
pub(super) struct Normed {
    /// `[tokens, width]`
    pub sum: Span,
    /// `[tokens, 2]`
    pub statistics: Span,
    /// Weight and bias.
    pub parameters: NormSpans,
    /// Added to the variance.
    pub epsilon: f32,
}

/// The rows of an operand: some tokens of a batch.
pub(super) type Rows<'b> = (&'b Batch, Tokens);

/// What a device does. Operands lie apart unless said otherwise; gradients `∂` are of the loss. A method's `write` says
/// whether what it computes replaces the output or is added to it.
pub(super) trait Operations {
    /// sum = word + segment + position; out = dropout(norm(sum)). tables: words, positions, segments, of which the last
    /// may be empty.
    fn embed(
        &mut self,
        out: Span,
        norm: Normed,
        tables: [Span; 3],
        first_position: usize,
        mask: Option<Mask>,
        batch: &Batch,
    );

    /// Adds ∂sum to the rows of the tables' gradients.
    fn embed_backward(&mut self, tables: [Span; 3], gradient: Span, first_position: usize, batch: &Batch);

    /// y = x·Wᵗ + b.
    fn linear(&mut self, y: Span, linear: Linear);

    /// ∂W = ∂yᵗ·x and ∂b = Σ ∂y. `squares`, `[outputs]`: room for Σ x² of each row of what ∂W then is.
    fn linear_parameters_backward(
        &mut self,
        gradients: (LinearSpans, Span),
        dy: Span,
        x: Span,
        shape: Shape,
        write: Write,
    );

    /// ∂x = ∂y·W.
    fn linear_input_backward(&mut self, dx: Span, dy: Span, weight: Span, shape: Shape, write: Write);

    /// Makes ∂x of a linear layer ready to be an operand of another product; what all other operations leave is.
    fn refresh_bf16(&mut self, span: Span);

    /// qkv = x·Wᵗ + b; context = dropout(softmax(Q·Kᵗ/√head))·V of the queries of `rows`. kept: the softmax, and qkv.
    fn attention(
        &mut self,
        context: Span,
        kept: [Span; 2],
        linear: Linear,
        heads: usize,
        mask: Option<Mask>,
        rows: Rows<'_>,
    );

    /// ∂qkv from ∂context, which is of the queries of `rows`. What was kept of the softmax may change.
    fn attention_backward(
        &mut self,
        gradient: Span,
        context_gradient: Span,
        kept: [Span; 2],
        heads: usize,
        mask: Option<Mask>,
        rows: Rows<'_>,
    );

    /// up = x·Wᵗ + b; out = activation(up).
    fn activate(&mut self, out: Span, up: Span, linear: Linear, activation: Activation);

    /// ∂out becomes ∂up.
    fn activate_backward(&mut self, gradient: Span, up: Span, activation: Activation);

    /// sum = dropout(x·Wᵗ + b) + residual; out = norm(sum).
    fn add_norm(&mut self, out: Span, norm: Normed, linear: Linear, residual: Span, mask: Option<Mask>, rows: Rows<'_>);

    /// ∂γ and ∂β from ∂out, which then becomes ∂sum; branch = dropout(∂sum), where there is a branch with its mask.
    fn norm_backward(
        &mut self,
        gradient: Span,
        norm: Normed,
        parameters: (NormSpans, Write),
        branch: Option<(Span, Option<Mask>)>,
        rows: Rows<'_>,
    );

    /// to = dropout(from), `width` columns a row; both may be one. Forward and backward are the same.
    fn dropout(&mut self, to: Span, from: Span, width: usize, mask: Option<Mask>, rows: Rows<'_>);

    /// to = the rows of `from` that are selected; from: `[tokens, width]`.
    fn gather(&mut self, to: Span, from: Span, width: usize, batch: &Batch);

    /// The rows of `to` that are selected become those of `from`, all others 0.
    fn scatter(&mut self, to: Span, from: Span, width: usize, batch: &Batch);

    /// to = what is known of the sentences of `batch`: `[selected tokens, hidden]`.
    fn load(&mut self, to: Span, features: &Features, batch: &Batch);
}
