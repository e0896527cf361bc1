//! Self-attention of packed sentences of any lengths, each with itself.
//!
//! Vaswani et al. 2017. Per sentence and head, with queries Q, keys K, values V `[len, head]`:
//! P = softmax(Q·Kᵗ/√head), C = dropout(P)·V. Backward from ∂C: ∂V = dropout(P)ᵗ·∂C, ∂P = dropout(∂C·Vᵗ),
//! ∂S = P∘(∂P - rowsum(P∘∂P))/√head, ∂Q = ∂S·K, ∂K = ∂Sᵗ·Q. P is kept from the forward pass; the dropout mask is drawn
//! again. With a reach, scores of keys farther away are -∞; with a table of relative positions, S has two terms more: see
//! `relative` and `bias`.

use std::cell::RefCell;
use std::ops::Range;

use crate::engine::batch::{attention_weights, stride};
use crate::engine::mask::Mask;
use crate::engine::sequence::Sequence;

use super::bias::{self, Bias};
use super::math::{exp, sum_by_lanes};
use super::matrix::{Matrix, product, transpose};
use super::queries::{Heads, Queries, Sentence};
use super::relative::{self, Table};
use super::team::{Shared, tasks};

thread_local! {
    /// A sentence's transposed keys or values and two squares of weights; grows to the longest sentence so far.
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// What weights depend on beside queries and keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scoring<'a> {
    /// A query sees keys at most so many tokens away.
    pub reach: Option<usize>,
    /// The queries and keys of distances, if the model has a table of them.
    pub table: Option<Table<'a>>,
    /// Biases of scores, if the model has a table of them.
    pub bias: Option<Bias<'a>>,
    /// Dropout of the weights.
    pub mask: Option<&'a Mask>,
}

impl Scoring<'_> {
    /// What the scores are multiplied by: 1/√head, or less where they have three terms.
    pub(super) fn scale(&self, heads: Heads) -> f32 {
        let terms = if self.table.is_some() { 3 } else { 1 };
        1.0 / ((terms * heads.width) as f32).sqrt()
    }

    /// The keys of `len` that a query sees.
    fn keys(&self, query: u32, len: usize) -> Range<usize> {
        let (query, reach) = (query as usize, self.reach.unwrap_or(len));
        query.saturating_sub(reach)..(query + reach + 1).min(len)
    }

    /// Floats of scratch for the terms of distances.
    fn scratch(&self, heads: Heads, len: usize) -> usize {
        self.table.map_or(0, |_| relative::scratch(heads.width, len))
    }
}

/// context: `[queries, hidden]`; weights: each sentence's `[heads, queries, stride(len)]`; qkv: `[tokens, 3·hidden]`.
pub fn forward(
    context: &mut [f32],
    weights: &mut [f32],
    qkv: &[f32],
    queries: Queries<'_>,
    heads: Heads,
    scoring: Scoring<'_>,
) {
    let hidden = heads.hidden();
    let rows = |sequence: &Sequence| queries.rows(sequence);
    each_sentence(queries.sequences, context, hidden, rows, weights, heads.count, |sequence, context, weights| {
        let (len, qkv) = (sequence.len, &qkv[sequence.start * 3 * hidden..][..sequence.len * 3 * hidden]);
        let sentence = queries.sentence(sequence);
        if sentence.positions.is_empty() {
            return;
        }
        let relative = scoring.scratch(heads, len);
        with_scratch(heads.width * (stride(len) + len) + len * stride(len) + relative, |scratch| {
            forward_sentence(context, weights, qkv, scratch, sentence, heads, scoring);
        });
    });
}

simd! {
fn forward_sentence(
    context: &mut [f32], weights: &mut [f32], qkv: &[f32], scratch: &mut [f32], sentence: Sentence<'_>, heads: Heads,
    scoring: Scoring<'_>,
) {
    let (len, queries) = (sentence.sequence.len, sentence.positions.len());
    let (columns, hidden) = (stride(len), heads.hidden());
    let (keys, scratch) = scratch.split_at_mut(heads.width * columns);
    let (query_rows, scratch) = scratch.split_at_mut(heads.width * queries);
    let (dropped, relative_scratch) = scratch.split_at_mut(len * columns);
    let scale = scoring.scale(heads);
    for head in 0..heads.count {
        let part = |index: usize| Matrix { values: &qkv[index * hidden + head * heads.width..], row: 3 * hidden, column: 1 };
        let weights = &mut weights[head * queries * columns..][..queries * columns];
        transpose(keys, part(1), [len, heads.width], columns);
        let query_rows = gather(query_rows, part(0), sentence.positions, heads.width);
        product(weights, columns, query_rows, keys, columns, [queries, heads.width, columns]);
        if let Some(table) = scoring.table {
            let content = relative::Content { queries: query_rows, keys: part(1), sentence, width: heads.width };
            relative::add_scores(weights, columns, content, table.of_head(head, heads), relative_scratch);
        }
        if let Some(bias) = scoring.bias {
            bias::add_scores(weights, columns, sentence, bias, head, heads, scale);
        }
        for (row, position) in weights.chunks_exact_mut(columns).zip(sentence.positions) {
            softmax(row, scoring.keys(*position, len), scale);
        }
        let weights = dropout(dropped, weights, columns, sentence, head, scoring.mask);
        let weights = Matrix { values: weights, row: columns, column: 1 };
        let size = [queries, len, heads.width];
        product(&mut context[head * heads.width..], hidden, weights, part(2).values, 3 * hidden, size);
    }
}
}

/// gradient: ∂qkv `[tokens, 3·hidden]`, written; context_gradient: ∂context `[queries, hidden]`; the rest as in
/// [`forward`]. With a table of relative positions, or of biases, the weights become the gradients of the scores.
pub fn backward(
    gradient: &mut [f32],
    context_gradient: &[f32],
    weights: &mut [f32],
    qkv: &[f32],
    queries: Queries<'_>,
    heads: Heads,
    scoring: Scoring<'_>,
) {
    let hidden = heads.hidden();
    let rows = |sequence: &Sequence| sequence.start..sequence.start + sequence.len;
    each_sentence(
        queries.sequences,
        gradient,
        3 * hidden,
        rows,
        weights,
        heads.count,
        |sequence, gradient, weights| {
            let (len, qkv) = (sequence.len, &qkv[sequence.start * 3 * hidden..][..sequence.len * 3 * hidden]);
            let query_rows = queries.rows(sequence);
            let context_gradient = &context_gradient[query_rows.start * hidden..query_rows.end * hidden];
            let sentence = queries.sentence(sequence);
            if sentence.positions.is_empty() {
                return gradient.fill(0.0);
            }
            let relative = scoring.scratch(heads, len);
            with_scratch(heads.width * (stride(len) + 2 * len) + 2 * len * stride(len) + relative, |scratch| {
                let inputs = BackwardInputs { context_gradient, qkv };
                backward_sentence(gradient, weights, inputs, scratch, sentence, heads, scoring);
            });
        },
    );
}

/// What the backward pass of a sentence reads, as in [`backward`].
#[derive(Clone, Copy)]
struct BackwardInputs<'a> {
    context_gradient: &'a [f32],
    qkv: &'a [f32],
}

simd! {
fn backward_sentence(
    gradient: &mut [f32], weights: &mut [f32], inputs: BackwardInputs<'_>, scratch: &mut [f32], sentence: Sentence<'_>,
    heads: Heads, scoring: Scoring<'_>,
) {
    let BackwardInputs { context_gradient, qkv } = inputs;
    let (len, queries) = (sentence.sequence.len, sentence.positions.len());
    let (columns, hidden) = (stride(len), heads.hidden());
    let scale = scoring.scale(heads);
    let (values, scratch) = scratch.split_at_mut(heads.width * columns);
    let (query_rows, scratch) = scratch.split_at_mut(heads.width * queries);
    let (query_gradients, squares) = scratch.split_at_mut(heads.width * queries);
    let (score_gradients, squares) = squares.split_at_mut(queries * columns);
    let (dropped, relative_scratch) = squares.split_at_mut(len * columns);
    for head in 0..heads.count {
        let at = |index: usize| index * hidden + head * heads.width;
        let part = |index: usize| Matrix { values: &qkv[at(index)..], row: 3 * hidden, column: 1 };
        let weights = &mut weights[head * queries * columns..][..queries * columns];
        let outer = Matrix { values: &context_gradient[head * heads.width..], row: hidden, column: 1 };

        transpose(values, part(2), [len, heads.width], columns);
        product(score_gradients, columns, outer, values, columns, [queries, heads.width, columns]);
        if let Some(mask) = scoring.mask {
            drop_weights(score_gradients, columns, sentence, head, mask);
        }
        for (score_gradients, weights) in score_gradients.chunks_exact_mut(columns).zip(weights.chunks_exact(columns)) {
            softmax_backward(score_gradients, weights, scale);
        }
        let score_gradient = Matrix { values: score_gradients, row: columns, column: 1 };
        product(query_gradients, heads.width, score_gradient, part(1).values, 3 * hidden, [queries, len, heads.width]);
        let query_rows = gather(query_rows, part(0), sentence.positions, heads.width);
        let size = [len, queries, heads.width];
        product(&mut gradient[at(1)..], 3 * hidden, score_gradient.transposed(), query_rows.values, heads.width, size);
        let kept = dropout(dropped, weights, columns, sentence, head, scoring.mask);
        let kept = Matrix { values: kept, row: columns, column: 1 };
        product(&mut gradient[at(2)..], 3 * hidden, kept.transposed(), outer.values, hidden, size);
        if let Some(table) = scoring.table {
            let content = relative::Content { queries: query_rows, keys: part(1), sentence, width: heads.width };
            let key_gradients = &mut gradient[at(1)..];
            let of_content = relative::ContentGradients { queries: query_gradients, keys: key_gradients, row: 3 * hidden };
            let table = table.of_head(head, heads);
            relative::content_backward(of_content, score_gradient, content, table, relative_scratch);
        }
        if scoring.table.is_some() || scoring.bias.is_some() {
            weights.copy_from_slice(score_gradients);
        }
        scatter(&mut gradient[at(0)..], 3 * hidden, len, query_gradients, sentence.positions, heads.width);
    }
}
}

/// out = the rows of `from` at `positions`, `width` columns each.
#[inline(always)]
fn gather<'a>(out: &'a mut [f32], from: Matrix<'_>, positions: &[u32], width: usize) -> Matrix<'a> {
    for (out, position) in out.chunks_exact_mut(width).zip(positions) {
        out.copy_from_slice(&from.values[*position as usize * from.row..][..width]);
    }
    Matrix { values: out, row: width, column: 1 }
}

/// The rows of `to` at `positions`, `width` columns each, become those of `from`, its other rows up to `len` zero.
#[inline(always)]
fn scatter(to: &mut [f32], stride: usize, len: usize, from: &[f32], positions: &[u32], width: usize) {
    if positions.len() < len {
        (0..len).for_each(|row| to[row * stride..][..width].fill(0.0));
    }
    for (from, position) in from.chunks_exact(width).zip(positions) {
        to[*position as usize * stride..][..width].copy_from_slice(from);
    }
}

/// Runs `work` on each sentence with its rows of `values` (`[_, width]`) and its attention weights, in parallel.
fn each_sentence(
    sequences: &[Sequence],
    values: &mut [f32],
    width: usize,
    rows: impl Fn(&Sequence) -> Range<usize> + Sync,
    weights: &mut [f32],
    heads: usize,
    work: impl Fn(&Sequence, &mut [f32], &mut [f32]) + Sync,
) {
    let cells = |sequence: &Sequence| attention_weights(heads, sequence.len);
    let mut ends = [0; 2];
    for sequence in sequences {
        let rows = rows(sequence);
        assert!(ends[0] <= rows.start && ends[1] <= sequence.weights, "sentences lie behind each other");
        ends = [rows.end, sequence.weights + cells(sequence)];
    }
    assert!(ends[0] * width <= values.len() && ends[1] <= weights.len(), "sentences lie within their batch");
    let (values, weights) = (Shared::new(values.as_mut_ptr()), Shared::new(weights.as_mut_ptr()));
    tasks(sequences.len(), |index| {
        let sequence = &sequences[index];
        let slice = |from: Shared<*mut f32>, start: usize, len: usize| {
            // SAFETY: within the slice and apart from other sentences', as asserted; this sentence is this task's.
            unsafe { std::slice::from_raw_parts_mut(from.get().add(start), len) }
        };
        let rows = rows(sequence);
        let values = slice(values, rows.start * width, rows.len() * width);
        work(sequence, values, slice(weights, sequence.weights, cells(sequence)));
    });
}

fn with_scratch(len: usize, work: impl FnOnce(&mut [f32])) {
    SCRATCH.with_borrow_mut(|scratch| {
        if scratch.len() < len {
            scratch.resize(len, 0.0);
        }
        work(&mut scratch[..len]);
    });
}

/// The `keys` of `row` become softmax(scale·row), the rest 0.
#[inline(always)]
fn softmax(row: &mut [f32], keys: Range<usize>, scale: f32) {
    row[..keys.start].fill(0.0);
    row[keys.end..].fill(0.0);
    let row = &mut row[keys];
    let len = row.len();
    let largest = row.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
    for x in row.iter_mut() {
        *x = exp((*x - largest) * scale);
    }
    let total = sum_by_lanes(len, |i| row[i]);
    let share = 1.0 / total;
    row.iter_mut().for_each(|x| *x *= share);
}

/// `score_gradients` turns from ∂P into ∂S of S = Q·Kᵗ.
#[inline(always)]
fn softmax_backward(score_gradients: &mut [f32], weights: &[f32], scale: f32) {
    let along = sum_by_lanes(weights.len(), |i| score_gradients[i] * weights[i]);
    for (score_gradient, weight) in score_gradients.iter_mut().zip(weights) {
        *score_gradient = weight * (*score_gradient - along) * scale;
    }
}

/// The weights after dropout: a copy in `dropped`, or the weights themselves where nothing is dropped.
#[inline(always)]
fn dropout<'a>(
    dropped: &'a mut [f32],
    weights: &'a [f32],
    columns: usize,
    sentence: Sentence<'_>,
    head: usize,
    mask: Option<&Mask>,
) -> &'a [f32] {
    let Some(mask) = mask else { return weights };
    let dropped = &mut dropped[..weights.len()];
    dropped.copy_from_slice(weights);
    drop_weights(dropped, columns, sentence, head, mask);
    dropped
}

#[inline(always)]
fn drop_weights(weights: &mut [f32], columns: usize, sentence: Sentence<'_>, head: usize, mask: &Mask) {
    mask.apply_to_square(weights, columns, sentence.sequence.example, head as u32, sentence.positions);
}

#[cfg(test)]
mod tests {
    use super::super::reference::{self, assert_close, dot, draws, numeric_gradient, wide};
    use super::*;
    use crate::engine::batch::{Batch, Distances, Tokens};
    use crate::random::Stream;

    /// Checks forward and ∂qkv for sentences of `lengths`, two tokens out of three selected.
    fn check(lengths: &[usize], heads: Heads, mask: Option<Mask>) {
        check_scoring(lengths, heads, Scoring::default(), mask);
    }

    fn check_scoring(lengths: &[usize], heads: Heads, scoring: Scoring<'_>, mask: Option<Mask>) {
        let scoring = Scoring { mask: mask.as_ref(), ..scoring };
        let mut batch = Batch::new(heads.count);
        for (index, &len) in lengths.iter().enumerate() {
            let selected = (0..len as u32).filter(|position| (position + index as u32) % 3 != 1);
            batch.push_selecting(3 * index as u32 + 1, &vec![0; len], &vec![0; len], selected);
        }
        check_queries(&batch, Tokens::All, heads, scoring, mask);
        check_queries(&batch, Tokens::Selected, heads, scoring, mask);
    }

    fn check_queries(batch: &Batch, which: Tokens, heads: Heads, scoring: Scoring<'_>, mask: Option<Mask>) {
        let lengths: Vec<usize> = batch.sequences.iter().map(|sequence| sequence.len).collect();
        let (tokens, hidden, queries) = (batch.tokens(), heads.hidden(), batch.rows(which).positions.len());
        let (qkv, outer) = (draws("qkv", tokens * 3 * hidden), draws("outer", queries * hidden));
        let factors: Vec<Vec<f32>> = batch.sequences.iter().map(|s| factors(s, heads, mask)).collect();
        let factor = |sentence: usize, head, query, key| {
            let len = lengths[sentence];
            f64::from(factors[sentence][(head * len + query) * stride(len) + key])
        };
        let table64 = scoring.table.map(|table| wide(table.products)).unwrap_or_default();
        let row = |distance: isize| {
            let distances = scoring.table.expect("asked where there is one").distances;
            distances.of[(distances.longest as isize - 1 + distance) as usize] as usize
        };
        let reference = |qkv: &[f64], table: &[f64]| -> Vec<f64> {
            let (shape, reach) = ([heads.count, heads.width], scoring.reach.unwrap_or(usize::MAX));
            let table: Option<reference::Distances<'_>> = scoring.table.map(|_| (table, &row as _));
            let every = reference::attention(qkv, &lengths, shape, reach, table, factor);
            let rows = every.chunks_exact(hidden).zip(0..);
            let is_query = |token| which == Tokens::All || batch.selected.tokens.contains(&token);
            rows.filter(|(_, token)| is_query(*token)).flat_map(|(row, _)| row).copied().collect()
        };

        let mut context = vec![f32::NAN; queries * hidden];
        let mut weights = vec![f32::NAN; batch.attention_weights()];
        let asked = Queries::new(batch, which);
        forward(&mut context, &mut weights, &qkv, asked, heads, scoring);
        assert_close(&context, &reference(&wide(&qkv), &table64), "context");

        let mut gradient = vec![f32::NAN; qkv.len()];
        backward(&mut gradient, &outer, &mut weights, &qkv, asked, heads, scoring);
        let expected = numeric_gradient(&qkv, |qkv| dot(&reference(qkv, &table64), &outer));
        assert_close(&gradient, &expected, "∂qkv");
        if let Some(table) = scoring.table {
            let mut gradient = vec![f32::NAN; table.products.len()];
            relative::table_backward(&mut gradient, &weights, &qkv, asked, heads, table);
            let qkv = wide(&qkv);
            let expected = numeric_gradient(table.products, |table| dot(&reference(&qkv, table), &outer));
            assert_close(&gradient, &expected, "∂ of the distances");
        }
    }

    /// What dropout multiplies the weights of a sentence by, as the operation draws it.
    fn factors(sequence: &Sequence, heads: Heads, mask: Option<Mask>) -> Vec<f32> {
        let square = sequence.len * stride(sequence.len);
        let mut factors = vec![1.0; heads.count * square];
        if let Some(mask) = mask {
            let positions: Vec<u32> = (0..sequence.len as u32).collect();
            let sentence = Sentence { sequence, positions: &positions };
            for (head, factors) in factors.chunks_exact_mut(square).enumerate() {
                drop_weights(factors, stride(sequence.len), sentence, head, &mask);
            }
        }
        factors
    }

    #[test]
    fn attention_and_its_gradient_are_those_of_the_reference() {
        check(&[3, 1, 17, 5], Heads { count: 3, width: 5 }, None);
        check(&[1, 17, 3], Heads { count: 2, width: 32 }, None);
        check(&[1], Heads { count: 1, width: 7 }, None);
    }

    #[test]
    fn attention_with_dropout_and_its_gradient_are_those_of_the_reference() {
        let mask = Mask::new(Stream::new(42, "dropout", 0), 1, 0.3);
        check(&[3, 1, 17, 5], Heads { count: 3, width: 5 }, mask);
        check(&[1, 17, 3], Heads { count: 2, width: 32 }, mask);
    }

    #[test]
    fn attention_to_near_keys_and_its_gradient_are_those_of_the_reference() {
        let mask = Mask::new(Stream::new(42, "dropout", 0), 1, 0.3);
        for (reach, mask) in [(0, None), (2, None), (4, mask), (40, None)] {
            let scoring = Scoring { reach: Some(reach), ..Scoring::default() };
            check_scoring(&[3, 1, 17, 5], Heads { count: 3, width: 4 }, scoring, mask);
        }
    }

    /// Buckets of one distance and of many, sentences shorter and longer than the buckets.
    #[test]
    fn attention_with_distances_and_its_gradients_are_those_of_the_reference() {
        let mask = Mask::new(Stream::new(42, "dropout", 0), 1, 0.3);
        let heads = Heads { count: 3, width: 4 };
        for (buckets, mask) in [(8, None), (8, mask), (64, None)] {
            let table = crate::model::Relative::new(buckets, 64, true).expect("a table");
            let lengths = [3, 1, 17, 5];
            let mut distances = Distances::default();
            lengths.iter().for_each(|len| distances.cover(table, *len, 0));
            let products = draws("products", distances.rows.len() * 2 * heads.hidden());
            let table = Table { products: &products, distances: &distances };
            check_scoring(&lengths, heads, Scoring { table: Some(table), ..Scoring::default() }, mask);
        }
    }

    #[test]
    fn biases_of_distances_and_the_tables_gradient_are_those_of_the_reference() {
        let (heads, lengths) = (Heads { count: 2, width: 4 }, [3, 19, 1]);
        let relative = crate::model::Relative::bias(32).expect("a table");
        let mut batch = Batch::new(heads.count);
        batch.relative = Some(relative);
        for (len, index) in lengths.into_iter().zip(0u32..) {
            let selected = (0..len as u32).filter(|position| (position + index) % 3 != 1);
            batch.push_selecting(index, &vec![0; len], &vec![0; len], selected);
        }
        for which in [Tokens::All, Tokens::Selected] {
            let queries = Queries::new(&batch, which);
            let hidden = heads.hidden();
            let (qkv, table) = (draws("qkv", batch.tokens() * 3 * hidden), draws("table", 32 * heads.count));
            let outer = draws("outer", batch.rows(which).positions.len() * hidden);
            let reference = |table: &[f64]| -> Vec<f64> {
                let qkv = wide(&qkv);
                let mut context = Vec::new();
                for sequence in &batch.sequences {
                    for query in queries.sentence(sequence).positions {
                        let at = |token: usize, part: usize, head: usize| {
                            let start = (sequence.start + token) * 3 * hidden + part * hidden + head * heads.width;
                            &qkv[start..start + heads.width]
                        };
                        for head in 0..heads.count {
                            let score = |key: usize| {
                                let distance = *query as isize - key as isize;
                                let row = relative.stored_row(relative.row(distance));
                                let both = at(*query as usize, 0, head).iter().zip(at(key, 1, head));
                                let product: f64 = both.map(|(q, k)| q * k).sum();
                                libm::exp(product / (heads.width as f64).sqrt() + table[row * heads.count + head])
                            };
                            let weights: Vec<f64> = (0..sequence.len).map(score).collect();
                            let total: f64 = weights.iter().sum();
                            context.extend((0..heads.width).map(|feature| {
                                let value = |(key, w): (usize, &f64)| w / total * at(key, 2, head)[feature];
                                weights.iter().enumerate().map(value).sum::<f64>()
                            }));
                        }
                    }
                }
                context
            };
            let bias = Bias { table: &table, distances: &batch.distances };
            let scoring = Scoring { bias: Some(bias), ..Scoring::default() };
            let (mut context, mut weights) = (vec![f32::NAN; outer.len()], vec![0.0; batch.attention_weights()]);
            forward(&mut context, &mut weights, &qkv, queries, heads, scoring);
            assert_close(&context, &reference(&wide(&table)), "context");
            let (mut of_qkv, mut gradient) = (vec![0.0; qkv.len()], vec![1.0; table.len()]);
            backward(&mut of_qkv, &outer, &mut weights, &qkv, queries, heads, scoring);
            bias::backward(&mut gradient, &weights, queries, heads, &batch.distances, scoring.scale(heads));
            let expected = numeric_gradient(&table, |table| dot(&reference(table), &outer));
            assert_close(&gradient, &expected.iter().map(|one| one + 1.0).collect::<Vec<_>>(), "∂table");
        }
    }

    #[test]
    fn weights_beyond_a_sentences_keys_are_zero() {
        let mut batch = Batch::new(1);
        batch.push(0, &[0; 5], &[0; 5]);
        let (mut context, mut weights) = (vec![0.0; 5 * 4], vec![f32::NAN; batch.attention_weights()]);
        let heads = Heads { count: 1, width: 4 };
        forward(
            &mut context,
            &mut weights,
            &draws("qkv", 60),
            Queries::new(&batch, Tokens::All),
            heads,
            Scoring::default(),
        );
        for row in weights.chunks_exact(stride(5)) {
            assert!((row[..5].iter().sum::<f32>() - 1.0).abs() < 1e-6);
            assert!(row[5..].iter().all(|weight| *weight == 0.0));
        }
    }
}
