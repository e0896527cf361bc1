//! What a second answer fixes and breaks of a first one, entity by entity. It must not know words.

use crate::words::words;

use super::entity_matches::{ErrorKind, Match};

words! {
    /// What became of an entity.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Change {
        /// Wrong in the first answer, right in the second; or spurious in the first alone.
        Fixed => "fixed",
        /// Right in the first answer, wrong in the second; or spurious in the second alone.
        Broke => "broke",
        /// Wrong in both, not in the same way.
        Changed => "changed",
    }
}

/// An entity that the two answers do not treat alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntityChange {
    /// What became of it.
    pub change: Change,
    /// As the first answer has it; none: nothing stands there.
    pub first: Option<Match>,
    /// As the second answer has it; none: nothing stands there.
    pub second: Option<Match>,
}

impl EntityChange {
    /// The match that is wrong: of the first answer, unless the second broke it.
    pub fn wrong(&self) -> Match {
        let wrong = if self.change == Change::Broke { self.second } else { self.first };
        wrong.expect("each change has a wrong side")
    }

    /// The kind of error that was fixed, was broken, or was there before it changed.
    pub fn kind(&self) -> ErrorKind {
        self.wrong().kind.expect("it is wrong")
    }

    /// Both sides that there are.
    pub fn sides(&self) -> impl Iterator<Item = Match> {
        [self.first, self.second].into_iter().flatten()
    }
}

/// The changes of a sentence, by their first words. Both answers are matched with the same gold.
pub fn entity_changes(first: &[Match], second: &[Match]) -> Vec<EntityChange> {
    let mut found = Vec::new();
    for one in first.iter().filter(|one| one.gold.is_some()) {
        let other = second.iter().find(|other| other.gold == one.gold).expect("the gold is the same");
        let change = match (one.kind, other.kind) {
            (Some(_), None) => Change::Fixed,
            (None, Some(_)) => Change::Broke,
            (Some(_), Some(_)) if one != other => Change::Changed,
            _ => continue,
        };
        found.push(EntityChange { change, first: Some(*one), second: Some(*other) });
    }
    let spurious = |all: &[Match], others: &[Match]| -> Vec<Match> {
        let alone = |one: &&Match| one.gold.is_none() && !others.contains(one);
        all.iter().filter(alone).copied().collect()
    };
    let (before, mut after) = (spurious(first, second), spurious(second, first));
    for one in before {
        let entity = one.answer.expect("it is spurious");
        let moved = after.iter().position(|other| other.answer.is_some_and(|other| other.shares_a_word_with(&entity)));
        let second = moved.map(|at| after.remove(at));
        let change = if second.is_some() { Change::Changed } else { Change::Fixed };
        found.push(EntityChange { change, first: Some(one), second });
    }
    found.extend(after.into_iter().map(|one| EntityChange { change: Change::Broke, first: None, second: Some(one) }));
    found.sort_by_key(|one| one.sides().map(|side| side.start()).min());
    found
}

#[cfg(test)]
mod tests {
    use crate::metrics::Entity;

    use super::*;

    fn one(
        kind: Option<ErrorKind>,
        gold: Option<(usize, usize, usize)>,
        answer: Option<(usize, usize, usize)>,
    ) -> Match {
        let entity = |(start, end, kind)| Entity { start, end, kind };
        Match { kind, gold: gold.map(entity), answer: answer.map(entity) }
    }

    fn found(first: &[Match], second: &[Match]) -> Vec<(&'static str, &'static str)> {
        entity_changes(first, second).iter().map(|one| (one.change.name(), one.kind().name())).collect()
    }

    #[test]
    fn an_entity_is_fixed_broken_or_wrong_in_another_way() {
        let gold = Some((0, 2, 0));
        let right = one(None, gold, gold);
        let missed = one(Some(ErrorKind::Missed), gold, None);
        let short = one(Some(ErrorKind::Boundary), gold, Some((0, 1, 0)));
        assert_eq!(found(&[missed], &[right]), [("fixed", "missed")]);
        assert_eq!(found(&[right], &[short]), [("broke", "boundary")]);
        assert_eq!(found(&[missed], &[short]), [("changed", "missed")]);
        assert_eq!(found(&[missed], &[missed]), []);
        assert_eq!(found(&[right], &[right]), []);
    }

    #[test]
    fn a_spurious_entity_comes_goes_or_moves() {
        let spurious = |start, end, kind| one(Some(ErrorKind::Spurious), None, Some((start, end, kind)));
        assert_eq!(found(&[spurious(0, 1, 0)], &[]), [("fixed", "spurious")]);
        assert_eq!(found(&[], &[spurious(0, 1, 0)]), [("broke", "spurious")]);
        assert_eq!(found(&[spurious(0, 2, 0)], &[spurious(1, 2, 1)]), [("changed", "spurious")]);
        assert_eq!(found(&[spurious(0, 2, 0)], &[spurious(0, 2, 0)]), []);
        assert_eq!(found(&[spurious(0, 1, 0)], &[spurious(3, 4, 0)]), [("fixed", "spurious"), ("broke", "spurious")]);
    }
}
