//! What answering one tag for every word scores: the floor a trained model is read against.

use super::{Metric, MetricsError, Scores, TagSet, score};

/// The best that one answer for every word scores on one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// The metric.
    pub metric: Metric,
    /// The tag to answer, the first in the set's order of those that score best.
    pub tag: String,
    /// Its score, 0 to 1.
    pub score: f64,
}

/// Scores `tag` (a number of the set) as the answer to every seen word. Of `predicted`, only which words are unseen matters.
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

/// For each metric that has a value, the best constant answer: for `gold_token_f1_micro` the commonest tag but O, for
/// `token_accuracy` the commonest tag. Of `predicted`, only which words are unseen matters.
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
