//! Whether other test sentences like these could change a score or a difference. Scores are ratios of sums over
//! sentences; nothing is drawn.
//!
//! The standard error is that of a ratio of sums, linearized (Cochran 1977, chapter 6): the limit of the bootstrap over
//! sentences (Koehn 2004; Berg-Kirkpatrick et al. 2012) and of approximate randomization (Noreen 1989). Sentences count as
//! independent, which those of one document are not.

use super::distributions::{normal_quantile, normal_two_sided};
use super::logit::logit_interval;
use super::runs::LEVEL;
use super::t_test::cut;

/// The counts behind a score, `[parts][sentences]` of (X, Y). The score is the mean over parts of ΣX/ΣY: one part for a
/// micro average, one a class for a macro average.
pub type Parts = [Vec<[u32; 2]>];

/// Sentences with a count that the interval of a score needs at least.
const FEWEST: usize = 10;

/// A standard error under this is 0: what is left of it is rounding.
const NO_SPREAD: f64 = 1e-15;

/// A score, and what each sentence adds to its deviation.
#[derive(Debug, Clone, PartialEq)]
pub struct Residuals {
    /// The score.
    pub value: f64,
    /// `[sentences]`: (X − R·Y)/ΣY with R = ΣX/ΣY, the mean over parts.
    pub each: Vec<f64>,
    /// `[sentences]`: whether Y is not 0; for F1, whether it has an entity, gold or predicted.
    pub counted: Vec<bool>,
}

impl Residuals {
    /// Of one score; a part without any Y counts 0, as scikit-learn and seqeval have it. None without parts or sentences,
    /// or if the parts have unequal numbers of sentences.
    pub fn of(parts: &Parts) -> Option<Self> {
        let sentences = parts.first()?.len();
        if sentences == 0 || parts.iter().any(|part| part.len() != sentences) {
            return None;
        }
        let mut found = Self { value: 0.0, each: vec![0.0; sentences], counted: vec![false; sentences] };
        let share = 1.0 / parts.len() as f64;
        for part in parts {
            let sum = |at: usize| part.iter().map(|counts| u64::from(counts[at])).sum::<u64>() as f64;
            let (x, y) = (sum(0), sum(1));
            if y == 0.0 {
                continue;
            }
            let ratio = x / y;
            found.value += ratio;
            for (sentence, [x, _y]) in part.iter().enumerate() {
                found.each[sentence] += share * (f64::from(*x) - ratio * f64::from(*_y)) / y;
                found.counted[sentence] |= *_y > 0;
            }
        }
        found.value /= parts.len() as f64;
        Some(found)
    }

    /// Of the mean score of several runs on the same sentences. None without runs, or if they have unequal numbers of
    /// sentences.
    pub fn mean(runs: &[Self]) -> Option<Self> {
        let sentences = runs.first()?.each.len();
        if runs.iter().any(|run| run.each.len() != sentences) {
            return None;
        }
        let n = runs.len() as f64;
        let each = |sentence: usize| runs.iter().map(|run| run.each[sentence]).sum::<f64>() / n;
        Some(Self {
            value: runs.iter().map(|run| run.value).sum::<f64>() / n,
            each: (0..sentences).map(each).collect(),
            counted: (0..sentences).map(|sentence| runs.iter().any(|run| run.counted[sentence])).collect(),
        })
    }

    fn of_runs(runs: &[&Parts]) -> Option<Self> {
        Self::mean(&runs.iter().map(|parts| Self::of(parts)).collect::<Option<Vec<_>>>()?)
    }

    /// The standard error of the score over test sentences.
    pub fn se(&self) -> f64 {
        standard_error(&self.each)
    }

    /// Sentences with a count: those that have an entity, gold or predicted, for F1.
    pub fn counted_sentences(&self) -> usize {
        self.counted.iter().filter(|counted| **counted).count()
    }

    /// The 95 % interval of the score over test sentences: on the logit scale; at 0 and 1 the exact bound of as many draws
    /// as sentences have a count (Clopper and Pearson 1934). None under ten such sentences, and where every part is 0 or 1
    /// but not all alike, since then nothing is known of the spread.
    pub fn interval(&self) -> Option<(f64, f64)> {
        let counted = self.counted_sentences();
        if counted < FEWEST {
            return None;
        }
        let bound = || libm::pow(LEVEL / 2.0, 1.0 / counted as f64);
        if self.value == 0.0 {
            return Some((0.0, 1.0 - bound()));
        }
        if self.value == 1.0 {
            return Some((bound(), 1.0));
        }
        let se = self.se();
        if se < NO_SPREAD { None } else { logit_interval(self.value, normal_quantile(LEVEL / 2.0) * se) }
    }
}

/// √(m/(m − 1)·Σe²) over all m sentences; 0 for one.
fn standard_error(residuals: &[f64]) -> f64 {
    let m = residuals.len() as f64;
    if m < 2.0 {
        return 0.0;
    }
    (m / (m - 1.0) * residuals.iter().map(|e| e * e).sum::<f64>()).sqrt()
}

/// The 95 % interval of the mean score of some runs over test sentences; see [`Residuals::interval`].
pub fn score_interval(runs: &[&Parts]) -> Option<(f64, f64)> {
    Residuals::of_runs(runs)?.interval()
}

/// Two settings on the same test sentences. The difference is B − A.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SentenceComparison {
    /// Mean score of B's runs − mean score of A's.
    pub difference: f64,
    /// Its standard error over test sentences.
    pub se: f64,
    /// difference / se; none if the se is 0.
    pub z: Option<f64>,
    /// Two-sided, uncorrected.
    pub p: f64,
    /// 95 %, uncorrected, cut at ±1; none if the se is 0 although sentences differ.
    pub interval: Option<(f64, f64)>,
    /// D: sentences whose counts differ, in the mean over the runs of a side.
    pub differing: usize,
    /// m: all sentences.
    pub sentences: usize,
}

/// Compares the mean scores of some runs of A and some of B on the same sentences. None if a side has no run, or the
/// numbers of sentences are unequal.
///
/// z = difference / se against the normal distribution; p is never under 2^(1−D), the least that an exact sign test over
/// the D sentences that differ can give. If the se is 0 although sentences differ, that bound is p; it is 1 where the
/// scores are equal.
pub fn sentence_test(a: &[&Parts], b: &[&Parts]) -> Option<SentenceComparison> {
    let (of_a, of_b) = (Residuals::of_runs(a)?, Residuals::of_runs(b)?);
    let sentences = of_a.each.len();
    if of_b.each.len() != sentences {
        return None;
    }
    let difference = of_b.value - of_a.value;
    let residuals: Vec<f64> = of_a.each.iter().zip(&of_b.each).map(|(a, b)| b - a).collect();
    let se = standard_error(&residuals);
    let differing = differing(a, b, sentences);
    let least = libm::ldexp(1.0, 1 - i32::try_from(differing).unwrap_or(i32::MAX)).min(1.0);
    let tested = |z, p, interval| SentenceComparison { difference, se, z, p, interval, differing, sentences };
    Some(if differing == 0 {
        tested(None, 1.0, Some((0.0, 0.0)))
    } else if se < NO_SPREAD {
        SentenceComparison { se: 0.0, ..tested(None, if difference == 0.0 { 1.0 } else { least }, None) }
    } else {
        let z = difference / se;
        let interval = cut(difference, normal_quantile(LEVEL / 2.0) * se);
        tested(Some(z), normal_two_sided(z).max(least), Some(interval))
    })
}

/// Sentences at which the mean counts of the two sides are not equal. To swap A and B in any other sentence changes
/// nothing of the difference.
fn differing(a: &[&Parts], b: &[&Parts], sentences: usize) -> usize {
    let counts = |side: &[&Parts], sentence: usize, other: usize| -> Vec<[u64; 2]> {
        let parts = side.iter().map(|run| run.len()).max().unwrap_or(0);
        // n_b·ΣX of A against n_a·ΣX of B: means compared in whole numbers
        let sum = |part: usize, at: usize| {
            let of_run = |run: &&Parts| run.get(part).map_or(0, |part| u64::from(part[sentence][at]));
            side.iter().map(of_run).sum::<u64>() * other as u64
        };
        (0..parts).map(|part| [sum(part, 0), sum(part, 1)]).collect()
    };
    // a class that a run never meets has no part there: then parts have no common numbers, and are compared as a set
    let is_aligned = a.iter().chain(b).all(|run| run.len() == a[0].len());
    let shown = |mut counts: Vec<[u64; 2]>| {
        if !is_aligned {
            counts.retain(|pair| *pair != [0, 0]);
            counts.sort_unstable();
        }
        counts
    };
    let differs = |sentence: &usize| shown(counts(a, *sentence, b.len())) != shown(counts(b, *sentence, a.len()));
    (0..sentences).filter(differs).count()
}
