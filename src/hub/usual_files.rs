//! Files with the usual name of a split, all in one folder: `train.conll`, `test-00000-of-00001.parquet`.

use std::collections::BTreeSet;

use super::data_layout::DataLayout;
use super::layout::{Roles, some_of};
use super::{DataLayoutError, Format};

/// The files with usual names, all in the folder that has the first split used.
pub(super) fn usual_roles(
    names: &[String],
    layout: DataLayout<'_>,
    used: &[&'static str],
) -> Result<Roles, DataLayoutError> {
    let Some(first) = used.first() else { return Ok(Vec::new()) };
    let mut names: Vec<&str> = names.iter().map(String::as_str).filter(|name| Format::of(name).is_some()).collect();
    let prefixes = match layout.language {
        Some(language) => vec![format!("{language}/")],
        None => ["", "data/", "default/", "dataset/"].map(str::to_owned).to_vec(),
    };
    let parquet: Vec<&str> = names.iter().copied().filter(|name| Format::of(name) == Some(Format::Parquet)).collect();
    let in_parquet = |prefix: &String| files_of(&parquet, prefix, first, layout.converted).is_ok_and(|f| !f.is_empty());
    if layout.parquet_first && prefixes.iter().any(in_parquet) {
        names = parquet;
    }
    let holds =
        |prefix: &&String| !matches!(files_of(&names, prefix, first, layout.converted), Ok(files) if files.is_empty());
    let Some(prefix) = prefixes.iter().find(holds) else { return Err(missing(&names, layout, first)) };
    let mut roles = Vec::new();
    for split in used {
        let files = files_of(&names, prefix, split, layout.converted)?;
        if files.is_empty() {
            return Err(DataLayoutError::NoSplit { split, there: listed(&names) });
        }
        roles.extend(files.into_iter().enumerate().map(|(at, name)| (format!("{split}/{at}"), name)));
    }
    Ok(roles)
}

/// Names of a split's files. In CoNLL, testa is the validation split and testb the test split.
pub(super) fn aliases(split: &str) -> &'static [&'static str] {
    match split {
        "validation" => &["validation", "dev", "valid", "testa"],
        "test" => &["test", "testb"],
        _ => &["train"],
    }
}

/// The files of a split below `prefix`, sorted; empty if there is none. Two candidates are an error: the program does not
/// guess.
fn files_of(
    names: &[&str],
    prefix: &str,
    split: &'static str,
    converted: bool,
) -> Result<Vec<String>, DataLayoutError> {
    for endings in Format::usual_endings() {
        let endings: Vec<&str> = endings.collect();
        let of_name = |alias: &'static str| {
            endings.iter().map(move |ending| match *ending {
                "parquet" => parquet_files(names, prefix, alias, converted),
                ending => {
                    let name = format!("{prefix}{alias}.{ending}");
                    names.contains(&name.as_str()).then_some(name).into_iter().collect()
                }
            })
        };
        let all = aliases(split).iter().copied().flat_map(of_name);
        let mut found: Vec<Vec<String>> = all.filter(|files| !files.is_empty()).collect();
        if found.len() > 1 {
            let found: Vec<String> = found.iter().map(|files| files[0].clone()).collect();
            return Err(DataLayoutError::Ambiguous { split, found: found.join(" or ") });
        }
        if let Some(files) = found.pop() {
            return Ok(files);
        }
    }
    Ok(Vec::new())
}

/// `PREFIX SPLIT.parquet`, `PREFIX SPLIT-*.parquet`, or `PREFIX SPLIT/*.parquet` where `converted`; sorted.
fn parquet_files(names: &[&str], prefix: &str, split: &str, converted: bool) -> Vec<String> {
    let matches = |name: &&&str| {
        let Some(rest) = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(split)) else { return false };
        let inside = rest.trim_start_matches('/');
        rest == ".parquet"
            || (rest.starts_with('-') && !rest.contains('/'))
            || (converted && rest.starts_with('/') && !inside.contains('/'))
    };
    let parquet = names.iter().filter(|name| Format::of(name) == Some(Format::Parquet));
    let mut files: Vec<String> = parquet.filter(matches).map(|name| (*name).to_owned()).collect();
    files.sort();
    files
}

fn missing(names: &[&str], layout: DataLayout<'_>, first: &'static str) -> DataLayoutError {
    let folders: BTreeSet<&str> = names
        .iter()
        .filter(|name| Format::of(name) == Some(Format::Parquet) || is_usual(name))
        .filter_map(|name| name.split_once('/'))
        .map(|(top, _)| top)
        .collect();
    // where the files would be found without a language, unless there are languages
    let holds = |prefix| files_of(names, prefix, first, layout.converted).is_ok_and(|files| !files.is_empty());
    let places = [("", "at the top level"), ("data/", "in data/"), ("default/", "in default/")];
    let place = places.into_iter().find(|(prefix, _)| holds(prefix)).map(|(_, place)| place);
    let place = place.filter(|_| folders.iter().all(|folder| ["data", "default"].contains(folder)));
    let chosen = layout.language.is_some_and(|language| folders.contains(language));
    let named = names.iter().find_map(|name| {
        let (folder, _) = name.split_once('/').filter(|(folder, _)| Format::of(folder).is_some())?;
        Some(DataLayoutError::IsFolder { split: first, folder: folder.to_owned(), file: (*name).to_owned() })
    });
    if let Some(error) = named {
        return error;
    }
    match layout.language {
        _ if names.is_empty() => DataLayoutError::NoData { has_conversion: layout.parquet_first && !layout.converted },
        Some(language) if !chosen => match place {
            Some(place) => DataLayoutError::NoLanguages { language: language.to_owned(), place },
            None if folders.is_empty() => {
                DataLayoutError::NoLanguages { language: language.to_owned(), place: "at the top level" }
            }
            None => DataLayoutError::NoLanguage { language: language.to_owned(), there: some_of(&folders) },
        },
        None if !folders.is_empty() => DataLayoutError::LanguageNeeded { there: some_of(&folders) },
        _ => DataLayoutError::NoSplit { split: first, there: listed(names) },
    }
}

pub(super) fn listed(names: &[&str]) -> String {
    some_of(&names.iter().copied().collect())
}

/// Whether a file has a usual name of some split.
fn is_usual(name: &str) -> bool {
    let stem = name.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map(|(stem, _)| stem);
    stem.is_some_and(|stem| ["train", "validation", "test"].iter().any(|split| aliases(split).contains(&stem)))
}
