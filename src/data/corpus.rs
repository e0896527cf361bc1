//! A data set in memory: its splits, its tag set, and the rows that a job uses. Must not know tokenisers or formats.

use std::collections::HashSet;

use rayon::prelude::*;

use super::rows::{self, Lines, RawRows, RawTags};
use super::tag_set::TagSet;
use super::{DataError, Labels, Sentence, Split, builtin, survey};
use crate::hub::DataInputs;
use crate::random::numpy_permutation;
use crate::spec::{self, KeyPath, Scheme, Size, Source};

/// The splits that a job's settings use, whole, and their tag set.
#[derive(Debug, Clone, PartialEq)]
pub struct Corpus {
    /// The tag set.
    pub labels: Labels,
    /// What was changed or left out in reading, in words.
    pub notes: Vec<String>,
    splits: [Vec<Sentence>; 3],
    /// `[training rows]`: whether a row is left out because the test split has its words; empty where none is.
    overlapping: Vec<bool>,
}

impl Corpus {
    /// Puts a corpus together. `splits`: train, validation, test.
    pub fn new(labels: Labels, splits: [Vec<Sentence>; 3]) -> Self {
        Self { labels, notes: Vec::new(), splits, overlapping: Vec::new() }
    }

    /// Reads the files of a job, or makes the program's own corpus. A split whose files `inputs` leaves out is empty; the
    /// test split is `settings.test_split`'s.
    ///
    /// Names of numbered tags come from each Parquet file's own metadata, else the README's, else a file such as
    /// `label.json`, else `data.labels`; tags that are text are found over all splits read, and the columns of text files
    /// are judged over all. A scheme is converted and types are mapped before `data.labels` fixes
    /// set and order; where `data.labels` is all that names the numbers, it is what the map starts from. A sentence
    /// without words is kept: it counts as a row, encodes to its special pieces, and adds nothing to loss or scores.
    ///
    /// # Errors
    /// Everything in [`DataError`] about files, rows and tag sets.
    pub fn load(inputs: &DataInputs, settings: &spec::Data) -> Result<Self, DataError> {
        let mut splits = match &settings.dataset {
            Source::Builtin(name) => builtin_rows(name, settings)?,
            Source::Hub(_) | Source::Folder { .. } => read_files(inputs, settings)?,
        };
        let mut files: Vec<&mut RawRows> = splits.iter_mut().flatten().collect();
        let set = TagSet::of(&mut files, inputs, settings)?;
        let mut notes: Vec<String> = splits.iter().flatten().flat_map(|rows| rows.notes.clone()).collect();
        notes.extend(set.notes.iter().cloned());
        let [train, validation, test] = splits;
        let splits = [set.sentences(train)?, set.sentences(validation)?, set.sentences(test)?];
        let mut corpus = Self { notes, ..Self::new(set.labels.clone(), splits) };
        if settings.drop_test_overlap {
            corpus.leave_out_overlap();
        }
        Ok(corpus)
    }

    /// What of `settings`, beside the files and the tag set, decides which gold tags [`Self::load`] gives: keys with
    /// their values, empty where all are unset.
    pub fn reading(settings: &spec::Data) -> String {
        let all = spec::Settings { data: settings.clone(), ..spec::Settings::default() };
        let written = ["data.columns", "data.scheme", "data.label_map"].map(|path| {
            let key = KeyPath::parse(path).expect("these are keys of the table");
            let value = all.get(key).filter(|value| key.default().as_ref() != Some(value));
            value.map(|value| format!("{key}={}", value.to_json()))
        });
        written.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// All sentences of a split, in the order of its files; none where the settings do not use it.
    pub fn split(&self, split: Split) -> &[Sentence] {
        &self.splits[split as usize]
    }

    /// Indices of the training rows in the job's order: the first of numpy's permutation of the whole split, so that
    /// a smaller subset is the beginning of a larger one. Rows that `data.drop_test_overlap` leaves out are passed over.
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

    fn leave_out_overlap(&mut self) {
        let tested: HashSet<&[String]> = self.split(Split::Test).iter().map(|sentence| &sentence.words[..]).collect();
        let train = self.split(Split::Train).iter();
        let overlapping: Vec<bool> =
            train.map(|sentence| !sentence.words.is_empty() && tested.contains(&sentence.words[..])).collect();
        let dropped = overlapping.iter().filter(|overlapping| **overlapping).count();
        self.notes.push(format!("training sentences left out because the test split has them too: {dropped}"));
        self.overlapping = overlapping;
    }
}

/// The rows of each split's files, all read at once.
fn read_files(inputs: &DataInputs, settings: &spec::Data) -> Result<[Vec<RawRows>; 3], DataError> {
    let read = |split| -> Vec<Result<RawRows, DataError>> {
        let files = settings.origin(split).map_or(&[][..], |origin| inputs.of(origin));
        files.par_iter().map(|file| rows::read(file, settings)).collect()
    };
    let (train, (validation, test)) =
        rayon::join(|| read(Split::Train), || rayon::join(|| read(Split::Validation), || read(Split::Test)));
    // of several errors that of the first file
    let whole = |rows: Vec<_>| rows.into_iter().collect::<Result<Vec<_>, _>>();
    let splits = [whole(train)?, whole(validation)?, whole(test)?];
    let chosen = settings.columns.clone().unwrap_or_default();
    survey::verdict(splits.iter().flatten(), &chosen, settings.scheme == Some(Scheme::Types))?;
    Ok(splits)
}

/// The program's own corpus as rows of class numbers, and the classes' names.
fn builtin_rows(name: &str, settings: &spec::Data) -> Result<[Vec<RawRows>; 3], DataError> {
    let mut corpus = builtin::corpus(name).ok_or_else(|| DataError::NoSuchBuiltin { name: name.to_owned() })?;
    corpus.splits[Split::Test as usize] = corpus.split(settings.test_split).to_vec();
    if settings.files.is_some() || settings.columns.is_some() {
        let key = if settings.files.is_some() { "data.files" } else { "data.columns" };
        return Err(DataError::BuiltinFiles { name: name.to_owned(), key });
    }
    let classes = corpus.labels.names().to_vec();
    let mut sentences = corpus.splits.into_iter();
    Ok(Split::ALL.map(|split| {
        let sentences = sentences.next().expect("there are three splits");
        let numbers = |sentence: &Sentence| sentence.tags.iter().map(|tag| i64::from(*tag)).collect();
        let tags = RawTags::Numbers(sentences.iter().map(numbers).collect());
        let words = sentences.into_iter().map(|sentence| sentence.words).collect();
        vec![RawRows {
            file: split.name().to_owned(),
            words,
            tags,
            tag_column: None,
            classes: Some(classes.clone()),
            lines: Lines::None,
            survey: None,
            notes: Vec::new(),
        }]
    }))
}

fn count_of(split: Split, size: Size, there: usize) -> Result<usize, DataError> {
    match size {
        Size::All => Ok(there),
        Size::Rows(asked) if asked <= there => Ok(asked),
        Size::Rows(asked) => Err(DataError::TooFewRows { split, asked, there }),
    }
}
