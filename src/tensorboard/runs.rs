//! A run of TensorBoard for each finished job of results folders.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::TensorboardError;
use super::scalars::event_file;
use crate::files;
use crate::results::{Layout, ResultsError, ScoredSplit, prediction_name, read_tables};

/// TensorBoard takes files with `tfevents` in their names. No time, no machine.
const NAME: &str = "events.out.tfevents.0.runner";

/// What was written.
#[derive(Debug, Default)]
pub struct Written {
    /// Number of runs.
    pub runs: usize,
    /// Labels of failed jobs, which have no numbers.
    pub failed: Vec<String>,
}

/// Writes the finished jobs of `folders` to `out`: `LABEL/`, or `NAME/LABEL/` for several folders.
///
/// # Errors
/// Folders without tables; `out` is not empty, without `force`; what the system says.
pub fn write_runs(folders: &[PathBuf], out: &Path, force: bool) -> Result<Written, TensorboardError> {
    let is_taken = fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) || out.is_file();
    if is_taken && !force {
        return Err(TensorboardError::Exists(out.to_owned()));
    }
    let (mut written, mut names) = (Written::default(), BTreeSet::new());
    let mut runs = Vec::new();
    for folder in folders {
        let tables = read_tables(&Layout::new(folder))?;
        let tables = tables.ok_or_else(|| ResultsError::NoTable { folder: folder.clone() })?;
        let name = name(folder);
        if !names.insert(name.clone()) {
            return Err(TensorboardError::SameName(name));
        }
        let above = if folders.len() > 1 { out.join(&name) } else { out.to_owned() };
        for record in &tables.records {
            match record.measurements() {
                None => written.failed.push(format!("{}:{}", folder.display(), record.label)),
                Some(measured) => runs.push((above.join(run_name(&record.label)), event_file(record, measured))),
            }
        }
    }
    for (folder, content) in &runs {
        let path = folder.join(NAME);
        let put = files::create_folder(folder).and_then(|()| files::replace(&path, content));
        put.map_err(|source| TensorboardError::Disk { path, source })?;
    }
    written.runs = runs.len();
    Ok(written)
}

/// The name of a results folder, also of `.`.
fn name(folder: &Path) -> String {
    let named = folder.file_name().map(ToOwned::to_owned);
    let named = named.or_else(|| folder.canonicalize().ok()?.file_name().map(ToOwned::to_owned));
    named.map_or_else(|| "results".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The folder of a job's run: its label, written as names of predictions are.
fn run_name(label: &str) -> String {
    let name = prediction_name(label, None, ScoredSplit::Test);
    name.strip_suffix(".tags").unwrap_or(&name).to_owned()
}
