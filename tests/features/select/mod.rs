//! `[select]`: selecting without the test set.

mod file;
mod run;
mod winners;

pub(crate) use insta::assert_snapshot;
pub(crate) use runner::metrics::Metric;
pub(crate) use runner::plan::{JobResult, Plan, winners};
pub(crate) use runner::spec::{
    Experiment, Interval, Keep, KeyPath, Overrides, Problems, ScoreName, Size, load, render,
};
pub(crate) use std::path::Path;
pub(crate) use tempfile::TempDir;

/// What every experiment needs.
pub(crate) const BASE: &str = "[model]\ncheckpoint = \"builtin:tiny\"\n[data]\ndataset = \"builtin:es\"\n";

/// Validation rows and three rates to choose from.
pub(crate) const RATES: &str =
    "validation_size = 100\n[matrix]\ntrain.learning_rate = [1e-5, 2e-5, 5e-5]\ntrain.seed = [1, 2]\n";

pub(crate) fn read(files: &[(&str, &str)], set: &[&str]) -> Result<Experiment, Problems> {
    let folder = TempDir::new().expect("a temporary folder can be made");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("the file can be written");
    }
    let set = set.iter().map(|text| (*text).to_owned()).collect();
    load(&folder.path().join(files[0].0), &Overrides { set, name: None }).map_err(|mut problems| {
        let prefix = format!("{}/", folder.path().display());
        problems.rename(|name| name.replace(&prefix, ""));
        problems
    })
}

/// The experiment of this text below `BASE`.
pub(crate) fn experiment(text: &str) -> Experiment {
    read(&[("grid.toml", &format!("{BASE}{text}"))], &[])
        .unwrap_or_else(|problems| panic!("{}", render(&problems, false, 100)))
}

/// What is said about a file of this text below `BASE`.
pub(crate) fn broken(text: &str) -> String {
    said(read(&[("grid.toml", &format!("{BASE}{text}"))], &[]))
}

pub(crate) fn said(read: Result<Experiment, Problems>) -> String {
    render(&read.expect_err("the file is broken"), false, 100)
}

pub(crate) fn key(path: &str) -> KeyPath {
    KeyPath::parse(path).expect("a known key")
}

pub(crate) const OVER_RATES: &str = "[select]\nover = [\"train.learning_rate\"]\n";
