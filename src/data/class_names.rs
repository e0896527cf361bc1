//! The names of each file's class numbers.

use super::rows::{RawRows, RawTags};
use super::text::text_of;
use super::{DataError, label_file, readme};
use crate::hub::{DataInputs, InputFile};
use crate::spec;

/// Where the names of class numbers were found.
pub(super) struct ClassNames {
    /// Their source, for messages.
    pub(super) origin: &'static str,
    /// Notices for the user.
    pub(super) notes: Vec<String>,
}

/// The source of a tag set in the experiment.
pub(super) const GIVEN: &str = "data.labels";

/// Finds the names of every file's class numbers and writes them to `RawRows::classes`: the file's own (a Parquet file's
/// metadata), else the README's, else those of a file such as `label.json`, else those that all other files share, else
/// `data.labels`. Files may number their classes differently.
///
/// # Errors
/// A file whose numbers have no names; a README or a label file that cannot be read.
pub(super) fn resolve(
    files: &mut [&mut RawRows],
    inputs: &DataInputs,
    settings: &spec::Data,
) -> Result<ClassNames, DataError> {
    let (mut origin, mut notes) = ("the data", Vec::new());
    let others = in_all(files);
    let beside = match &inputs.labels {
        Some(file) if files.iter().any(|rows| rows.classes.is_none()) => Some(of_label_file(file)?),
        _ => None,
    };
    for (at, rows) in files.iter_mut().enumerate() {
        let (names, from) = if let Some(names) = rows.classes.take() {
            (names, "the file's own metadata")
        } else if let Some(names) = of_readme(rows, inputs, settings)? {
            (names, "the README")
        } else if let Some(names) = &beside {
            (names.clone(), "the label file beside the data")
        } else if let Some(names) = &others {
            notes.push(format!("{}: class numbers have no names; using those of the other files", rows.file));
            (names.clone(), "the other files' metadata")
        } else if let Some(labels) = &settings.labels {
            (labels.clone(), GIVEN)
        } else if let RawTags::Numbers(tags) = &rows.tags {
            let largest = tags.iter().flatten().copied().max().unwrap_or(0);
            let names = in_prose(inputs, largest);
            return Err(DataError::NoTagNames { file: rows.file.clone(), largest, names });
        } else {
            continue;
        };
        if at == 0 || origin == GIVEN {
            origin = from;
        }
        rows.classes = Some(names);
    }
    let first = files.first().and_then(|rows| Some((&rows.file, rows.classes.as_ref()?)));
    if let Some((first, names)) = first {
        let other = files.iter().find(|rows| rows.classes.as_ref().is_some_and(|other| other != names));
        notes.extend(other.map(|rows| {
            format!("{} and {first} number their classes differently; each file is read with its own names", rows.file)
        }));
    }
    Ok(ClassNames { origin, notes })
}

/// The names that all files with names share.
fn in_all(files: &[&mut RawRows]) -> Option<Vec<String>> {
    let mut named = files.iter().filter_map(|rows| rows.classes.as_ref());
    let first = named.next()?;
    named.all(|names| names == first).then(|| first.clone())
}

/// The names of all files: those of the first in its order, then those that only others have; `O` without files.
pub(super) fn union(files: &[&mut RawRows]) -> Vec<String> {
    let mut set: Vec<String> = Vec::new();
    for (at, names) in files.iter().filter_map(|rows| rows.classes.as_ref()).enumerate() {
        // a name that occurs twice in the first file is reported when the set is checked
        set.extend(names.iter().filter(|name| at == 0 || !set.contains(name)).cloned().collect::<Vec<_>>());
    }
    if files.is_empty() { vec!["O".to_owned()] } else { set }
}

fn of_readme(rows: &RawRows, inputs: &DataInputs, settings: &spec::Data) -> Result<Option<Vec<String>>, DataError> {
    let (Some(file), Some(column)) = (&inputs.readme, &rows.tag_column) else { return Ok(None) };
    let names = readme::class_names(&text_of(file)?, column, language_of(rows, inputs, settings));
    // an unusable README is an error only if nothing else names the numbers
    match names {
        Err(reason) if inputs.labels.is_none() && settings.labels.is_none() => {
            Err(DataError::BadNames { file: file.name.clone(), reason })
        }
        names => Ok(names.unwrap_or_default()),
    }
}

/// The names that the text of the README seems to give to the numbers up to `largest`.
fn in_prose(inputs: &DataInputs, largest: i64) -> Option<Vec<String>> {
    let text = text_of(inputs.readme.as_ref()?).ok()?;
    readme::names_in_prose(&text, usize::try_from(largest).ok()? + 1)
}

/// The language of a file.
fn language_of<'s>(rows: &RawRows, inputs: &DataInputs, settings: &'s spec::Data) -> Option<&'s str> {
    let place = inputs.languages.get(&rows.file).copied().unwrap_or_default();
    settings.language.as_ref()?.names().get(place).map(String::as_str)
}

fn of_label_file(file: &InputFile) -> Result<Vec<String>, DataError> {
    label_file::class_names(&file.name, &text_of(file)?)
        .map_err(|reason| DataError::BadNames { file: file.name.clone(), reason })
}
