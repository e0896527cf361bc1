//! Tokens beside their neighbors, so that a convolution over a sentence is one product.
//!
//! u(t, f·kernel + k) = x(t + k - kernel/2, f), 0 beyond the sentence: the order of torch's `Conv1d` weights. Backward:
//! ∂x(t, f) += Σ ∂u(t - k + kernel/2, f·kernel + k) over k.

use crate::engine::sequence::Sequence;

use super::ROWS_A_TASK;
use super::team::chunks;

/// The sentences of a batch, token by token.
fn bounds(sequences: &[Sequence], tokens: usize) -> Vec<[usize; 2]> {
    let mut bounds = vec![[0; 2]; tokens];
    for sequence in sequences {
        let end = sequence.start + sequence.len;
        bounds[sequence.start..end].fill([sequence.start, end]);
    }
    bounds
}

/// unfolded: `[tokens, width·kernel]`, written; x: `[tokens, width]`.
pub(super) fn forward(unfolded: &mut [f32], x: &[f32], sequences: &[Sequence], width: usize, kernel: usize) {
    let bounds = bounds(sequences, x.len() / width);
    chunks([unfolded], [width * kernel * ROWS_A_TASK], |task, [chunk]| {
        for (row, out) in chunk.chunks_exact_mut(width * kernel).enumerate() {
            let token = task * ROWS_A_TASK + row;
            let [start, end] = bounds[token];
            for place in 0..kernel {
                let neighbor = (token + place).checked_sub(kernel / 2).filter(|at| (start..end).contains(at));
                let values = neighbor.map(|at| &x[at * width..][..width]);
                for feature in 0..width {
                    out[feature * kernel + place] = values.map_or(0.0, |values| values[feature]);
                }
            }
        }
    });
}

/// Adds ∂x to `gradient`, `[tokens, width]`; unfolded: ∂u.
pub(super) fn backward(gradient: &mut [f32], unfolded: &[f32], sequences: &[Sequence], width: usize, kernel: usize) {
    let bounds = bounds(sequences, gradient.len() / width);
    chunks([gradient], [width * ROWS_A_TASK], |task, [chunk]| {
        for (row, out) in chunk.chunks_exact_mut(width).enumerate() {
            let token = task * ROWS_A_TASK + row;
            let [start, end] = bounds[token];
            for place in 0..kernel {
                let neighbor = (token + kernel / 2).checked_sub(place).filter(|at| (start..end).contains(at));
                let Some(at) = neighbor else { continue };
                let values = &unfolded[at * width * kernel..][..width * kernel];
                for (feature, out) in out.iter_mut().enumerate() {
                    *out += values[feature * kernel + place];
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::super::reference::{assert_close, dot, draws, numeric_gradient, wide};
    use super::*;
    use crate::engine::batch::Batch;

    #[test]
    fn neighborhoods_end_at_their_sentences_and_their_gradient_is_that_of_the_reference() {
        let mut batch = Batch::new(1);
        let lengths = [3, 1, 5];
        for len in lengths {
            batch.push(0, &vec![0; len], &vec![0; len]);
        }
        for (width, kernel) in [(4, 3), (3, 5), (2, 1)] {
            let (x, outer) = (draws("x", 9 * width), draws("outer", 9 * width * kernel));
            let reference = |x: &[f64]| -> Vec<f64> {
                let mut out = Vec::new();
                let mut start = 0;
                for len in lengths {
                    for token in 0..len {
                        for feature in 0..width {
                            for place in 0..kernel {
                                let at = token as isize + place as isize - (kernel / 2) as isize;
                                let inside = (0..len as isize).contains(&at);
                                out.push(if inside { x[(start + at as usize) * width + feature] } else { 0.0 });
                            }
                        }
                    }
                    start += len;
                }
                out
            };
            let mut unfolded = vec![f32::NAN; outer.len()];
            forward(&mut unfolded, &x, &batch.sequences, width, kernel);
            assert_close(&unfolded, &reference(&wide(&x)), "u");
            let mut gradient = vec![0.0; x.len()];
            backward(&mut gradient, &outer, &batch.sequences, width, kernel);
            assert_close(&gradient, &numeric_gradient(&x, |x| dot(&reference(x), &outer)), "∂x");
        }
    }
}
