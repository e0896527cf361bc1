//! `runner show`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::overview::{Source, View, explained, source_names};
use crate::report::{Format, show_text, wrapped};
use crate::results::{ResultsError, Snapshot};

use super::args;
use super::failure::{Ending, Failure};
use super::page;
use super::terminal::{answer, say};

/// Prints tables of results, or what a column means.
pub(super) fn show(arguments: &args::Show) -> Result<Ending, Failure> {
    if let Some(name) = &arguments.explain {
        let text = explained(name).map_err(|error| Failure::Usage(error.to_string()))?;
        answer(&(wrapped("", 2, &text, page::of_answers(usize::MAX).columns) + "\n"))?;
        return Ok(Ending::Well);
    }
    let (_, mut sources) = open(&arguments.places, Snapshot::open)?;
    let view = View {
        rows: arguments.rows.clone(),
        columns: arguments.columns.clone(),
        values: arguments.value.clone(),
        only: arguments.only.clone(),
        sets: arguments.set.clone(),
        types: arguments.types,
        full: matches!(arguments.format, Format::Csv | Format::Json),
    };
    let tables = view.tables(&mut sources)?;
    for notice in sources.iter().filter_map(Source::snapshot).flat_map(|snapshot| &snapshot.notices) {
        say(notice);
    }
    let is_usual = view.values.is_empty() && !view.types;
    answer(&show_text(tables, &sources, arguments.format, page::of_answers(usize::MAX), is_usual))?;
    Ok(Ending::Well)
}

/// The places, each once, and their results as `read` reads them.
pub(super) fn open(
    places: &[PathBuf],
    read: fn(&Path) -> Result<Snapshot, ResultsError>,
) -> Result<(Vec<PathBuf>, Vec<Source>), Failure> {
    let mut known: Vec<PathBuf> = Vec::new();
    let mut once: Vec<PathBuf> = Vec::new();
    for place in places {
        check(place)?;
        let real = place.canonicalize().unwrap_or_else(|_| place.clone());
        if known.contains(&real) {
            say(&format!("{} is named twice; it is shown once", place.display()));
            continue;
        }
        known.push(real);
        once.push(place.clone());
    }
    let folders: Vec<PathBuf> = once.iter().map(|place| folder(place)).collect();
    let named = once.iter().zip(source_names(&folders));
    let sources = named.map(|(place, name)| Ok(Source::new(name, read(place)?)?));
    Ok((once.clone(), sources.collect::<Result<_, Failure>>()?))
}

/// The folder that a place is called by: a results.csv by its folder's name.
fn folder(place: &Path) -> PathBuf {
    let is_table = place.file_name().is_some_and(|name| name == "results.csv");
    let folder = place.parent().filter(|parent| is_table && !parent.as_os_str().is_empty()).unwrap_or(place);
    match folder.file_name() {
        Some(_) => folder.to_owned(),
        // such as `.`
        None => folder.canonicalize().unwrap_or_else(|_| folder.to_owned()),
    }
}

/// What can be said before a place is opened.
fn check(place: &Path) -> Result<(), Failure> {
    let shown = place.display();
    if !place.exists() {
        return Err(Failure::Usage(format!(
            "{shown}: no such file or folder; name a results folder such as results/NAME"
        )));
    }
    if place.is_file() {
        let is_table = fs::read(place).is_ok_and(|content| content.starts_with(b"job,key,status"));
        let text = format!("{shown} is not a results.csv; name one, or a results folder such as results/NAME");
        return if is_table { Ok(()) } else { Err(Failure::Usage(text)) };
    }
    if place.join("results.csv").exists() || place.join(".run").exists() {
        return Ok(());
    }
    let entries = fs::read_dir(place).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut inside: Vec<PathBuf> = entries.filter(|entry| entry.join("results.csv").exists()).collect();
    inside.sort();
    Err(Failure::Usage(match inside.as_slice() {
        [] => format!(
            "{shown} has no results.csv; name a results folder such as results/NAME, or run its experiment first"
        ),
        [only] => format!("{shown} has no results.csv; did you mean {}?", only.display()),
        several => {
            let names: Vec<String> = several.iter().take(6).map(|folder| folder.display().to_string()).collect();
            let more = if several.len() > 6 { ", ..." } else { "" };
            let folders = format!("{} folders in it do ({}{more})", several.len(), names.join(", "));
            format!("{shown} has no results.csv, but {folders}; name them, or all with {}/*", place.display())
        }
    }))
}
