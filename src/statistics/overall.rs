//! All rows of a table together, as one difference.

use std::collections::BTreeMap;

use super::runs::{Run, SeedPair, by_seeds, data_seeds, mean, six_decimals, units};
use super::t_test::TTest;

/// The mean difference of several rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Overall {
    /// Mean of B − A over rows and seeds.
    pub difference: f64,
    /// Its standard error over seeds; 0 where they do not vary.
    pub se: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// difference / se; none without spread.
    pub t: Option<f64>,
    /// Two-sided; without spread 1 if the difference is 0, else none.
    pub p: Option<f64>,
    /// 95 %, cut at ±1; none without spread.
    pub interval: Option<(f64, f64)>,
    /// The seeds common to all rows, in order.
    pub used: Vec<SeedPair>,
    /// Data seeds among them. From two on they are the units.
    pub data_seeds: usize,
}

/// Per seed that both sides of every row have, the mean difference over the rows, and a t test over seeds, or over data
/// seeds where there are two or more. `rows`: runs of A and of B. None without rows, or with fewer than two such seeds.
pub fn overall(rows: &[(&[Run], &[Run])]) -> Option<Overall> {
    let differences: Vec<BTreeMap<SeedPair, f64>> = rows.iter().map(|(a, b)| row_differences(a, b)).collect();
    let common = |pair: &SeedPair| differences.iter().map(|row| row.get(pair).copied()).collect::<Option<Vec<f64>>>();
    let means: BTreeMap<SeedPair, f64> =
        differences.first()?.keys().filter_map(|pair| Some((*pair, mean(&common(pair)?)))).collect();
    if means.len() < 2 {
        return None;
    }
    let units = units(&means);
    let TTest { difference, se, t, p, interval, .. } = TTest::of_units(&units);
    let df = (units.len() - 1) as f64;
    let data_seeds = data_seeds(&means);
    Some(Overall { difference, se, df, t, p, interval, used: means.into_keys().collect(), data_seeds })
}

fn row_differences(a: &[Run], b: &[Run]) -> BTreeMap<SeedPair, f64> {
    let (a, b) = (by_seeds(a), by_seeds(b));
    a.iter().filter_map(|(pair, from)| Some((*pair, six_decimals(b.get(pair)? - from)))).collect()
}
