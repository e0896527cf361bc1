//! A difference with its standard error as a t test: p and interval. It knows no seeds.

use super::distributions::{student_quantile, student_two_sided};
use super::runs::{EQUAL, LEVEL, mean, standard_deviation};

/// A difference, tested against 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TTest {
    /// The difference of the means.
    pub difference: f64,
    /// Its standard error; 0 where the values do not vary.
    pub se: f64,
    /// Degrees of freedom; none where they are not defined for want of spread.
    pub df: Option<f64>,
    /// difference / se; none without spread.
    pub t: Option<f64>,
    /// Two-sided; without spread 1 if the difference is 0, else none.
    pub p: Option<f64>,
    /// 95 %, cut at ±1; none without spread.
    pub interval: Option<(f64, f64)>,
}

impl TTest {
    /// The one-sample test over two units or more.
    pub(super) fn of_units(units: &[f64]) -> Self {
        let n = units.len() as f64;
        Self::new(mean(units), standard_deviation(units) / n.sqrt(), Some(n - 1.0))
    }

    /// The test of `difference` with standard error `se`.
    pub(super) fn new(difference: f64, se: f64, df: Option<f64>) -> Self {
        match df {
            Some(freedom) if se > 0.0 => {
                let t = difference / se;
                let half = student_quantile(LEVEL / 2.0, freedom) * se;
                let interval = cut(difference, half);
                Self {
                    difference,
                    se,
                    df,
                    t: Some(t),
                    p: Some(student_two_sided(t, freedom)),
                    interval: Some(interval),
                }
            }
            _ => {
                let is_zero = difference.abs() < EQUAL;
                let difference = if is_zero { 0.0 } else { difference };
                Self { difference, se: 0.0, df, t: None, p: is_zero.then_some(1.0), interval: None }
            }
        }
    }
}

/// difference ± half, cut at ±1: no difference of scores is larger.
pub(super) fn cut(difference: f64, half: f64) -> (f64, f64) {
    ((difference - half).max(-1.0), (difference + half).min(1.0))
}
