//! Layer norm, and the residual sum before it.
//!
//! Ba, Kiros and Hinton 2016. With x̂ = (s - mean)/√(variance + ε): y = γ·x̂ + β. Backward, with d = γ·∂y:
//! ∂s = (d - mean(d) - x̂·mean(d·x̂)) / √(variance + ε), ∂γ = Σ ∂y·x̂ and ∂β = Σ ∂y over tokens.
//!
//! A norm that is not centered (Zhang and Sennrich 2019) has 0 for the mean: x̂ = s/√(mean(s²) + ε), and
//! ∂s = (d - x̂·mean(d·x̂)) / √(mean(s²) + ε).

use crate::engine::batch::TokenPositions;
use crate::engine::mask::Mask;
use crate::engine::operations::STATISTICS;
use crate::engine::product::Write;

use super::math::sum_by_lanes;
use super::team::chunks;
use super::{COLUMNS_A_TASK, ROWS_A_TASK};

/// A norm's parameters.
#[derive(Debug, Clone, Copy)]
pub struct Norm<'a> {
    /// γ: `[hidden]`
    pub weight: &'a [f32],
    /// β: `[hidden]`
    pub bias: &'a [f32],
    /// ε
    pub epsilon: f32,
    /// Whether the mean is taken off first.
    pub centered: bool,
}

/// The gradients of a norm's parameters.
#[derive(Debug)]
pub struct NormGradients<'a> {
    /// ∂γ: `[hidden]`
    pub weight: &'a mut [f32],
    /// ∂β: `[hidden]`
    pub bias: &'a mut [f32],
}

/// The residual that [`forward`] adds before the norm.
#[derive(Debug, Clone, Copy)]
pub struct Residual<'a> {
    /// `[tokens, hidden]`
    pub values: &'a [f32],
    /// Dropout of the sum before the residual is added.
    pub mask: Option<Mask>,
    /// Which tokens the rows are.
    pub tokens: TokenPositions<'a>,
}

/// out = norm(sum). With a residual, sum first becomes dropout(sum) + residual.
///
/// sum, out: `[tokens, hidden]`; statistics: `[tokens, 2]`.
pub fn forward(
    out: &mut [f32],
    sum: &mut [f32],
    statistics: &mut [f32],
    norm: Norm<'_>,
    residual: Option<Residual<'_>>,
) {
    let width = norm.weight.len();
    let sizes = [width, width, STATISTICS].map(|size| size * ROWS_A_TASK);
    chunks([out, sum, statistics], sizes, |task, [out, sum, statistics]| {
        if let Some(residual) = &residual {
            add_residual(sum, width, residual, task * ROWS_A_TASK);
        }
        normalize(out, sum, statistics, norm);
    });
}

simd! {
fn add_residual(sum: &mut [f32], width: usize, residual: &Residual<'_>, first: usize) {
    for (row, sum) in sum.chunks_exact_mut(width).enumerate() {
        let token = first + row;
        if let Some(mask) = &residual.mask {
            mask.apply(sum, residual.tokens.examples[token], residual.tokens.positions[token]);
        }
        for (s, r) in sum.iter_mut().zip(&residual.values[token * width..]) {
            *s += r;
        }
    }
}
}

simd! {
fn normalize(out: &mut [f32], sum: &[f32], statistics: &mut [f32], norm: Norm<'_>) {
    let Norm { weight, bias, epsilon, centered } = norm;
    let width = weight.len();
    let scale = 1.0 / width as f32;
    let rows = out.chunks_exact_mut(width).zip(sum.chunks_exact(width));
    for ((out, sum), statistics) in rows.zip(statistics.chunks_exact_mut(STATISTICS)) {
        let mean = if centered { sum_by_lanes(width, |i| sum[i]) * scale } else { 0.0 };
        let variance = sum_by_lanes(width, |i| (sum[i] - mean) * (sum[i] - mean)) * scale;
        let reciprocal = 1.0 / (variance + epsilon).sqrt();
        (statistics[0], statistics[1]) = (mean, reciprocal);
        for (((o, s), w), b) in out.iter_mut().zip(sum).zip(weight).zip(bias) {
            *o = ((s - mean) * reciprocal).mul_add(*w, *b);
        }
    }
}
}

/// `gradient` turns from ∂out into ∂sum. Shapes as in [`forward`].
pub fn backward(gradient: &mut [f32], sum: &[f32], statistics: &[f32], weight: &[f32], centered: bool) {
    let width = weight.len();
    chunks([gradient], [width * ROWS_A_TASK], |task, [gradient]| {
        let first = task * ROWS_A_TASK;
        backward_rows(gradient, &sum[first * width..], &statistics[first * STATISTICS..], weight, centered);
    });
}

simd! {
fn backward_rows(gradient: &mut [f32], sum: &[f32], statistics: &[f32], weight: &[f32], centered: bool) {
    let width = weight.len();
    let scale = 1.0 / width as f32;
    let rows = gradient.chunks_exact_mut(width).zip(sum.chunks_exact(width));
    for ((gradient, sum), statistics) in rows.zip(statistics.chunks_exact(STATISTICS)) {
        let (mean, reciprocal) = (statistics[0], statistics[1]);
        let sum = &sum[..width];
        let along = if centered { sum_by_lanes(width, |i| gradient[i] * weight[i]) * scale } else { 0.0 };
        let across = sum_by_lanes(width, |i| gradient[i] * weight[i] * ((sum[i] - mean) * reciprocal)) * scale;
        for ((g, s), w) in gradient.iter_mut().zip(sum).zip(weight) {
            let normal = (s - mean) * reciprocal;
            *g = reciprocal * (*g * w - along - normal * across);
        }
    }
}
}

/// ∂γ and ∂β from ∂out, summed over the tokens in order.
pub fn parameters_backward(
    NormGradients { weight, bias }: NormGradients<'_>,
    gradient: &[f32],
    sum: &[f32],
    statistics: &[f32],
    write: Write,
) {
    let width = weight.len();
    chunks([weight, bias], [COLUMNS_A_TASK; 2], |block, [weight, bias]| {
        if write == Write::Set {
            weight.fill(0.0);
            bias.fill(0.0);
        }
        parameters_block([weight, bias], gradient, sum, statistics, [block * COLUMNS_A_TASK, width]);
    });
}

simd! {
fn parameters_block(
    [weight, bias]: [&mut [f32]; 2], gradient: &[f32], sum: &[f32], statistics: &[f32], [first, width]: [usize; 2],
) {
    for (token, statistics) in statistics.chunks_exact(STATISTICS).enumerate() {
        let (mean, reciprocal) = (statistics[0], statistics[1]);
        let (gradient, sum) = (&gradient[token * width + first..], &sum[token * width + first..]);
        for (((w, b), g), s) in weight.iter_mut().zip(bias.iter_mut()).zip(gradient).zip(sum) {
            *w += g * ((s - mean) * reciprocal);
            *b += g;
        }
    }
}
}

#[cfg(test)]
mod tests {
    use super::super::reference::{self, assert_close, dot, draws, numeric_gradient, wide};
    use super::*;
    use crate::random::Stream;

    const EPSILON: f32 = 1e-5;

    /// Tokens and width of each check.
    const SHAPES: [[usize; 2]; 4] = [[1, 5], [3, 33], [17, 20], [18, 150]];

    fn positions(tokens: usize) -> Vec<u32> {
        (0..tokens as u32).collect()
    }

    /// Checks forward and every gradient at one shape, with or without a residual, and that with dropout or without.
    fn check(shape: [usize; 2], residual: bool, mask: Option<Mask>) {
        [true, false].into_iter().for_each(|centered| check_kind(shape, residual, mask, centered));
    }

    fn check_kind([tokens, width]: [usize; 2], residual: bool, mask: Option<Mask>, centered: bool) {
        let norm = if centered { reference::norm } else { reference::mean_square_norm };
        let draw = |name| draws(name, tokens * width);
        let (sum, branch, outer) = (draw("sum"), draw("residual"), draw("outer"));
        let [weight, bias] = ["weight", "bias"].map(|name| draws(name, width));
        let (examples, positions) = (vec![4; tokens], positions(tokens));
        let at = TokenPositions { examples: &examples, positions: &positions };
        let mut factors = vec![1.0; tokens * width];
        if let Some(mask) = &mask {
            super::super::dropout::rows(&mut factors, width, mask, at);
            assert!(factors.contains(&0.0), "the check needs dropped elements");
        }
        let added = |sum: &[f64], branch: &[f64]| -> Vec<f64> {
            let parts = sum.iter().zip(branch).zip(&factors);
            parts.map(|((s, b), f)| if residual { s * f64::from(*f) + b } else { *s }).collect()
        };
        let loss = |sum: &[f64], branch: &[f64], weight: &[f64], bias: &[f64]| {
            dot(&norm(&added(sum, branch), [weight, bias], f64::from(EPSILON)), &outer)
        };
        let [s, r, w, b] = [&sum, &branch, &weight, &bias].map(|values| wide(values));

        let (mut out, mut kept, mut statistics) = (vec![f32::NAN; sum.len()], sum.clone(), vec![f32::NAN; 2 * tokens]);
        let add = residual.then_some(Residual { values: &branch, mask, tokens: at });
        let parameters = Norm { weight: &weight, bias: &bias, epsilon: EPSILON, centered };
        forward(&mut out, &mut kept, &mut statistics, parameters, add);
        assert_close(&kept, &added(&s, &r), "sum");
        assert_close(&out, &norm(&added(&s, &r), [&w, &b], f64::from(EPSILON)), "out");

        let [mut weight_gradient, mut bias_gradient] = [(); 2].map(|()| vec![f32::NAN; width]);
        for (write, times) in [(Write::Set, 1.0), (Write::Add, 2.0)] {
            let gradients = NormGradients { weight: &mut weight_gradient, bias: &mut bias_gradient };
            parameters_backward(gradients, &outer, &kept, &statistics, write);
            let expected =
                [numeric_gradient(&weight, |w| loss(&s, &r, w, &b)), numeric_gradient(&bias, |b| loss(&s, &r, &w, b))]
                    .map(|gradients| gradients.iter().map(|gradient| times * gradient).collect::<Vec<_>>());
            assert_close(&weight_gradient, &expected[0], "∂γ");
            assert_close(&bias_gradient, &expected[1], "∂β");
        }
        let mut gradient = outer.clone();
        backward(&mut gradient, &kept, &statistics, &weight, centered);
        if residual {
            assert_close(&gradient, &numeric_gradient(&branch, |r| loss(&s, r, &w, &b)), "∂residual");
        }
        if let Some(mask) = &mask {
            super::super::dropout::rows(&mut gradient, width, mask, at);
        }
        assert_close(&gradient, &numeric_gradient(&sum, |s| loss(s, &r, &w, &b)), "∂sum");
    }

    #[test]
    fn a_norm_and_its_gradients_are_those_of_the_reference() {
        SHAPES.into_iter().for_each(|shape| check(shape, false, None));
    }

    #[test]
    fn a_norm_after_a_residual_sum_and_its_gradients_are_those_of_the_reference() {
        SHAPES.into_iter().for_each(|shape| check(shape, true, None));
    }

    #[test]
    fn a_norm_after_dropout_and_a_residual_sum_and_its_gradients_are_those_of_the_reference() {
        let mask = Mask::new(Stream::new(42, "dropout", 0), 3, 0.4);
        SHAPES.into_iter().for_each(|shape| check(shape, true, mask));
    }
}
