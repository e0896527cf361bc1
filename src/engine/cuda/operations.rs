//! What an encoder is written in, as launches of kernels and products. The bias of a linear layer is added by the kernel
//! that reads the product, not in a pass of its own; a value that a product will read is written in bfloat16, too, by
//! the kernel that computes it.

use crate::engine::batch::{Batch, Tokens};
use crate::engine::features::Features;
use crate::engine::mask;
use crate::engine::operations::{Linear, Normed, Operations, Rows};
use crate::engine::product::{Shape, Write};
use crate::model::{Activation, LinearSpans, NormSpans, Span};

use super::arguments::{self as kernel, Mask, NARROW_A_THREAD};
use super::indices::Places;
use super::runtime::Product;
use super::work::{Blocks, Cuda};

impl Operations for Cuda<'_> {
    fn embed(
        &mut self,
        out: Span,
        norm: Normed,
        [words, positions, segments]: [Span; 3],
        first_position: usize,
        mask: Option<mask::Mask>,
        batch: &Batch,
    ) {
        let [places, examples] = self.places.every;
        let at = |span| self.memory.at(span);
        let arguments = kernel::EmbedNorm {
            out: at(out),
            bf16: self.memory.bf16(out),
            sum: at(norm.sum),
            statistics: at(norm.statistics),
            words: at(words),
            positions: at(positions),
            segments: at(segments),
            weight: at(norm.parameters.weight),
            bias: at(norm.parameters.bias),
            ids: self.places.ids,
            places,
            position_ids: self.places.position_ids,
            examples,
            width: norm.parameters.weight.len as u32,
            first_position: first_position as u32,
            epsilon: norm.epsilon,
            mask: Mask::from(mask.as_ref()),
        };
        self.run(Blocks::each(batch.tokens()), arguments);
    }

    fn embed_backward(&mut self, [words, positions, segments]: [Span; 3], gradient: Span, _: usize, batch: &Batch) {
        let width = gradient.len / batch.tokens();
        let Places { words: by_word, positions: by_position, .. } = self.places;
        self.sum_groups(words, gradient, width, by_word);
        self.sum_groups(positions, gradient, width, by_position);
        if segments.len > 0 {
            self.column_sums(segments.first(width), gradient, batch.tokens(), true);
        }
    }

    fn linear(&mut self, y: Span, linear: Linear) {
        self.multiply(y, linear);
        self.run(
            Blocks::elements(y.len),
            kernel::AddBias {
                y: self.memory.at(y),
                bf16: self.memory.bf16(y),
                bias: self.memory.at(linear.parameters.bias),
                len: y.len as u32,
                width: linear.shape.outputs as u32,
            },
        );
    }

    fn linear_parameters_backward(
        &mut self,
        (gradients, _): (LinearSpans, Span),
        dy: Span,
        x: Span,
        shape: Shape,
        write: Write,
    ) {
        self.column_sums(gradients.bias, dy, shape.tokens, write == Write::Add);
        self.product(Product::WeightGradient, [gradients.weight, dy, x], shape, write);
    }

    fn linear_input_backward(&mut self, dx: Span, dy: Span, weight: Span, shape: Shape, write: Write) {
        self.product(Product::InputGradient, [dx, dy, weight], shape, write);
    }

    fn refresh_bf16(&mut self, span: Span) {
        if self.memory.is_bf16() {
            let (bf16, x) = (self.memory.bf16(span), self.memory.at(span));
            let blocks = Blocks::elements(span.len.div_ceil(NARROW_A_THREAD as usize));
            self.run(blocks, kernel::Narrow { bf16, x, len: span.len as u32 });
        }
    }

    fn attention(
        &mut self,
        context: Span,
        [weights, qkv]: [Span; 2],
        linear: Linear,
        heads: usize,
        mask: Option<mask::Mask>,
        (batch, which): Rows<'_>,
    ) {
        self.multiply(qkv, linear);
        let [places, _] = self.places.rows(which);
        let arguments = kernel::Attention {
            context: self.memory.at(context),
            bf16: self.memory.bf16(context),
            weights: self.memory.at(weights),
            qkv: self.memory.at(qkv),
            bias: self.memory.at(linear.parameters.bias),
            sentences: self.places.sentences,
            places,
            heads: heads as u32,
            width: (linear.shape.outputs / 3 / heads) as u32,
            selected: (which == Tokens::Selected).into(),
            mask: Mask::from(mask.as_ref()),
        };
        self.run(Blocks::heads(batch.sequences.len(), heads), arguments);
    }

    fn attention_backward(
        &mut self,
        gradient: Span,
        context_gradient: Span,
        [weights, qkv]: [Span; 2],
        heads: usize,
        mask: Option<mask::Mask>,
        (batch, which): Rows<'_>,
    ) {
        let [places, _] = self.places.rows(which);
        let arguments = kernel::AttentionBackward {
            gradient: self.memory.at(gradient),
            bf16: self.memory.bf16(gradient),
            context_gradient: self.memory.at(context_gradient),
            weights: self.memory.at(weights),
            score_gradients: self.score_gradients,
            qkv: self.memory.at(qkv),
            sentences: self.places.sentences,
            places,
            heads: heads as u32,
            width: (qkv.len / batch.tokens() / 3 / heads) as u32,
            selected: (which == Tokens::Selected).into(),
            mask: Mask::from(mask.as_ref()),
        };
        self.run(Blocks::heads(batch.sequences.len(), heads), arguments);
    }

    fn activate(&mut self, out: Span, up: Span, linear: Linear, activation: Activation) {
        self.multiply(up, linear);
        self.run(
            Blocks::elements(up.len),
            kernel::Activate {
                out: self.memory.at(out),
                bf16: self.memory.bf16(out),
                x: self.memory.at(up),
                bias: self.memory.at(linear.parameters.bias),
                len: up.len as u32,
                width: linear.shape.outputs as u32,
                activation: number_of(activation),
            },
        );
    }

    fn activate_backward(&mut self, gradient: Span, up: Span, activation: Activation) {
        self.run(
            Blocks::elements(up.len),
            kernel::ActivateBackward {
                gradient: self.memory.at(gradient),
                bf16: self.memory.bf16(gradient),
                x: self.memory.at(up),
                len: up.len as u32,
                activation: number_of(activation),
            },
        );
    }

    fn add_norm(
        &mut self,
        out: Span,
        norm: Normed,
        linear: Linear,
        residual: Span,
        mask: Option<mask::Mask>,
        (_, which): Rows<'_>,
    ) {
        self.multiply(norm.sum, linear);
        let [places, examples] = self.places.rows(which);
        let at = |span| self.memory.at(span);
        let arguments = kernel::AddNorm {
            out: at(out),
            bf16: self.memory.bf16(out),
            sum: at(norm.sum),
            statistics: at(norm.statistics),
            residual: at(residual),
            branch_bias: at(linear.parameters.bias),
            weight: at(norm.parameters.weight),
            bias: at(norm.parameters.bias),
            places,
            examples,
            width: norm.parameters.weight.len as u32,
            epsilon: norm.epsilon,
            mask: Mask::from(mask.as_ref()),
        };
        self.run(Blocks::each(linear.shape.tokens), arguments);
    }

    fn norm_backward(
        &mut self,
        gradient: Span,
        norm: Normed,
        (gradients, write): (NormSpans, Write),
        branch: Option<(Span, Option<mask::Mask>)>,
        (_, which): Rows<'_>,
    ) {
        let width = norm.parameters.weight.len;
        let rows = gradient.len / width;
        let at = |span| self.memory.at(span);
        let parameters = kernel::NormParametersBackward {
            weight: at(gradients.weight),
            bias: at(gradients.bias),
            gradient: at(gradient),
            sum: at(norm.sum),
            statistics: at(norm.statistics),
            rows: rows as u32,
            width: width as u32,
            add: (write == Write::Add).into(),
        };
        let [places, examples] = self.places.rows(which);
        let (branch, mask) = branch.unwrap_or_default();
        let backward = kernel::NormBackward {
            gradient: at(gradient),
            branch: at(branch),
            bf16: self.memory.bf16(branch),
            sum: at(norm.sum),
            statistics: at(norm.statistics),
            weight: at(norm.parameters.weight),
            places,
            examples,
            width: width as u32,
            mask: Mask::from(mask.as_ref()),
        };
        self.run(Blocks::columns(width), parameters);
        self.run(Blocks::each(rows), backward);
    }

    fn dropout(&mut self, to: Span, from: Span, width: usize, mask: Option<mask::Mask>, (_, which): Rows<'_>) {
        let [places, examples] = self.places.rows(which);
        let arguments = kernel::DropoutRows {
            out: self.memory.at(to),
            bf16: self.memory.bf16(to),
            x: self.memory.at(from),
            places,
            examples,
            len: to.len as u32,
            width: width as u32,
            mask: Mask::from(mask.as_ref()),
        };
        self.run(Blocks::elements(to.len), arguments);
    }

    fn gather(&mut self, to: Span, from: Span, width: usize, _: &Batch) {
        let (to_at, from, rows) = (self.memory.at(to), self.memory.at(from), self.places.selected_tokens);
        let arguments = kernel::GatherRows { to: to_at, from, rows, len: to.len as u32, width: width as u32 };
        self.run(Blocks::elements(to.len), arguments);
    }

    fn scatter(&mut self, to: Span, from: Span, width: usize, _: &Batch) {
        if self.failed.is_none() {
            self.failed = self.runtime.clear(self.memory.at(to), to.len * size_of::<f32>()).err();
        }
        let (to, from_at, rows) = (self.memory.at(to), self.memory.at(from), self.places.selected_tokens);
        let arguments = kernel::ScatterRows { to, from: from_at, rows, len: from.len as u32, width: width as u32 };
        self.run(Blocks::elements(from.len), arguments);
    }

    fn load(&mut self, to: Span, features: &Features, batch: &Batch) {
        self.features.resize(to.len, 0.0);
        features.gather(self.features, &batch.sequences);
        if self.failed.is_none() {
            self.failed = self.runtime.upload(self.memory.at(to), bytemuck::cast_slice(self.features)).err();
        }
    }
}

/// The number that the kernels know it by.
fn number_of(activation: Activation) -> u32 {
    match activation {
        Activation::Gelu => 0,
        Activation::GeluTanh => 1,
        Activation::Relu => 2,
    }
}
