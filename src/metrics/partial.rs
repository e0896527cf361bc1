//! Partial scores, as MUC and SemEval-2013 define them and nervaluate 1.2.1 computes them: entities that share a word are
//! matched by ends, by type or by both. It knows no rounding and no exact scores.
//!
//! Chinchor and Sundheim 1993 (MUC-5), Segura-Bedmar et al. 2013 (SemEval-2013 task 9.1).

use super::entity::{Entity, entities};
use super::scores::check;
use super::{MetricsError, Ratios, Scheme, TagSet};
use crate::words::words;

words! {
    /// What makes a predicted entity correct that shares a word with a gold one.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Matching {
        /// Both ends and the type: its scores are those of `entity_*`.
        Strict => "strict",
        /// Both ends.
        Exact => "exact",
        /// Both ends; without them it is half right.
        Partial => "partial",
        /// The type.
        Type => "type",
    }
}

words! {
    /// A partial score's name.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum PartialMetric {
        /// F1 where both ends are right, whatever the type.
        ExactF1 => "exact_f1",
        /// Its precision.
        ExactPrecision => "exact_precision",
        /// Its recall.
        ExactRecall => "exact_recall",
        /// F1 where entities that overlap with other ends are half right, whatever the type.
        PartialF1 => "partial_f1",
        /// Its precision.
        PartialPrecision => "partial_precision",
        /// Its recall.
        PartialRecall => "partial_recall",
        /// F1 where entities that overlap have the right type, whatever their ends.
        TypeF1 => "type_f1",
        /// Its precision.
        TypePrecision => "type_precision",
        /// Its recall.
        TypeRecall => "type_recall",
    }
}

/// How many entities matched. A ratio without cases is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MatchCounts {
    /// Predicted entities that are right.
    pub correct: u64,
    /// Those that share a word with a gold entity and are wrong.
    pub incorrect: u64,
    /// Those that share a word with a gold entity and are half right ([`Matching::Partial`] alone).
    pub partial: u64,
    /// Gold entities that no predicted one is matched with.
    pub missed: u64,
    /// Predicted entities that no gold one is matched with.
    pub spurious: u64,
}

/// How many entities matched on a split.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MatchScores {
    /// All types together.
    pub overall: MatchCounts,
    /// Each type that occurs in gold or prediction, by name, as if there were no other: a wrong type is a miss of one and
    /// spurious for the other, so that these do not add up to `overall`.
    pub types: Vec<(String, MatchCounts)>,
}

impl PartialMetric {
    /// What it takes for right.
    pub fn matching(self) -> Matching {
        match self {
            Self::ExactF1 | Self::ExactPrecision | Self::ExactRecall => Matching::Exact,
            Self::PartialF1 | Self::PartialPrecision | Self::PartialRecall => Matching::Partial,
            Self::TypeF1 | Self::TypePrecision | Self::TypeRecall => Matching::Type,
        }
    }

    /// The numerator and the denominator that the counts of a sentence add to those of the score.
    fn part(self, counts: &MatchCounts) -> [u64; 2] {
        let cases = match self {
            Self::ExactF1 | Self::PartialF1 | Self::TypeF1 => counts.predicted() + counts.gold(),
            Self::ExactPrecision | Self::PartialPrecision | Self::TypePrecision => 2 * counts.predicted(),
            Self::ExactRecall | Self::PartialRecall | Self::TypeRecall => 2 * counts.gold(),
        };
        [counts.halves(), cases]
    }
}

impl MatchCounts {
    /// Predicted entities.
    pub fn predicted(&self) -> u64 {
        self.correct + self.incorrect + self.partial + self.spurious
    }

    /// Gold entities.
    pub fn gold(&self) -> u64 {
        self.correct + self.incorrect + self.partial + self.missed
    }

    /// (correct + ½·partial) / predicted.
    pub fn precision(&self) -> f64 {
        ratio_or_zero(self.halves(), 2 * self.predicted())
    }

    /// (correct + ½·partial) / gold.
    pub fn recall(&self) -> f64 {
        ratio_or_zero(self.halves(), 2 * self.gold())
    }

    /// 2·P·R / (P + R) = (2·correct + partial) / (predicted + gold).
    pub fn f1(&self) -> f64 {
        ratio_or_zero(self.halves(), self.predicted() + self.gold())
    }

    /// Twice what is right: a half counts once.
    fn halves(&self) -> u64 {
        2 * self.correct + self.partial
    }

    fn add(&mut self, other: &Self) {
        self.correct += other.correct;
        self.incorrect += other.incorrect;
        self.partial += other.partial;
        self.missed += other.missed;
        self.spurious += other.spurious;
    }
}

/// Counts the entities that match, all types together and each alone. Unseen words are predicted O.
///
/// # Shapes
/// As in [`super::score`].
///
/// # Errors
/// Unequal shapes, numbers outside the set.
pub fn match_scores<G: AsRef<[u16]>, P: AsRef<[Option<u16>]>>(
    matching: Matching,
    tags: &TagSet,
    gold: &[G],
    predicted: &[P],
) -> Result<MatchScores, MetricsError> {
    check(tags, gold, predicted)?;
    let mut overall = MatchCounts::default();
    let mut types = vec![MatchCounts::default(); tags.types().len()];
    for (gold, predicted) in gold.iter().zip(predicted) {
        let [gold, predicted] = both(tags, gold.as_ref(), predicted.as_ref());
        overall.add(&sentence_counts(matching, &gold, &predicted));
        for (kind, counts) in types.iter_mut().enumerate() {
            let of_kind =
                |all: &[Entity]| -> Vec<Entity> { all.iter().copied().filter(|entity| entity.kind == kind).collect() };
            counts.add(&sentence_counts(matching, &of_kind(&gold), &of_kind(&predicted)));
        }
    }
    let occurs = |(_, counts): &(String, MatchCounts)| counts.gold() + counts.predicted() > 0;
    let types = tags.types().iter().cloned().zip(types).filter(occurs).collect();
    Ok(MatchScores { overall, types })
}

/// What a partial score is made of, sentence by sentence: X = 2·correct + partial; Y = predicted + gold for F1, twice the
/// predicted for precision, twice the gold for recall. None where there is no gold entity.
///
/// # Shapes
/// As in [`super::score`].
///
/// # Errors
/// Unequal shapes, numbers outside the set.
pub fn partial_ratios<G: AsRef<[u16]>, P: AsRef<[Option<u16>]>>(
    metric: PartialMetric,
    tags: &TagSet,
    gold: &[G],
    predicted: &[P],
) -> Result<Option<Ratios>, MetricsError> {
    check(tags, gold, predicted)?;
    let sentence = |(gold, predicted): (&G, &P)| {
        let [gold, predicted] = both(tags, gold.as_ref(), predicted.as_ref());
        sentence_counts(metric.matching(), &gold, &predicted)
    };
    let all: Vec<MatchCounts> = gold.iter().zip(predicted).map(sentence).collect();
    let pair = |counts: &MatchCounts| {
        metric.part(counts).map(|count| u32::try_from(count).expect("a sentence has fewer words than 2³⁰"))
    };
    let has_gold = all.iter().any(|counts| counts.gold() > 0);
    Ok(has_gold.then(|| Ratios { parts: vec![all.iter().map(pair).collect()] }))
}

fn both(tags: &TagSet, gold: &[u16], predicted: &[Option<u16>]) -> [Vec<Entity>; 2] {
    let gold = entities(tags, Scheme::Conlleval, gold.iter().map(|tag| Some(*tag)));
    [gold, entities(tags, Scheme::Conlleval, predicted.iter().copied())]
}

/// Each predicted entity takes a gold one that shares a word with it and is not taken yet: one that makes it correct, else
/// the first.
fn sentence_counts(matching: Matching, gold: &[Entity], predicted: &[Entity]) -> MatchCounts {
    let mut counts = MatchCounts::default();
    let mut taken = vec![false; gold.len()];
    for answer in predicted {
        let is_free = |at: &usize| !taken[*at] && gold[*at].shares_a_word_with(answer);
        let free: Vec<usize> = (0..gold.len()).filter(is_free).collect();
        let right = free.iter().copied().filter(|at| is_correct(matching, &gold[*at], answer));
        // min_by_key gives the first of equals
        let right = right.min_by_key(|at| gold[*at].start.abs_diff(answer.start) + gold[*at].end.abs_diff(answer.end));
        let Some(at) = right.or(free.first().copied()) else {
            counts.spurious += 1;
            continue;
        };
        taken[at] = true;
        match (right, matching) {
            (Some(_), _) => counts.correct += 1,
            (None, Matching::Partial) => counts.partial += 1,
            (None, _) => counts.incorrect += 1,
        }
    }
    counts.missed = taken.iter().filter(|taken| !**taken).count() as u64;
    counts
}

fn is_correct(matching: Matching, gold: &Entity, answer: &Entity) -> bool {
    let ends = gold.start == answer.start && gold.end == answer.end;
    match matching {
        Matching::Strict => ends && gold.kind == answer.kind,
        Matching::Exact | Matching::Partial => ends,
        Matching::Type => gold.kind == answer.kind,
    }
}

fn ratio_or_zero(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
