//! The activation between the feed-forward products, and the column sums that are the gradient of a bias.

use crate::engine::product::Write;
use crate::model::Activation;

use super::math::{gelu, gelu_gradient, gelu_tanh, gelu_tanh_gradient, relu, relu_gradient, silu, silu_gradient};
use super::team::chunks;
use super::{COLUMNS_A_TASK, ROWS_A_TASK};

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
            Activation::Silu => silu_chunk(out, x),
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
            Activation::Silu => silu_backward_chunk(gradient, x),
        }
    });
}

/// out = activation(a)·b, where each row of x is a, then b (Shazeer 2020); out: `[rows, width]`, x: `[rows, 2·width]`.
pub fn gate(out: &mut [f32], x: &[f32], width: usize, activation: Activation) {
    chunks([out], [width * ROWS_A_TASK], |task, [out]| {
        let x = &x[task * ROWS_A_TASK * 2 * width..];
        match activation {
            Activation::Gelu => gelu_gate(out, x, width),
            Activation::GeluTanh => gelu_tanh_gate(out, x, width),
            Activation::Relu => relu_gate(out, x, width),
            Activation::Silu => silu_gate(out, x, width),
        }
    });
}

/// ∂x from ∂out, `outer`: ∂a = ∂out·b·activation'(a), ∂b = ∂out·activation(a). Shapes as in [`gate`].
pub fn gate_backward(gradient: &mut [f32], outer: &[f32], x: &[f32], width: usize, activation: Activation) {
    chunks([gradient], [2 * width * ROWS_A_TASK], |task, [gradient]| {
        let (x, outer) = (&x[task * ROWS_A_TASK * 2 * width..], &outer[task * ROWS_A_TASK * width..]);
        match activation {
            Activation::Gelu => gelu_gate_backward(gradient, outer, x, width),
            Activation::GeluTanh => gelu_tanh_gate_backward(gradient, outer, x, width),
            Activation::Relu => relu_gate_backward(gradient, outer, x, width),
            Activation::Silu => silu_gate_backward(gradient, outer, x, width),
        }
    });
}

/// A function and its gradient over a chunk, each a vector loop; the same with a gate.
macro_rules! functions {
    (
        $forward:ident, $backward:ident, $gate:ident, $gate_backward:ident, $function:ident, $derivative:ident
    ) => {
        simd! {
        fn $gate(out: &mut [f32], x: &[f32], width: usize) {
            for (out, x) in out.chunks_exact_mut(width).zip(x.chunks_exact(2 * width)) {
                let (a, b) = x.split_at(width);
                for ((o, a), b) in out.iter_mut().zip(a).zip(b) {
                    *o = $function(*a) * b;
                }
            }
        }
        }

        simd! {
        fn $gate_backward(gradient: &mut [f32], outer: &[f32], x: &[f32], width: usize) {
            let rows = gradient.chunks_exact_mut(2 * width).zip(outer.chunks_exact(width));
            for ((gradient, outer), x) in rows.zip(x.chunks_exact(2 * width)) {
                let ((da, db), (a, b)) = (gradient.split_at_mut(width), x.split_at(width));
                for ((((da, db), o), a), b) in da.iter_mut().zip(db).zip(outer).zip(a).zip(b) {
                    *da = o * b * $derivative(*a);
                    *db = o * $function(*a);
                }
            }
        }
        }

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

functions!(gelu_chunk, gelu_backward_chunk, gelu_gate, gelu_gate_backward, gelu, gelu_gradient);
functions!(
    gelu_tanh_chunk,
    gelu_tanh_backward_chunk,
    gelu_tanh_gate,
    gelu_tanh_gate_backward,
    gelu_tanh,
    gelu_tanh_gradient
);
functions!(relu_chunk, relu_backward_chunk, relu_gate, relu_gate_backward, relu, relu_gradient);
functions!(silu_chunk, silu_backward_chunk, silu_gate, silu_gate_backward, silu, silu_gradient);

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
        let all: [(Activation, Reference); 4] = [
            (Activation::Gelu, reference::gelu),
            (Activation::GeluTanh, reference::gelu_tanh),
            (Activation::Relu, reference::relu),
            (Activation::Silu, reference::silu),
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
    fn gates_and_their_gradients_are_those_of_the_reference() {
        type Reference = fn(&[f64]) -> Vec<f64>;
        let all: [(Activation, Reference); 4] = [
            (Activation::Gelu, reference::gelu),
            (Activation::GeluTanh, reference::gelu_tanh),
            (Activation::Relu, reference::relu),
            (Activation::Silu, reference::silu),
        ];
        for (activation, function) in all {
            for (rows, width) in [(1, 5), (ROWS_A_TASK + 1, 18)] {
                let (x, outer) = (draws("x", rows * 2 * width), draws("outer", rows * width));
                let reference = |x: &[f64]| -> Vec<f64> {
                    let row = |x: &[f64]| -> Vec<f64> {
                        let (a, b) = x.split_at(width);
                        function(a).iter().zip(b).map(|(a, b)| a * b).collect()
                    };
                    x.chunks_exact(2 * width).flat_map(row).collect()
                };
                let mut out = vec![f32::NAN; outer.len()];
                gate(&mut out, &x, width, activation);
                assert_close(&out, &reference(&wide(&x)), "out");
                let mut gradient = vec![f32::NAN; x.len()];
                gate_backward(&mut gradient, &outer, &x, width, activation);
                assert_close(&gradient, &numeric_gradient(&x, |x| dot(&reference(x), &outer)), "∂x");
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
