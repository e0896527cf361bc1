//! Runs that came to nothing, beside others of their setting.

use super::runs::Run;

/// A run that collapsed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Collapsed {
    /// The run.
    pub run: Run,
    /// The median score of the other runs of its setting.
    pub median_of_others: f64,
}

/// The runs of a setting whose score is under half the median of its other runs, in their order; none of fewer than three
/// runs. They stay in every test and mean.
pub fn collapsed(runs: &[Run]) -> Vec<Collapsed> {
    if runs.len() < 3 {
        return Vec::new();
    }
    let check = |(at, run): (usize, &Run)| {
        let others = runs.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other.score);
        let median_of_others = median(others.collect());
        (run.score < median_of_others / 2.0).then_some(Collapsed { run: *run, median_of_others })
    };
    runs.iter().enumerate().filter_map(check).collect()
}

/// The median of one number or more.
fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    if numbers.len() % 2 == 1 { numbers[middle] } else { (numbers[middle - 1] + numbers[middle]) / 2.0 }
}
