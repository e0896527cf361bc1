//! The activation between the feed-forward products, and the column sums that are the gradient of a bias.

use crate::engine::product::Write;
use crate::model::Activation;

use super::COLUMNS_A_TASK;
use super::math::{gelu, gelu_gradient, gelu_tanh, gelu_tanh_gradient, relu, relu_gradient};
use super::team::chunks;

/// Elements of a task.
const ELEMENTS: usize = 8 * 1024;

/// out = activation(x), elementwise.
pub fn forward(out: &mut [f32], x: &[f32], activation: Activation) {
    chunks([out], [ELEMENTS], |task, [out]| {
        let x = &x[task * ELEMENTS..][..out.len()];
        match activation {
            Activation::Gelu => gelu_chunk(out, x),
            Activation::GeluTanh => gelu_tanh_chunk(out, x),
            Activation::Relu => relu_chunk(out, x),
        }
    });
}

/// ∂x = ∂out·activation'(x), in place of ∂out.
pub fn backward(gradient: &mut [f32], x: &[f32], activation: Activation) {
    chunks([gradient], [ELEMENTS], |task, [gradient]| {
        let x = &x[task * ELEMENTS..][..gradient.len()];
        match activation {
            Activation::Gelu => gelu_backward_chunk(gradient, x),
            Activation::GeluTanh => gelu_tanh_backward_chunk(gradient, x),
            Activation::Relu => relu_backward_chunk(gradient, x),
        }
    });
}

/// A function and its gradient over a chunk, each a vector loop.
macro_rules! functions {
    ($forward:ident, $backward:ident, $function:ident, $derivative:ident) => {
        simd! {
        fn $forward(out: &mut [f32], x: &[f32]) {
            for (o, x) in out.iter_mut().zip(x) {
                *o = $function(*x);
            }
        }
        }

        simd! {
        fn $backward(gradient: &mut [f32], x: &[f32]) {
            for (g, x) in gradient.iter_mut().zip(x) {
                *g *= $derivative(*x);
            }
        }
        }
    };
}

functions!(gelu_chunk, gelu_backward_chunk, gelu, gelu_gradient);
functions!(gelu_tanh_chunk, gelu_tanh_backward_chunk, gelu_tanh, gelu_tanh_gradient);
functions!(relu_chunk, relu_backward_chunk, relu, relu_gradient);

/// ∂bias = Σ ∂y over the tokens in order, y = x·Wᵗ + bias; gradient: `[tokens, out.len()]`.
pub fn bias_backward(out: &mut [f32], gradient: &[f32], write: Write) {
    let width = out.len();
    chunks([out], [COLUMNS_A_TASK], |block, [out]| {
        if write == Write::Set {
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
    use super::super::reference::{self, assert_close, dot, draws, numeric_gradient, wide};
    use super::*;

    #[test]
    fn activations_and_their_gradients_are_those_of_the_reference() {
        type Reference = fn(&[f64]) -> Vec<f64>;
        let all: [(Activation, Reference); 3] = [
            (Activation::Gelu, reference::gelu),
            (Activation::GeluTanh, reference::gelu_tanh),
            (Activation::Relu, reference::relu),
        ];
        for (activation, function) in all {
            for len in [1, 17, ELEMENTS + 3] {
                let (x, outer) = (draws("x", len), draws("outer", len));
                let mut out = vec![f32::NAN; len];
                forward(&mut out, &x, activation);
                assert_close(&out, &function(&wide(&x)), "out");

                let mut gradient = outer.clone();
                backward(&mut gradient, &x, activation);
                // each element depends on its own input alone, so one loss at a time serves them all; no draw lies
                // within a step of relu's corner
                let expected: Vec<f64> =
                    (0..len).map(|i| numeric_gradient(&x[i..=i], |x| dot(&function(x), &outer[i..=i]))[0]).collect();
                assert_close(&gradient, &expected, "∂x");
            }
        }
    }

    #[test]
    fn a_biass_gradient_is_the_sum_over_the_tokens() {
        for (tokens, width) in [(1, 5), (3, 130), (17, 300)] {
            let outer = draws("outer", tokens * width);
            let loss = |bias: &[f64]| dot(&bias.repeat(tokens), &outer);
            let expected = numeric_gradient(&draws("bias", width), loss);
            let mut written = vec![f32::NAN; width];
            bias_backward(&mut written, &outer, Write::Set);
            assert_close(&written, &expected, "∂bias");
            let mut added = written.clone();
            bias_backward(&mut added, &outer, Write::Add);
            assert_close(&added, &expected.iter().map(|e| 2.0 * e).collect::<Vec<_>>(), "∂bias twice");
        }
    }
}
