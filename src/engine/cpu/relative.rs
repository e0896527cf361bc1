//! The scores between contents and distances of disentangled attention (He et al. 2021), for one head of one sentence.
//!
//! S(i, j) gains Q(i)·K(d) + K(j)·Q(d) of the distance d = i - j, where the products of the table, Q(d) and K(d), are given
//! by row and near distances have rows of their own. With A = Q·K(d)ᵗ `[queries, rows]` and B = K·Q(d)ᵗ `[len, rows]` those
//! are A(i, row(i - j)) + B(j, row(i - j)). Backward from ∂S: G(i, r) = Σ ∂S(i, j) over the j of row r, and H(j, r) = Σ
//! ∂S(i, j) over the i of row r; then ∂Q += G·K(d), ∂K += H·Q(d), ∂K(d) = Σ Gᵗ·Q and ∂Q(d) = Σ Hᵗ·K over the sentences.

use super::matrix::{Matrix, product, transpose};
use super::queries::{Heads, Queries, Sentence};
use super::team::{Shared, tasks};
use crate::engine::batch::{Distances, stride};

/// The table's products for all heads.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    /// `[distances, 2·hidden]`: queries, then keys.
    pub products: &'a [f32],
    /// Which row each distance has.
    pub distances: &'a Distances,
}

/// Those of one head.
#[derive(Clone, Copy)]
pub(super) struct HeadTable<'a> {
    queries: &'a [f32],
    keys: &'a [f32],
    /// Floats from a row to the next.
    row: usize,
    /// Where the features of the head start among those of all.
    at: usize,
    distances: &'a Distances,
}

impl<'a> Table<'a> {
    pub(super) fn of_head(&self, head: usize, heads: Heads) -> HeadTable<'a> {
        let hidden = heads.count * heads.width;
        let (queries, keys) = (&self.products[head * heads.width..], &self.products[hidden + head * heads.width..]);
        HeadTable { queries, keys, row: 2 * hidden, at: head * heads.width, distances: self.distances }
    }
}

impl HeadTable<'_> {
    /// The rows that a sentence of `len` tokens needs: the first, and how many.
    #[inline(always)]
    fn rows(&self, len: usize) -> (usize, usize) {
        let of = &self.distances.of;
        let middle = self.distances.longest - 1;
        let (first, last) = (of[middle + 1 - len], of[middle + len - 1]);
        (first as usize, (last - first) as usize + 1)
    }

    /// The row of the distance from `query` to `key`, counted from `first`.
    #[inline(always)]
    fn row_of(&self, query: u32, key: usize, first: usize) -> usize {
        self.distances.of[self.distances.longest - 1 + query as usize - key] as usize - first
    }
}

/// Queries and keys of one head of a sentence.
#[derive(Clone, Copy)]
pub(super) struct Content<'a> {
    /// `[queries, width]`
    pub queries: Matrix<'a>,
    /// `[len, width]`
    pub keys: Matrix<'a>,
    pub sentence: Sentence<'a>,
    pub width: usize,
}

/// Their gradients, to which is added.
pub(super) struct ContentGradients<'a> {
    /// `[queries, width]`
    pub queries: &'a mut [f32],
    /// `[len, width]`, rows `row` floats apart.
    pub keys: &'a mut [f32],
    pub row: usize,
}

/// Floats of scratch for a sentence of `len` tokens.
pub(super) fn scratch(width: usize, len: usize) -> usize {
    (width + 2 * len) * stride(2 * len) + 2 * len * width
}

/// Adds the two terms to `scores`, `[queries, columns]`.
#[inline(always)]
pub(super) fn add_scores(
    scores: &mut [f32],
    columns: usize,
    content: Content<'_>,
    table: HeadTable<'_>,
    scratch: &mut [f32],
) {
    let Content { queries, keys, sentence, width } = content;
    let (len, count) = (sentence.sequence.len, sentence.positions.len());
    let (first, rows) = table.rows(len);
    let padded = stride(rows);
    let (transposed, scratch) = scratch.split_at_mut(width * padded);
    let (of_queries, of_keys) = scratch.split_at_mut(len * padded);
    let part = |values| Matrix { values, row: table.row, column: 1 };
    transpose(transposed, part(&table.keys[first * table.row..]), [rows, width], padded);
    product(of_queries, padded, queries, transposed, padded, [count, width, padded]);
    transpose(transposed, part(&table.queries[first * table.row..]), [rows, width], padded);
    product(of_keys, padded, keys, transposed, padded, [len, width, padded]);
    for ((scores, of_query), position) in
        scores.chunks_exact_mut(columns).zip(of_queries.chunks_exact(padded)).zip(sentence.positions)
    {
        for (key, score) in scores[..len].iter_mut().enumerate() {
            let row = table.row_of(*position, key, first);
            *score += of_query[row] + of_keys[key * padded + row];
        }
    }
}

/// G and H of a sentence: `[queries, padded]` and `[len, padded]`, written.
#[inline(always)]
fn by_row(
    of_queries: &mut [f32],
    of_keys: &mut [f32],
    padded: usize,
    score_gradients: Matrix<'_>,
    sentence: Sentence<'_>,
    table: HeadTable<'_>,
) {
    let len = sentence.sequence.len;
    let (first, _) = table.rows(len);
    of_queries.fill(0.0);
    of_keys.fill(0.0);
    for (query, position) in sentence.positions.iter().enumerate() {
        for key in 0..len {
            let (row, gradient) = (table.row_of(*position, key, first), score_gradients.at(query, key));
            of_queries[query * padded + row] += gradient;
            of_keys[key * padded + row] += gradient;
        }
    }
}

/// Adds G·K(d) and H·Q(d) to the gradients of queries and keys.
#[inline(always)]
pub(super) fn content_backward(
    gradients: ContentGradients<'_>,
    score_gradients: Matrix<'_>,
    content: Content<'_>,
    table: HeadTable<'_>,
    scratch: &mut [f32],
) {
    let Content { sentence, width, .. } = content;
    let (len, count) = (sentence.sequence.len, sentence.positions.len());
    let (first, rows) = table.rows(len);
    let padded = stride(rows);
    let (of_queries, scratch) = scratch.split_at_mut(count * padded);
    let (of_keys, scratch) = scratch.split_at_mut(len * padded);
    by_row(of_queries, of_keys, padded, score_gradients, sentence, table);
    let square = |values| Matrix { values, row: padded, column: 1 };
    let sums = &mut scratch[..len * width];
    product(sums, width, square(of_queries), &table.keys[first * table.row..], table.row, [count, rows, width]);
    for (gradient, sum) in gradients.queries.iter_mut().zip(&*sums).take(count * width) {
        *gradient += sum;
    }
    product(sums, width, square(of_keys), &table.queries[first * table.row..], table.row, [len, rows, width]);
    for (row, sums) in sums.chunks_exact(width).enumerate() {
        for (gradient, sum) in gradients.keys[row * gradients.row..].iter_mut().zip(sums) {
            *gradient += sum;
        }
    }
}

/// ∂Q(d) and ∂K(d) of all sentences, `[distances, 2·hidden]`, written; score_gradients: as attention's weights;
/// qkv: `[tokens, 3·hidden]`. A task has a head, and its sentences one by one.
pub(super) fn table_backward(
    gradient: &mut [f32],
    score_gradients: &[f32],
    qkv: &[f32],
    queries: Queries<'_>,
    heads: Heads,
    table: Table<'_>,
) {
    let (hidden, distances) = (heads.count * heads.width, table.distances.rows.len());
    assert_eq!(gradient.len(), distances * 2 * hidden, "a row for each distance");
    let gradient = Shared::new(gradient.as_mut_ptr());
    tasks(heads.count, |head| {
        let sums = head_backward(score_gradients, qkv, queries, heads, table, head);
        for (row, sums) in sums.chunks_exact(2 * heads.width).enumerate() {
            for (part, sums) in sums.chunks_exact(heads.width).enumerate() {
                let at = row * 2 * hidden + part * hidden + head * heads.width;
                // SAFETY: within the rows, as asserted; the columns of a head are its task's alone.
                let out = unsafe { std::slice::from_raw_parts_mut(gradient.get().add(at), heads.width) };
                out.copy_from_slice(sums);
            }
        }
    });
}

/// The sums of one head: `[distances, 2·width]`.
fn head_backward(
    score_gradients: &[f32],
    qkv: &[f32],
    queries: Queries<'_>,
    heads: Heads,
    table: Table<'_>,
    head: usize,
) -> Vec<f32> {
    let mut sums = vec![0.0; table.distances.rows.len() * 2 * heads.width];
    let mut scratch = Vec::new();
    for sequence in queries.sequences {
        let sentence = queries.sentence(sequence);
        if sentence.positions.is_empty() {
            continue;
        }
        scratch.resize(self::scratch(heads.width, sequence.len), 0.0);
        let count = sentence.positions.len();
        let weights = &score_gradients[sequence.weights + head * count * stride(sequence.len)..];
        let qkv = &qkv[sequence.start * 3 * heads.count * heads.width..];
        sentence_backward(&mut sums, weights, qkv, sentence, heads, table.of_head(head, heads), &mut scratch);
    }
    sums
}

simd! {
fn sentence_backward(
    sums: &mut [f32], score_gradients: &[f32], qkv: &[f32], sentence: Sentence<'_>, heads: Heads, table: HeadTable<'_>,
    scratch: &mut [f32],
) {
    let (len, count, width) = (sentence.sequence.len, sentence.positions.len(), heads.width);
    let hidden = heads.count * width;
    let (first, rows) = table.rows(len);
    let padded = stride(rows);
    let (of_queries, scratch) = scratch.split_at_mut(count * padded);
    let (of_keys, scratch) = scratch.split_at_mut(len * padded);
    let score_gradients = Matrix { values: score_gradients, row: stride(len), column: 1 };
    by_row(of_queries, of_keys, padded, score_gradients, sentence, table);
    let square = |values| Matrix { values, row: padded, column: 1 };
    let products = &mut scratch[..rows * width];
    // Hᵗ·K
    product(
        products, width, square(of_keys).transposed(), &qkv[hidden + table.at..], 3 * hidden, [rows, len, width],
    );
    add_rows(&mut sums[first * 2 * width..], products, width);
    // Gᵗ·Q, of the queries alone
    let (asking, products) = scratch.split_at_mut(count * width);
    for (row, position) in asking.chunks_exact_mut(width).zip(sentence.positions) {
        row.copy_from_slice(&qkv[*position as usize * 3 * hidden + table.at..][..width]);
    }
    let products = &mut products[..rows * width];
    product(products, width, square(of_queries).transposed(), asking, width, [rows, count, width]);
    add_rows(&mut sums[first * 2 * width + width..], products, width);
}
}

/// Adds rows of `width` floats to such rows, twice as far apart.
#[inline(always)]
fn add_rows(sums: &mut [f32], products: &[f32], width: usize) {
    for (row, products) in products.chunks_exact(width).enumerate() {
        for (sum, product) in sums[row * 2 * width..].iter_mut().zip(products) {
            *sum += product;
        }
    }
}
