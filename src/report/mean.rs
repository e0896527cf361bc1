//! The mean of a score with its interval as a cell. It does not know where scores are from.

use crate::spec::Settings;
use crate::statistics::{Run, SeedSummary};

/// What stands behind a mean over seeds, said below a table.
pub(super) const SPREAD: &str = "mean ± half of the 95 % interval over seeds";

/// `0.6428 ± 0.0063`: the mean and the larger distance from it to an end of its interval, rounded up; the mean alone where
/// there is no interval.
pub fn mean_text(summary: &SeedSummary) -> String {
    let mean = format!("{:.4}", summary.mean);
    summary.half_width().map_or(mean.clone(), |half| format!("{mean} ± {:.4}", rounded_up(half)))
}

/// To four decimals; what is a rounding error over them is not rounded up.
fn rounded_up(half: f64) -> f64 {
    (half * 1e4 - 1e-6).ceil() / 1e4
}

/// The run of a job with these settings.
pub(super) fn run(settings: &Settings, score: f64) -> Run {
    Run { data_seed: settings.data.subset_seed, seed: settings.train.seed, score }
}
