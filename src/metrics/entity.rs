//! Entity scores: spans read from tags under a scheme, and precision, recall and F1 of their exact matches. It knows no
//! token scores.

use super::TagSet;
use super::tags::Tag;
use crate::words::words;

words! {
    /// How tags become entities.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Scheme {
        /// conlleval's and seqeval's default: an entity begins at B, and at an I that continues none of its type.
        Conlleval => "conlleval",
        /// seqeval's strict IOB2: an entity begins at B only; an I that continues none of its type is dropped.
        Iob2 => "iob2",
    }
}

/// The scores of one type under one scheme. A ratio without cases is 0, as seqeval's `zero_division=0`; `support` shows that.
#[derive(Debug, Clone, PartialEq)]
pub struct EntityScore {
    /// How tags became entities.
    pub scheme: Scheme,
    /// The type, `PER` of `B-PER`.
    pub kind: String,
    /// Right entities among those predicted, 0 to 1.
    pub precision: f64,
    /// Right entities among those in the gold, 0 to 1.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// Entities in the gold.
    pub support: u64,
}

/// Words `start..end` of a sentence, an entity of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entity {
    /// Its first word, from 0.
    pub start: usize,
    /// The word after its last.
    pub end: usize,
    /// The type's index in [`TagSet::types`].
    pub kind: usize,
}

impl Entity {
    /// Whether some word belongs to both.
    pub fn shares_a_word_with(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Entities right, in the gold, in the prediction.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) right: u64,
    pub(super) gold: u64,
    pub(super) predicted: u64,
}

impl Tally {
    pub(super) fn precision(&self) -> f64 {
        ratio_or_zero(self.right, self.predicted)
    }

    pub(super) fn recall(&self) -> f64 {
        ratio_or_zero(self.right, self.gold)
    }

    /// 2·P·R / (P + R) = 2·right / (gold + predicted).
    pub(super) fn f1(&self) -> f64 {
        ratio_or_zero(2 * self.right, self.gold + self.predicted)
    }
}

/// The counts of every type under one scheme.
pub(super) struct EntityCounts<'a> {
    tags: &'a TagSet,
    scheme: Scheme,
    by_type: Vec<Tally>,
}

impl<'a> EntityCounts<'a> {
    pub(super) fn new(tags: &'a TagSet, scheme: Scheme) -> Self {
        Self { tags, scheme, by_type: vec![Tally::default(); tags.types().len()] }
    }

    /// Counts one sentence. A word without a prediction counts as predicted O.
    pub(super) fn add(&mut self, gold: &[u16], predicted: &[Option<u16>]) {
        let gold = entities(self.tags, self.scheme, gold.iter().map(|&number| Some(number)));
        let predicted = entities(self.tags, self.scheme, predicted.iter().copied());
        for span in &predicted {
            self.by_type[span.kind].predicted += 1;
            self.by_type[span.kind].right += u64::from(gold.binary_search(span).is_ok());
        }
        for span in &gold {
            self.by_type[span.kind].gold += 1;
        }
    }

    /// All types together.
    pub(super) fn micro(&self) -> Tally {
        self.by_type.iter().fold(Tally::default(), |sum, one| Tally {
            right: sum.right + one.right,
            gold: sum.gold + one.gold,
            predicted: sum.predicted + one.predicted,
        })
    }

    /// A score for each type that occurs in gold or prediction, by name.
    pub(super) fn per_type(&self) -> impl Iterator<Item = EntityScore> {
        let occurring =
            self.tags.types().iter().zip(&self.by_type).filter(|(_, tally)| tally.gold + tally.predicted > 0);
        occurring.map(|(kind, tally)| EntityScore {
            scheme: self.scheme,
            kind: kind.clone(),
            precision: tally.precision(),
            recall: tally.recall(),
            f1: tally.f1(),
            support: tally.gold,
        })
    }
}

/// The counts of one sentence, all types together.
pub(super) fn sentence_tally(tags: &TagSet, scheme: Scheme, gold: &[u16], predicted: &[Option<u16>]) -> Tally {
    let mut counts = EntityCounts::new(tags, scheme);
    counts.add(gold, predicted);
    counts.micro()
}

/// The entities of a sentence, by position. A word without a tag counts as O.
///
/// # Panics
/// A number that is no tag of the set.
pub fn entities(tags: &TagSet, scheme: Scheme, words: impl Iterator<Item = Option<u16>>) -> Vec<Entity> {
    spans(words.map(|word| word.map_or(Tag::Outside, |number| tags.tag(number))), scheme)
}

/// The entities of a sentence, by position. seqeval's `get_entities` (default) and `IOB2` (strict) differ only in an I
/// that continues no entity of its type: the first begins one there.
fn spans(tags: impl Iterator<Item = Tag>, scheme: Scheme) -> Vec<Entity> {
    let mut found: Vec<Entity> = Vec::new();
    let mut open: Option<usize> = None;
    for (word, tag) in tags.enumerate() {
        open = match tag {
            Tag::Inside(kind) if open == Some(kind) => {
                found.last_mut().expect("an open entity was pushed").end = word + 1;
                continue;
            }
            Tag::Begin(kind) => Some(kind),
            Tag::Inside(kind) if scheme == Scheme::Conlleval => Some(kind),
            Tag::Inside(_) | Tag::Outside => None,
        };
        found.extend(open.map(|kind| Entity { start: word, end: word + 1, kind }));
    }
    found
}

fn ratio_or_zero(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: usize = 0;
    const B: usize = 1;

    fn both(tags: &[Tag]) -> [Vec<(usize, usize, usize)>; 2] {
        Scheme::ALL.map(|scheme| {
            spans(tags.iter().copied(), scheme).iter().map(|span| (span.start, span.end, span.kind)).collect()
        })
    }

    #[test]
    fn well_formed_tags_mean_the_same_under_both_schemes() {
        let tags = [Tag::Begin(A), Tag::Inside(A), Tag::Begin(A), Tag::Outside, Tag::Begin(B)];
        let [default, strict] = both(&tags);
        assert_eq!(default, [(0, 2, A), (2, 3, A), (4, 5, B)]);
        assert_eq!(strict, default);
    }

    #[test]
    fn a_stray_inside_opens_an_entity_only_for_conlleval() {
        let tags = [Tag::Inside(A), Tag::Inside(A), Tag::Outside, Tag::Begin(A), Tag::Inside(B), Tag::Inside(A)];
        let [default, strict] = both(&tags);
        assert_eq!(default, [(0, 2, A), (3, 4, A), (4, 5, B), (5, 6, A)]);
        assert_eq!(strict, [(3, 4, A)]);
    }
}
