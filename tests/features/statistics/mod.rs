//! What scores can tell, at the edges: one seed, equal scores, 0 and 1, no entity, few sentences. The reference values of
//! the ordinary cases are in `tests/features/shared/statistics.rs`.

mod difference;
mod distributions;
mod sentences;
mod setting;
mod table;

use runner::statistics::Run;

/// Runs of the seeds 1, 2, ... on one data seed.
fn runs(scores: &[f64]) -> Vec<Run> {
    scores.iter().zip(1..).map(|(score, seed)| Run { data_seed: 42, seed, score: *score }).collect()
}

/// Runs by data seed, seed, score.
fn rows(rows: &[(u64, u64, f64)]) -> Vec<Run> {
    rows.iter().map(|(data_seed, seed, score)| Run { data_seed: *data_seed, seed: *seed, score: *score }).collect()
}

fn near(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "{found}, expected {expected}");
}
