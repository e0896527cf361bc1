//! All scores of a set of predictions, by name. It knows no files and no rounding.

use super::entity::EntityCounts;
use super::token::Confusion;
use super::{EntityScore, MetricsError, Scheme, TagSet};
use crate::words::words;

words! {
    /// A score's name: its level, and its scheme where there are two.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Metric {
        /// seqeval's default, equal to conlleval, micro average: what papers quote.
        EntityF1 => "entity_f1",
        /// Its precision.
        EntityPrecision => "entity_precision",
        /// Its recall.
        EntityRecall => "entity_recall",
        /// seqeval strict under IOB2, micro average; malformed entities are dropped.
        EntityF1Iob2 => "entity_f1_iob2",
        /// Micro average over the classes other than O; false alarms on O words cost.
        TokenF1Micro => "token_f1_micro",
        /// Macro average over the same.
        TokenF1Macro => "token_f1_macro",
        /// Over words whose gold tag is not O: the accuracy on them; false alarms cost nothing.
        GoldTokenF1Micro => "gold_token_f1_micro",
        /// Macro average over the same words, with O, if predicted, as a class of F1 0.
        GoldTokenF1Macro => "gold_token_f1_macro",
        /// Share of all seen words.
        TokenAccuracy => "token_accuracy",
    }
}

/// The scores of one split, each from 0 to 1. None: no gold entity under the scheme (entity scores), no word whose gold
/// tag is not O (`gold_token_*`), no class but O in gold or prediction (`token_f1_*`), no seen word (`token_accuracy`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scores {
    /// `entity_f1`
    pub entity_f1: Option<f64>,
    /// `entity_precision`
    pub entity_precision: Option<f64>,
    /// `entity_recall`
    pub entity_recall: Option<f64>,
    /// `entity_f1_iob2`
    pub entity_f1_iob2: Option<f64>,
    /// `token_f1_micro`
    pub token_f1_micro: Option<f64>,
    /// `token_f1_macro`
    pub token_f1_macro: Option<f64>,
    /// `gold_token_f1_micro`
    pub gold_token_f1_micro: Option<f64>,
    /// `gold_token_f1_macro`
    pub gold_token_f1_macro: Option<f64>,
    /// `token_accuracy`
    pub token_accuracy: Option<f64>,
    /// Each type that occurs in gold or prediction, by scheme, then name.
    pub entities: Vec<EntityScore>,
}

impl Scores {
    /// The score of that name.
    pub fn get(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::EntityF1 => self.entity_f1,
            Metric::EntityPrecision => self.entity_precision,
            Metric::EntityRecall => self.entity_recall,
            Metric::EntityF1Iob2 => self.entity_f1_iob2,
            Metric::TokenF1Micro => self.token_f1_micro,
            Metric::TokenF1Macro => self.token_f1_macro,
            Metric::GoldTokenF1Micro => self.gold_token_f1_micro,
            Metric::GoldTokenF1Macro => self.gold_token_f1_macro,
            Metric::TokenAccuracy => self.token_accuracy,
        }
    }
}

/// Scores predictions against gold tags.
///
/// # Shapes
/// gold, predicted: [sentences][words], tag numbers below `tags.len()`. None: an unseen word, which the token scores leave
/// out and the entity scores take as predicted O.
///
/// # Errors
/// Unequal shapes, numbers outside the set.
pub fn score<G: AsRef<[u16]>, P: AsRef<[Option<u16>]>>(
    tags: &TagSet,
    gold: &[G],
    predicted: &[P],
) -> Result<Scores, MetricsError> {
    check(tags, gold, predicted)?;
    let mut words = Confusion::new(tags);
    let mut default = EntityCounts::new(tags, Scheme::Conlleval);
    let mut strict = EntityCounts::new(tags, Scheme::Iob2);
    for (gold, predicted) in gold.iter().zip(predicted) {
        let (gold, predicted) = (gold.as_ref(), predicted.as_ref());
        default.add(gold, predicted);
        strict.add(gold, predicted);
        for (&gold, seen) in gold.iter().zip(predicted) {
            if let Some(predicted) = *seen {
                words.add(gold, predicted);
            }
        }
    }
    let micro = Some(default.micro()).filter(|tally| tally.gold > 0);
    let strict_micro = Some(strict.micro()).filter(|tally| tally.gold > 0);
    let classes = words.f1_over_entity_classes();
    let gold_words = words.f1_over_gold_entity_words();
    Ok(Scores {
        entity_f1: micro.map(|tally| tally.f1()),
        entity_precision: micro.map(|tally| tally.precision()),
        entity_recall: micro.map(|tally| tally.recall()),
        entity_f1_iob2: strict_micro.map(|tally| tally.f1()),
        token_f1_micro: classes.map(|(micro, _)| micro),
        token_f1_macro: classes.map(|(_, average)| average),
        gold_token_f1_micro: gold_words.map(|(micro, _)| micro),
        gold_token_f1_macro: gold_words.map(|(_, average)| average),
        token_accuracy: words.accuracy(),
        entities: default.per_type().chain(strict.per_type()).collect(),
    })
}

/// Checks that gold and prediction describe the same words, by tags of the set.
pub(super) fn check<G: AsRef<[u16]>, P: AsRef<[Option<u16>]>>(
    tags: &TagSet,
    gold: &[G],
    predicted: &[P],
) -> Result<(), MetricsError> {
    check_count("sentences", gold.len(), predicted.len())?;
    let mut pairs = gold.iter().zip(predicted).enumerate();
    pairs
        .try_for_each(|(sentence, (gold, predicted))| check_sentence(tags, sentence, gold.as_ref(), predicted.as_ref()))
}

fn check_count(what: &str, gold: usize, predicted: usize) -> Result<(), MetricsError> {
    if gold == predicted {
        return Ok(());
    }
    Err(MetricsError::Unequal { what: what.to_owned(), gold, predicted })
}

fn check_sentence(tags: &TagSet, sentence: usize, gold: &[u16], predicted: &[Option<u16>]) -> Result<(), MetricsError> {
    check_count(&format!("words of sentence {sentence}"), gold.len(), predicted.len())?;
    let mut numbers = gold.iter().copied().chain(predicted.iter().filter_map(|word| *word));
    match numbers.find(|&number| usize::from(number) >= tags.len()) {
        Some(number) => Err(MetricsError::OutsideSet { sentence, number, tags: tags.len() }),
        None => Ok(()),
    }
}
