//! What a score is made of, sentence by sentence: numerators and denominators whose sums give it. It must not know what is
//! made of them.

use super::entity::{Tally, sentence_tally};
use super::scores::check;
use super::{Metric, MetricsError, Scheme, TagSet};

/// A score as a mean of ratios of sums over sentences.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ratios {
    /// X and Y of each sentence, as [parts][sentences]: the score is the mean over the parts of ΣX / ΣY. A micro average
    /// has one part, a macro average one for each class that occurs in the whole set.
    pub parts: Vec<Vec<[u32; 2]>>,
}

impl Ratios {
    /// The score, from 0 to 1; none without parts, or if a part has no cases at all.
    pub fn value(&self) -> Option<f64> {
        let ratio = |part: &Vec<[u32; 2]>| {
            let sum = |at: usize| part.iter().map(|pair| u64::from(pair[at])).sum::<u64>();
            (sum(1) > 0).then(|| sum(0) as f64 / sum(1) as f64)
        };
        let ratios = self.parts.iter().map(ratio).collect::<Option<Vec<f64>>>().filter(|ratios| !ratios.is_empty())?;
        Some(ratios.iter().sum::<f64>() / ratios.len() as f64)
    }

    /// The number of sentences.
    pub fn sentences(&self) -> usize {
        self.parts.first().map_or(0, Vec::len)
    }
}

/// The ratios of a score. For F1, X = 2·right and Y = gold + predicted; for precision Y is predicted, for recall gold, for
/// accuracy seen words. None where [`super::score`] has no value; a score of 0 of which nothing was predicted
/// (precision) has a part whose Y are all 0.
///
/// # Shapes
/// As in [`super::score`].
///
/// # Errors
/// Unequal shapes, numbers outside the set.
pub fn ratios<G: AsRef<[u16]>, P: AsRef<[Option<u16>]>>(
    metric: Metric,
    tags: &TagSet,
    gold: &[G],
    predicted: &[P],
) -> Result<Option<Ratios>, MetricsError> {
    check(tags, gold, predicted)?;
    let pairs = || gold.iter().map(AsRef::as_ref).zip(predicted.iter().map(AsRef::as_ref));
    let entities = |scheme: Scheme, part: fn(&Tally) -> [u64; 2]| {
        let tallies: Vec<Tally> = pairs().map(|(gold, answers)| sentence_tally(tags, scheme, gold, answers)).collect();
        let has_gold = tallies.iter().any(|tally| tally.gold > 0);
        has_gold.then(|| Ratios { parts: vec![tallies.iter().map(|tally| part(tally).map(count)).collect()] })
    };
    let is_entity = |tag: usize| !tags.is_outside(tag);
    let classes = |keeps_outside_gold: bool, with_outside: bool| {
        let kinds = (0..tags.len()).filter(|tag| with_outside || is_entity(*tag));
        let parts = kinds.map(|tag| {
            let of = |(gold, answers): (&[u16], &[Option<u16>])| {
                class_counts(gold, answers, tag, |gold| keeps_outside_gold || is_entity(gold))
            };
            pairs().map(of).collect::<Vec<[u32; 2]>>()
        });
        parts.filter(|part| part.iter().any(|pair| pair[1] > 0)).collect::<Vec<_>>()
    };
    Ok(match metric {
        Metric::EntityF1 => entities(Scheme::Conlleval, |tally| [2 * tally.right, tally.gold + tally.predicted]),
        Metric::EntityPrecision => entities(Scheme::Conlleval, |tally| [tally.right, tally.predicted]),
        Metric::EntityRecall => entities(Scheme::Conlleval, |tally| [tally.right, tally.gold]),
        Metric::EntityF1Iob2 => entities(Scheme::Iob2, |tally| [2 * tally.right, tally.gold + tally.predicted]),
        Metric::TokenF1Micro => micro(classes(true, false)),
        Metric::TokenF1Macro => macro_average(classes(true, false)),
        Metric::GoldTokenF1Micro => micro(classes(false, true)),
        Metric::GoldTokenF1Macro => macro_average(classes(false, true)),
        Metric::TokenAccuracy => {
            let part: Vec<[u32; 2]> = pairs().map(|(gold, answers)| accuracy_counts(gold, answers)).collect();
            part.iter().any(|pair| pair[1] > 0).then(|| Ratios { parts: vec![part] })
        }
    })
}

/// 2·right and gold + predicted of class `tag`, over the seen words whose gold tag is kept.
fn class_counts(gold: &[u16], answers: &[Option<u16>], tag: usize, keeps: impl Fn(usize) -> bool) -> [u32; 2] {
    let mut counts = [0, 0];
    for (gold, answer) in gold.iter().zip(answers).filter_map(|(gold, answer)| Some((usize::from(*gold), (*answer)?))) {
        let (is_gold, is_answer) = (gold == tag, usize::from(answer) == tag);
        if keeps(gold) {
            counts[0] += 2 * u32::from(is_gold && is_answer);
            counts[1] += u32::from(is_gold) + u32::from(is_answer);
        }
    }
    counts
}

/// Right and seen words.
fn accuracy_counts(gold: &[u16], answers: &[Option<u16>]) -> [u32; 2] {
    let seen = || gold.iter().zip(answers).filter_map(|(gold, answer)| Some((*gold, (*answer)?)));
    [seen().filter(|(gold, answer)| gold == answer).count(), seen().count()].map(|words| count(words as u64))
}

/// Counts of all classes summed.
fn micro(parts: Vec<Vec<[u32; 2]>>) -> Option<Ratios> {
    let sentences = parts.first()?.len();
    let sum = |sentence: usize| [0, 1].map(|at| parts.iter().map(|part: &Vec<[u32; 2]>| part[sentence][at]).sum());
    Some(Ratios { parts: vec![(0..sentences).map(sum).collect()] })
}

fn macro_average(parts: Vec<Vec<[u32; 2]>>) -> Option<Ratios> {
    (!parts.is_empty()).then_some(Ratios { parts })
}

fn count(number: u64) -> u32 {
    u32::try_from(number).expect("a sentence has fewer words than 2³²")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::score;
    use super::*;

    fn tags() -> TagSet {
        TagSet::new(&["O", "B-A", "I-A", "B-B", "I-B"].map(str::to_owned)).expect("valid names")
    }

    fn sentences() -> impl Strategy<Value = Vec<Vec<(u16, Option<u16>)>>> {
        let word = (0..5_u16, proptest::option::weighted(0.9, 0..5_u16));
        proptest::collection::vec(proptest::collection::vec(word, 0..8), 0..8)
    }

    proptest! {
        #[test]
        fn the_ratios_give_every_score(sentences in sentences()) {
            let gold: Vec<Vec<u16>> = sentences.iter().map(|words| words.iter().map(|word| word.0).collect()).collect();
            let predicted: Vec<Vec<Option<u16>>> =
                sentences.iter().map(|words| words.iter().map(|word| word.1).collect()).collect();
            let scores = score(&tags(), &gold, &predicted).expect("equal shapes");
            for metric in Metric::ALL {
                let found = ratios(metric, &tags(), &gold, &predicted).expect("equal shapes");
                prop_assert_eq!(found.is_some(), scores.get(metric).is_some(), "{}", metric);
                let value = found.as_ref().map(|ratios| ratios.value().unwrap_or(0.0));
                let equal = value.zip(scores.get(metric)).is_none_or(|(a, b)| (a - b).abs() < 1e-12);
                prop_assert!(equal, "{}: {:?} {:?}", metric, value, scores.get(metric));
            }
        }
    }

    #[test]
    fn each_sentence_has_its_own_counts() {
        let gold = [vec![1, 2, 0], vec![3, 0, 0]];
        let predicted = [vec![Some(1), Some(2), Some(3)], vec![None, Some(0), Some(0)]];
        let found = |metric| ratios(metric, &tags(), &gold, &predicted).expect("equal shapes").expect("a value").parts;
        assert_eq!(found(Metric::EntityF1), [[[2, 3], [0, 1]]]);
        assert_eq!(found(Metric::EntityPrecision), [[[1, 2], [0, 0]]]);
        assert_eq!(found(Metric::EntityRecall), [[[1, 1], [0, 1]]]);
        assert_eq!(found(Metric::TokenAccuracy), [[[2, 3], [2, 2]]]);
        assert_eq!(found(Metric::TokenF1Macro), [[[2, 2], [0, 0]], [[2, 2], [0, 0]], [[0, 1], [0, 0]]]);
    }
}
