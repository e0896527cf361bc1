//! A data set in memory: its splits, its tag set, and the rows that a job uses.

use std::collections::HashSet;

use super::division::divided;
use super::held_out::parted;
use super::{DataError, Labels, Sentence, Split, SplitError};
use crate::metrics::{Scheme, TagSet, entities};
use crate::random::numpy_permutation;
use crate::spec::{self, Languages, Size};

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
    /// `[training rows]`: the place of each row's language in `data.language`; empty unless that is a list.
    pub(super) languages: Vec<usize>,
}

impl Corpus {
    /// `splits`: train, validation, test.
    pub fn new(labels: Labels, splits: [Vec<Sentence>; 3]) -> Self {
        Self { labels, notes: Vec::new(), splits, overlapping: Vec::new(), languages: Vec::new() }
    }

    /// All sentences of a split, in the order of its files; empty if the settings do not use it.
    pub fn split(&self, split: Split) -> &[Sentence] {
        &self.splits[split as usize]
    }

    /// Indices of the training rows in the job's order: the first of numpy's permutation of the whole split, so that
    /// a smaller subset is the beginning of a larger one. Dropped rows are skipped.
    ///
    /// # Errors
    /// [`DataError::TooFewRows`], [`DataError::TooFewLeft`], [`DataError::Split`]
    pub fn training_rows(&self, data: &spec::Data) -> Result<Vec<u32>, DataError> {
        let (size, subset_seed) = (data.train_size, data.subset_seed);
        if let (Size::Rows(rows), Some(languages)) = (size, &data.language)
            && !data.language_weights.is_empty()
        {
            return self.weighted_rows(rows, languages, data);
        }
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

    /// [`Self::training_rows`] where the languages have weights: the rows of the first language, then those of the next,
    /// each the first of numpy's permutation of the rows of that language alone.
    fn weighted_rows(&self, rows: usize, languages: &Languages, data: &spec::Data) -> Result<Vec<u32>, DataError> {
        let names = languages.names();
        let weight = |name: &String| data.language_weights.get(name).copied().unwrap_or_default();
        let counts = divided(rows, &names.iter().map(weight).collect::<Vec<_>>());
        let mut chosen = Vec::with_capacity(rows);
        for (place, (name, count)) in names.iter().zip(counts).enumerate() {
            let own: Vec<u32> =
                (0..).zip(&self.languages).filter(|(_, of)| **of == place).map(|(row, _)| row).collect();
            let order = numpy_permutation(own.len(), data.subset_seed).into_iter().map(|at| own[at as usize]);
            let kept = order.filter(|row| !self.overlapping.get(*row as usize).copied().unwrap_or_default());
            let before = chosen.len();
            chosen.extend(kept.take(count));
            if chosen.len() - before < count {
                let (language, there) = (name.clone(), chosen.len() - before);
                return Err(SplitError::TooFewOfLanguage { language, asked: count, there }.into());
            }
        }
        Ok(chosen)
    }

    /// The training sentences of [`Self::training_rows`].
    ///
    /// # Errors
    /// As for [`Self::training_rows`].
    pub fn training(&self, data: &spec::Data) -> Result<Vec<&Sentence>, DataError> {
        let train = self.split(Split::Train);
        Ok(self.training_rows(data)?.into_iter().map(|row| &train[row as usize]).collect())
    }

    /// The first rows of the validation or test split, unshuffled.
    ///
    /// # Errors
    /// [`DataError::TooFewRows`]
    pub fn first(&self, split: Split, size: Size) -> Result<Vec<&Sentence>, DataError> {
        let rows = self.split(split);
        Ok(rows[..count_of(split, size, rows.len())?].iter().collect())
    }

    /// Makes the validation split of training rows, where the settings say so.
    ///
    /// # Errors
    /// Nothing is left to train on, or to validate on.
    pub(super) fn hold_out(&mut self, settings: &spec::Data) -> Result<(), DataError> {
        let train = self.split(Split::Train);
        let Some(parted) = parted(train.len(), settings, || self.entities_by_row())? else { return Ok(()) };
        let note = format!(
            "the validation split is {} of the {} training rows; {} are left to train on",
            parted.validation.len(),
            train.len(),
            parted.training.len()
        );
        let of = |rows: &[u32]| rows.iter().map(|row| train[*row as usize].clone()).collect();
        let (training, validation) = (of(&parted.training), of(&parted.validation));
        if !self.languages.is_empty() {
            self.languages = parted.training.iter().map(|row| self.languages[*row as usize]).collect();
        }
        self.splits[Split::Train as usize] = training;
        self.splits[Split::Validation as usize] = validation;
        self.notes.push(note);
        Ok(())
    }

    /// How many entities of each type each training row has, `[rows][types]`.
    fn entities_by_row(&self) -> Vec<Vec<u32>> {
        let tags = TagSet::new(self.labels.names()).expect("labels are tags");
        let of = |sentence: &Sentence| {
            let mut counts = vec![0; tags.types().len()];
            entities(&tags, Scheme::Conlleval, sentence.tags.iter().copied().map(Some))
                .iter()
                .for_each(|entity| counts[entity.kind] += 1);
            counts
        };
        self.split(Split::Train).iter().map(of).collect()
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
