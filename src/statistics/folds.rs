//! A setting over the folds of a data set: mean and spread, and no more.
//!
//! Folds share training rows, so that their scores are not independent, and no estimate of the variance of their mean is
//! unbiased (Bengio and Grandvalet 2004): an interval from their spread is too narrow. None is given.

use std::collections::BTreeMap;

use super::components::SeedSummary;
use super::runs::{mean, standard_deviation};

/// Describes the runs of a setting by their folds; none without runs.
///
/// `runs`: fold and score. The mean is that of the folds' means, so that each fold counts alike; the standard deviation is
/// over these, with n − 1. There is no interval.
pub fn summarize_folds(runs: &[(u64, f64)]) -> Option<SeedSummary> {
    let mut folds: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (fold, score) in runs {
        folds.entry(*fold).or_default().push(*score);
    }
    let means: Vec<f64> = folds.values().map(|scores| mean(scores)).collect();
    (!means.is_empty()).then(|| SeedSummary {
        n: runs.len(),
        data_seeds: 1,
        mean: mean(&means),
        sd: (means.len() > 1).then(|| standard_deviation(&means)),
        interval: None,
        components: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fold_counts_alike_and_there_is_no_interval() {
        let found = summarize_folds(&[(0, 0.5), (1, 0.7), (1, 0.9), (2, 0.8)]).expect("it has runs");
        assert!((found.mean - 0.7).abs() < 1e-12, "{found:?}");
        assert!((found.sd.expect("three folds") - 0.03_f64.sqrt()).abs() < 1e-12, "{found:?}");
        assert_eq!((found.n, found.interval, found.components), (4, None, None));
        assert_eq!(summarize_folds(&[(3, 0.5)]).and_then(|one| one.sd), None);
        assert!(summarize_folds(&[]).is_none());
    }
}
