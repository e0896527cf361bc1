//! Scalar functions in one fixed sequence of operations each, so that their bits do not depend on the C library or the
//! vector width. None branches, so that loops around them become vector loops.

/// log2(e)
const LOG2_E: f32 = std::f32::consts::LOG2_E;
/// ln(2) in two parts, the first with trailing zeros so that its product with an integer is exact.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;
/// Adding it rounds to an integer, which is then in the low bits of the mantissa.
const ROUND: f32 = 12_582_912.0;

/// e^x for x up to 88, to 2 units in the last place; below -87 it stays at e^-87.
///
/// x = n·ln 2 + r with |r| ≤ ln(2)/2, e^r by its Taylor series to the seventh power (remainder 5e-9).
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    let shifted = x.mul_add(LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = n.mul_add(-LN2_LOW, n.mul_add(-LN2_HIGH, x));
    let mut series = 1.0 / 5040.0;
    for coefficient in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        series = r.mul_add(series, coefficient);
    }
    series * f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23))
}

/// The standard normal distribution function Φ(x), given `gauss` = e^(-x²/2); absolute error 1e-7.
///
/// erfc(z) = e^(-z²)·t·Q(t), t = 1/(1 + 0.45·z), in the form of Abramowitz and Stegun 7.1.26, with coefficients of the
/// sixth degree fitted to erfc by iteratively reweighted least squares (largest error 1.05e-9 on 0 ≤ z ≤ 4.3).
#[inline(always)]
fn normal_distribution(x: f32, gauss: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / z.mul_add(0.45, 1.0);
    let mut q = 0.092_569_2;
    for coefficient in [-0.494_102_24, 0.857_163_67, -0.375_798_5, 0.460_168_1, 0.201_010_17, 0.258_989_6] {
        q = t.mul_add(q, coefficient);
    }
    let tail = 0.5 * (gauss * (t * q));
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// x·Φ(x): Hendrycks and Gimpel 2016, with the error function, as transformers' `gelu`.
#[inline(always)]
pub(super) fn gelu(x: f32) -> f32 {
    x * normal_distribution(x, exp(x * x * -0.5))
}

/// The derivative of [`gelu`]: Φ(x) + x·φ(x).
#[inline(always)]
pub(super) fn gelu_gradient(x: f32) -> f32 {
    /// 1/√(2π)
    const DENSITY: f32 = 0.398_942_3;
    let gauss = exp(x * x * -0.5);
    (x * DENSITY).mul_add(gauss, normal_distribution(x, gauss))
}

/// σ(2u) and 1 - σ(2u) with u = √(2/π)·(x + 0.044715·x³), for x within [`GELU_TANH_REACH`]; the second not as a
/// difference, which would lose its digits where the first is near 1.
#[inline(always)]
fn gelu_tanh_gates(x: f32) -> [f32; 2] {
    /// 2·√(2/π)
    const SCALE: f32 = 1.595_769_2;
    let power = exp(-SCALE * (x * x * x).mul_add(0.044_715, x));
    let gate = 1.0 / (1.0 + power);
    [gate, power * gate]
}

/// Beyond it the gate is 0 or 1 in float32.
const GELU_TANH_REACH: f32 = 20.0;

/// x·(1 + tanh u)/2 = x·σ(2u): Hendrycks and Gimpel's approximation, transformers' `gelu_new`.
#[inline(always)]
pub(super) fn gelu_tanh(x: f32) -> f32 {
    let [gate, _] = gelu_tanh_gates(x.clamp(-GELU_TANH_REACH, GELU_TANH_REACH));
    x * gate
}

/// The derivative of [`gelu_tanh`]: s + x·s·(1-s)·2u' with the gate s and u' = √(2/π)·(1 + 3·0.044715·x²).
#[inline(always)]
pub(super) fn gelu_tanh_gradient(x: f32) -> f32 {
    /// 2·√(2/π) and 3·0.044715 times it
    const INNER: [f32; 2] = [1.595_769_2, 0.214_064_45];
    let x = x.clamp(-GELU_TANH_REACH, GELU_TANH_REACH);
    let [gate, complement] = gelu_tanh_gates(x);
    (x * (x * x).mul_add(INNER[1], INNER[0])).mul_add(gate * complement, gate)
}

/// σ(x) and 1 - σ(x), for x within [`SILU_REACH`]; the second not as a difference.
#[inline(always)]
fn logistic(x: f32) -> [f32; 2] {
    let power = exp(-x);
    let share = 1.0 / (1.0 + power);
    [share, power * share]
}

/// Above it σ is 1 in float32; below its negative, x·σ(x) is as good as 0.
const SILU_REACH: f32 = 85.0;

/// x·σ(x): Elfwing, Uchibe and Doya 2018, transformers' `silu`.
#[inline(always)]
pub(super) fn silu(x: f32) -> f32 {
    let x = x.clamp(-SILU_REACH, f32::INFINITY);
    let [share, _] = logistic(x);
    x * share
}

/// The derivative of [`silu`]: σ + x·σ·(1-σ).
#[inline(always)]
pub(super) fn silu_gradient(x: f32) -> f32 {
    let x = x.clamp(-SILU_REACH, SILU_REACH);
    let [share, complement] = logistic(x);
    x.mul_add(share * complement, share)
}

/// max(x, 0); NaN for NaN.
#[inline(always)]
pub(super) fn relu(x: f32) -> f32 {
    if x < 0.0 { 0.0 } else { x }
}

/// The derivative of [`relu`]; 0 at 0, as in torch.
#[inline(always)]
pub(super) fn relu_gradient(x: f32) -> f32 {
    if x > 0.0 { 1.0 } else { 0.0 }
}

/// The sum of 16 lanes, as a tree.
#[inline(always)]
pub(super) fn sum_lanes(lanes: [f32; 16]) -> f32 {
    let mut sums = lanes;
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
    }
    sums[0]
}

/// Σ f(i) over 0 ≤ i < `len` in 16 lanes: element i goes to lane i mod 16, in order.
#[inline(always)]
pub(super) fn sum_by_lanes(len: usize, f: impl Fn(usize) -> f32) -> f32 {
    let mut lanes = [0.0f32; 16];
    let whole = len / 16 * 16;
    for at in (0..whole).step_by(16) {
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += f(at + lane);
        }
    }
    for at in whole..len {
        lanes[at - whole] += f(at);
    }
    sum_lanes(lanes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> impl Iterator<Item = f32> {
        (-86_000..=87_000).map(|i| i as f32 * 1e-3)
    }

    #[test]
    fn exp_is_within_two_units_in_the_last_place() {
        for x in grid() {
            let exact = libm::exp(f64::from(x));
            let error = (f64::from(exp(x)) - exact).abs() / exact;
            assert!(error < 2.5e-7, "{x}: {error}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(-1000.0) < 1.7e-38 && exp(-1000.0) >= 0.0);
    }

    #[test]
    fn gelu_is_within_rounding_of_the_error_functions_form() {
        for x in grid().map(|x| x * 0.2) {
            let wide = f64::from(x);
            let exact = wide * 0.5 * (1.0 + libm::erf(wide / std::f64::consts::SQRT_2));
            assert!((f64::from(gelu(x)) - exact).abs() < 2e-7 * wide.abs().max(1.0), "{x}");
        }
    }

    #[test]
    fn gelus_slope_is_its_derivative() {
        let wide = |x: f64| x * 0.5 * (1.0 + libm::erf(x / std::f64::consts::SQRT_2));
        for x in grid().map(|x| x * 0.1) {
            let step = 1e-6;
            let gradient = (wide(f64::from(x) + step) - wide(f64::from(x) - step)) / (2.0 * step);
            assert!((f64::from(gelu_gradient(x)) - gradient).abs() < 3e-7, "{x}");
        }
    }

    #[test]
    fn gelu_by_tanh_and_its_slope_are_within_rounding() {
        let root = (2.0 / std::f64::consts::PI).sqrt();
        let wide = |x: f64| 0.5 * x * (1.0 + libm::tanh(root * (x + 0.044_715 * x * x * x)));
        for x in grid().map(|x| x * 0.4) {
            let (exact, step) = (wide(f64::from(x)), 1e-6);
            assert!((f64::from(gelu_tanh(x)) - exact).abs() < 3e-7 * f64::from(x).abs().max(1.0), "{x}");
            let gradient = (wide(f64::from(x) + step) - wide(f64::from(x) - step)) / (2.0 * step);
            assert!(
                (f64::from(gelu_tanh_gradient(x)) - gradient).abs() < 5e-7,
                "{x}: {} {gradient}",
                gelu_tanh_gradient(x)
            );
        }
        for x in [f32::MAX, 1e20] {
            assert_eq!((gelu_tanh(x), gelu_tanh_gradient(x)), (x, 1.0));
            assert!(gelu_tanh_gradient(-x).abs() < 1e-30);
        }
        assert!(gelu_tanh(f32::NAN).is_nan());
    }

    #[test]
    fn silu_and_its_slope_are_within_rounding() {
        let share = |x: f64| 1.0 / (1.0 + libm::exp(-x));
        for x in grid() {
            let wide = f64::from(x);
            let exact = wide * share(wide);
            assert!((f64::from(silu(x)) - exact).abs() < 5e-7 * exact.abs().max(1e-3), "{x}: {} {exact}", silu(x));
            let gradient = share(wide) * (1.0 + wide * share(-wide));
            assert!((f64::from(silu_gradient(x)) - gradient).abs() < 3e-7, "{x}: {} {gradient}", silu_gradient(x));
        }
        for x in [f32::MAX, 1e20] {
            assert_eq!((silu(x), silu_gradient(x)), (x, 1.0));
            assert!(silu(-x).abs() < 1e-30 && silu_gradient(-x).abs() < 1e-30);
        }
        assert!(silu(f32::NAN).is_nan());
    }

    #[test]
    fn relu_hides_no_number_that_is_none() {
        assert_eq!([-2.0, -0.0, 0.0, 3.0].map(relu), [0.0, 0.0, 0.0, 3.0]);
        assert_eq!([-2.0, -0.0, 0.0, 3.0].map(relu_gradient), [0.0, 0.0, 0.0, 1.0]);
        assert!(relu(f32::NAN).is_nan());
    }

    #[test]
    fn a_sum_by_lanes_holds_every_element() {
        for len in [0, 1, 15, 16, 17, 100] {
            assert_eq!(sum_by_lanes(len, |i| i as f32), (0..len).sum::<usize>() as f32);
        }
    }
}
