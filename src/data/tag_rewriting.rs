//! Rewrites tags as the settings say: schemes are converted to IOB2, then types are mapped.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{RawRows, RawTags};
use super::sentence::is_tag;
use super::{DataError, odd_tags, scheme};
use crate::spec::{self, Scheme};

/// Whether the settings change or check the tags of the files.
pub(super) fn is_needed(settings: &spec::Data) -> bool {
    settings.scheme.is_some() || !settings.label_map.is_empty()
}

/// Replaces class numbers by the names of each file.
///
/// # Errors
/// [`DataError::OutsideSet`]
pub(super) fn name_numbers(files: &mut [&mut RawRows]) -> Result<(), DataError> {
    for rows in files {
        let RawTags::Numbers(numbers) = &rows.tags else { continue };
        let classes = rows.classes.as_deref().unwrap_or_default();
        let mut names = Vec::with_capacity(numbers.len());
        for (row, numbers) in numbers.iter().enumerate() {
            let name = |(word, number): (usize, &i64)| {
                let name = usize::try_from(*number).ok().and_then(|number| classes.get(number));
                name.cloned().ok_or_else(|| rows.outside(row, word, &format!("number {number}"), classes))
            };
            names.push(numbers.iter().enumerate().map(name).collect::<Result<_, _>>()?);
        }
        rows.tags = RawTags::Names(names);
    }
    Ok(())
}

#[derive(Default)]
pub(super) struct Converted {
    pub(super) changed: usize,
    /// Words that continue the entity before because they have its type.
    pub(super) joined: usize,
}

/// Converts every sentence to IOB2 and counts the tags that changed.
///
/// # Errors
/// [`DataError::Scheme`] for the first sentence that does not follow `scheme`.
pub(super) fn convert(files: &mut [&mut RawRows], scheme: Scheme) -> Result<Converted, DataError> {
    let marked = any_marked(files.iter().map(|rows| &**rows));
    let mut done = Converted::default();
    for rows in files {
        for row in 0..rows.names().len() {
            let tags = &rows.names()[row];
            let converted = scheme::to_iob2(scheme, tags).map_err(|violation| {
                let remedy = odd_tags::remedy(&tags[violation.word], marked).filter(|_| violation.unknown);
                let remedy = match scheme {
                    Scheme::Types if violation.unknown && marked => {
                        Some("remove data.scheme, or set it to the scheme of the tags".to_owned())
                    }
                    _ => remedy.filter(|remedy| !remedy.contains(&format!("\"{}\"", scheme.name()))),
                };
                DataError::Scheme {
                    file: rows.file.clone(),
                    place: rows.location(row, violation.word),
                    what: violation.what,
                    scheme: scheme.name(),
                    remedy: remedy.unwrap_or_else(|| "correct the tags, or set data.scheme to their scheme".to_owned()),
                }
            })?;
            done.changed += tags.iter().zip(&converted).filter(|(old, new)| old != new).count();
            done.joined += converted.iter().filter(|tag| tag.starts_with("I-")).count();
            rows.names_mut()[row] = converted;
        }
    }
    Ok(done)
}

/// Whether any tag has a prefix and a type.
fn any_marked<'r>(files: impl Iterator<Item = &'r RawRows>) -> bool {
    let mut tags = files.flat_map(|rows| rows.names().iter().chain(&rows.classes)).flatten();
    tags.any(|tag| scheme::mark_and_type(tag).is_some())
}

/// Checks that every tag is O, B-X or I-X, and that there are B- tags if there are I- tags.
///
/// # Errors
/// [`DataError::NotBio`], [`DataError::OtherScheme`], [`DataError::NeverBegins`]
pub(super) fn check_bio(files: &[&RawRows], settings: &spec::Data) -> Result<(), DataError> {
    let (mut begins, mut inside) = (false, None);
    for rows in files {
        for (row, tags) in rows.names().iter().enumerate() {
            if let Some(word) = tags.iter().position(|tag| !is_tag(tag)) {
                return Err(not_bio(files, rows, (row, word), &tags[word]));
            }
            begins |= tags.iter().any(|tag| tag.starts_with("B-"));
            if inside.is_none() && tags.iter().any(|tag| tag.starts_with("I-")) {
                inside = Some(&rows.file);
            }
        }
    }
    match inside {
        // with data.labels the user says which tags there are
        Some(file) if !begins && settings.labels.is_none() => Err(DataError::NeverBegins { file: file.clone() }),
        _ => Ok(()),
    }
}

/// Checks that every word has one tag: not several, such as `B-LOC|B-ORG`, and not the label that the loss ignores.
///
/// # Errors
/// [`DataError::NestedTag`], [`DataError::Ignored`]
pub(super) fn check_single(files: &[&RawRows]) -> Result<(), DataError> {
    if let Some((rows, (row, word))) = files.iter().find_map(|rows| Some((rows, rows.ignored()?))) {
        return Err(DataError::Ignored { file: rows.file.clone(), place: rows.location(row, word) });
    }
    let several = |tag: &String| tag.contains('|') && tag.split('|').all(scheme::looks_like_tag);
    for rows in files {
        for (row, tags) in rows.names().iter().enumerate() {
            if let Some(word) = tags.iter().position(several) {
                let (file, place, tag) = (rows.file.clone(), rows.location(row, word), tags[word].clone());
                return Err(DataError::NestedTag { file, place, tag });
            }
        }
    }
    Ok(())
}

/// The error of a tag outside O, B-X and I-X, at a row and word of `rows`, one of `files`.
pub(super) fn not_bio(files: &[&RawRows], rows: &RawRows, (row, word): (usize, usize), tag: &str) -> DataError {
    let (file, place) = (rows.file.clone(), rows.location(row, word));
    let remedy = odd_tags::remedy(tag, any_marked(files.iter().copied()));
    let remedy = remedy.unwrap_or_else(|| "convert the tags to BIO".to_owned());
    let scheme = scheme::scheme_of(tag).is_some() || remedy.starts_with("set data.scheme");
    let tag = tag.to_owned();
    if scheme {
        DataError::OtherScheme { file, place, tag, remedy }
    } else {
        DataError::NotBio { file, place, tag, remedy }
    }
}

pub(super) struct Mapped {
    pub(super) changed: usize,
    /// Types of the map that no tag has, sorted.
    pub(super) unknown: Vec<String>,
    /// The types before mapping, sorted.
    pub(super) there: Vec<String>,
}

/// Maps the types of all tags. `classes`: further names of tags that may occur.
pub(super) fn map_types(files: &mut [&mut RawRows], map: &BTreeMap<String, String>, classes: &[String]) -> Mapped {
    let mut there: BTreeSet<String> =
        classes.iter().filter_map(|tag| Some(tag.split_once('-')?.1.to_owned())).collect();
    let mut changed = 0;
    for tag in files.iter_mut().flat_map(|rows| rows.names_mut()).flatten() {
        let Some((_, kind)) = tag.split_once('-') else { continue };
        if !there.contains(kind) {
            there.insert(kind.to_owned());
        }
        let mapped = mapped(tag, map);
        if mapped != *tag {
            *tag = mapped;
            changed += 1;
        }
    }
    let unknown = map.keys().filter(|kind| !there.contains(*kind)).cloned().collect();
    Mapped { changed, unknown, there: there.into_iter().collect() }
}

/// A tag with its type mapped.
fn mapped(tag: &str, map: &BTreeMap<String, String>) -> String {
    let Some((mark, kind)) = tag.split_once('-') else { return tag.to_owned() };
    match map.get(kind).map(String::as_str) {
        None => tag.to_owned(),
        Some("O") => "O".to_owned(),
        Some(kind) => format!("{mark}-{kind}"),
    }
}

/// The tag set after rewriting: B-X and I-X for each type if a scheme is converted, types mapped, each tag once, in order
/// of first occurrence.
pub(super) fn rewritten_set(classes: &[String], settings: &spec::Data) -> Vec<String> {
    let mut set: Vec<String> = Vec::new();
    let converted = settings.scheme.is_some_and(|scheme| scheme != Scheme::Iob2);
    for class in classes {
        let tags = match class.split_once('-') {
            // tags that are text are converted already
            _ if settings.scheme == Some(Scheme::Types) && !is_tag(class) => of_type(class),
            Some((_, kind)) if converted => vec![format!("B-{kind}"), format!("I-{kind}")],
            _ => vec![class.clone()],
        };
        for tag in tags.iter().map(|tag| mapped(tag, &settings.label_map)) {
            if !set.contains(&tag) {
                set.push(tag);
            }
        }
    }
    set
}

/// The tags of a type without a prefix; the digit 0 is read as O.
fn of_type(kind: &str) -> Vec<String> {
    match kind {
        "O" | "0" => vec!["O".to_owned()],
        kind => vec![format!("B-{kind}"), format!("I-{kind}")],
    }
}
