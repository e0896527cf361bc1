//! Experiment files with mistakes: what is said word for word, as a terminal of 100 columns shows it without colors.

mod keys;
mod matrix;
mod nearly_right;
mod values;
mod whole_files;

use insta::assert_snapshot;
use runner::plan::Plan;
use runner::spec::{Overrides, load, render};
use std::path::Path;
use tempfile::TempDir;

/// What every experiment needs.
pub(super) const BASE: &str = "[data]\ndataset = \"builtin:es\"\n[model]\ncheckpoint = \"builtin:tiny\"\n";

/// What is said about the first of these files: problems of the files, or else of the plan.
pub(super) fn said(files: &[(&str, &str)]) -> String {
    let folder = TempDir::new().expect("a temporary folder can be made");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("the file can be written");
    }
    said_about(&folder.path().join(files[0].0), folder.path())
}

pub(super) fn said_about(file: &Path, folder: &Path) -> String {
    let planned = load(file, &Overrides::default()).and_then(Plan::expand);
    let problems = planned.expect_err("the file is broken");
    // The folder's name differs from run to run, and with its length the place where lines wrap.
    let mut problems = problems;
    let prefix = format!("{}/", folder.display());
    problems.rename(|name| name.replace(&prefix, ""));
    render(&problems, false, 100)
}

/// What is said about a file of this text.
pub(super) fn broken(text: &str) -> String {
    said(&[("grid.toml", text)])
}
