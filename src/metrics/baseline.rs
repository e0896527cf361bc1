//! Constant-tag baselines: the scores of one tag for every word, which a trained model has to exceed.

use super::{Metric, MetricsError, Scores, TagSet, score};

/// The best constant-tag score on one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// The metric.
    pub metric: Metric,
    /// The tag, the first in the set's order of those that score best.
    pub tag: String,
    /// Its score, 0 to 1.
    pub score: f64,
}

/// Scores the prediction of `tag` (a number of the set) for every seen word. Of `predicted`, only the unseen words matter.
///
/// # Errors
/// As `score`.
pub fn constant<G: AsRef<[u16]>, P: AsRef<[Option<u16>]>>(
    tags: &TagSet,
    gold: &[G],
    predicted: &[P],
    tag: u16,
) -> Result<Scores, MetricsError> {
    let answers: Vec<Vec<Option<u16>>> =
        predicted.iter().map(|words| words.as_ref().iter().map(|word| word.map(|_| tag)).collect()).collect();
    score(tags, gold, &answers)
}

/// The best constant tag for each metric that has a value: for `gold_token_f1_micro` the most frequent tag but O, for
/// `token_accuracy` the most frequent tag. Of `predicted`, only the unseen words matter.
///
/// # Errors
/// As `score`.
pub fn majority<G: AsRef<[u16]>, P: AsRef<[Option<u16>]>>(
    tags: &TagSet,
    gold: &[G],
    predicted: &[P],
) -> Result<Vec<Baseline>, MetricsError> {
    let mut best: [Option<Baseline>; Metric::ALL.len()] = Default::default();
    for (tag, name) in (0..).zip(tags.names()) {
        let scores = constant(tags, gold, predicted, tag)?;
        for (metric, best) in Metric::ALL.into_iter().zip(&mut best) {
            let Some(score) = scores.get(metric) else { continue };
            if best.as_ref().is_none_or(|known| score > known.score) {
                *best = Some(Baseline { metric, tag: name.clone(), score });
            }
        }
    }
    Ok(best.into_iter().flatten().collect())
}
