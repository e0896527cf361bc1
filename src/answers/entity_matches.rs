//! Entities of gold and answer matched one to one, each with the kind of error that it is. It must not know words.

use crate::metrics::{Entity, Scheme, TagSet, entities};
use crate::results::ReadTags;
use crate::words::words;

words! {
    /// What is wrong with an entity. Entities are read as for `entity_f1`; each wrong one, of gold or answer, has one kind.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum ErrorKind {
        /// The right type, other ends; they share a word.
        Boundary => "boundary",
        /// The right ends, another type.
        Type => "type",
        /// Other ends and another type; they share a word.
        Both => "both",
        /// In the gold alone.
        Missed => "missed",
        /// In the answer alone.
        Spurious => "spurious",
    }
}

/// An entity of the gold, of the answer, or one of each that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Match {
    /// None: they are equal, which is right.
    pub kind: Option<ErrorKind>,
    /// None: spurious.
    pub gold: Option<Entity>,
    /// None: missed.
    pub answer: Option<Entity>,
}

impl Match {
    /// The first word of either.
    pub fn start(&self) -> usize {
        let starts = [self.gold, self.answer].into_iter().flatten().map(|entity| entity.start);
        starts.min().expect("a match has an entity")
    }

    /// Whether gold or answer is of a type.
    pub fn has_type(&self, kind: usize) -> bool {
        [self.gold, self.answer].into_iter().flatten().any(|entity| entity.kind == kind)
    }
}

/// How many entities are right, and how many are wrong, by kind.
///
/// gold = right + boundary + type + both + missed, answers = right + boundary + type + both + spurious. With the counts of
/// `entity_f1`: tp = right, fn = gold − right, fp = answers − right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MatchTally {
    /// Entities that are right.
    pub right: usize,
    /// By [`ErrorKind`], in its order.
    kinds: [usize; ErrorKind::ALL.len()],
}

impl MatchTally {
    /// Of these matches.
    pub fn of<'m>(matches: impl IntoIterator<Item = &'m Match>) -> Self {
        let mut tally = Self::default();
        for one in matches {
            match one.kind {
                None => tally.right += 1,
                Some(kind) => tally.kinds[kind as usize] += 1,
            }
        }
        tally
    }

    /// Errors of a kind.
    pub fn count(&self, kind: ErrorKind) -> usize {
        self.kinds[kind as usize]
    }

    /// Entities in the gold.
    pub fn gold(&self) -> usize {
        self.right + self.wrong() - self.count(ErrorKind::Spurious)
    }

    /// Entities in the answer.
    pub fn answers(&self) -> usize {
        self.right + self.wrong() - self.count(ErrorKind::Missed)
    }

    /// Errors of all kinds.
    pub fn wrong(&self) -> usize {
        self.kinds.iter().sum()
    }
}

/// The matches of each sentence, by their first words.
pub fn entity_matches(tags: &TagSet, read: &ReadTags) -> Vec<Vec<Match>> {
    let pairs = read.gold.sentences.iter().zip(&read.predicted);
    let sentence = |(gold, answers): (&Vec<u16>, &Vec<Option<u16>>)| {
        let gold = entities(tags, Scheme::Conlleval, gold.iter().map(|tag| Some(*tag)));
        matches(&gold, &entities(tags, Scheme::Conlleval, answers.iter().copied()))
    };
    pairs.map(sentence).collect()
}

/// Whether a gold entity and an answer make a pair.
type Fits = fn(&Entity, &Entity) -> bool;

/// First equal entities, then those of equal ends, then of equal type that share a word, then others that share a word: each
/// answer, in order, takes the gold entity with the nearest ends, the first of equals. What is left is missed or spurious.
fn matches(gold: &[Entity], answers: &[Entity]) -> Vec<Match> {
    let (mut free_gold, mut free_answers) = (gold.to_vec(), answers.to_vec());
    let mut found = Vec::new();
    let passes: [(Option<ErrorKind>, Fits); 4] = [
        (None, |gold, answer| gold == answer),
        (Some(ErrorKind::Type), |gold, answer| (gold.start, gold.end) == (answer.start, answer.end)),
        (Some(ErrorKind::Boundary), |gold, answer| gold.kind == answer.kind && gold.shares_a_word_with(answer)),
        (Some(ErrorKind::Both), Entity::shares_a_word_with),
    ];
    for (kind, fits) in passes {
        free_answers.retain(|answer| {
            let fitting = (0..free_gold.len()).filter(|at| fits(&free_gold[*at], answer));
            let Some(at) = fitting.min_by_key(|at| distance(&free_gold[*at], answer)) else { return true };
            found.push(Match { kind, gold: Some(free_gold.remove(at)), answer: Some(*answer) });
            false
        });
    }
    let missed = free_gold.into_iter().map(|gold| (ErrorKind::Missed, Some(gold), None));
    let spurious = free_answers.into_iter().map(|answer| (ErrorKind::Spurious, None, Some(answer)));
    found.extend(missed.chain(spurious).map(|(kind, gold, answer)| Match { kind: Some(kind), gold, answer }));
    found.sort_by_key(|one| (one.start(), *one));
    found
}

fn distance(gold: &Entity, answer: &Entity) -> usize {
    gold.start.abs_diff(answer.start) + gold.end.abs_diff(answer.end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entity((start, end, kind): (usize, usize, usize)) -> Entity {
        Entity { start, end, kind }
    }

    fn kinds(gold: &[(usize, usize, usize)], answers: &[(usize, usize, usize)]) -> Vec<&'static str> {
        let [gold, answers] = [gold, answers].map(|all| all.iter().copied().map(entity).collect::<Vec<_>>());
        matches(&gold, &answers).iter().map(|one| one.kind.map_or("right", ErrorKind::name)).collect()
    }

    #[test]
    fn each_entity_has_one_kind() {
        assert_eq!(kinds(&[(0, 2, 0)], &[(0, 2, 0)]), ["right"]);
        assert_eq!(kinds(&[(0, 2, 0)], &[(0, 2, 1)]), ["type"]);
        assert_eq!(kinds(&[(0, 2, 0)], &[(0, 3, 0)]), ["boundary"]);
        assert_eq!(kinds(&[(0, 2, 0)], &[(1, 3, 1)]), ["both"]);
        assert_eq!(kinds(&[(0, 2, 0)], &[(2, 3, 0)]), ["missed", "spurious"]);
        // one answer over two gold entities: that of its type has other ends, the other is missed
        assert_eq!(kinds(&[(0, 1, 1), (1, 3, 0)], &[(0, 3, 0)]), ["boundary", "missed"]);
        // two answers within one gold entity: the nearer has other ends
        assert_eq!(kinds(&[(0, 4, 0)], &[(0, 1, 0), (1, 4, 0)]), ["boundary", "spurious"]);
        // the type is looked at before the distance
        assert_eq!(kinds(&[(0, 4, 0)], &[(0, 3, 1), (3, 4, 0)]), ["boundary", "spurious"]);
    }

    proptest! {
        #[test]
        fn every_entity_is_counted_once(words in proptest::collection::vec((0..5_u16, 0..5_u16), 0..12)) {
            let tags = TagSet::new(&["O", "B-A", "I-A", "B-B", "I-B"].map(str::to_owned)).expect("valid names");
            let of = |side: fn(&(u16, u16)) -> u16| {
                entities(&tags, Scheme::Conlleval, words.iter().map(|word| Some(side(word))))
            };
            let (gold, answers) = (of(|word| word.0), of(|word| word.1));
            let found = matches(&gold, &answers);
            let mut sides: [Vec<Entity>; 2] = Default::default();
            for one in &found {
                sides[0].extend(one.gold);
                sides[1].extend(one.answer);
            }
            sides.iter_mut().for_each(|side| side.sort());
            prop_assert_eq!(&sides, &[gold.clone(), answers.clone()]);
            let tally = MatchTally::of(&found);
            let right = gold.iter().filter(|entity| answers.contains(entity)).count();
            prop_assert_eq!((tally.right, tally.gold(), tally.answers()), (right, gold.len(), answers.len()));
        }
    }
}
