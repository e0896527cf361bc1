//! The tag set of a data set: found in its files or given, and its tags as numbers. Must not know formats.

use std::fs;

use super::rows::{RawRows, RawTags};
use super::sentence::is_tag;
use super::tag_rewriting::Mapped;
use super::{DataError, Labels, Sentence, Split, tag_names, tag_rewriting};
use crate::hub::InputFile;
use crate::spec::{self, Scheme};

/// How the tags of a data set become numbers of its tag set.
pub(super) struct TagSet {
    /// Names of class numbers, in the files' order; empty where tags are text by now.
    classes: Vec<String>,
    /// The tag set.
    pub(super) labels: Labels,
    /// What was changed, in words.
    pub(super) notes: Vec<String>,
}

impl TagSet {
    /// Brings the tags of all `files` into the form that the settings ask for, and finds their set. `readme` may name
    /// the classes; `known` does, for what the program ships.
    ///
    /// # Errors
    /// Everything in [`DataError`] about tags.
    pub(super) fn of(
        files: &mut [&mut RawRows],
        readme: Option<&InputFile>,
        known: Option<Vec<String>>,
        settings: &spec::Data,
    ) -> Result<Self, DataError> {
        let text = files.first().is_some_and(|rows| rows.is_text());
        if let Some(rows) = files.iter().find(|rows| rows.is_text() != text) {
            let found = if rows.is_text() { "names" } else { "numbers" };
            return Err(DataError::MixedTags { file: rows.file.clone(), found });
        }
        tag_rewriting::check_single(&shared(files))?;
        let classes = match known {
            _ if text => None,
            Some(known) => Some((known, "the program")),
            None => Some(class_names(files, readme, settings)?),
        };
        if tag_rewriting::asked(settings) {
            return Self::rewritten(files, classes, settings);
        }
        let (set, origin) = match &classes {
            Some((classes, origin)) => (classes.clone(), *origin),
            None => {
                tag_rewriting::check_bio(&shared(files), settings)?;
                (found(files), "the data")
            }
        };
        let labels = match &settings.labels {
            Some(labels) => checked(labels.clone(), "data.labels")?,
            None => {
                check_numbered_bio(files, &set)?;
                checked(set, origin)?
            }
        };
        let classes = classes.map(|(classes, _)| classes).unwrap_or_default();
        Ok(Self { classes, labels, notes: Vec::new() })
    }

    /// The set of tags whose scheme is converted or whose types are mapped. They are text from here on.
    fn rewritten(
        files: &mut [&mut RawRows],
        classes: Option<(Vec<String>, &'static str)>,
        settings: &spec::Data,
    ) -> Result<Self, DataError> {
        let (classes, origin) = classes.map_or((None, "the data"), |(classes, origin)| (Some(classes), origin));
        if let Some(classes) = &classes {
            tag_rewriting::name_numbers(files, classes)?;
        }
        let mut notes = Vec::new();
        match settings.scheme {
            None => tag_rewriting::check_bio(&shared(files), settings)?,
            Some(scheme) => {
                let changed = tag_rewriting::convert(files, scheme)?;
                if scheme != Scheme::Iob2 {
                    notes.push(format!("tags converted from {} to iob2: {changed} tags changed", scheme.name()));
                }
            }
        }
        let before = classes.unwrap_or_else(|| found(files));
        if !settings.label_map.is_empty() {
            let Mapped { changed, unknown, there } = tag_rewriting::map_types(files, &settings.label_map, &before);
            // a set that is only scored may lack a type of the map that it shares with the training data
            if !unknown.is_empty() && settings.reads(Split::Train) {
                return Err(DataError::UnknownTypes { unknown: unknown.join(", "), there: there.join(", ") });
            }
            if !unknown.is_empty() {
                notes.push(format!("types of data.label_map that no scored row has: {}", unknown.join(", ")));
            }
            let map: Vec<String> = settings.label_map.iter().map(|(from, to)| format!("{from} to {to}")).collect();
            notes.push(format!("types mapped: {}: {changed} tags changed", map.join(", ")));
        }
        let set = tag_rewriting::rewritten_set(&before, settings);
        let labels = match &settings.labels {
            Some(labels) if origin != GIVEN => checked(labels.clone(), GIVEN)?,
            // given as names of the class numbers, they are what the map starts from
            Some(_) => checked(set, origin)?,
            None if origin == "the data" => checked(tag_names::found(set.iter().map(String::as_str)), origin)?,
            None => checked(set, origin)?,
        };
        Ok(Self { classes: Vec::new(), labels, notes })
    }

    /// The rows of a split's files as sentences.
    ///
    /// # Errors
    /// [`DataError::OutsideSet`]
    pub(super) fn sentences(&self, files: Vec<RawRows>) -> Result<Vec<Sentence>, DataError> {
        let mut sentences = Vec::with_capacity(files.iter().map(|rows| rows.words.len()).sum());
        for rows in files {
            let encoded = match &rows.tags {
                RawTags::Numbers(tags) => self.numbered(&rows, tags)?,
                RawTags::Names(tags) => self.named(&rows, tags)?,
            };
            sentences.extend(rows.words.into_iter().zip(encoded).map(|(words, tags)| Sentence { words, tags }));
        }
        Ok(sentences)
    }

    fn numbered(&self, rows: &RawRows, tags: &[Vec<i64>]) -> Result<Vec<Vec<u16>>, DataError> {
        let known: Vec<Option<u16>> = self.classes.iter().map(|name| self.labels.index(name)).collect();
        let number_of = |row: usize, word: usize, number: i64| {
            let class = usize::try_from(number).ok();
            class.and_then(|class| known.get(class).copied().flatten()).ok_or_else(|| {
                let name = class.and_then(|class| self.classes.get(class));
                let tag = name.map_or_else(|| format!("number {number}"), Clone::clone);
                rows.outside(row, word, &tag, self.labels.names())
            })
        };
        let of_row = |(row, tags): (usize, &Vec<i64>)| {
            tags.iter().enumerate().map(|(word, number)| number_of(row, word, *number)).collect()
        };
        tags.iter().enumerate().map(of_row).collect()
    }

    fn named(&self, rows: &RawRows, tags: &[Vec<String>]) -> Result<Vec<Vec<u16>>, DataError> {
        let number_of = |row: usize, word: usize, name: &String| {
            self.labels.index(name).ok_or_else(|| rows.outside(row, word, name, self.labels.names()))
        };
        let of_row = |(row, tags): (usize, &Vec<String>)| {
            tags.iter().enumerate().map(|(word, name)| number_of(row, word, name)).collect()
        };
        tags.iter().enumerate().map(of_row).collect()
    }
}

/// The origin of a tag set in the experiment.
const GIVEN: &str = "data.labels";

fn shared<'a>(files: &'a [&mut RawRows]) -> Vec<&'a RawRows> {
    files.iter().map(|rows| &**rows).collect()
}

/// The tags that occur, in order.
fn found(files: &[&mut RawRows]) -> Vec<String> {
    tag_names::found(files.iter().flat_map(|rows| rows.names()).flatten().map(String::as_str))
}

fn checked(names: Vec<String>, origin: &'static str) -> Result<Labels, DataError> {
    let set = names.join(", ");
    Labels::new(names).map_err(|tag| DataError::BadSet { set, tag, origin })
}

/// The first row whose class number names no BIO tag.
fn check_numbered_bio(files: &[&mut RawRows], names: &[String]) -> Result<(), DataError> {
    let bad: Vec<(i64, &String)> = (0..).zip(names).filter(|(_, name)| !is_tag(name)).collect();
    for rows in files.iter().filter(|_| !bad.is_empty()) {
        let RawTags::Numbers(tags) = &rows.tags else { continue };
        for (row, tags) in tags.iter().enumerate() {
            if let Some((number, tag)) = bad.iter().find(|(number, _)| tags.contains(number)) {
                let word = tags.iter().position(|tag| tag == number).unwrap_or_default();
                return Err(tag_rewriting::not_bio(rows, row, word, tag));
            }
        }
    }
    Ok(())
}

/// The names of class numbers, and where they come from: the Parquet files' metadata, else the README, else the
/// experiment.
fn class_names(
    files: &[&mut RawRows],
    readme: Option<&InputFile>,
    settings: &spec::Data,
) -> Result<(Vec<String>, &'static str), DataError> {
    let features = files.iter().filter_map(|rows| rows.features.as_deref());
    if let Some(names) = features.filter_map(tag_names::from_features).next() {
        return Ok((names, "the Parquet file's metadata"));
    }
    if let Some(readme) = readme {
        let text = fs::read_to_string(&readme.path)
            .map_err(|source| DataError::Unreadable { file: readme.name.clone(), source })?;
        if let Some(names) = tag_names::from_readme(&text, settings.language.as_deref()) {
            return Ok((names, "the README"));
        }
    }
    match (&settings.labels, files.first()) {
        (Some(labels), _) => Ok((labels.clone(), GIVEN)),
        (None, None) => Ok((vec!["O".to_owned()], "the data")),
        (None, Some(rows)) => Err(DataError::NoTagNames { file: rows.file.clone() }),
    }
}
