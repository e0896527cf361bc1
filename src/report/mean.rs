//! The mean of a score with its interval as a cell. It does not know where scores are from.

use crate::spec::Settings;
use crate::statistics::{Run, SeedSummary};

/// What stands behind a mean over folds, said below a table.
pub(super) const OVER_FOLDS: &str = "sd: standard deviation over the folds. They share training rows, so that no \
                                     interval or test follows from it (docs/statistics.md)";

/// What stands behind a mean over seeds, said below a table.
pub(super) const SPREAD: &str = "±: 95 % interval of the mean over seeds";

/// `0.6428 ±0.0063`: the mean and the larger distance from it to an end of its interval, rounded up; the mean alone where
/// there is no interval.
pub fn mean_text(summary: &SeedSummary) -> String {
    with_spread(summary.mean, summary.half_width().map(|half| ('±', half)))
}

/// A mean; behind it a sign and a half-width.
pub(super) fn with_spread(mean: f64, spread: Option<(char, f64)>) -> String {
    let spread = spread.map_or_else(String::new, |(sign, half)| format!(" {sign}{:.4}", rounded_up(half)));
    format!("{mean:.4}{spread}")
}

/// A mean over folds, with their standard deviation.
pub(super) fn with_deviation(mean: f64, sd: Option<f64>) -> String {
    sd.map_or_else(|| format!("{mean:.4}"), |sd| format!("{mean:.4} (sd {sd:.4})"))
}

/// To four decimals; what is a rounding error over them is not rounded up.
fn rounded_up(half: f64) -> f64 {
    (half * 1e4 - 1e-6).ceil() / 1e4
}

/// The run of a job with these settings.
pub(super) fn run(settings: &Settings, score: f64) -> Run {
    Run { data_seed: settings.data.subset_seed, seed: settings.train.seed, score }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_widths_are_rounded_up() {
        assert_eq!([0.01231, 0.0123, 0.1 + 0.2].map(rounded_up), [0.0124, 0.0123, 0.3]);
        assert_eq!(with_spread(0.5, Some(('~', 0.01))), "0.5000 ~0.0100");
    }
}
