//! What an encoder is written in, as sequences of this device's operations.

use crate::engine::batch::{Batch, Tokens};
use crate::engine::features::Features;
use crate::engine::mask::Mask;
use crate::engine::operations::{Linear, Normed, Operations, Rows};
use crate::engine::product::{Shape, Write};
use crate::model::{Activation, LinearSpans, NormSpans, Span};

use super::operations::Cpu;

impl Operations for Cpu<'_> {
    fn embed(
        &mut self,
        out: Span,
        norm: Normed,
        tables: [Span; 3],
        first_position: usize,
        mask: Option<Mask>,
        batch: &Batch,
    ) {
        let Normed { sum, statistics, parameters, epsilon } = norm;
        Cpu::embed(self, sum, tables, first_position, batch);
        self.norm(out, [sum, statistics], parameters, epsilon);
        Cpu::dropout(self, out, out.len / batch.tokens(), mask.as_ref(), batch.rows(Tokens::All));
    }

    fn embed_backward(&mut self, tables: [Span; 3], gradient: Span, first_position: usize, batch: &Batch) {
        Cpu::embed_backward(self, tables, gradient, first_position, batch);
    }

    fn linear(&mut self, y: Span, Linear { x, parameters, shape }: Linear) {
        Cpu::linear(self, y, x, parameters, shape);
    }

    fn linear_parameters_backward(
        &mut self,
        gradients: (LinearSpans, Span),
        dy: Span,
        x: Span,
        shape: Shape,
        write: Write,
    ) {
        Cpu::linear_parameters_backward(self, gradients, dy, x, shape, write);
    }

    fn linear_input_backward(&mut self, dx: Span, dy: Span, weight: Span, shape: Shape, write: Write) {
        Cpu::linear_input_backward(self, dx, dy, weight, shape, write);
    }

    fn refresh_bf16(&mut self, _: Span) {}

    fn attention(
        &mut self,
        context: Span,
        [weights, qkv]: [Span; 2],
        linear: Linear,
        heads: usize,
        mask: Option<Mask>,
        rows: Rows<'_>,
    ) {
        Operations::linear(self, qkv, linear);
        Cpu::attention(self, context, [weights, qkv], heads, mask.as_ref(), rows);
    }

    fn attention_backward(
        &mut self,
        gradient: Span,
        context_gradient: Span,
        kept: [Span; 2],
        heads: usize,
        mask: Option<Mask>,
        rows: Rows<'_>,
    ) {
        Cpu::attention_backward(self, gradient, context_gradient, kept, heads, mask.as_ref(), rows);
    }

    fn activate(&mut self, out: Span, up: Span, linear: Linear, activation: Activation) {
        Operations::linear(self, up, linear);
        Cpu::activate(self, out, up, activation);
    }

    fn activate_backward(&mut self, gradient: Span, up: Span, activation: Activation) {
        Cpu::activate_backward(self, gradient, up, activation);
    }

    fn add_norm(
        &mut self,
        out: Span,
        norm: Normed,
        linear: Linear,
        residual: Span,
        mask: Option<Mask>,
        (batch, which): Rows<'_>,
    ) {
        let Normed { sum, statistics, parameters, epsilon } = norm;
        Operations::linear(self, sum, linear);
        Cpu::add_norm(self, out, [sum, statistics, residual], parameters, epsilon, mask, batch.rows(which));
    }

    fn norm_backward(
        &mut self,
        gradient: Span,
        norm: Normed,
        (gradients, write): (NormSpans, Write),
        branch: Option<(Span, Option<Mask>)>,
        (batch, which): Rows<'_>,
    ) {
        let kept = [norm.sum, norm.statistics];
        self.norm_parameters_backward(gradients, gradient, kept, write);
        Cpu::norm_backward(self, gradient, kept, norm.parameters.weight);
        if let Some((branch, mask)) = branch {
            self.copy(branch, gradient);
            Cpu::dropout(self, branch, norm.parameters.weight.len, mask.as_ref(), batch.rows(which));
        }
    }

    fn dropout(&mut self, to: Span, from: Span, width: usize, mask: Option<Mask>, (batch, which): Rows<'_>) {
        if to != from {
            self.copy(to, from);
        }
        Cpu::dropout(self, to, width, mask.as_ref(), batch.rows(which));
    }

    fn gather(&mut self, to: Span, from: Span, width: usize, batch: &Batch) {
        Cpu::gather(self, to, from, width, &batch.selected.tokens);
    }

    fn scatter(&mut self, to: Span, from: Span, width: usize, batch: &Batch) {
        Cpu::scatter(self, to, from, width, &batch.selected.tokens);
    }

    fn load(&mut self, to: Span, features: &Features, batch: &Batch) {
        features.gather(self.values_mut(to), &batch.sequences);
    }
}
