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

/// The counts of each sentence behind every score, from one walk over the words.
#[derive(Debug, Clone)]
pub struct SentenceCounts {
    /// Entities under conlleval and under IOB2, as [sentences].
    entities: [Vec<Tally>; 2],
    /// Right and seen words, as [sentences].
    words: Vec<[u32; 2]>,
    /// 2·right and gold + predicted of each class over the seen words, as [classes][sentences].
    classes: Vec<Vec<[u32; 2]>>,
    /// The same over the words whose gold tag is not O.
    gold_classes: Vec<Vec<[u32; 2]>>,
    /// The class O.
    outside: Option<usize>,
}

impl SentenceCounts {
    /// Counts.
    ///
    /// # Shapes
    /// As in [`super::score`].
    ///
    /// # Errors
    /// Unequal shapes, numbers outside the set.
    pub fn new<G: AsRef<[u16]>, P: AsRef<[Option<u16>]>>(
        tags: &TagSet,
        gold: &[G],
        predicted: &[P],
    ) -> Result<Self, MetricsError> {
        check(tags, gold, predicted)?;
        let none = vec![vec![[0; 2]; gold.len()]; tags.len()];
        let mut counts = Self {
            entities: [Scheme::Conlleval, Scheme::Iob2].map(|scheme| tallies(tags, scheme, gold, predicted)),
            words: vec![[0; 2]; gold.len()],
            classes: none.clone(),
            gold_classes: none,
            outside: (0..tags.len()).find(|tag| tags.is_outside(*tag)),
        };
        for (sentence, (gold, answers)) in gold.iter().zip(predicted).enumerate() {
            let words = gold.as_ref().iter().zip(answers.as_ref());
            for (gold, answer) in words.filter_map(|(gold, answer)| Some((*gold, (*answer)?))) {
                counts.add(sentence, usize::from(gold), usize::from(answer));
            }
        }
        Ok(counts)
    }

    /// Counts a seen word.
    fn add(&mut self, sentence: usize, gold: usize, answer: usize) {
        let is_right = gold == answer;
        let words = &mut self.words[sentence];
        *words = [words[0] + u32::from(is_right), words[1] + 1];
        let is_entity = Some(gold) != self.outside;
        for classes in [Some(&mut self.classes), is_entity.then_some(&mut self.gold_classes)].into_iter().flatten() {
            classes[gold][sentence][0] += 2 * u32::from(is_right);
            classes[gold][sentence][1] += 1;
            classes[answer][sentence][1] += 1;
        }
    }

    /// The ratios of a score. For F1, X = 2·right and Y = gold + predicted; for precision Y is predicted, for recall gold,
    /// for accuracy seen words. None where [`super::score`] has no value; a precision of which nothing was predicted has a
    /// part whose Y are all 0.
    pub fn ratios(&self, metric: Metric) -> Option<Ratios> {
        if let Some((scheme, part)) = entity_pair(metric) {
            return of_entities(&self.entities[usize::from(scheme == Scheme::Iob2)], part);
        }
        let occurring = |classes: &[Vec<[u32; 2]>], with_outside: bool| {
            let kept = classes.iter().enumerate().filter(|(tag, part)| {
                (with_outside || Some(*tag) != self.outside) && part.iter().any(|pair| pair[1] > 0)
            });
            kept.map(|(_, part)| part.clone()).collect::<Vec<_>>()
        };
        match metric {
            Metric::TokenF1Micro => micro(occurring(&self.classes, false)),
            Metric::TokenF1Macro => macro_average(occurring(&self.classes, false)),
            Metric::GoldTokenF1Micro => micro(occurring(&self.gold_classes, true)),
            Metric::GoldTokenF1Macro => macro_average(occurring(&self.gold_classes, true)),
            Metric::TokenAccuracy => {
                let has_words = self.words.iter().any(|pair| pair[1] > 0);
                has_words.then(|| Ratios { parts: vec![self.words.clone()] })
            }
            Metric::EntityF1 | Metric::EntityPrecision | Metric::EntityRecall | Metric::EntityF1Iob2 => None,
        }
    }
}

/// [`SentenceCounts::ratios`] of one score.
///
/// # Errors
/// As for [`SentenceCounts::new`].
pub fn ratios<G: AsRef<[u16]>, P: AsRef<[Option<u16>]>>(
    metric: Metric,
    tags: &TagSet,
    gold: &[G],
    predicted: &[P],
) -> Result<Option<Ratios>, MetricsError> {
    let Some((scheme, part)) = entity_pair(metric) else {
        return Ok(SentenceCounts::new(tags, gold, predicted)?.ratios(metric));
    };
    check(tags, gold, predicted)?;
    Ok(of_entities(&tallies(tags, scheme, gold, predicted), part))
}

/// X and Y of a sentence's counts.
type Pair = fn(&Tally) -> [u64; 2];

/// X and Y of a score of entities, and its scheme; none for a score of words.
fn entity_pair(metric: Metric) -> Option<(Scheme, Pair)> {
    match metric {
        Metric::EntityF1 => Some((Scheme::Conlleval, |tally| [2 * tally.right, tally.gold + tally.predicted])),
        Metric::EntityPrecision => Some((Scheme::Conlleval, |tally| [tally.right, tally.predicted])),
        Metric::EntityRecall => Some((Scheme::Conlleval, |tally| [tally.right, tally.gold])),
        Metric::EntityF1Iob2 => Some((Scheme::Iob2, |tally| [2 * tally.right, tally.gold + tally.predicted])),
        Metric::TokenF1Micro
        | Metric::TokenF1Macro
        | Metric::GoldTokenF1Micro
        | Metric::GoldTokenF1Macro
        | Metric::TokenAccuracy => None,
    }
}

fn tallies<G: AsRef<[u16]>, P: AsRef<[Option<u16>]>>(
    tags: &TagSet,
    scheme: Scheme,
    gold: &[G],
    predicted: &[P],
) -> Vec<Tally> {
    let pairs = gold.iter().zip(predicted);
    pairs.map(|(gold, answers)| sentence_tally(tags, scheme, gold.as_ref(), answers.as_ref())).collect()
}

fn of_entities(tallies: &[Tally], part: Pair) -> Option<Ratios> {
    let has_gold = tallies.iter().any(|tally| tally.gold > 0);
    has_gold.then(|| Ratios { parts: vec![tallies.iter().map(|tally| part(tally).map(count)).collect()] })
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
