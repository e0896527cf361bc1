//! Finds the tag set of a data set, and encodes its tags as numbers.

use super::class_names::{self, GIVEN};
use super::rows::{RawRows, RawTags};
use super::sentence::is_tag;
use super::tag_rewriting::{Converted, Mapped};
use super::{DataError, Labels, Sentence, Split, tag_names, tag_rewriting, untyped};
use crate::hub::DataInputs;
use crate::spec::{self, Scheme};

/// Encodes tags as numbers of a tag set.
pub(super) struct TagEncoder {
    pub(super) labels: Labels,
    /// What was changed, for the user.
    pub(super) notes: Vec<String>,
}

impl TagEncoder {
    /// Rewrites the tags of all `files` as the settings say, and finds their tag set. A README or a label file among `inputs`
    /// may name the classes.
    ///
    /// # Errors
    /// Any [`DataError`] about tags.
    pub(super) fn of(
        files: &mut [&mut RawRows],
        inputs: &DataInputs,
        settings: &spec::Data,
    ) -> Result<Self, DataError> {
        let text = files.first().is_some_and(|rows| rows.is_text());
        if let Some(rows) = files.iter().find(|rows| rows.is_text() != text) {
            let found = if rows.is_text() { "names" } else { "numbers" };
            return Err(DataError::MixedTags { file: rows.file.clone(), found });
        }
        tag_rewriting::check_single(&shared(files))?;
        let (mut notes, mut origin) = (Vec::new(), "the data");
        if text {
            // names of class numbers do not matter for tags that are text
            files.iter_mut().for_each(|rows| rows.classes = None);
        } else {
            let names = class_names::resolve(files, inputs, settings)?;
            (notes, origin) = (names.notes, names.origin);
        }
        notes.extend(untyped::give_type(files, settings.scheme));
        let classes = (!text).then(|| class_names::union(files));
        if tag_rewriting::is_needed(settings) {
            return Self::rewritten(files, classes, origin, notes, settings);
        }
        if text {
            tag_rewriting::check_bio(&shared(files), settings)?;
        }
        let labels = match &settings.labels {
            Some(labels) => checked(labels.clone(), GIVEN)?,
            None => {
                check_numbered_bio(&shared(files))?;
                checked(classes.unwrap_or_else(|| found(files)), origin)?
            }
        };
        Ok(Self { labels, notes })
    }

    /// Converts schemes and maps types; the tags are text afterwards.
    fn rewritten(
        files: &mut [&mut RawRows],
        classes: Option<Vec<String>>,
        origin: &'static str,
        mut notes: Vec<String>,
        settings: &spec::Data,
    ) -> Result<Self, DataError> {
        tag_rewriting::name_numbers(files)?;
        match settings.scheme {
            None => tag_rewriting::check_bio(&shared(files), settings)?,
            Some(scheme) => {
                let Converted { changed, joined } = tag_rewriting::convert(files, scheme)?;
                if scheme == Scheme::Types {
                    notes.push(format!("{joined} words continue the entity before them, because they have its type"));
                }
                if scheme != Scheme::Iob2 {
                    notes.push(format!("converted tags from {} to iob2: {changed} changed", scheme.name()));
                }
            }
        }
        let before = classes.unwrap_or_else(|| found(files));
        if !settings.label_map.is_empty() {
            let Mapped { changed, unknown, there } = tag_rewriting::map_types(files, &settings.label_map, &before);
            // an evaluation set has the map of the training data, and may lack some of its types
            if !unknown.is_empty() && settings.reads(Split::Train) {
                return Err(DataError::UnknownTypes { unknown: unknown.join(", "), there: there.join(", ") });
            }
            if !unknown.is_empty() {
                notes.push(format!("no scored row has these types of data.label_map: {}", unknown.join(", ")));
            }
            let map: Vec<String> = settings.label_map.iter().map(|(from, to)| format!("{from} to {to}")).collect();
            notes.push(format!("mapped types ({}): {changed} tags changed", map.join(", ")));
        }
        let set = tag_rewriting::rewritten_set(&before, settings);
        let labels = match &settings.labels {
            Some(labels) if origin != GIVEN => checked(labels.clone(), GIVEN)?,
            // as names of class numbers they are mapped too
            Some(_) => checked(set, origin)?,
            None if origin == "the data" => checked(tag_names::found(set.iter().map(String::as_str)), origin)?,
            None => checked(set, origin)?,
        };
        Ok(Self { labels, notes })
    }

    /// The sentences of a split's files.
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
        let classes = rows.classes.as_deref().unwrap_or_default();
        let known: Vec<Option<u16>> = classes.iter().map(|name| self.labels.index(name)).collect();
        let number_of = |row: usize, word: usize, number: i64| {
            let class = usize::try_from(number).ok();
            class.and_then(|class| known.get(class).copied().flatten()).ok_or_else(|| {
                let name = class.and_then(|class| classes.get(class));
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

fn shared<'a>(files: &'a [&mut RawRows]) -> Vec<&'a RawRows> {
    files.iter().map(|rows| &**rows).collect()
}

/// The tags that occur, sorted.
fn found(files: &[&mut RawRows]) -> Vec<String> {
    tag_names::found(files.iter().flat_map(|rows| rows.names()).flatten().map(String::as_str))
}

fn checked(names: Vec<String>, origin: &'static str) -> Result<Labels, DataError> {
    let set = names.join(", ");
    Labels::new(names).map_err(|tag| DataError::BadSet { set, tag, origin })
}

/// Reports the first class number whose name is not O, B-X or I-X.
fn check_numbered_bio(files: &[&RawRows]) -> Result<(), DataError> {
    for rows in files {
        let RawTags::Numbers(tags) = &rows.tags else { continue };
        let bad: Vec<(i64, &String)> =
            (0..).zip(rows.classes.iter().flatten()).filter(|(_, name)| !is_tag(name)).collect();
        for (row, tags) in tags.iter().enumerate().filter(|_| !bad.is_empty()) {
            if let Some((number, tag)) = bad.iter().find(|(number, _)| tags.contains(number)) {
                let word = tags.iter().position(|tag| tag == number).unwrap_or_default();
                return Err(tag_rewriting::not_bio(files, rows, (row, word), tag));
            }
        }
    }
    Ok(())
}
