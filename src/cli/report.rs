//! `runner report`.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::files::{create_folder, replace};
use crate::html::{Document, PAGE_MARK, PLOT_MARK, Report};
use crate::results::{ResultsError, Snapshot};

use super::args;
use super::failure::{Ending, Failure};
use super::show::open;
use super::terminal::{answer, say, warn};

/// Bytes of a file among which the mark of an earlier report stands.
const MARKED: u64 = 4096;

/// Writes a page about results, and its plots as files where that is asked for.
pub(super) fn report(arguments: &args::Report) -> Result<Ending, Failure> {
    let (folders, sources) = open(&arguments.places, snapshot)?;
    let output = arguments.output.clone().unwrap_or_else(|| match sources.as_slice() {
        [only] => PathBuf::from(format!("{}.html", only.name.replace('/', "-"))),
        _ => PathBuf::from("report.html"),
    });
    if !arguments.force {
        check(&output, PAGE_MARK)?;
    }
    let report = Report::read(&folders, sources)?;
    let document = Document::new(&report);
    let mut files = vec![(output.clone(), document.page())];
    if let Some(folder) = &arguments.svg {
        for (name, plot) in document.plots() {
            let file = folder.join(name);
            if !arguments.force {
                check(&file, PLOT_MARK)?;
            }
            files.push((file, plot));
        }
        create_folder(folder).map_err(|source| Failure::File { path: folder.display().to_string(), source })?;
    }
    for (path, content) in &files {
        replace(path, content.as_bytes()).map_err(|source| {
            let path = path.display();
            Failure::Environment(format!("cannot write {path}: {source}; name a file in a folder that exists"))
        })?;
    }
    answer(&format!("{} ({})\n", output.display(), size(files[0].1.len())))?;
    if let Some(folder) = &arguments.svg {
        let others = earlier_plots(folder, &files);
        if !others.is_empty() {
            warn(&format!(
                "{} has plots of an earlier report, too: {}; remove them, or use a folder for each report",
                folder.display(),
                others.join(", ")
            ));
        }
        say(&format!("{} plots in {}", files.len() - 1, folder.display()));
    }
    Ok(Ending::Well)
}

/// Plots in a folder that are not of these files.
fn earlier_plots(folder: &Path, files: &[(PathBuf, String)]) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let svg = entries.filter(|path| path.extension().is_some_and(|ending| ending == "svg"));
    let others = svg.filter(|path| !files.iter().any(|(file, _)| file == path) && check(path, PLOT_MARK).is_ok());
    let mut names: Vec<String> =
        others.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

/// A folder's results; where a table is missing beside results.csv, without it.
fn snapshot(place: &Path) -> Result<Snapshot, ResultsError> {
    match Snapshot::open(place) {
        Err(error @ ResultsError::Missing { .. }) => {
            let mut snapshot = Snapshot::of_folder(place)?;
            snapshot.notices.push(format!("{error}. Until then rows are not checked against their predictions."));
            Ok(snapshot)
        }
        other => other,
    }
}

/// Refuses to replace a file that is no earlier one of its kind.
fn check(path: &Path, mark: &str) -> Result<(), Failure> {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MARKED).read_to_end(&mut start));
    match read {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(source) => Err(Failure::File { path: path.display().to_string(), source }),
        Ok(_) if String::from_utf8_lossy(&start).contains(mark) => Ok(()),
        Ok(_) => Err(Failure::Usage(format!(
            "{} is there already and is no earlier report; name another file, or replace it with --force",
            path.display()
        ))),
    }
}

fn size(bytes: usize) -> String {
    match bytes {
        few if few < 1_000_000 => format!("{} KB", few.div_ceil(1000)),
        many => format!("{:.1} MB", many as f64 / 1e6),
    }
}
