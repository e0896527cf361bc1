//! Rows whose own predictions give other scores, in a clone: no command that reads results counts them.

use std::fs;

use crate::workshop::{GRID, Workshop};

const JOB: &str = "train_size=64,freeze=true";
const SCORE: &str = "test_entity_f1";

/// A clone's folder `results/grid` in which the score of a job was edited; `before/grid` is as it was.
fn edited() -> Workshop {
    let workshop = Workshop::new(GRID);
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    fs::remove_dir_all(workshop.path("results/grid/.run")).unwrap();
    copy(&workshop, "results/grid", "before/grid");
    copy(&workshop, "results/grid/predictions", "before/grid/predictions");
    let (table, score) =
        (workshop.read("results/grid/results.csv"), workshop.cell("results/grid", JOB, SCORE).unwrap());
    assert_eq!(table.matches(&format!(",{score},")).count(), 1, "{table}");
    workshop.write("results/grid/results.csv", table.replace(&format!(",{score},"), ",0.987654,"));
    workshop
}

/// Copies the files of a folder.
fn copy(workshop: &Workshop, from: &str, to: &str) {
    for entry in fs::read_dir(workshop.path(from)).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        let to = workshop.path(to);
        fs::create_dir_all(&to).unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn show_counts_it_as_failed_and_says_so_in_every_format() {
    let workshop = edited();
    for format in ["text", "md", "latex"] {
        let said = workshop.runner(&format!("show results/grid --format {format}"));
        assert_eq!(said.status, 0, "{}", said.err);
        assert!(said.out.contains("its predictions give other scores"), "{}", said.out);
        assert!(!said.out.contains("0.9877"), "{}", said.out);
    }
    let csv = workshop.runner("show results/grid --format csv").out;
    assert!(!csv.contains("0.987654"), "{csv}");
}

#[test]
fn diff_does_not_compare_it_and_fails_a_condition() {
    let workshop = edited();
    let said = workshop.runner("diff before/grid results/grid");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.out.contains("3 identical, 1 not comparable"), "{}", said.out);
    assert!(said.out.contains("in B do not follow from their"), "{}", said.out);
    assert_eq!(workshop.runner("diff before/grid results/grid --fail-if test_entity_f1<-0.5").status, 1);
}

#[test]
fn errors_refuses_it() {
    let workshop = edited();
    let said = workshop.runner(&format!("errors results/grid:{JOB}"));
    assert_eq!(said.status, 2, "{}", said.out);
    assert!(said.err.contains("its scores do not follow from predictions/"), "{}", said.err);
}
