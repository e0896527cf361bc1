//! Why tags and predictions cannot be scored.

use thiserror::Error;

/// Why a tag set or a set of predictions cannot be scored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MetricsError {
    /// A name that is not `O`, `B-TYPE` or `I-TYPE`.
    #[error(
        "tag {index} of the tag set is {name:?}, which is not O, B-TYPE or I-TYPE; \
         rename it in the data, or list the tags in data.labels"
    )]
    NotIob {
        /// The tag's place in the set, from 0.
        index: usize,
        /// The name as given.
        name: String,
    },
    /// A name that is twice in the set.
    #[error("tag {name:?} is listed twice in the tag set; list each tag once in data.labels")]
    Repeated {
        /// The name.
        name: String,
    },
    /// A number that names no tag.
    #[error("sentence {sentence}: tag number {number} is outside the set of {tags} tags; check data.labels")]
    OutsideSet {
        /// Index of the sentence, from 0.
        sentence: usize,
        /// The number.
        number: u16,
        /// Size of the set.
        tags: usize,
    },
    /// Gold and prediction that do not describe the same words.
    #[error(
        "{what}: {gold} gold and {predicted} predicted; score predictions with the gold tags of the same sentences"
    )]
    Unequal {
        /// What was counted: `sentences`, or `words of sentence i`.
        what: String,
        /// How many in the gold.
        gold: usize,
        /// How many in the prediction.
        predicted: usize,
    },
}
