//! The operations on a CPU: spans become slices of the arena, and the other files of this folder do the arithmetic.

use crate::engine::adamw::{TrainingState, Update};
use crate::engine::averaging::Averaging;
use crate::engine::batch::Batch;
use crate::engine::crf::{Crf, Scratch};
use crate::engine::features::Features;
use crate::engine::mask::Mask;
use crate::engine::operations::{
    Activate, ActivateBackward, AddNorm, Added, Attention, AttentionBackward, AttentionPositions, Columns, Dropout,
    Embed, EmbedBackward, EmbeddingTables, Linear, LinearInputBackward, LinearParametersBackward, NormBackward, Normed,
    Operations, RowCopy, Rows, SharedHeads, Unfold,
};
use crate::engine::plain;
use crate::engine::product::Write;
use crate::engine::target::Target;
use crate::model::{CrfSpans, NormSpans, Span};

use super::adamw::{self, StaleRow};
use super::attention::Scoring;
use super::bias::{self, Bias};
use super::embedding::{self, Lookup};
use super::norm::{self, Norm, NormGradients, Residual};
use super::queries::{Heads, Queries};
use super::relative::{self, Table};
use super::rotary::{self, Turn};
use super::team::chunks;
use super::{activation, attention, dropout, loss, products, rows, shared_heads, unfold};

/// Elements that one task sets to zero, or adds.
const CLEARED_A_TASK: usize = 64 * 1024;

/// A CPU at work on an arena.
pub(super) struct Cpu<'a> {
    memory: &'a mut [f32],
}

impl<'a> Cpu<'a> {
    pub(super) fn new(memory: &'a mut [f32]) -> Self {
        Self { memory }
    }

    fn slices<const N: usize>(&mut self, spans: [Span; N]) -> [&mut [f32]; N] {
        self.memory.get_disjoint_mut(spans.map(Span::range)).expect("operands lie apart within the arena")
    }

    pub(super) fn values(&self, span: Span) -> &[f32] {
        &self.memory[span.range()]
    }

    pub(super) fn values_mut(&mut self, span: Span) -> &mut [f32] {
        &mut self.memory[span.range()]
    }

    /// Sets a span to zero.
    pub(super) fn clear(&mut self, span: Span) {
        chunks([self.values_mut(span)], [CLEARED_A_TASK], |_, [values]| values.fill(0.0));
    }

    /// The selected tokens' logits become their gradient times the target's scale. Returns the loss summed over the
    /// labeled ones.
    pub(super) fn loss_of_tokens(&mut self, logits: Span, classes: usize, target: Target<'_>, batch: &Batch) -> f64 {
        loss::summed_with_gradient(self.values_mut(logits), &batch.selected.labels, classes, target)
    }

    /// [`Cpu::loss_of_tokens`] of a chain, whose parameters lie at `spans` and their gradients at `gradients`.
    pub(super) fn loss_of_chains(
        &mut self,
        logits: Span,
        (spans, gradients): (CrfSpans, CrfSpans),
        scale: f64,
        (batch, write): (&Batch, Write),
        scratch: &mut Scratch,
    ) -> f64 {
        let places = [spans.start, spans.end, spans.transitions];
        let of_gradients = [gradients.start, gradients.end, gradients.transitions];
        let [logits, start, end, transitions, of_start, of_end, of_transitions] =
            self.slices([logits, places[0], places[1], places[2], of_gradients[0], of_gradients[1], of_gradients[2]]);
        let crf = Crf { start: &*start, end: &*end, transitions: &*transitions };
        let gradients = Crf { start: of_start, end: of_end, transitions: of_transitions };
        let (labels, write) = (&batch.selected.labels, (gradients, write == Write::Set));
        crf.summed_with_gradient(logits, labels, &batch.chains, scale, write, scratch)
    }

    /// The plain cross-entropy summed over the labeled tokens; the logits stay.
    pub(super) fn loss(&self, logits: Span, classes: usize, batch: &Batch) -> f64 {
        plain::cross_entropy(self.values(logits), &batch.selected.labels, classes)
    }

    /// The best class of each row; logits: `[rows, classes]`.
    pub(super) fn argmax(&self, logits: Span, classes: usize) -> impl Iterator<Item = u16> + '_ {
        loss::argmax(self.values(logits), classes)
    }

    /// Turns the queries and keys of `qkv`, if positions are rotary.
    fn turn(&mut self, qkv: Span, positions: AttentionPositions, rows: Rows<'_>, heads: Heads, turn: Turn) {
        if let Some(table) = positions.rotary {
            let [qkv, table] = self.slices([qkv, table]);
            rotary::turn(qkv, table, &rows.batch.positions, heads, turn);
        }
    }

    fn state(&mut self, state: TrainingState<Span>) -> TrainingState<&mut [f32]> {
        TrainingState::from_array(self.slices(state.into_array()))
    }

    fn state_and_gradient(
        &mut self,
        state: TrainingState<Span>,
        gradient: Span,
    ) -> (TrainingState<&mut [f32]>, &[f32]) {
        let TrainingState { parameters, first_moments, second_moments } = state;
        let [p, m, v, g] = self.slices([parameters, first_moments, second_moments, gradient]);
        (TrainingState { parameters: p, first_moments: m, second_moments: v }, g)
    }

    /// One AdamW step on one stretch of parameters.
    pub(super) fn update(&mut self, state: TrainingState<Span>, gradient: Span, constants: &Update) {
        let (state, gradient) = self.state_and_gradient(state, gradient);
        adamw::update(state, gradient, constants);
    }

    /// [`Cpu::update`] of some rows of a table of `width` columns, each once and in ascending order.
    pub(super) fn update_rows(
        &mut self,
        state: TrainingState<Span>,
        gradient: Span,
        width: usize,
        rows: &[u32],
        constants: &Update,
    ) {
        let (state, gradient) = self.state_and_gradient(state, gradient);
        adamw::update_rows(state, gradient, width, rows, constants);
    }

    /// Moves the average of some parameters.
    pub(super) fn average(&mut self, average: Span, parameters: Span, averaging: Averaging) {
        let [average, parameters] = self.slices([average, parameters]);
        adamw::average(average, parameters, averaging);
    }

    /// Outstanding steps of rows of a table of `width` columns, which have no gradient; each row once, in ascending order.
    pub(super) fn replay(&mut self, state: TrainingState<Span>, width: usize, rows: &[StaleRow], steps: &[Update]) {
        adamw::replay(self.state(state), width, rows, steps);
    }
}

/// What attention's weights depend on; products: of the table of relative positions, or the table of biases, if there is
/// one.
fn scoring<'a>(
    positions: AttentionPositions,
    products: &'a [f32],
    rows: Rows<'a>,
    mask: Option<&'a Mask>,
) -> Scoring<'a> {
    let distances = &rows.batch.distances;
    let table = positions.relative.map(|_| Table { products, distances });
    let bias = positions.bias.map(|_| Bias { table: products, distances });
    Scoring { reach: positions.reach, table, bias, mask }
}

impl Operations for Cpu<'_> {
    fn embed(&mut self, operands: Embed, batch: &Batch) {
        let Embed { out, norm, tables, first_position, mask, drops_first } = operands;
        let width = norm.parameters.weight.len;
        let EmbeddingTables { words, positions, segments } = tables;
        let [sum, words, positions, segments] = self.slices([norm.sum, words, positions, segments]);
        let tables = EmbeddingTables { words: &*words, positions: &*positions, segments: &*segments };
        embedding::forward(sum, tables, width, Lookup::of(batch, first_position));
        if let Some(mask) = mask.as_ref().filter(|_| drops_first) {
            dropout::rows(sum, width, mask, batch.all());
        }
        self.norm(out, norm);
        if let Some(mask) = mask.as_ref().filter(|_| !drops_first) {
            dropout::rows(self.values_mut(out), width, mask, batch.all());
        }
    }

    fn embed_backward(&mut self, operands: EmbedBackward, batch: &Batch) {
        let EmbedBackward { gradients, sum_gradient, first_position } = operands;
        let width = sum_gradient.len / batch.tokens();
        let EmbeddingTables { words, positions, segments } = gradients;
        let [words, positions, segments, gradient] = self.slices([words, positions, segments, sum_gradient]);
        let gradients = EmbeddingTables { words, positions, segments };
        embedding::backward(gradients, gradient, width, Lookup::of(batch, first_position));
    }

    fn linear(&mut self, y: Span, Linear { x, parameters, shape, added }: Linear) {
        let [out, x, w, b] = self.slices([y, x, parameters.weight, parameters.bias]);
        products::forward(out, x, w, Some(b), shape);
        for Added { product, columns } in added.into_iter().flatten() {
            let [y, product] = self.slices([y, product]);
            rows::add_columns(y, product, columns);
        }
    }

    fn linear_parameters_backward(&mut self, operands: LinearParametersBackward) {
        let LinearParametersBackward { gradients, squares, dy, x, shape, write } = operands;
        if gradients.weight.len > 0 {
            let [dw, dy, x, squares] = self.slices([gradients.weight, dy, x, squares]);
            products::weight_gradient(dw, dy, x, shape, write, Some(squares));
        }
        if gradients.bias.len > 0 {
            let [db, dy] = self.slices([gradients.bias, dy]);
            activation::bias_backward(db, dy, write);
        }
    }

    fn linear_input_backward(&mut self, operands: LinearInputBackward) {
        let LinearInputBackward { dx, dy, weight, shape, write } = operands;
        let [dx, dy, weight] = self.slices([dx, dy, weight]);
        products::input_gradient(dx, dy, weight, shape, write);
    }

    /// Products read float32.
    fn refresh_bf16(&mut self, _: Span) {}

    fn attention(&mut self, operands: Attention, rows: Rows<'_>) {
        let Attention { context, weights, qkv, linear, heads, positions, mask } = operands;
        if let Some(linear) = linear {
            self.linear(qkv, linear);
        }
        let heads = Heads { count: heads, width: qkv.len / rows.batch.tokens() / 3 / heads };
        self.turn(qkv, positions, rows, heads, Turn::Forward);
        let relative = positions.relative.or(positions.bias).unwrap_or_default();
        let [context, weights, qkv, products] = self.slices([context, weights, qkv, relative]);
        let scoring = scoring(positions, products, rows, mask.as_ref());
        attention::forward(context, weights, qkv, Queries::new(rows.batch, rows.tokens), heads, scoring);
    }

    fn attention_backward(&mut self, operands: AttentionBackward, rows: Rows<'_>) {
        let AttentionBackward { qkv_gradient, context_gradient, weights, qkv, heads, positions, mask, .. } = operands;
        let heads = Heads { count: heads, width: qkv.len / rows.batch.tokens() / 3 / heads };
        let relative = positions.relative.or(positions.bias).unwrap_or_default();
        let queries = Queries::new(rows.batch, rows.tokens);
        let of_table = operands.bias_gradient.unwrap_or(operands.relative_gradient);
        let spans = [qkv_gradient, context_gradient, weights, qkv, relative, of_table];
        let [gradient, of_context, weights, qkv, products, products_gradient] = self.slices(spans);
        let scoring = scoring(positions, products, rows, mask.as_ref());
        attention::backward(gradient, of_context, weights, qkv, queries, heads, scoring);
        if let Some(table) = scoring.table {
            relative::table_backward(products_gradient, weights, qkv, queries, heads, table);
        }
        if let (Some(table), Some(_)) = (scoring.bias, operands.bias_gradient) {
            bias::backward(products_gradient, weights, queries, heads, table.distances, scoring.scale(heads));
        }
        self.turn(qkv_gradient, positions, rows, heads, Turn::Back);
    }

    fn repeat_heads(&mut self, SharedHeads { repeated, packed, heads, shared, width }: SharedHeads) {
        let [repeated, packed] = self.slices([repeated, packed]);
        shared_heads::forward(repeated, packed, Heads { count: heads, width }, shared);
    }

    fn repeat_heads_backward(&mut self, SharedHeads { repeated, packed, heads, shared, width }: SharedHeads) {
        let [packed, repeated] = self.slices([packed, repeated]);
        shared_heads::backward(packed, repeated, Heads { count: heads, width }, shared);
    }

    fn activate(&mut self, Activate { out, up, linear, activation, width, gated }: Activate) {
        if let Some(linear) = linear {
            self.linear(up, linear);
        }
        let [out, up] = self.slices([out, up]);
        match gated {
            true => activation::gate(out, up, width, activation),
            false => activation::forward(out, up, activation),
        }
    }

    fn activate_backward(&mut self, operands: ActivateBackward) {
        let ActivateBackward { gradient, up_gradient, up, activation, width, gated } = operands;
        if gated {
            let [up_gradient, gradient, up] = self.slices([up_gradient, gradient, up]);
            activation::gate_backward(up_gradient, gradient, up, width, activation);
        } else {
            let [gradient, up] = self.slices([gradient, up]);
            activation::backward(gradient, up, activation);
        }
    }

    fn add_norm(&mut self, AddNorm { out, norm, linear, residual, mask }: AddNorm, rows: Rows<'_>) {
        self.linear(norm.sum, linear);
        let parameters = norm.parameters;
        let spans = [out, norm.sum, norm.statistics, parameters.weight, parameters.bias, residual];
        let [out, sum, statistics, weight, bias, values] = self.slices(spans);
        let residual = Residual { values, mask, tokens: rows.positions() };
        norm::forward(
            out,
            sum,
            statistics,
            Norm { weight, bias, epsilon: norm.epsilon, centered: norm.centered },
            Some(residual),
        );
    }

    fn norm(&mut self, out: Span, norm: Normed) {
        let parameters = norm.parameters;
        let spans = [out, norm.sum, norm.statistics, parameters.weight, parameters.bias];
        let [out, sum, statistics, weight, bias] = self.slices(spans);
        norm::forward(
            out,
            sum,
            statistics,
            Norm { weight, bias, epsilon: norm.epsilon, centered: norm.centered },
            None,
        );
    }

    fn norm_backward(&mut self, operands: NormBackward, rows: Rows<'_>) {
        let NormBackward { gradient, residual, norm, parameter_gradients, write, branch } = operands;
        if let Some(NormSpans { weight, bias }) = parameter_gradients {
            let spans = [weight, bias, gradient, norm.sum, norm.statistics];
            let [weight, bias, of_out, sum, statistics] = self.slices(spans);
            norm::parameters_backward(NormGradients { weight, bias }, of_out, sum, statistics, write);
        }
        let weight = norm.parameters.weight;
        let [of_out, sum, statistics, weight] = self.slices([gradient, norm.sum, norm.statistics, weight]);
        norm::backward(of_out, sum, statistics, weight, norm.centered);
        if let Some(residual) = residual {
            self.add(gradient, residual);
        }
        if let Some(branch) = branch {
            let (width, mask) = (norm.parameters.weight.len, branch.mask);
            self.dropout(Dropout { to: branch.gradient, from: gradient, width, mask }, rows);
        }
    }

    fn take_columns(&mut self, to: Span, from: Span, columns: Columns) {
        let [to, from] = self.slices([to, from]);
        rows::take_columns(to, from, columns);
    }

    fn add(&mut self, to: Span, from: Span) {
        let [to, from] = self.slices([to, from]);
        chunks([to], [CLEARED_A_TASK], |task, [to]| {
            to.iter_mut().zip(&from[task * CLEARED_A_TASK..]).for_each(|(to, from)| *to += from);
        });
    }

    fn unfold(&mut self, Unfold { unfolded, values, width, kernel }: Unfold, batch: &Batch) {
        let [unfolded, values] = self.slices([unfolded, values]);
        unfold::forward(unfolded, values, &batch.sequences, width, kernel);
    }

    fn unfold_backward(&mut self, Unfold { unfolded, values, width, kernel }: Unfold, batch: &Batch) {
        let [values, unfolded] = self.slices([values, unfolded]);
        unfold::backward(values, unfolded, &batch.sequences, width, kernel);
    }

    fn dropout(&mut self, Dropout { to, from, width, mask }: Dropout, rows: Rows<'_>) {
        if to != from {
            self.memory.copy_within(from.range(), to.start);
        }
        if let Some(mask) = &mask {
            dropout::rows(self.values_mut(to), width, mask, rows.positions());
        }
    }

    fn gather(&mut self, RowCopy { to, from, width }: RowCopy, batch: &Batch) {
        let [to, from] = self.slices([to, from]);
        rows::gather(to, from, width, &batch.selected.tokens);
    }

    fn scatter(&mut self, RowCopy { to, from, width }: RowCopy, batch: &Batch) {
        let [to, from] = self.slices([to, from]);
        rows::scatter(to, from, width, &batch.selected.tokens);
    }

    fn load(&mut self, to: Span, features: &Features, batch: &Batch) {
        features.gather(self.values_mut(to), &batch.sequences);
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference::{self, assert_close, dot, draws, numeric_gradient, wide};
    use super::*;
    use crate::engine::product::{Shape, Write};
    use crate::model::LinearSpans;

    /// An arena of `parts`, and where each lies.
    fn arena(parts: &[&[f32]]) -> (Vec<f32>, Vec<Span>) {
        let mut memory = Vec::new();
        let spans = parts.iter().map(|part| {
            memory.extend_from_slice(part);
            Span { start: memory.len() - part.len(), len: part.len() }
        });
        let spans = spans.collect();
        (memory, spans)
    }

    #[test]
    fn a_linear_layer_and_its_gradients_are_those_of_the_reference() {
        for tokens in [1, 3, 17] {
            for (inputs, outputs) in [(5, 7), (33, 20), (400, 3)] {
                let shape = Shape { tokens, inputs, outputs };
                let (x, w) = (draws("x", tokens * inputs), draws("w", outputs * inputs));
                let (b, outer) = (draws("b", outputs), draws("outer", tokens * outputs));
                let nothing = |len| vec![f32::NAN; len];
                let (dx, dw, db) = (nothing(x.len()), nothing(w.len()), nothing(b.len()));
                let (y, squares) = (nothing(outer.len()), nothing(outputs));
                let (mut memory, spans) = arena(&[&x, &w, &b, &outer, &y, &dx, &dw, &db, &squares]);
                let [x_at, w_at, b_at, outer_at, y_at, dx_at, dw_at, db_at, squares_at] =
                    spans.try_into().expect("nine parts");
                let mut cpu = Cpu::new(&mut memory);
                let [x64, w64, b64] = [&x, &w, &b].map(|values| wide(values));

                let parameters = LinearSpans { weight: w_at, bias: b_at };
                cpu.linear(y_at, Linear { x: x_at, parameters, shape, added: [None; 3] });
                assert_close(cpu.values(y_at), &reference::linear(&x64, &w64, &b64), "y");

                let loss = |x: &[f64], w: &[f64], b: &[f64]| dot(&reference::linear(x, w, b), &outer);
                let expected = [
                    numeric_gradient(&x, |x| loss(x, &w64, &b64)),
                    numeric_gradient(&w, |w| loss(&x64, w, &b64)),
                    numeric_gradient(&b, |b| loss(&x64, &w64, b)),
                ];
                for (write, times) in [(Write::Set, 1.0), (Write::Add, 2.0)] {
                    cpu.linear_input_backward(LinearInputBackward {
                        dx: dx_at,
                        dy: outer_at,
                        weight: w_at,
                        shape,
                        write,
                    });
                    let gradients = LinearSpans { weight: dw_at, bias: db_at };
                    let (squares, dy, x) = (squares_at, outer_at, x_at);
                    cpu.linear_parameters_backward(LinearParametersBackward {
                        gradients,
                        squares,
                        dy,
                        x,
                        shape,
                        write,
                    });
                    for ((at, expected), what) in
                        [dx_at, dw_at, db_at].into_iter().zip(&expected).zip(["∂x", "∂W", "∂b"])
                    {
                        let expected: Vec<f64> = expected.iter().map(|gradient| times * gradient).collect();
                        assert_close(cpu.values(at), &expected, what);
                    }
                    let squares = cpu.values(dw_at).chunks_exact(inputs).map(adamw::square);
                    assert!(
                        cpu.values(squares_at).iter().map(|s| f64::from(*s)).eq(squares),
                        "the squares of ∂W's rows"
                    );
                }
            }
        }
    }
}
