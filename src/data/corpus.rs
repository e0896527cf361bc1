//! A data set in memory: its splits, its tag set, and the rows that a job uses. Must not know tokenisers.

use std::fs;

use super::columns::{self, RawTags};
use super::sentence::is_tag;
use super::{DataError, Labels, Sentence, Split, builtin, tag_names};
use crate::hub::{DataInputs, InputFile};
use crate::random::numpy_permutation;
use crate::spec::{self, Size, Source};

/// The splits that a job's settings use, whole, and their tag set.
#[derive(Debug, Clone, PartialEq)]
pub struct Corpus {
    /// The tag set.
    pub labels: Labels,
    splits: [Vec<Sentence>; 3],
}

impl Corpus {
    /// Puts a corpus together. `splits`: train, validation, test.
    pub fn new(labels: Labels, splits: [Vec<Sentence>; 3]) -> Self {
        Self { labels, splits }
    }

    /// Reads the files of a job, or makes the program's own corpus. The test split is `settings.test_split`'s.
    ///
    /// Names of numbered tags come from the Parquet file's metadata, else the README's, else `data.labels`; tags that
    /// are text are found over all splits read. `data.labels` then fixes set and order. A sentence without words is
    /// kept: it counts as a row, encodes to its special pieces, and adds nothing to loss or scores.
    ///
    /// # Errors
    /// Everything in [`DataError`] about files, rows and tag sets.
    pub fn load(inputs: &DataInputs, settings: &spec::Data) -> Result<Self, DataError> {
        if let Source::Builtin(name) = &settings.dataset {
            let mut corpus = builtin::corpus(name).ok_or_else(|| DataError::NoSuchBuiltin { name: name.clone() })?;
            corpus.splits[Split::Test as usize] = corpus.split(settings.test_split).to_vec();
            return corpus.with_labels(settings);
        }
        let mut splits = Vec::new();
        for split in Split::ALL {
            let files = files_of(inputs, settings, split).iter();
            splits.push(files.map(|file| Ok((file, columns::read(file)?))).collect::<Result<Vec<_>, DataError>>()?);
        }
        let names = Names::of(&splits, inputs, settings)?;
        let mut read = splits.into_iter().map(|files| names.sentences(files));
        let mut next = || read.next().expect("there are three splits");
        Ok(Self { splits: [next()?, next()?, next()?], labels: names.labels })
    }

    /// All sentences of a split, in the order of its files; none where the settings do not use it.
    pub fn split(&self, split: Split) -> &[Sentence] {
        &self.splits[split as usize]
    }

    /// Indices of the training rows in the job's order: the first of numpy's permutation of the whole split, so that
    /// a smaller subset is the beginning of a larger one.
    ///
    /// # Errors
    /// [`DataError::TooFewRows`]
    pub fn training_rows(&self, size: Size, subset_seed: u64) -> Result<Vec<u32>, DataError> {
        let there = self.split(Split::Train).len();
        let count = count_of(Split::Train, size, there)?;
        let mut rows = numpy_permutation(there, subset_seed);
        rows.truncate(count);
        Ok(rows)
    }

    /// The training sentences of [`Self::training_rows`].
    ///
    /// # Errors
    /// [`DataError::TooFewRows`]
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

    fn with_labels(mut self, settings: &spec::Data) -> Result<Self, DataError> {
        let Some(wanted) = &settings.labels else { return Ok(self) };
        let labels = checked(wanted.clone(), "data.labels")?;
        for (split, sentences) in Split::ALL.into_iter().zip(&mut self.splits) {
            for (row, sentence) in sentences.iter_mut().enumerate() {
                for tag in &mut sentence.tags {
                    let name = self.labels.name(*tag);
                    *tag = labels.index(name).ok_or_else(|| outside(split.name(), row, name, &labels))?;
                }
            }
        }
        self.labels = labels;
        Ok(self)
    }
}

/// The files that hold the rows of a split; none where the settings do not use it.
fn files_of<'i>(inputs: &'i DataInputs, settings: &spec::Data, split: Split) -> &'i [InputFile] {
    settings.origin(split).map_or(&[], |origin| inputs.of(origin))
}

fn count_of(split: Split, size: Size, there: usize) -> Result<usize, DataError> {
    match size {
        Size::All => Ok(there),
        Size::Rows(asked) if asked <= there => Ok(asked),
        Size::Rows(asked) => Err(DataError::TooFewRows { split, asked, there }),
    }
}

fn checked(names: Vec<String>, origin: &'static str) -> Result<Labels, DataError> {
    let set = listed(&names);
    Labels::new(names).map_err(|tag| DataError::BadSet { set, tag, origin })
}

fn listed(names: &[String]) -> String {
    names.join(", ")
}

fn outside(file: &str, row: usize, tag: &str, labels: &Labels) -> DataError {
    DataError::OutsideSet { file: file.to_owned(), row, tag: tag.to_owned(), set: listed(labels.names()) }
}

type ReadFile<'a> = (&'a InputFile, columns::RawRows);

/// How a file's tags become numbers of the tag set.
struct Names {
    /// Names of class numbers, in the file's order; empty where tags are text.
    classes: Vec<String>,
    labels: Labels,
}

impl Names {
    fn of(splits: &[Vec<ReadFile<'_>>], inputs: &DataInputs, settings: &spec::Data) -> Result<Self, DataError> {
        let files: Vec<&ReadFile<'_>> = splits.iter().flatten().collect();
        let is_text = |rows: &columns::RawRows| matches!(rows.tags, RawTags::Names(_));
        let text = files.first().is_some_and(|(_, rows)| is_text(rows));
        if let Some((file, rows)) = files.iter().find(|(_, rows)| is_text(rows) != text) {
            let found = if is_text(rows) { "names" } else { "numbers" };
            return Err(DataError::MixedTags { file: file.name.clone(), found });
        }
        let (set, origin) = if text {
            check_bio(&files)?;
            let tags = files.iter().filter_map(|(_, rows)| match &rows.tags {
                RawTags::Names(rows) => Some(rows),
                RawTags::Numbers(_) => None,
            });
            (tag_names::found(tags.flatten().flatten().map(String::as_str)), "the data")
        } else {
            numbered_names(&files, inputs, settings)?
        };
        let numbered = if text { Vec::new() } else { set.clone() };
        let labels = match &settings.labels {
            Some(labels) => checked(labels.clone(), "data.labels")?,
            None if !text => {
                check_numbered_bio(&files, &numbered)?;
                checked(set, origin)?
            }
            None => checked(set, origin)?,
        };
        Ok(Self { classes: numbered, labels })
    }

    fn sentences(&self, files: Vec<ReadFile<'_>>) -> Result<Vec<Sentence>, DataError> {
        let mut sentences = Vec::with_capacity(files.iter().map(|(_, rows)| rows.words.len()).sum());
        for (file, rows) in files {
            let encoded = match rows.tags {
                RawTags::Numbers(tags) => self.numbered(file, &tags)?,
                RawTags::Names(tags) => self.named(file, &tags)?,
            };
            sentences.extend(rows.words.into_iter().zip(encoded).map(|(words, tags)| Sentence { words, tags }));
        }
        Ok(sentences)
    }

    fn numbered(&self, file: &InputFile, rows: &[Vec<i64>]) -> Result<Vec<Vec<u16>>, DataError> {
        let known: Vec<Option<u16>> = self.classes.iter().map(|name| self.labels.index(name)).collect();
        let number_of = |row: usize, number: i64| {
            let name = usize::try_from(number).ok().and_then(|number| self.classes.get(number));
            let place = usize::try_from(number).ok().and_then(|number| known.get(number).copied().flatten());
            place.ok_or_else(|| {
                let tag = name.map_or_else(|| format!("number {number}"), Clone::clone);
                outside(&file.name, row, &tag, &self.labels)
            })
        };
        let numbered = rows.iter().enumerate();
        numbered.map(|(row, tags)| tags.iter().map(|tag| number_of(row, *tag)).collect()).collect()
    }

    fn named(&self, file: &InputFile, rows: &[Vec<String>]) -> Result<Vec<Vec<u16>>, DataError> {
        let number_of = |row: usize, name: &String| {
            self.labels.index(name).ok_or_else(|| outside(&file.name, row, name, &self.labels))
        };
        let named = rows.iter().enumerate();
        named.map(|(row, tags)| tags.iter().map(|tag| number_of(row, tag)).collect()).collect()
    }
}

/// The first row with a tag that is no BIO tag.
fn check_bio(files: &[&ReadFile<'_>]) -> Result<(), DataError> {
    for (file, rows) in files {
        let RawTags::Names(tags) = &rows.tags else { continue };
        for (row, tags) in tags.iter().enumerate() {
            if let Some(tag) = tags.iter().find(|tag| !is_tag(tag)) {
                return Err(DataError::NotBio { file: file.name.clone(), row, tag: tag.clone() });
            }
        }
    }
    Ok(())
}

/// The first row whose class number names no BIO tag.
fn check_numbered_bio(files: &[&ReadFile<'_>], names: &[String]) -> Result<(), DataError> {
    let bad: Vec<(i64, &String)> = (0..).zip(names).filter(|(_, name)| !is_tag(name)).collect();
    for (file, rows) in files.iter().filter(|_| !bad.is_empty()) {
        let RawTags::Numbers(tags) = &rows.tags else { continue };
        for (row, tags) in tags.iter().enumerate() {
            if let Some((_, tag)) = bad.iter().find(|(number, _)| tags.contains(number)) {
                return Err(DataError::NotBio { file: file.name.clone(), row, tag: (*tag).clone() });
            }
        }
    }
    Ok(())
}

/// The names of class numbers, and where they come from.
fn numbered_names(
    files: &[&ReadFile<'_>],
    inputs: &DataInputs,
    settings: &spec::Data,
) -> Result<(Vec<String>, &'static str), DataError> {
    let features = files.iter().filter_map(|(_, rows)| rows.features.as_deref());
    if let Some(names) = features.filter_map(tag_names::from_features).next() {
        return Ok((names, "the Parquet file's metadata"));
    }
    if let Some(readme) = &inputs.readme {
        let text = fs::read_to_string(&readme.path)
            .map_err(|source| DataError::Unreadable { file: readme.name.clone(), source })?;
        if let Some(names) = tag_names::from_readme(&text, settings.language.as_deref()) {
            return Ok((names, "the README"));
        }
    }
    match (&settings.labels, files.first()) {
        (Some(labels), _) => Ok((labels.clone(), "data.labels")),
        (None, None) => Ok((vec!["O".to_owned()], "the data")),
        (None, Some((file, _))) => Err(DataError::NoTagNames { file: file.name.clone() }),
    }
}
