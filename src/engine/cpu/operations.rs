//! The operations by name, over spans of one arena.

use crate::engine::adamw::Update;
use crate::engine::batch::{Batch, TokenPositions, Tokens};
use crate::engine::mask::Mask;
use crate::engine::product::{Shape, Write};
use crate::engine::target::Target;
use crate::model::{Activation, LinearSpans, NormSpans, Span};

use super::activation;
use super::adamw::{self, StaleRow};
use super::attention::{self, Heads, Queries};
use super::dropout;
use super::embedding::{self, Lookup};
use super::loss;
use super::norm::{self, Residual};
use super::products;
use super::team::chunks;

/// Elements that one task sets to zero.
const CLEARED_A_TASK: usize = 64 * 1024;

/// A CPU at work on an arena.
pub struct Cpu<'a> {
    memory: &'a mut [f32],
}

impl<'a> Cpu<'a> {
    /// Works on `memory`.
    pub fn new(memory: &'a mut [f32]) -> Self {
        Self { memory }
    }

    /// The spans as slices.
    pub(in crate::engine) fn slices<const N: usize>(&mut self, spans: [Span; N]) -> [&mut [f32]; N] {
        self.memory.get_disjoint_mut(spans.map(Span::range)).expect("operands lie apart within the arena")
    }

    /// The values of a span.
    pub fn values(&self, span: Span) -> &[f32] {
        &self.memory[span.range()]
    }

    /// The values of a span, to be written.
    pub fn values_mut(&mut self, span: Span) -> &mut [f32] {
        &mut self.memory[span.range()]
    }

    /// Sets a span to zero.
    pub fn clear(&mut self, span: Span) {
        chunks([self.values_mut(span)], [CLEARED_A_TASK], |_, [values]| values.fill(0.0));
    }

    /// Copies `from` to `to`, of one length.
    pub fn copy(&mut self, to: Span, from: Span) {
        self.memory.copy_within(from.range(), to.start);
    }

    /// `to += from`, of one length.
    pub fn add(&mut self, to: Span, from: Span) {
        let [to, from] = self.slices([to, from]);
        to.iter_mut().zip(from).for_each(|(t, f)| *t += *f);
    }

    /// y = x·Wᵗ + b. x: `[tokens, inputs]`, y: `[tokens, outputs]`.
    pub fn linear(&mut self, y: Span, x: Span, linear: LinearSpans, shape: Shape) {
        let [y, x, w, b] = self.slices([y, x, linear.weight, linear.bias]);
        products::forward(y, x, w, Some(b), shape);
    }

    /// ∂x = ∂y·W, written or added. Shapes as in [`Cpu::linear`].
    pub fn linear_input_backward(&mut self, dx: Span, dy: Span, weight: Span, shape: Shape, write: Write) {
        let [dx, dy, w] = self.slices([dx, dy, weight]);
        products::input_gradient(dx, dy, w, shape, write);
    }

    /// ∂W = ∂yᵗ·x and ∂b = Σ ∂y, written or added, and Σ x² of each row of what ∂W then is: `squares`, `[outputs]`.
    /// Shapes as in [`Cpu::linear`].
    pub fn linear_parameters_backward(
        &mut self,
        (gradients, squares): (LinearSpans, Span),
        dy: Span,
        x: Span,
        shape: Shape,
        write: Write,
    ) {
        let [dw, db, dy, x, squares] = self.slices([gradients.weight, gradients.bias, dy, x, squares]);
        products::weight_gradient(dw, dy, x, shape, write, Some(squares));
        activation::bias_backward(db, dy, write == Write::Add);
    }

    /// out = activation(x).
    pub fn activate(&mut self, out: Span, x: Span, activation: Activation) {
        let [out, x] = self.slices([out, x]);
        activation::forward(out, x, activation);
    }

    /// ∂out becomes ∂x.
    pub fn activate_backward(&mut self, gradient: Span, x: Span, activation: Activation) {
        let [gradient, x] = self.slices([gradient, x]);
        activation::backward(gradient, x, activation);
    }

    /// Drops from the rows of `x`: `[rows.len(), width]`; forward and backward are the same.
    pub fn dropout(&mut self, x: Span, width: usize, mask: Option<&Mask>, rows: TokenPositions<'_>) {
        if let Some(mask) = mask {
            dropout::rows(self.values_mut(x), width, mask, rows);
        }
    }

    /// to = the rows `rows` of `from`: `[_, width]`.
    pub fn gather(&mut self, to: Span, from: Span, width: usize, rows: &[u32]) {
        let [to, from] = self.slices([to, from]);
        for (to, row) in to.chunks_exact_mut(width).zip(rows) {
            to.copy_from_slice(&from[*row as usize * width..][..width]);
        }
    }

    /// The rows `rows` of `to` become those of `from`: `[rows.len(), width]`, all others 0.
    pub fn scatter(&mut self, to: Span, from: Span, width: usize, rows: &[u32]) {
        let [to, from] = self.slices([to, from]);
        to.fill(0.0);
        for (from, row) in from.chunks_exact(width).zip(rows) {
            to[*row as usize * width..][..width].copy_from_slice(from);
        }
    }

    /// out = norm(sum). Statistics are kept for backward.
    pub fn norm(&mut self, out: Span, [sum, statistics]: [Span; 2], norm: NormSpans, epsilon: f32) {
        let [out, sum, statistics, weight, bias] = self.slices([out, sum, statistics, norm.weight, norm.bias]);
        norm::forward(out, sum, statistics, [weight, bias], None, epsilon);
    }

    /// sum = dropout(sum) + residual; out = norm(sum). Sum and statistics are kept for backward.
    pub fn add_norm(
        &mut self,
        out: Span,
        [sum, statistics, residual]: [Span; 3],
        norm: NormSpans,
        epsilon: f32,
        mask: Option<Mask>,
        rows: TokenPositions<'_>,
    ) {
        let spans = [out, sum, statistics, norm.weight, norm.bias, residual];
        let [out, sum, statistics, weight, bias, residual] = self.slices(spans);
        let residual = Residual { values: residual, mask, tokens: rows };
        norm::forward(out, sum, statistics, [weight, bias], Some(residual), epsilon);
    }

    /// ∂γ and ∂β from ∂out, written or added.
    pub fn norm_parameters_backward(
        &mut self,
        gradients: NormSpans,
        gradient: Span,
        [sum, statistics]: [Span; 2],
        write: Write,
    ) {
        let spans = [gradients.weight, gradients.bias, gradient, sum, statistics];
        let [weight, bias, gradient, sum, statistics] = self.slices(spans);
        norm::parameters_backward([weight, bias], gradient, sum, statistics, write == Write::Add);
    }

    /// ∂out becomes ∂sum.
    pub fn norm_backward(&mut self, gradient: Span, [sum, statistics]: [Span; 2], weight: Span) {
        let [gradient, sum, statistics, weight] = self.slices([gradient, sum, statistics, weight]);
        norm::backward(gradient, sum, statistics, weight);
    }

    /// context = dropout(softmax(Q·Kᵗ/√head))·V of the queries of `rows`; the softmax is kept in `weights`.
    pub fn attention(
        &mut self,
        context: Span,
        [weights, qkv]: [Span; 2],
        heads: usize,
        mask: Option<&Mask>,
        (batch, which): (&Batch, Tokens),
    ) {
        let heads = Heads { count: heads, width: qkv.len / batch.tokens() / 3 / heads };
        let [context, weights, qkv] = self.slices([context, weights, qkv]);
        attention::forward(context, weights, qkv, Queries::new(batch, which), heads, mask);
    }

    /// ∂qkv from ∂context, which is of the queries of `which`.
    pub fn attention_backward(
        &mut self,
        gradient: Span,
        context_gradient: Span,
        [weights, qkv]: [Span; 2],
        heads: usize,
        mask: Option<&Mask>,
        (batch, which): (&Batch, Tokens),
    ) {
        let heads = Heads { count: heads, width: qkv.len / batch.tokens() / 3 / heads };
        let [gradient, context_gradient, weights, qkv] = self.slices([gradient, context_gradient, weights, qkv]);
        attention::backward(gradient, context_gradient, weights, qkv, Queries::new(batch, which), heads, mask);
    }

    /// out = word + segment + position; tables: words, positions, segments, of which the last may be empty.
    pub fn embed(&mut self, out: Span, [words, positions, segments]: [Span; 3], first_position: usize, batch: &Batch) {
        let width = out.len / batch.tokens();
        let at = lookup(batch, first_position);
        let [out, words, positions, segments] = self.slices([out, words, positions, segments]);
        embedding::forward(out, [words, positions, segments], width, at);
    }

    /// Adds ∂out to the rows of the tables' gradients.
    pub fn embed_backward(&mut self, tables: [Span; 3], gradient: Span, first_position: usize, batch: &Batch) {
        let width = gradient.len / batch.tokens();
        let at = lookup(batch, first_position);
        let [words, positions, segments, gradient] = self.slices([tables[0], tables[1], tables[2], gradient]);
        embedding::backward([words, positions, segments], gradient, width, at);
    }

    /// Logits of the selected tokens become their gradient times the target's scale; the loss summed over the labeled
    /// ones comes back.
    pub fn cross_entropy(&mut self, logits: Span, classes: usize, target: Target, batch: &Batch) -> f64 {
        loss::cross_entropy(self.values_mut(logits), &batch.selected.labels, classes, target)
    }

    /// The loss of [`Cpu::cross_entropy`] without smoothing; the logits stay.
    pub fn loss(&self, logits: Span, classes: usize, batch: &Batch) -> f64 {
        loss::summed(self.values(logits), &batch.selected.labels, classes)
    }

    /// The best class of each row; logits: `[rows, classes]`.
    pub fn argmax(&self, logits: Span, classes: usize) -> impl Iterator<Item = u16> + '_ {
        loss::argmax(self.values(logits), classes)
    }

    /// Σ x², in float32 lanes.
    pub fn square(x: &[f32]) -> f64 {
        f64::from(adamw::square(x))
    }

    /// One AdamW step on one stretch; spans of parameters, moments m and v, gradients.
    pub fn update(&mut self, [p, m, v, g]: [Span; 4], constants: &Update) {
        let [p, m, v, g] = self.slices([p, m, v, g]);
        adamw::update([p, m, v], g, constants);
    }

    /// [`Cpu::update`] of some rows of a table of `width` columns, each once and in ascending order.
    pub fn update_rows(&mut self, [p, m, v, g]: [Span; 4], width: usize, rows: &[u32], constants: &Update) {
        let [p, m, v, g] = self.slices([p, m, v, g]);
        adamw::update_rows([p, m, v], g, width, rows, constants);
    }

    /// Outstanding steps of rows of a table of `width` columns, which have no gradient; each row once, in ascending order.
    pub fn replay(&mut self, tables: [Span; 3], width: usize, rows: &[StaleRow], steps: &[Update]) {
        adamw::replay(self.slices(tables), width, rows, steps);
    }
}

fn lookup(batch: &Batch, first_position: usize) -> Lookup<'_> {
    Lookup { ids: &batch.ids, position_ids: &batch.position_ids, first_position, padding: batch.padding }
}

#[cfg(test)]
mod tests {
    use super::super::reference::{self, assert_close, dot, draws, numeric_gradient, wide};
    use super::*;

    /// Lays `parts` behind each other.
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

                cpu.linear(y_at, x_at, LinearSpans { weight: w_at, bias: b_at }, shape);
                assert_close(cpu.values(y_at), &reference::linear(&x64, &w64, &b64), "y");

                let loss = |x: &[f64], w: &[f64], b: &[f64]| dot(&reference::linear(x, w, b), &outer);
                let expected = [
                    numeric_gradient(&x, |x| loss(x, &w64, &b64)),
                    numeric_gradient(&w, |w| loss(&x64, w, &b64)),
                    numeric_gradient(&b, |b| loss(&x64, &w64, b)),
                ];
                for (write, times) in [(Write::Set, 1.0), (Write::Add, 2.0)] {
                    cpu.linear_input_backward(dx_at, outer_at, w_at, shape, write);
                    let gradients = LinearSpans { weight: dw_at, bias: db_at };
                    cpu.linear_parameters_backward((gradients, squares_at), outer_at, x_at, shape, write);
                    for ((at, expected), what) in
                        [dx_at, dw_at, db_at].into_iter().zip(&expected).zip(["∂x", "∂W", "∂b"])
                    {
                        let expected: Vec<f64> = expected.iter().map(|gradient| times * gradient).collect();
                        assert_close(cpu.values(at), &expected, what);
                    }
                    let squares = cpu.values(dw_at).chunks_exact(inputs).map(Cpu::square);
                    assert!(
                        cpu.values(squares_at).iter().map(|s| f64::from(*s)).eq(squares),
                        "the squares of ∂W's rows"
                    );
                }
            }
        }
    }
}
