//! How much too high the validation score of a chosen setting is.

use std::collections::BTreeMap;

use super::distributions::normal_upper;
use super::quadrature::integral;
use super::runs::{Run, SeedPair, by_seeds, mean};

/// How much the best of several noisy means is too high for that it was chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Optimism {
    /// Settings among which was chosen.
    pub settings: usize,
    /// Seeds that all of them have.
    pub seeds: usize,
    /// Standard deviation of what neither setting nor seed explains, (k − 1)(n − 1) degrees of freedom.
    pub sd_residual: f64,
    /// The mean of the largest of k standard normal numbers.
    pub expected_maximum: f64,
    /// expected_maximum · sd_residual / √n: exact if all settings are equal, less if one is far ahead.
    pub at_most: f64,
}

/// The optimism of the best of `settings` by their mean validation score over the seeds that all of them have. None for
/// fewer than two settings or two such seeds.
///
/// Luck that all settings share does not choose: the spread is that of the table settings × seeds after both margins.
pub fn optimism(settings: &[Vec<Run>]) -> Option<Optimism> {
    let tables: Vec<BTreeMap<SeedPair, f64>> = settings.iter().map(|runs| by_seeds(runs)).collect();
    let is_common = |pair: &&SeedPair| tables.iter().all(|table| table.contains_key(pair));
    let seeds: Vec<SeedPair> = tables.first()?.keys().filter(is_common).copied().collect();
    let (k, n) = (tables.len(), seeds.len());
    if k < 2 || n < 2 {
        return None;
    }
    let scores: Vec<Vec<f64>> = tables.iter().map(|table| seeds.iter().map(|pair| table[pair]).collect()).collect();
    let rows: Vec<f64> = scores.iter().map(|row| mean(row)).collect();
    let column = |seed: usize| scores.iter().map(|row| row[seed]).sum::<f64>() / k as f64;
    let columns: Vec<f64> = (0..n).map(column).collect();
    let grand = mean(&rows);
    let residual = |row: usize, seed: usize| scores[row][seed] - rows[row] - columns[seed] + grand;
    let places = (0..k).flat_map(|row| (0..n).map(move |seed| (row, seed)));
    let squares: f64 = places.map(|(row, seed)| residual(row, seed) * residual(row, seed)).sum();
    let sd_residual = (squares / ((k - 1) * (n - 1)) as f64).sqrt();
    let expected_maximum = expected_maximum(k);
    let at_most = expected_maximum * sd_residual / (n as f64).sqrt();
    Some(Optimism { settings: k, seeds: n, sd_residual, expected_maximum, at_most })
}

/// The mean of the largest of `k` ≥ 1 independent standard normal numbers: ∫ x·k·φ(x)·Φ(x)^(k−1) dx.
pub fn expected_maximum(k: usize) -> f64 {
    let density = |x: f64| libm::exp(-x * x / 2.0) / std::f64::consts::TAU.sqrt();
    let all_below = |x: f64| libm::pow(normal_upper(-x), (k - 1) as f64);
    let f = |x: f64| x * k as f64 * density(x) * all_below(x);
    (-10..10).map(|from| integral(f64::from(from), f64::from(from + 1), f)).sum()
}
