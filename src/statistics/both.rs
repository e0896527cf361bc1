//! A difference over seeds and test sentences together.

use super::distributions::{student_quantile, student_two_sided};
use super::runs::LEVEL;
use super::seed_test::SeedComparison;
use super::sentence_test::SentenceComparison;
use super::t_test::cut;

/// A difference, were both the seeds and the test sentences drawn anew.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Both {
    /// Satterthwaite's degrees of freedom of the sum of both variances.
    pub df: f64,
    /// Two-sided, uncorrected; never under that of the seeds alone.
    pub p: f64,
    /// 95 %, uncorrected, cut at ±1; never narrower than that of the seeds alone.
    pub interval: (f64, f64),
}

/// Adds the variances of a seed test and of the sentence test of the same runs (Satterthwaite 1946). None where seeds do
/// not vary or are one each, and for one sentence.
pub fn both(seeds: &SeedComparison, sentences: &SentenceComparison) -> Option<Both> {
    let (se, of_seeds) = (seeds.se.filter(|se| *se > 0.0)?, seeds.df?);
    let p_seeds = seeds.p?;
    if sentences.sentences < 2 {
        return None;
    }
    let (v_seeds, v_sentences) = (se * se, sentences.se * sentences.se);
    let sum = v_seeds + v_sentences;
    let of_sentences = (sentences.sentences - 1) as f64;
    let df = sum * sum / (v_seeds * v_seeds / of_seeds + v_sentences * v_sentences / of_sentences);
    let alone = student_quantile(LEVEL / 2.0, of_seeds) * se;
    let half = alone.max(student_quantile(LEVEL / 2.0, df) * sum.sqrt());
    let p = p_seeds.max(student_two_sided(seeds.difference / sum.sqrt(), df));
    Some(Both { df, p, interval: cut(seeds.difference, half) })
}
