//! The difference that a test often misses.

use super::distributions::{normal_quantile, power, student_quantile};
use super::quadrature::root;
use super::runs::LEVEL;

/// The share of repetitions in which a detectable difference is called.
const POWER: f64 = 0.8;

/// The threshold that p of a row within noise is held to by Holm: `tested` rows, `beyond` of them beyond noise.
pub fn threshold(tested: usize, beyond: usize) -> f64 {
    LEVEL / tested.saturating_sub(beyond).max(1) as f64
}

/// The true difference that a test with standard error `se` and `df` degrees of freedom (none: normal) calls in 80 of 100
/// repetitions at `threshold`, from the noncentral t (Card et al. 2020 on power in NLP). The sum of two quantiles would be
/// up to 20 % too small. 0 without spread.
pub fn detectable(se: f64, df: Option<f64>, threshold: f64) -> f64 {
    let critical = match df {
        Some(df) => student_quantile(threshold / 2.0, df),
        None => normal_quantile(threshold / 2.0),
    };
    se * root(0.0, 4.0 * critical + 20.0, |shift| power(shift, critical, df) - POWER)
}
