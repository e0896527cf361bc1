//! What commands say of a search with rungs.

use std::fs;

use insta::assert_snapshot;

use super::{SEARCH, whole, with_status};
use crate::workshop::Workshop;

#[test]
fn a_run_says_how_many_go_on_and_the_table_who_was_stopped() {
    let workshop = Workshop::new(SEARCH);
    let said = workshop.runner_with("run grid.toml --jobs 1 --threads 1", &[("COLUMNS", "100")]);
    let rungs: Vec<&str> = said.err.lines().filter(|line| line.starts_with("rung ")).collect();
    assert_eq!(rungs, ["rung 1: 4 of 8 jobs go on", "rung 2: 2 of 4 jobs go on"], "{}", said.err);
    assert!(!said.err.contains("resuming"), "{}", said.err);
    assert_snapshot!(said.out, @"");
}

#[test]
fn a_plan_says_what_may_run_and_how_jobs_stand() {
    let workshop = Workshop::new(SEARCH);
    assert_snapshot!(workshop.runner_with("plan grid.toml", &[("COLUMNS", "100")]).out, @"");
    workshop.runner("run grid.toml --only seed=1,learning_rate=0.001");
    assert_snapshot!(workshop.runner_with("plan grid.toml --only learning_rate=0.001", &[("COLUMNS", "100")]).out, @"");
    workshop.runner("run grid.toml");
    assert_snapshot!(workshop.runner_with("plan grid.toml", &[("COLUMNS", "100")]).out, @"");
}

#[test]
fn results_are_shown_verified_compared_and_reported() {
    let (workshop, _) = whole(SEARCH);
    assert_snapshot!(workshop.runner_with("show results/grid --value validation_entity_f1", &[("COLUMNS", "100")]).out, @"");
    let verified = workshop.runner("verify results/grid");
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
    let clone = workshop.cloned();
    let verified = clone.runner("verify results/grid");
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
    let again = workshop.runner("verify results/grid --rerun 2");
    assert_eq!(again.status, 0, "{}{}", again.out, again.err);
    let same = workshop.runner("diff results/grid results/grid");
    assert_eq!(same.status, 0, "{}{}", same.out, same.err);
    for line in ["report results/grid --output page.html", "curves --tensorboard board results/grid"] {
        let said = workshop.runner(line);
        assert_eq!(said.status, 0, "{line}: {}{}", said.out, said.err);
    }
    let stopped = with_status(&workshop, "stopped").remove(0);
    workshop.write("text.txt", "Ana vive en Lima .\n");
    let said = workshop.runner(&format!("predict results/grid:{stopped} text.txt"));
    assert_eq!(said.status, 2, "{}", said.err);
    assert_snapshot!(said.err, @"");
    assert_eq!(workshop.runner(&format!("errors results/grid:{stopped} --split validation")).status, 0);
}

#[test]
fn a_stopped_job_is_not_compared_with_one_that_ran_to_its_end() {
    let (workshop, _) = whole(SEARCH);
    fs::rename(workshop.path("results/grid"), workshop.path("results/halved")).unwrap();
    workshop.write("grid.toml", super::to_the_end());
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    let said =
        workshop.runner_with("diff results/halved results/grid --value validation_entity_f1", &[("COLUMNS", "100")]);
    assert!(said.out.contains("were stopped at a rung, before their end"), "{}{}", said.out, said.err);
}

#[test]
fn an_edited_score_at_a_rung_is_found() {
    let (workshop, _) = whole(SEARCH);
    let path = "results/grid/rungs.csv";
    let text = workshop.read(path);
    let lines: Vec<&str> = text.lines().collect();
    let flipped = match lines[1].contains(",true,") {
        true => lines[1].replace(",true,", ",false,"),
        false => lines[1].replace(",false,", ",true,"),
    };
    workshop.write(path, text.replace(lines[1], &flipped));
    let said = workshop.runner("verify results/grid");
    assert_eq!(said.status, 1, "{}", said.out);
    assert!(said.out.contains("rungs.csv") && said.out.contains("goes_on"), "{}", said.out);
    // a run writes it anew
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    assert_eq!(workshop.read(path), text);
}
