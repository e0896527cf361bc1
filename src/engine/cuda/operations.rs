//! The operations on a GPU, as launches of kernels and products. The bias of a linear layer is added by the kernel that
//! reads the product, not in a pass of its own; the kernel that computes a value which a product will read also writes
//! its copy in bfloat16.

use crate::engine::batch::Batch;
use crate::engine::batch::Tokens;
use crate::engine::features::Features;
use crate::engine::operations::{
    Activate, ActivateBackward, AddNorm, Attention, AttentionBackward, Columns, Dropout, Embed, EmbedBackward,
    EmbeddingTables, Linear, LinearInputBackward, LinearParametersBackward, NormBackward, Normed, Operations, RowCopy,
    Rows, SharedHeads, Unfold,
};
use crate::engine::product::Write;
use crate::model::{Activation, Span};

use super::arguments::{self as kernel, Mask, NARROW_A_THREAD};
use super::attention::Turn;
use super::indices::RowAddresses;
use super::runtime::{Address, Product};
use super::work::{Blocks, ColumnSums, Cuda, Factors, GroupSums};

impl Operations for Cuda<'_> {
    fn embed(&mut self, operands: Embed, batch: &Batch) {
        let Embed { out, norm, tables, first_position, mask, drops_first } = operands;
        let RowAddresses { positions, examples } = self.batch.all;
        let at = |span| self.memory.at(span);
        let arguments = kernel::EmbedNorm {
            out: at(out),
            bf16: self.memory.bf16(out),
            sum: at(norm.sum),
            statistics: at(norm.statistics),
            word_table: at(tables.words),
            position_table: at(tables.positions),
            segment_table: at(tables.segments),
            weight: at(norm.parameters.weight),
            bias: at(norm.parameters.bias),
            ids: self.batch.ids,
            positions,
            position_ids: self.batch.position_ids,
            examples,
            width: norm.parameters.weight.len as u32,
            first_position: first_position as u32,
            epsilon: norm.epsilon,
            centered: norm.centered.into(),
            mask: Mask::from(mask.as_ref()),
            drops_first: drops_first.into(),
        };
        self.run(Blocks::each(batch.tokens()), arguments);
    }

    fn embed_backward(&mut self, operands: EmbedBackward, batch: &Batch) {
        let EmbedBackward { gradients: EmbeddingTables { words, positions, segments }, sum_gradient, .. } = operands;
        let width = sum_gradient.len / batch.tokens();
        for (table_gradient, groups) in [(words, self.batch.words), (positions, self.batch.positions)] {
            if table_gradient.len == 0 {
                continue;
            }
            self.sum_groups(GroupSums { table_gradient, token_gradients: sum_gradient, width, groups });
        }
        if segments.len > 0 {
            let (sums, rows) = (segments.first(width), batch.tokens());
            self.sum_columns(ColumnSums { sums, values: sum_gradient, rows, write: Write::Add });
        }
    }

    fn linear(&mut self, y: Span, linear: Linear) {
        self.multiply(y, linear);
        let arguments = kernel::AddBias {
            y: self.memory.at(y),
            bf16: self.memory.bf16(y),
            bias: self.memory.at(linear.parameters.bias),
            len: y.len as u32,
            width: linear.shape.outputs as u32,
        };
        self.run(Blocks::elements(y.len), arguments);
    }

    fn linear_parameters_backward(&mut self, operands: LinearParametersBackward) {
        let LinearParametersBackward { gradients, dy, x, shape, write, .. } = operands;
        if gradients.bias.len > 0 {
            self.sum_columns(ColumnSums { sums: gradients.bias, values: dy, rows: shape.tokens, write });
        }
        if gradients.weight.len > 0 {
            self.product(Product::WeightGradient, Factors { out: gradients.weight, a: dy, b: x }, shape, write);
        }
    }

    fn linear_input_backward(&mut self, operands: LinearInputBackward) {
        let LinearInputBackward { dx, dy, weight, shape, write } = operands;
        self.product(Product::InputGradient, Factors { out: dx, a: dy, b: weight }, shape, write);
    }

    fn refresh_bf16(&mut self, span: Span) {
        if self.memory.is_bf16() {
            let (bf16, x) = (self.memory.bf16(span), self.memory.at(span));
            let blocks = Blocks::elements(span.len.div_ceil(NARROW_A_THREAD as usize));
            self.run(blocks, kernel::Narrow { bf16, x, len: span.len as u32 });
        }
    }

    fn attention(&mut self, operands: Attention, rows: Rows<'_>) {
        let Attention { context, weights, qkv, linear, heads, positions, mask } = operands;
        if let Some(linear) = linear {
            self.multiply(qkv, linear);
        }
        let mut bias = linear.map_or(Address::NONE, |linear| self.memory.at(linear.parameters.bias));
        if let Some(table) = positions.rotary {
            let turn = Turn { table, heads, back: false };
            self.turn(qkv, Address::NONE, std::mem::replace(&mut bias, Address::NONE), turn, rows.batch);
        }
        let arguments = kernel::Attention {
            context: self.memory.at(context),
            bf16: self.memory.bf16(context),
            weights: self.memory.at(weights),
            qkv: self.memory.at(qkv),
            bias,
            sentences: self.batch.sentences,
            positions: self.batch.rows(rows.tokens).positions,
            heads: heads as u32,
            width: (qkv.len / rows.batch.tokens() / 3 / heads) as u32,
            selected: (rows.tokens == Tokens::Selected).into(),
            reach: positions.reach.map_or(u32::MAX, |reach| reach as u32),
            mask: Mask::from(mask.as_ref()),
        };
        let blocks = Blocks::heads(rows.batch.sequences.len(), heads);
        let (relative, stored) = (self.relative(positions), self.batch.distances.positions);
        match (positions.relative, positions.bias) {
            (Some(_), _) => self.run(blocks, kernel::RelativeAttention { attention: arguments, relative }),
            (_, Some(_)) => self.run(blocks, kernel::BiasedAttention { attention: arguments, bias: relative, stored }),
            _ => self.run(blocks, arguments),
        }
    }

    fn attention_backward(&mut self, operands: AttentionBackward, rows: Rows<'_>) {
        let AttentionBackward { qkv_gradient, context_gradient, weights, qkv, heads, positions, mask, .. } = operands;
        let arguments = kernel::AttentionBackward {
            gradient: self.memory.at(qkv_gradient),
            bf16: self.memory.bf16(qkv_gradient),
            context_gradient: self.memory.at(context_gradient),
            weights: self.memory.at(weights),
            score_gradients: self.score_gradients.at(0, weights.len * size_of::<f32>()),
            qkv: self.memory.at(qkv),
            sentences: self.batch.sentences,
            positions: self.batch.rows(rows.tokens).positions,
            heads: heads as u32,
            width: (qkv.len / rows.batch.tokens() / 3 / heads) as u32,
            selected: (rows.tokens == Tokens::Selected).into(),
            terms: if positions.relative.is_some() { 3 } else { 1 },
            mask: Mask::from(mask.as_ref()),
        };
        self.run(Blocks::heads(rows.batch.sequences.len(), heads), arguments);
        if positions.relative.is_some() {
            self.relative_backward(&operands, &arguments, rows);
        }
        if let Some(gradient) = operands.bias_gradient {
            self.bias_backward(gradient, positions, &arguments, rows);
        }
        if let Some(table) = positions.rotary {
            let turn = Turn { table, heads, back: true };
            self.turn(qkv_gradient, self.memory.bf16(qkv_gradient), Address::NONE, turn, rows.batch);
        }
    }

    fn repeat_heads(&mut self, operands: SharedHeads) {
        self.run(Blocks::elements(operands.repeated.len), self.shared_heads(operands).0);
    }

    fn repeat_heads_backward(&mut self, operands: SharedHeads) {
        self.run(Blocks::elements(operands.packed.len), self.shared_heads(operands).1);
    }

    fn activate(&mut self, Activate { out, up, linear, activation, width, gated }: Activate) {
        if let Some(linear) = linear {
            self.multiply(up, linear);
        }
        let bias = linear.map_or(Address::NONE, |linear| self.memory.at(linear.parameters.bias));
        let (to, bf16, x) = (self.memory.at(out), self.memory.bf16(out), self.memory.at(up));
        let (len, width, activation) = (out.len as u32, width as u32, number_of(activation));
        match gated {
            true => {
                self.run(Blocks::elements(out.len), kernel::Gate { out: to, bf16, x, bias, len, width, activation })
            }
            false => {
                self.run(Blocks::elements(out.len), kernel::Activate { out: to, bf16, x, bias, len, width, activation })
            }
        }
    }

    fn activate_backward(&mut self, operands: ActivateBackward) {
        let ActivateBackward { gradient, up_gradient, up, activation, width, gated } = operands;
        let blocks = Blocks::elements(gradient.len);
        let (len, activation, x) = (gradient.len as u32, number_of(activation), self.memory.at(up));
        if gated {
            let arguments = kernel::GateBackward {
                gradient: self.memory.at(up_gradient),
                bf16: self.memory.bf16(up_gradient),
                outer: self.memory.at(gradient),
                x,
                len,
                width: width as u32,
                activation,
            };
            self.run(blocks, arguments);
        } else {
            let (gradient, bf16) = (self.memory.at(gradient), self.memory.bf16(gradient));
            self.run(blocks, kernel::ActivateBackward { gradient, bf16, x, len, activation });
        }
    }

    fn add_norm(&mut self, AddNorm { out, norm, linear, residual, mask }: AddNorm, rows: Rows<'_>) {
        self.multiply(norm.sum, linear);
        let RowAddresses { positions, examples } = self.batch.rows(rows.tokens);
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
            positions,
            examples,
            width: norm.parameters.weight.len as u32,
            epsilon: norm.epsilon,
            centered: norm.centered.into(),
            mask: Mask::from(mask.as_ref()),
        };
        self.run(Blocks::each(linear.shape.tokens), arguments);
    }

    fn norm(&mut self, out: Span, norm: Normed) {
        let at = |span| self.memory.at(span);
        let width = norm.parameters.weight.len;
        let arguments = kernel::NormRows {
            out: at(out),
            bf16: self.memory.bf16(out),
            sum: at(norm.sum),
            statistics: at(norm.statistics),
            weight: at(norm.parameters.weight),
            bias: at(norm.parameters.bias),
            width: width as u32,
            epsilon: norm.epsilon,
            centered: norm.centered.into(),
        };
        self.run(Blocks::each(out.len / width), arguments);
    }

    fn take_columns(&mut self, to: Span, from: Span, columns: Columns) {
        let arguments = kernel::TakeColumns {
            to: self.memory.at(to),
            bf16: self.memory.bf16(to),
            from: self.memory.at(from),
            len: to.len as u32,
            width: columns.width as u32,
            of: columns.of as u32,
            first: columns.first as u32,
            scale: columns.scale,
        };
        self.run(Blocks::elements(to.len), arguments);
    }

    fn add(&mut self, to: Span, from: Span) {
        let arguments = kernel::Add { to: self.memory.at(to), from: self.memory.at(from), len: to.len as u32 };
        self.run(Blocks::elements(to.len), arguments);
    }

    fn unfold(&mut self, Unfold { unfolded, values, width, kernel }: Unfold, batch: &Batch) {
        let arguments = kernel::Unfold {
            unfolded: self.memory.at(unfolded),
            bf16: self.memory.bf16(unfolded),
            values: self.memory.at(values),
            positions: self.batch.all.positions,
            tokens: batch.tokens() as u32,
            width: width as u32,
            kernel: kernel as u32,
        };
        self.run(Blocks::elements(unfolded.len), arguments);
    }

    fn unfold_backward(&mut self, Unfold { unfolded, values, width, kernel }: Unfold, batch: &Batch) {
        let arguments = kernel::UnfoldBackward {
            values: self.memory.at(values),
            unfolded: self.memory.at(unfolded),
            positions: self.batch.all.positions,
            tokens: batch.tokens() as u32,
            width: width as u32,
            kernel: kernel as u32,
        };
        self.run(Blocks::elements(values.len), arguments);
    }

    fn norm_backward(&mut self, operands: NormBackward, rows: Rows<'_>) {
        let NormBackward { gradient, residual, norm, parameter_gradients, write, branch } = operands;
        let width = norm.parameters.weight.len;
        let count = gradient.len / width;
        let at = |span| self.memory.at(span);
        let parameters = parameter_gradients.map(|gradients| kernel::NormParametersBackward {
            weight: at(gradients.weight),
            bias: at(gradients.bias),
            gradient: at(gradient),
            sum: at(norm.sum),
            statistics: at(norm.statistics),
            rows: count as u32,
            width: width as u32,
            add: (write == Write::Add).into(),
        });
        let RowAddresses { positions, examples } = self.batch.rows(rows.tokens);
        let backward = kernel::NormBackward {
            gradient: at(gradient),
            residual: residual.map_or(Address::NONE, at),
            branch: branch.map_or(Address::NONE, |branch| at(branch.gradient)),
            bf16: branch.map_or(Address::NONE, |branch| self.memory.bf16(branch.gradient)),
            sum: at(norm.sum),
            statistics: at(norm.statistics),
            weight: at(norm.parameters.weight),
            positions,
            examples,
            width: width as u32,
            centered: norm.centered.into(),
            mask: Mask::from(branch.and_then(|branch| branch.mask).as_ref()),
        };
        if let Some(parameters) = parameters {
            self.run(Blocks::columns(width), parameters);
        }
        self.run(Blocks::each(count), backward);
    }

    fn dropout(&mut self, Dropout { to, from, width, mask }: Dropout, rows: Rows<'_>) {
        let RowAddresses { positions, examples } = self.batch.rows(rows.tokens);
        let arguments = kernel::DropoutRows {
            out: self.memory.at(to),
            bf16: self.memory.bf16(to),
            x: self.memory.at(from),
            positions,
            examples,
            len: to.len as u32,
            width: width as u32,
            mask: Mask::from(mask.as_ref()),
        };
        self.run(Blocks::elements(to.len), arguments);
    }

    fn gather(&mut self, RowCopy { to, from, width }: RowCopy, _: &Batch) {
        let arguments = kernel::GatherRows {
            to: self.memory.at(to),
            from: self.memory.at(from),
            rows: self.batch.selected_tokens,
            len: to.len as u32,
            width: width as u32,
        };
        self.run(Blocks::elements(to.len), arguments);
    }

    fn scatter(&mut self, RowCopy { to, from, width }: RowCopy, _: &Batch) {
        if self.failed.is_none() {
            self.failed = self.memory.clear(self.runtime, to).err();
        }
        let arguments = kernel::ScatterRows {
            to: self.memory.at(to),
            from: self.memory.at(from),
            rows: self.batch.selected_tokens,
            len: from.len as u32,
            width: width as u32,
        };
        self.run(Blocks::elements(from.len), arguments);
    }

    fn load(&mut self, to: Span, features: &Features, batch: &Batch) {
        self.features.resize(to.len, 0.0);
        features.gather(self.features, &batch.sequences);
        if self.failed.is_none() {
            self.failed = self.memory.upload(self.runtime, to, self.features).err();
        }
    }
}

/// The number that the kernels know it by.
fn number_of(activation: Activation) -> u32 {
    match activation {
        Activation::Gelu => 0,
        Activation::GeluTanh => 1,
        Activation::Relu => 2,
        Activation::Silu => 3,
    }
}
