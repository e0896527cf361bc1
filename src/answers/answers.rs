//! A job's answers on a split beside the gold tags: its entities, its confusions, and which errors are asked for. It must
//! not know how they are shown.

use std::collections::BTreeMap;

use crate::metrics::{Entity, MatchScores, Matching, TagSet, match_scores};
use crate::results::ReadTags;

use super::entity_matches::{ErrorKind, Match, MatchTally, entity_matches};

/// A job's answers on a split.
#[derive(Debug, Clone)]
pub struct Answers {
    /// The job, `results/grid:train_size=1000`.
    pub job: String,
    /// What it answered, `test split`.
    pub on: String,
    /// The set that numbers the tags. Types are numbered as in [`TagSet::types`].
    pub tags: TagSet,
    /// Gold and answers.
    pub read: ReadTags,
    /// The matches of each sentence.
    pub matches: Vec<Vec<Match>>,
}

/// Which errors are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorFilter {
    /// These kinds; empty: all.
    pub kinds: Vec<ErrorKind>,
    /// With an entity of this type in gold or answer, by its number; none: all.
    pub of_type: Option<usize>,
}

impl ErrorFilter {
    /// Whether an error is asked for.
    pub fn keeps(&self, one: &Match) -> bool {
        one.kind.is_some_and(|kind| self.kinds.is_empty() || self.kinds.contains(&kind))
            && self.of_type.is_none_or(|of_type| one.has_type(of_type))
    }
}

impl Answers {
    /// Answers with their matches.
    pub fn new(job: String, on: String, tags: TagSet, read: ReadTags) -> Self {
        let matches = entity_matches(&tags, &read);
        Self { job, on, tags, read, matches }
    }

    /// All matches counted.
    pub fn tally(&self) -> MatchTally {
        MatchTally::of(self.matches.iter().flatten())
    }

    /// Sentences whose entities are all right.
    pub fn wholly_right(&self) -> usize {
        self.matches.iter().filter(|matches| matches.iter().all(|one| one.kind.is_none())).count()
    }

    /// How many entities match; [`Matching::Strict`]'s F1 is `entity_f1`.
    pub fn scores(&self, matching: Matching) -> MatchScores {
        match_scores(matching, &self.tags, &self.read.gold.sentences, &self.read.predicted)
            .expect("gold and predictions have one shape")
    }

    /// A type's name.
    pub fn type_name(&self, kind: usize) -> &str {
        &self.tags.types()[kind]
    }

    /// Entities by type in gold (first) and answer, none where there is none; those of a right type included.
    pub fn confusion(&self) -> BTreeMap<[Option<usize>; 2], usize> {
        let mut counts = BTreeMap::new();
        for one in self.matches.iter().flatten() {
            *counts.entry([one.gold, one.answer].map(|entity| entity.map(|entity| entity.kind))).or_default() += 1;
        }
        counts
    }

    /// Errors with equal words and types that occur twice or more, the commonest first: `Madrid [LOC] as [ORG]`.
    ///
    /// # Shapes
    /// words: [sentences][words]
    pub fn common_errors(&self, words: &[Vec<String>], filter: &ErrorFilter) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (matches, words) in self.matches.iter().zip(words) {
            for one in matches.iter().filter(|one| filter.keeps(one)) {
                *counts.entry(self.described(one, words)).or_default() += 1;
            }
        }
        let mut common: Vec<(String, usize)> = counts.into_iter().filter(|(_, count)| *count > 1).collect();
        common.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        common
    }

    /// `Juan [PER] as Juan Carlos [PER]`.
    fn described(&self, one: &Match, words: &[String]) -> String {
        let text = |entity: Entity| words[entity.start..entity.end].join(" ");
        let whole = |entity: Entity| format!("{} [{}]", text(entity), self.type_name(entity.kind));
        match (one.gold, one.answer) {
            (Some(gold), Some(answer)) if (gold.start, gold.end) == (answer.start, answer.end) => {
                format!("{} as [{}]", whole(gold), self.type_name(answer.kind))
            }
            (Some(gold), Some(answer)) => format!("{} as {}", whole(gold), whole(answer)),
            (Some(gold), None) => format!("{} missed", whole(gold)),
            (None, answer) => format!("{} spurious", answer.map(whole).unwrap_or_default()),
        }
    }
}
