//! Which tag may follow which in IOB2: what decoding may answer.

use super::tags::{Tag, TagSet};

/// The sequences of tags that IOB2 allows. `I-X` stands only after `B-X` or `I-X`; a type of which the set has no `B-X`
/// is none of IOB2's, and its `I-X` may stand anywhere. So every tag has one that may follow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transitions {
    tags: usize,
    /// `[tags]`
    starts: Vec<bool>,
    /// `[from, to]`
    follows: Vec<bool>,
}

impl Transitions {
    /// Those among `tags`.
    pub fn iob2(tags: &TagSet) -> Self {
        let all = || (0..tags.len()).map(|number| tags.tag(number as u16));
        let begins = |kind: usize| all().any(|tag| tag == Tag::Begin(kind));
        let is_allowed = |from: Option<Tag>, to: Tag| match to {
            Tag::Outside | Tag::Begin(_) => true,
            Tag::Inside(kind) => [Tag::Begin(kind), Tag::Inside(kind)].map(Some).contains(&from) || !begins(kind),
        };
        let starts = all().map(|to| is_allowed(None, to)).collect();
        let follows = all().flat_map(|from| all().map(move |to| (from, to)));
        let follows = follows.map(|(from, to)| is_allowed(Some(from), to)).collect();
        Self { tags: tags.len(), starts, follows }
    }

    /// How many tags there are.
    pub fn tags(&self) -> usize {
        self.tags
    }

    /// Whether a sentence may start with tag `to`.
    pub fn may_start(&self, to: usize) -> bool {
        self.starts[to]
    }

    /// Whether tag `to` may follow tag `from`.
    pub fn may_follow(&self, from: usize, to: usize) -> bool {
        self.follows[from * self.tags + to]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transitions(names: &str) -> Transitions {
        let names: Vec<String> = names.split(' ').map(str::to_owned).collect();
        Transitions::iob2(&TagSet::new(&names).expect("valid names"))
    }

    #[test]
    fn an_entity_begins_with_b_and_continues_with_its_own_type() {
        let allowed = transitions("O B-X I-X B-Y I-Y");
        let after = |from: usize| (0..5).map(|to| u8::from(allowed.may_follow(from, to))).collect::<Vec<_>>();
        assert_eq!((0..5).map(|to| u8::from(allowed.may_start(to))).collect::<Vec<_>>(), [1, 1, 0, 1, 0]);
        assert_eq!(after(0), [1, 1, 0, 1, 0], "O");
        assert_eq!(after(1), [1, 1, 1, 1, 0], "B-X");
        assert_eq!(after(2), [1, 1, 1, 1, 0], "I-X");
        assert_eq!(after(3), [1, 1, 0, 1, 1], "B-Y");
    }

    #[test]
    fn a_type_without_a_beginning_may_stand_anywhere() {
        let allowed = transitions("I-X O B-Y I-Y");
        assert!(allowed.may_start(0) && (0..4).all(|from| allowed.may_follow(from, 0)));
        assert!(!allowed.may_start(3) && !allowed.may_follow(0, 3));
    }
}
