//! A data set in memory: its splits, its tag set, and the rows that a job uses.

use std::collections::HashSet;

use super::{DataError, Labels, Sentence, Split};
use crate::random::numpy_permutation;
use crate::spec::Size;

/// The complete splits that a job's settings use, and their tag set.
#[derive(Debug, Clone, PartialEq)]
pub struct Corpus {
    /// The tag set.
    pub labels: Labels,
    /// What was changed or skipped in reading, for the user.
    pub notes: Vec<String>,
    pub(super) splits: [Vec<Sentence>; 3],
    /// `[training rows]`: whether a row is dropped because the test split has its words; empty without
    /// `data.drop_test_overlap`.
    overlapping: Vec<bool>,
}

impl Corpus {
    /// `splits`: train, validation, test.
    pub fn new(labels: Labels, splits: [Vec<Sentence>; 3]) -> Self {
        Self { labels, notes: Vec::new(), splits, overlapping: Vec::new() }
    }

    /// All sentences of a split, in the order of its files; empty if the settings do not use it.
    pub fn split(&self, split: Split) -> &[Sentence] {
        &self.splits[split as usize]
    }

    /// Indices of the training rows in the job's order: the first of numpy's permutation of the whole split, so that
    /// a smaller subset is the beginning of a larger one. Dropped rows are skipped.
    ///
    /// # Errors
    /// [`DataError::TooFewRows`], [`DataError::TooFewLeft`]
    pub fn training_rows(&self, size: Size, subset_seed: u64) -> Result<Vec<u32>, DataError> {
        let there = self.split(Split::Train).len();
        let dropped = self.overlapping.iter().filter(|overlapping| **overlapping).count();
        let count = match count_of(Split::Train, size, there - dropped) {
            Err(DataError::TooFewRows { asked, there: left, .. }) if dropped > 0 => {
                return Err(DataError::TooFewLeft { asked, left, dropped });
            }
            other => other?,
        };
        let mut rows = numpy_permutation(there, subset_seed);
        if dropped > 0 {
            rows.retain(|row| !self.overlapping[*row as usize]);
        }
        rows.truncate(count);
        Ok(rows)
    }

    /// The training sentences of [`Self::training_rows`].
    ///
    /// # Errors
    /// [`DataError::TooFewRows`], [`DataError::TooFewLeft`]
    pub fn training(&self, size: Size, subset_seed: u64) -> Result<Vec<&Sentence>, DataError> {
        let train = self.split(Split::Train);
        Ok(self.training_rows(size, subset_seed)?.into_iter().map(|row| &train[row as usize]).collect())
    }

    /// The first rows of the validation or test split, unshuffled.
    ///
    /// # Errors
    /// [`DataError::TooFewRows`]
    pub fn first(&self, split: Split, size: Size) -> Result<Vec<&Sentence>, DataError> {
        let rows = self.split(split);
        Ok(rows[..count_of(split, size, rows.len())?].iter().collect())
    }

    /// Drops the training sentences that are also in the test split.
    pub(super) fn drop_overlap(&mut self) {
        let tested: HashSet<&[String]> = self.split(Split::Test).iter().map(|sentence| &sentence.words[..]).collect();
        let train = self.split(Split::Train).iter();
        let overlapping: Vec<bool> =
            train.map(|sentence| !sentence.words.is_empty() && tested.contains(&sentence.words[..])).collect();
        let dropped = overlapping.iter().filter(|overlapping| **overlapping).count();
        self.notes.push(format!("dropped {dropped} training sentences that are also in the test split"));
        self.overlapping = overlapping;
    }
}

fn count_of(split: Split, size: Size, there: usize) -> Result<usize, DataError> {
    match size {
        Size::All => Ok(there),
        Size::Rows(asked) if asked <= there => Ok(asked),
        Size::Rows(asked) => Err(DataError::TooFewRows { split, asked, there }),
    }
}
