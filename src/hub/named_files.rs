//! The files that `data.files` names: paths and patterns.

use super::data_layout::DataLayout;
use super::layout::{Roles, some_of};
use super::{DataLayoutError, Format, RelativeName};
use crate::spec::Files;
use crate::words::pattern::{is_pattern, matches};

/// The files of each split used, those of a pattern sorted by name; with each annotation of brat its text.
pub(super) fn named_roles(
    names: &[String],
    layout: DataLayout<'_>,
    files: &Files,
    used: &[&'static str],
) -> Result<Roles, DataLayoutError> {
    let mut roles = Vec::new();
    for split in used {
        let written = match *split {
            "validation" => &files.validation,
            "test" => &files.test,
            _ => &files.train,
        };
        if written.is_empty() {
            return Err(DataLayoutError::NotNamed { split });
        }
        let mut found: Vec<String> = Vec::new();
        for file in written {
            for name in of_entry(names, layout, split, file)? {
                if found.contains(&name) {
                    return Err(DataLayoutError::Twice { split, file: name });
                }
                found.push(name);
            }
        }
        found.sort();
        let found = with_texts(names, found)?;
        roles.extend(found.into_iter().enumerate().map(|(at, name)| (format!("{split}/{at}"), name)));
    }
    Ok(roles)
}

/// The files of one path or pattern.
fn of_entry(
    names: &[String],
    layout: DataLayout<'_>,
    split: &'static str,
    written: &str,
) -> Result<Vec<String>, DataLayoutError> {
    let file = written.strip_prefix("./").unwrap_or(written);
    if file.starts_with('~') || RelativeName::parse(&file.replace(['*', '?'], "x")).is_none() {
        return Err(DataLayoutError::Outside { file: file.to_owned() });
    }
    let file = layout.language.map_or_else(|| file.to_owned(), |language| format!("{language}/{file}"));
    if is_pattern(&file) && !names.contains(&file) {
        let found = names.iter().filter(|name| matches(&file, name) && Format::of_file(name, layout.format).is_some());
        let mut found: Vec<String> = found.cloned().collect();
        // the texts of brat's annotations are added with them
        if found.iter().any(|name| Format::of(name) == Some(Format::Brat)) {
            found.retain(|name| Format::of(name) == Some(Format::Brat));
        }
        let there = names.iter().map(String::as_str).filter(|name| Format::of(name).is_some()).collect();
        return match found.is_empty() {
            true => Err(DataLayoutError::NoMatch { pattern: file, there: some_of(&there) }),
            false => Ok(found),
        };
    }
    if Format::of_file(&file, layout.format).is_none() {
        return Err(DataLayoutError::NotRead { file });
    }
    if !names.contains(&file) {
        if let Some(inside) = names.iter().find(|name| name.starts_with(&format!("{file}/"))) {
            return Err(DataLayoutError::IsFolder { split, folder: file, file: inside.clone() });
        }
        let there = names.iter().map(String::as_str).filter(|name| Format::of(name).is_some()).collect();
        return Err(DataLayoutError::NoSuchFile { file, there: some_of(&there) });
    }
    Ok(vec![file])
}

/// The files, each annotation of brat followed by its text.
fn with_texts(names: &[String], files: Vec<String>) -> Result<Vec<String>, DataLayoutError> {
    let mut all = Vec::with_capacity(files.len());
    for file in files {
        let text = file.strip_suffix(".ann").map(|stem| format!("{stem}.txt"));
        all.push(file.clone());
        match text {
            Some(text) if names.contains(&text) => all.push(text),
            Some(text) => return Err(DataLayoutError::NoText { file, text }),
            None => {}
        }
    }
    Ok(all)
}
