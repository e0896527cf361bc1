//! GELU between the feed-forward products, and the column sums that are the gradient of a bias.

use rayon::prelude::*;

use super::COLUMNS_A_TASK;
use super::math::{gelu, gelu_slope};

/// Elements that one task takes.
const ELEMENTS: usize = 16 * 1024;

/// out = gelu(x), elementwise.
pub(super) fn forward(out: &mut [f32], x: &[f32]) {
    out.par_chunks_mut(ELEMENTS).zip(x.par_chunks(ELEMENTS)).for_each(|(out, x)| forward_chunk(out, x));
}

simd! {
fn forward_chunk(out: &mut [f32], x: &[f32]) {
    for (o, x) in out.iter_mut().zip(x) {
        *o = gelu(*x);
    }
}
}

/// ∂x = ∂out·gelu'(x), in place of ∂out.
pub(super) fn backward(gradient: &mut [f32], x: &[f32]) {
    gradient.par_chunks_mut(ELEMENTS).zip(x.par_chunks(ELEMENTS)).for_each(|(g, x)| backward_chunk(g, x));
}

simd! {
fn backward_chunk(gradient: &mut [f32], x: &[f32]) {
    for (g, x) in gradient.iter_mut().zip(x) {
        *g *= gelu_slope(*x);
    }
}
}

/// ∂bias = Σ ∂y over the tokens in order, y = x·Wᵗ + bias; gradient: `[tokens, out.len()]`.
pub(super) fn bias_backward(out: &mut [f32], gradient: &[f32], add: bool) {
    let width = out.len();
    out.par_chunks_mut(COLUMNS_A_TASK).enumerate().for_each(|(block, out)| {
        if !add {
            out.fill(0.0);
        }
        sum_columns(out, gradient, block * COLUMNS_A_TASK, width);
    });
}

simd! {
fn sum_columns(out: &mut [f32], gradient: &[f32], first: usize, width: usize) {
    for row in gradient.chunks_exact(width) {
        for (o, g) in out.iter_mut().zip(&row[first..]) {
            *o += g;
        }
    }
}
}

#[cfg(test)]
mod tests {
    use super::super::reference::{self, assert_close, dot, draws, slopes, wide};
    use super::*;

    #[test]
    fn gelu_and_its_gradient_are_those_of_the_reference() {
        for len in [1, 17, ELEMENTS + 3] {
            let (x, outer) = (draws("x", len), draws("outer", len));
            let mut out = vec![f32::NAN; len];
            forward(&mut out, &x);
            assert_close(&out, &reference::gelu(&wide(&x)), "out");

            let mut gradient = outer.clone();
            backward(&mut gradient, &x);
            // each element depends on its own input alone, so one loss at a time serves them all
            let expected: Vec<f64> =
                (0..len).map(|i| slopes(&x[i..=i], |x| dot(&reference::gelu(x), &outer[i..=i]))[0]).collect();
            assert_close(&gradient, &expected, "∂x");
        }
    }

    #[test]
    fn a_biass_gradient_is_the_sum_over_the_tokens() {
        for (tokens, width) in [(1, 5), (3, 130), (17, 300)] {
            let outer = draws("outer", tokens * width);
            let loss = |bias: &[f64]| dot(&bias.repeat(tokens), &outer);
            let expected = slopes(&draws("bias", width), loss);
            let mut written = vec![f32::NAN; width];
            bias_backward(&mut written, &outer, false);
            assert_close(&written, &expected, "∂bias");
            let mut added = written.clone();
            bias_backward(&mut added, &outer, true);
            assert_close(&added, &expected.iter().map(|e| 2.0 * e).collect::<Vec<_>>(), "∂bias twice");
        }
    }
}
