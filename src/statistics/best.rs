//! Whether the best of some settings is beyond seed noise of every other.

use super::components::summarize;
use super::holm::holm;
use super::runs::{LEVEL, Run, largest};
use super::seed_test::{SeedComparison, compare};

/// The best of some settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Best {
    /// Its place among the settings: the largest mean, the first of equals.
    pub setting: usize,
    /// Its mean score.
    pub mean: f64,
    /// The best against every other setting that has a run, in their order.
    pub others: Vec<AgainstBest>,
    /// The largest p among them: the best is beyond noise of all others only if this is small, and needs no correction
    /// within the group, since all comparisons must hold at once (Berger 1982). None if there is no other. Correct it by
    /// [`holm`] over the groups of a table.
    pub p_group: Option<f64>,
}

impl Best {
    /// Places of the settings that are within seed noise of the best, by Holm over the others.
    pub fn within_noise(&self) -> Vec<usize> {
        self.others.iter().filter(|other| other.p_holm > LEVEL).map(|other| other.setting).collect()
    }
}

/// A setting against the best.
#[derive(Debug, Clone, PartialEq)]
pub struct AgainstBest {
    /// Its place among the settings.
    pub setting: usize,
    /// The best (A) against it (B).
    pub comparison: SeedComparison,
    /// Two-sided; 1 where seeds tell nothing: one run each, or no spread.
    pub p: f64,
    /// By Holm over the others of the group.
    pub p_holm: f64,
}

/// Finds the best of some settings, and tests it against every other over their seeds. Settings without a run are left
/// out; none if all are.
pub fn best(settings: &[Vec<Run>]) -> Option<Best> {
    let means = || settings.iter().enumerate().filter_map(|(place, runs)| Some((place, summarize(runs)?.mean)));
    let setting = largest(means())?;
    let others: Vec<(usize, SeedComparison)> = means()
        .filter(|(place, _)| *place != setting)
        .map(|(place, _)| (place, compare(&settings[setting], &settings[place])))
        .collect();
    let p: Vec<f64> = others.iter().map(|(_, comparison)| comparison.p.unwrap_or(1.0)).collect();
    let others = others.into_iter().zip(p.iter().zip(holm(&p)));
    let others = others.map(|((setting, comparison), (p, p_holm))| AgainstBest { setting, comparison, p: *p, p_holm });
    let mean = summarize(&settings[setting])?.mean;
    Some(Best { setting, mean, others: others.collect(), p_group: p.iter().copied().reduce(f64::max) })
}
