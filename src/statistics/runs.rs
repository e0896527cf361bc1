//! One run of a setting: its two seeds and its score.

use std::collections::{BTreeMap, BTreeSet};

/// The level of every test, two-sided: 5 %. Intervals cover 95 %.
pub const LEVEL: f64 = 0.05;

/// Means of six-decimal scores that are nearer than this are equal: what parts them is rounding of float64.
pub(super) const EQUAL: f64 = 1e-12;

/// One run of a setting, as a row of results.csv has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// The seed that chose the training sentences.
    pub data_seed: u64,
    /// The training seed.
    pub seed: u64,
    /// The score, from 0 to 1, rounded to six decimals.
    pub score: f64,
}

/// What identifies a run within its setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeedPair {
    /// The seed that chose the training sentences.
    pub data_seed: u64,
    /// The training seed.
    pub seed: u64,
}

impl Run {
    /// Its seeds.
    pub fn pair(&self) -> SeedPair {
        SeedPair { data_seed: self.data_seed, seed: self.seed }
    }
}

/// The means that count as independent, in the order of their seeds: those of data seeds where there are two or more,
/// otherwise the values themselves, one a training seed.
pub(super) fn units(values: &BTreeMap<SeedPair, f64>) -> Vec<f64> {
    if data_seeds(values) < 2 { values.values().copied().collect() } else { data_means(values) }
}

/// The means of the data seeds, in their order.
pub(super) fn data_means(values: &BTreeMap<SeedPair, f64>) -> Vec<f64> {
    let mut groups: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (pair, value) in values {
        groups.entry(pair.data_seed).or_default().push(*value);
    }
    groups.values().map(|group| mean(group)).collect()
}

/// How many data seeds there are.
pub(super) fn data_seeds(values: &BTreeMap<SeedPair, f64>) -> usize {
    values.keys().map(|pair| pair.data_seed).collect::<BTreeSet<u64>>().len()
}

/// Scores by seeds; of two runs with the same seeds the last counts.
pub(super) fn by_seeds(runs: &[Run]) -> BTreeMap<SeedPair, f64> {
    runs.iter().map(|run| (run.pair(), run.score)).collect()
}

/// The arithmetic mean of one number or more.
pub(super) fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

/// The standard deviation of two numbers or more, with n − 1; 0 where all are equal.
pub(super) fn standard_deviation(numbers: &[f64]) -> f64 {
    let (low, high) =
        numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)));
    if numbers.len() < 2 || high - low < EQUAL {
        return 0.0;
    }
    let center = mean(numbers);
    let squares: f64 = numbers.iter().map(|x| (x - center) * (x - center)).sum();
    (squares / (numbers.len() - 1) as f64).sqrt()
}

/// A difference of two six-decimal scores, at six decimals.
pub(super) fn six_decimals(difference: f64) -> f64 {
    (difference * 1e6).round() / 1e6
}

/// The place of the largest of some means, the first of those that are equal to nine decimals.
pub(super) fn largest(means: impl Iterator<Item = (usize, f64)>) -> Option<usize> {
    let rounded = means.map(|(place, mean)| (place, (mean * 1e9).round()));
    rounded.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(place, _)| place)
}
