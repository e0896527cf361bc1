//! `runner diff`: two states of results, and what may be claimed of their differences.

mod changes;
mod fail_if;
mod formats;
mod pairing;
mod repository;
mod results;
mod revisions;
mod verdicts;

use results::Results;

use crate::workshop::{Said, Workshop};

/// `runner diff LINE` of two folders, `results/a` and `results/b`.
fn diff(a: &Results, b: &Results, line: &str) -> Said {
    let workshop = Workshop::new("");
    a.write(&workshop, "results/a");
    b.write(&workshop, "results/b");
    workshop.runner(&format!("diff results/a results/b {line}"))
}

/// What it prints of the settings: without the first lines and what verdicts mean.
fn blocks(a: &Results, b: &Results) -> String {
    let said = diff(a, b, "");
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    said.out.split("\n\n").nth(1).unwrap_or_default().trim_end().to_owned()
}
