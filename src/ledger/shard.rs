//! Shards: the trainings of an experiment divided among machines that do not talk to each other, by the order of their keys.

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use crate::plan::TrainingKey;

use super::ledger::{Id, Ledger, Part};

/// `--shard I/N`: the I-th of N shards, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    index: usize,
    count: NonZeroUsize,
}

/// A value that `--shard` does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a shard; write I/N for the I-th of N shards: 1/4, 2/4, 3/4, 4/4")]
pub struct UnknownShard(String);

/// The part of a selection that is a shard's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Its jobs, in the order of the plan.
    pub jobs: Vec<usize>,
    /// Its trainings.
    pub trainings: usize,
    /// Trainings of all shards.
    pub of: usize,
}

impl Shard {
    /// The jobs of `selection` whose training is this shard's, done or pending: those of each N-th key, in the order of the
    /// keys. None where the inputs of a job are not known yet, and so not its key.
    ///
    /// A job's row, its row without the test set and its evaluation sets are scored on one training, so that they are in one
    /// shard, as are all jobs that share a training.
    pub fn share(self, ledger: &Ledger, selection: &[usize]) -> Option<Share> {
        let training = |job: &usize| ledger.training_of(Id { job: *job, part: Part::Whole });
        let all: BTreeSet<&TrainingKey> = selection.iter().map(training).collect::<Option<_>>()?;
        let own: BTreeSet<&TrainingKey> = all.iter().copied().skip(self.index).step_by(self.count.get()).collect();
        let is_own = |job: &&usize| training(job).is_some_and(|key| own.contains(key));
        let jobs = selection.iter().filter(is_own).copied().collect();
        Some(Share { jobs, trainings: own.len(), of: all.len() })
    }
}

impl FromStr for Shard {
    type Err = UnknownShard;

    fn from_str(text: &str) -> Result<Self, UnknownShard> {
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        let parsed = text.split_once('/').and_then(|(index, count)| Some((number(index)?, number(count)?)));
        match parsed {
            Some((index @ 1.., count)) if index <= count => {
                let count = NonZeroUsize::new(count).expect("it is not below the index, which is 1 or more");
                Ok(Self { index: index - 1, count })
            }
            _ => Err(UnknownShard(text.to_owned())),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_read_as_it_is_shown() {
        for text in ["1/1", "1/4", "4/4", "17/200"] {
            assert_eq!(text.parse::<Shard>().map(|shard| shard.to_string()), Ok(text.to_owned()));
        }
        for text in ["0/4", "5/4", "a/b", "1", "", "/", "1/", "/4", "1/0", "-1/4", "+1/4", "1/4/4", " 1/4", "1,4"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
        insta::assert_snapshot!("0/4".parse::<Shard>().expect_err("refused"), @"`0/4` is not a shard; write I/N for the I-th of N shards: 1/4, 2/4, 3/4, 4/4");
    }
}
