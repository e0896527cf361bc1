//! Experiment files and `--set`.

use std::path::Path;

use runner::plan::Plan;
use runner::spec::{Experiment, Overrides, load, render};

use super::written;

const BASE: &str = "[data]\ndataset = \"builtin:es\"\n[model]\ncheckpoint = \"builtin:tiny\"\n";

pub(super) fn file(folder: &Path, bytes: &[u8]) {
    read(folder, bytes, &Overrides::default());
}

pub(super) fn overridden(folder: &Path, bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let set = text.lines().map(str::to_owned).collect();
    read(folder, BASE.as_bytes(), &Overrides { set, name: None });
}

fn read(folder: &Path, bytes: &[u8], overrides: &Overrides) {
    let path = written(folder, "grid.toml", bytes);
    let plan = load(&path, overrides).and_then(|experiment| {
        check_written(folder, &experiment);
        Plan::expand(experiment)
    });
    match plan {
        Ok(plan) => plan.jobs.iter().for_each(|job| assert!(!job.label.contains('\n'), "{:?}", job.label)),
        Err(problems) => {
            assert!(render(&problems, false, 80).ends_with("nothing was started or written\n"));
        }
    }
}

/// The resolved file gives the same experiment.
fn check_written(folder: &Path, experiment: &Experiment) {
    let text = experiment.resolved_toml(folder);
    let again = load(&written(folder, "resolved.toml", text.as_bytes()), &Overrides::default());
    let again = again.unwrap_or_else(|problems| panic!("{text}\n{}", render(&problems, false, 80)));
    assert_eq!(again.resolved_toml(folder).split_once('\n'), text.replacen("grid", "resolved", 1).split_once('\n'));
    assert_eq!((&again.name, &again.title, &again.base), (&experiment.name, &experiment.title, &experiment.base));
}
