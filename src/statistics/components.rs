//! One setting over its seeds: mean, interval, and how much of the spread is whose.

use std::collections::BTreeMap;

use super::distributions::student_quantile;
use super::logit::logit_interval;
use super::runs::{LEVEL, Run, by_seeds, data_seeds, mean, standard_deviation, units};

/// One setting over its runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeedSummary {
    /// Runs.
    pub n: usize,
    /// Data seeds among them.
    pub data_seeds: usize,
    /// The mean: over the means of data seeds where there are two or more.
    pub mean: f64,
    /// Standard deviation of all runs, with n − 1; none for one run.
    pub sd: Option<f64>,
    /// 95 % interval of the mean, over data seeds where there are two or more, otherwise over seeds; within (0, 1). None
    /// for one run, and where all are equal.
    pub interval: Option<(f64, f64)>,
    /// Whose the spread is; none unless both seeds vary.
    pub components: Option<Components>,
}

impl SeedSummary {
    /// The larger distance from the mean to an end of its interval.
    pub fn half_width(&self) -> Option<f64> {
        self.interval.map(|(low, high)| (self.mean - low).max(high - self.mean))
    }
}

/// One-way random effects with data seeds as groups, by analysis of variance (Searle, Casella and McCulloch 1992, chapter
/// 3; Henderson's method I where groups are of unequal size).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Components {
    /// Mean square within data seeds, N − a degrees of freedom.
    pub ms_within: f64,
    /// Mean square between data seeds, a − 1 degrees of freedom.
    pub ms_between: f64,
    /// Runs a data seed, as unequal groups count.
    pub n0: f64,
}

impl Components {
    /// Standard deviation of training seeds on the same training sentences.
    pub fn sd_seed(&self) -> f64 {
        self.ms_within.sqrt()
    }

    /// Standard deviation that the choice of training sentences adds; 0 where its variance is estimated under 0.
    pub fn sd_data(&self) -> f64 {
        self.raw_data_variance().max(0.0).sqrt()
    }

    /// The variance of data seeds as estimated, which may be under 0.
    pub fn raw_data_variance(&self) -> f64 {
        (self.ms_between - self.ms_within) / self.n0
    }

    /// None unless there are two data seeds, and two runs of one of them.
    fn of(runs: &[Run]) -> Option<Self> {
        let mut groups: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
        for (pair, score) in by_seeds(runs) {
            groups.entry(pair.data_seed).or_default().push(score);
        }
        let (a, n) = (groups.len() as f64, groups.values().map(Vec::len).sum::<usize>() as f64);
        if a < 2.0 || n <= a {
            return None;
        }
        let grand = groups.values().flatten().sum::<f64>() / n;
        let square = |x: f64| x * x;
        let within = |group: &Vec<f64>| group.iter().map(|score| square(score - mean(group))).sum::<f64>();
        let between = |group: &Vec<f64>| group.len() as f64 * square(mean(group) - grand);
        let sizes: f64 = groups.values().map(|group| square(group.len() as f64)).sum();
        Some(Self {
            ms_within: groups.values().map(within).sum::<f64>() / (n - a),
            ms_between: groups.values().map(between).sum::<f64>() / (a - 1.0),
            n0: (n - sizes / n) / (a - 1.0),
        })
    }
}

/// Describes the runs of a setting, at most one a pair of seeds; none without runs.
///
/// The interval is mean ± t(0.975, n − 1)·s/√n on the logit scale, over what counts as independent.
pub fn summarize(runs: &[Run]) -> Option<SeedSummary> {
    let values = by_seeds(runs);
    if values.is_empty() {
        return None;
    }
    let scores: Vec<f64> = values.values().copied().collect();
    let units = units(&values);
    let (mean, s, n) = (mean(&units), standard_deviation(&units), units.len() as f64);
    let half = || student_quantile(LEVEL / 2.0, n - 1.0) * s / n.sqrt();
    Some(SeedSummary {
        n: scores.len(),
        data_seeds: data_seeds(&values),
        mean,
        sd: (scores.len() > 1).then(|| standard_deviation(&scores)),
        interval: if s > 0.0 { logit_interval(mean, half()) } else { None },
        components: Components::of(runs),
    })
}
