//! Biases of scores by the distance from a query to a key (Raffel et al. 2020).
//!
//! S(i, j) gains the table's value for the distance d = i - j and the head, in all layers the same. Its gradient is the sum
//! of ∂S(i, j) over the queries and keys of the distances that have the row.

use super::queries::{Heads, Queries, Sentence};
use super::team::tasks;
use crate::engine::batch::{Distances, stride};

/// A table of biases.
#[derive(Debug, Clone, Copy)]
pub struct Bias<'a> {
    /// `[rows, heads]`
    pub table: &'a [f32],
    /// Which row each distance has.
    pub distances: &'a Distances,
}

/// The row of the distance from `query` to `key`.
#[inline(always)]
fn row(distances: &Distances, query: u32, key: usize) -> usize {
    distances.rows[distances.of[distances.longest - 1 + query as usize - key] as usize] as usize
}

/// Adds the biases of `head` to a sentence's `scores`, `[queries, columns]`, which are yet to be multiplied by `scale`.
#[inline(always)]
pub(super) fn add_scores(
    scores: &mut [f32],
    columns: usize,
    sentence: Sentence<'_>,
    bias: Bias<'_>,
    head: usize,
    heads: Heads,
    scale: f32,
) {
    let unscaled = 1.0 / scale;
    for (scores, position) in scores.chunks_exact_mut(columns).zip(sentence.positions) {
        for (key, score) in scores[..sentence.sequence.len].iter_mut().enumerate() {
            *score += bias.table[row(bias.distances, *position, key) * heads.count + head] * unscaled;
        }
    }
}

/// gradient: that of the table, to which is added; score_gradients: as attention's weights, of scores that are yet to be
/// multiplied by `scale`. A task has a head, and its sentences one by one.
pub(super) fn backward(
    gradient: &mut [f32],
    score_gradients: &[f32],
    queries: Queries<'_>,
    heads: Heads,
    distances: &Distances,
    scale: f32,
) {
    let rows = gradient.len() / heads.count;
    let sums: Vec<std::sync::OnceLock<Vec<f32>>> = (0..heads.count).map(|_| std::sync::OnceLock::new()).collect();
    tasks(heads.count, |head| {
        let mut own = vec![0.0; rows];
        for sequence in queries.sequences {
            let sentence = queries.sentence(sequence);
            let (columns, count) = (stride(sequence.len), sentence.positions.len());
            let of_head = &score_gradients[sequence.weights + head * count * columns..][..count * columns];
            for (gradients, position) in of_head.chunks_exact(columns).zip(sentence.positions) {
                for (key, gradient) in gradients[..sequence.len].iter().enumerate() {
                    own[row(distances, *position, key)] += gradient;
                }
            }
        }
        let _ = sums[head].set(own);
    });
    for (head, sums) in sums.iter().enumerate() {
        for (row, sum) in sums.get().into_iter().flatten().enumerate() {
            gradient[row * heads.count + head] += sum / scale;
        }
    }
}
