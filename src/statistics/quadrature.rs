//! An integral over a finite interval, and the root of a rising function, both in a fixed order of operations.

use std::f64::consts::FRAC_PI_2;

/// Distance of the nodes before the transformation. A bell of a twelfth of half the interval is met to 1e-15.
const STEP: f64 = 1.0 / 32.0;
/// Nodes on either side of the middle: the outermost are at 1e-17 of the interval's length from its ends.
const NODES: i32 = 104;

/// ∫ f over [low, high] by the tanh-sinh rule, which takes integrands that are not smooth at the ends (Takahasi and Mori
/// 1974). 0 for an empty interval.
pub(super) fn integral(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let length = high - low;
    if length <= 0.0 {
        return 0.0;
    }
    let node = |at: i32| {
        let t = f64::from(at) * STEP;
        let (grown, shrunk) = (libm::exp(t), libm::exp(-t));
        // the share of the interval to the left, and its derivative
        let u = FRAC_PI_2 * (grown - shrunk);
        let odds = libm::exp(-u);
        let share = 1.0 / (1.0 + odds);
        let slope = FRAC_PI_2 * (grown + shrunk) * odds * share * share;
        slope * f(low + length * share)
    };
    length * STEP * (-NODES..=NODES).map(node).sum::<f64>()
}

/// Where `f` is 0 between `low`, where it is negative, and `high`, where it is not, to the last bits: false position in
/// the Illinois form (Dowell and Jarratt 1971), which halves the end that stays.
pub(super) fn root(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut below, mut above) = (f(low), f(high));
    let mut last = 0.0;
    for _ in 0..200 {
        if high - low <= 1e-14 * high.abs() {
            break;
        }
        let straight = high - above * (high - low) / (above - below);
        let at = if straight > low && straight < high { straight } else { low + (high - low) / 2.0 };
        if at <= low || at >= high {
            break;
        }
        let value = f(at);
        if value == 0.0 {
            return at;
        }
        if value < 0.0 {
            (low, below) = (at, value);
            above = if last < 0.0 { above / 2.0 } else { above };
        } else {
            (high, above) = (at, value);
            below = if last > 0.0 { below / 2.0 } else { below };
        }
        last = value;
    }
    low + (high - low) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrals_of_known_value_are_met() {
        assert!((integral(0.0, 1.0, |x| x * x) - 1.0 / 3.0).abs() < 1e-15);
        // not smooth at 0
        assert!((integral(0.0, 4.0, f64::sqrt) - 16.0 / 3.0).abs() < 1e-14);
        let bell = |x: f64| libm::exp(-x * x / 2.0);
        assert!((integral(-12.0, 12.0, bell) - std::f64::consts::TAU.sqrt()).abs() < 1e-14);
        assert_eq!(integral(1.0, 1.0, |_| 1.0), 0.0);
    }

    #[test]
    fn roots_are_found_between_the_ends() {
        assert!((root(0.0, 10.0, |x| x * x - 2.0) - std::f64::consts::SQRT_2).abs() < 1e-13);
        // flat at both ends
        assert!((root(-40.0, 60.0, |x| libm::atan(x - 3.0)) - 3.0).abs() < 1e-13);
    }
}
