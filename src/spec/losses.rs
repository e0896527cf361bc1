//! What a training minimizes, and how a model's scores become tags.

use std::collections::BTreeMap;

use super::Value;
use crate::words::words;

words! {
    /// What a training minimizes.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum LossKind {
        /// Each word for itself: -log p of its tag.
        CrossEntropy => "cross_entropy",
        /// The same, with words that the model has right counting less.
        Focal => "focal",
        /// The self-adjusting Dice loss of a word's tag.
        Dice => "dice",
        /// The tags of a sentence as one sequence.
        Crf => "crf",
    }
}

words! {
    /// How the scores of a sentence's words become tags.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Decoding {
        /// Each word's best.
        Argmax => "argmax",
        /// The best sequence that IOB2 allows.
        Constrained => "constrained",
    }
}

/// How much a word counts in the loss, by its tag.
#[derive(Debug, Clone, PartialEq)]
pub enum ClassWeights {
    /// All tags together as much as each other, by the training rows.
    Balanced,
    /// So much; tags that are not named: 1.
    Given(BTreeMap<String, f64>),
}

impl ClassWeights {
    /// The word for the first.
    pub(super) const BALANCED: &str = "balanced";
}

impl From<&ClassWeights> for Value {
    fn from(weights: &ClassWeights) -> Self {
        match weights {
            ClassWeights::Balanced => ClassWeights::BALANCED.into(),
            ClassWeights::Given(given) => Self::Map(given.iter().map(|(tag, w)| (tag.clone(), (*w).into())).collect()),
        }
    }
}
