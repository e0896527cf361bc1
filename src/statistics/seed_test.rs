//! Whether luck of the seeds can explain the difference between two settings: which test applies, and its result.

use std::collections::BTreeMap;

use super::runs::{Run, SeedPair, by_seeds, data_means, data_seeds, mean, six_decimals, standard_deviation, units};
use super::t_test::TTest;

/// Which test applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeedTest {
    /// The paired t test over common seeds, `units − 1` degrees of freedom.
    Paired {
        /// What counts as independent: data seeds where there are two or more, otherwise training seeds.
        units: usize,
        /// Runs of either side that are paired.
        runs: usize,
    },
    /// Welch's t test over all seeds of both sides, since too few are common (Welch 1947).
    Welch {
        /// Independent units of A.
        a: usize,
        /// Those of B.
        b: usize,
    },
    /// One run against several, whose spread serves for both: se = s·√(1 + 1/n), n − 1 degrees of freedom.
    OneAgainstSeveral {
        /// Independent units of A.
        a: usize,
        /// Those of B; one of the two is 1.
        b: usize,
    },
    /// One run each: seeds tell nothing, the sentence test decides.
    OneEach,
}

/// What the seeds tell of noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeedSpread {
    /// They vary: p and interval stand.
    Varies,
    /// Every difference is 0: p is 1.
    NoDifference,
    /// Every difference is the same and not 0: seeds tell nothing, the sentence test decides.
    Constant,
    /// One run each: the sentence test decides.
    Unknown,
}

/// Two settings over their seeds. The difference is B − A.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedComparison {
    /// Which test applies.
    pub test: SeedTest,
    /// Mean of B − mean of A, over what is tested.
    pub difference: f64,
    /// Its standard error; 0 where seeds do not vary, none with one run each.
    pub se: Option<f64>,
    /// Degrees of freedom; none with one run each, and by Welch without spread.
    pub df: Option<f64>,
    /// difference / se; none without spread.
    pub t: Option<f64>,
    /// Two-sided, uncorrected; 1 where every difference is 0, none where the sentence test decides.
    pub p: Option<f64>,
    /// 95 %, uncorrected, cut at ±1; none without spread.
    pub interval: Option<(f64, f64)>,
    /// Seeds of the runs that are tested, of A and of B, in order.
    pub used: [Vec<SeedPair>; 2],
    /// Seeds of the other runs, of A and of B, in order.
    pub left_out: [Vec<SeedPair>; 2],
    /// Data seeds among the runs that are tested, of both sides. From two on they are the units.
    pub data_seeds: usize,
}

impl SeedComparison {
    /// What the seeds tell of noise.
    pub fn spread(&self) -> SeedSpread {
        match (self.se, self.p) {
            (None, _) => SeedSpread::Unknown,
            (Some(_), None) => SeedSpread::Constant,
            (Some(_), Some(_)) if self.t.is_none() => SeedSpread::NoDifference,
            (Some(_), Some(_)) => SeedSpread::Varies,
        }
    }
}

/// Compares the runs of two settings, each at most one run a pair of seeds, two-sided at 5 %.
///
/// Seeds are paired where they are common: the same seed draws the same classifier, order and masks, so runs correlate,
/// and the paired t keeps its level at any correlation. It applies if three seeds are common, or all of the smaller side's
/// and two at least; otherwise Welch's test, or one against several. Where the runs have two data seeds or more, values
/// are averaged over the training seeds within a data seed first. (Dror et al. 2018; Reimers and Gurevych 2018;
/// Bouthillier et al. 2021.)
///
/// # Panics
/// If a side has no run.
pub fn compare(a: &[Run], b: &[Run]) -> SeedComparison {
    assert!(!a.is_empty() && !b.is_empty(), "a setting without a run has nothing to compare");
    let (a, b) = (by_seeds(a), by_seeds(b));
    if a.len() == 1 && b.len() == 1 {
        return one_each(&a, &b);
    }
    let common: BTreeMap<SeedPair, f64> =
        a.iter().filter_map(|(pair, from)| Some((*pair, six_decimals(b.get(pair)? - from)))).collect();
    let smaller = a.len().min(b.len());
    if smaller > 1 && (common.len() >= 3 || common.len() == smaller) {
        paired(&a, &b, &common)
    } else {
        independent(&a, &b)
    }
}

fn one_each(a: &BTreeMap<SeedPair, f64>, b: &BTreeMap<SeedPair, f64>) -> SeedComparison {
    let [of_a, of_b] = [a, b].map(|side| mean(&data_means(side)));
    let difference = of_b - of_a;
    SeedComparison {
        test: SeedTest::OneEach,
        difference,
        se: None,
        df: None,
        t: None,
        p: None,
        interval: None,
        used: [seeds(a), seeds(b)],
        left_out: [Vec::new(), Vec::new()],
        data_seeds: data_seeds_of(a, b),
    }
}

fn paired(
    a: &BTreeMap<SeedPair, f64>,
    b: &BTreeMap<SeedPair, f64>,
    differences: &BTreeMap<SeedPair, f64>,
) -> SeedComparison {
    let units = units(differences);
    let test = SeedTest::Paired { units: units.len(), runs: differences.len() };
    let left =
        |side: &BTreeMap<SeedPair, f64>| side.keys().filter(|pair| !differences.contains_key(pair)).copied().collect();
    SeedComparison {
        used: [seeds(differences), seeds(differences)],
        left_out: [left(a), left(b)],
        data_seeds: data_seeds(differences),
        ..tested(test, TTest::of_units(&units))
    }
}

fn independent(a: &BTreeMap<SeedPair, f64>, b: &BTreeMap<SeedPair, f64>) -> SeedComparison {
    // runs on one set of sentences are one draw of the data, however many training seeds they have
    let over_data = data_seeds_of(a, b) > 1;
    let [x, y] = [a, b].map(|side| if over_data { data_means(side) } else { units(side) });
    let difference = mean(&y) - mean(&x);
    let n = [x.len(), y.len()];
    if n == [1, 1] {
        return one_each(a, b);
    }
    let (test, se, df) = if n.contains(&1) {
        let many = if x.len() > 1 { &x } else { &y };
        let count = many.len() as f64;
        let se = standard_deviation(many) * (1.0 + 1.0 / count).sqrt();
        (SeedTest::OneAgainstSeveral { a: n[0], b: n[1] }, se, Some(count - 1.0))
    } else {
        let (se, df) = welch(&x, &y);
        (SeedTest::Welch { a: n[0], b: n[1] }, se, df)
    };
    SeedComparison {
        used: [seeds(a), seeds(b)],
        data_seeds: data_seeds_of(a, b),
        ..tested(test, TTest::new(difference, se, df))
    }
}

/// Standard error, and degrees of freedom as Satterthwaite (1946) approximates them; none without spread.
fn welch(x: &[f64], y: &[f64]) -> (f64, Option<f64>) {
    let variance = |units: &[f64]| {
        let s = standard_deviation(units);
        s * s / units.len() as f64
    };
    let (of_x, of_y) = (variance(x), variance(y));
    let sum = of_x + of_y;
    let parts = of_x * of_x / (x.len() - 1) as f64 + of_y * of_y / (y.len() - 1) as f64;
    (sum.sqrt(), (sum > 0.0).then(|| sum * sum / parts))
}

fn tested(test: SeedTest, result: TTest) -> SeedComparison {
    SeedComparison {
        test,
        difference: result.difference,
        se: Some(result.se),
        df: result.df,
        t: result.t,
        p: result.p,
        interval: result.interval,
        used: [Vec::new(), Vec::new()],
        left_out: [Vec::new(), Vec::new()],
        data_seeds: 0,
    }
}

fn seeds(values: &BTreeMap<SeedPair, f64>) -> Vec<SeedPair> {
    values.keys().copied().collect()
}

fn data_seeds_of(a: &BTreeMap<SeedPair, f64>, b: &BTreeMap<SeedPair, f64>) -> usize {
    let both: BTreeMap<SeedPair, f64> = a.iter().chain(b).map(|(pair, score)| (*pair, *score)).collect();
    data_seeds(&both)
}
