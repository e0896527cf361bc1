//! How much a word counts in the loss, by its tag. Knows no engine.

use crate::data::{Encoded, NO_LABEL};
use crate::spec::{ClassWeights, Train};

/// A weight for each class, or what is wrong.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WeightedClasses {
    /// `[classes]`; empty: all count alike.
    pub weights: Vec<f64>,
    /// Tags that no training word has, where weights are balanced by these.
    pub absent: Vec<String>,
}

/// The weights that `options` give to `labels` in a training on `encoded`.
///
/// Balanced weights are scikit-learn's `compute_class_weight("balanced")` over the words with a tag, those that are cut
/// off left out: words / (tags that occur · words of the tag). A tag that never occurs has weight 1.
///
/// # Errors
/// The first named tag that is not among `labels`.
pub fn class_weights(options: &Train, labels: &[String], encoded: &Encoded) -> Result<WeightedClasses, String> {
    match &options.class_weights {
        None => Ok(WeightedClasses::default()),
        Some(ClassWeights::Given(given)) => {
            if let Some(unknown) = given.keys().find(|tag| !labels.contains(tag)) {
                return Err(unknown.clone());
            }
            let weights = labels.iter().map(|tag| given.get(tag).copied().unwrap_or(1.0)).collect();
            Ok(WeightedClasses { weights, absent: Vec::new() })
        }
        Some(ClassWeights::Balanced) => Ok(balanced(labels, encoded)),
    }
}

fn balanced(labels: &[String], encoded: &Encoded) -> WeightedClasses {
    let mut counts = vec![0_u64; labels.len()];
    for window in 0..encoded.windows() {
        let start = encoded.tokens(window).start;
        let words = encoded.first_tokens(window).iter().map(|token| encoded.labels[start + *token as usize]);
        words.filter(|label| *label != NO_LABEL).for_each(|label| counts[label as usize] += 1);
    }
    let words: u64 = counts.iter().sum();
    let present = counts.iter().filter(|count| **count > 0).count();
    let weight = |count: u64| if count > 0 { words as f64 / (present as f64 * count as f64) } else { 1.0 };
    let absent = labels.iter().zip(&counts).filter(|(_, count)| **count == 0).map(|(tag, _)| tag.clone());
    WeightedClasses { absent: absent.collect(), weights: counts.iter().map(|count| weight(*count)).collect() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn labels() -> Vec<String> {
        ["O", "B-X", "I-X", "B-Y"].map(str::to_owned).to_vec()
    }

    /// Two sentences of words of one token: tags 0 0 1, and 2 0 2 0 0 0 0.
    fn encoded() -> Encoded {
        let tags = [0, 0, 1, 2, 0, 2, 0, 0, 0, 0];
        Encoded {
            ids: vec![1; 10],
            starts: vec![0, 3, 10],
            labels: tags.to_vec(),
            scored_words: (0..3).chain(0..7).collect(),
            first_tokens: (0..3).chain(0..7).collect(),
            scored_starts: vec![0, 3, 10],
            sentence_starts: vec![0, 1, 2],
            words: vec![3, 7],
            truncated: vec![false; 2],
        }
    }

    fn of(weights: Option<ClassWeights>) -> Result<WeightedClasses, String> {
        class_weights(&Train { class_weights: weights, ..Train::default() }, &labels(), &encoded())
    }

    /// sklearn 1.8: compute_class_weight("balanced", classes=np.array([0, 1, 2]), y=[0, 0, 1, 2, 0, 2, 0, 0, 0, 0]) is
    /// [0.47619048, 3.33333333, 1.66666667].
    #[test]
    fn balanced_weights_are_those_of_scikit_learn() {
        let found = of(Some(ClassWeights::Balanced)).expect("weights");
        let expected = [0.476_190_476_190_476_2, 3.333_333_333_333_333_5, 1.666_666_666_666_666_7, 1.0];
        assert!(found.weights.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15), "{found:?}");
        assert_eq!(found.absent, ["B-Y"]);
    }

    #[test]
    fn named_tags_have_their_weights_and_all_others_one() {
        let given = |tag: &str| Some(ClassWeights::Given(BTreeMap::from([(tag.to_owned(), 2.5)])));
        assert_eq!(of(given("I-X")).map(|found| found.weights), Ok(vec![1.0, 1.0, 2.5, 1.0]));
        assert_eq!(of(given("I-Z")), Err("I-Z".to_owned()));
        assert_eq!(of(None), Ok(WeightedClasses::default()));
    }
}
