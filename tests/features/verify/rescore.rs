//! `runner rescore`: every score anew from the predictions, in tables and journal.

use std::fs;

use super::{grid, named, replace, two, verified, without_keys};
use crate::workshop::{Workshop, assert_same};

fn rescored(workshop: &Workshop) -> String {
    let said = workshop.runner("rescore results/grid");
    without_keys(&format!("{}{}exit {}", said.out, said.err, said.status))
}

#[test]
fn nothing_changes_where_scores_follow_from_predictions() {
    let workshop = grid();
    for workshop in [workshop.cloned(), workshop] {
        let before = workshop.committed("results/grid");
        assert_eq!(rescored(&workshop), "results/grid: 4 rows scored again, nothing changed\nexit 0");
        assert_same(&before, &workshop.committed("results/grid"));
    }
}

#[test]
fn edited_scores_are_computed_again_in_every_table() {
    let workshop = two();
    let (before, clone) = (workshop.committed("results/grid"), workshop.cloned());
    let score = clone.cell("results/grid", "seed=1", "test_token_accuracy").unwrap();
    replace(&clone, "results.csv", &score, "0.987654");
    assert!(verified(&clone).ends_with("exit 1\n"));
    insta::assert_snapshot!(rescored(&clone), @r"
    results/grid: 2 rows scored again, 1 cell changed
      results.csv, seed=1, test_token_accuracy: 0.987654 -> 0.777778
    exit 0
    ");
    assert_same(&before, &clone.committed("results/grid"));
    assert!(verified(&clone).ends_with("holds\nexit 0\n"));
}

#[test]
fn other_predictions_give_other_scores_and_the_journal_does_not_bring_the_old_ones_back() {
    let workshop = two();
    let name = named(&workshop, "predictions", &workshop.predictions("seed=1"));
    let gold = workshop.read(&format!("results/grid/predictions/{}", named(&workshop, "predictions", "gold-")));
    let mut tags = gold.clone();
    let golds = fs::read_dir(workshop.path("results/grid/predictions")).unwrap();
    for entry in golds.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        let text = workshop.read(&format!("results/grid/predictions/{entry}"));
        if entry.starts_with("gold-") && text.lines().count() == 3 {
            tags = text;
        }
    }
    workshop.write(&format!("results/grid/predictions/{name}"), tags);
    let said = rescored(&workshop);
    assert!(said.contains("results.csv, seed=1, test_entity_f1: "), "{said}");
    assert_eq!(workshop.cell("results/grid", "seed=1", "test_entity_f1").unwrap(), "1.000000");
    assert!(verified(&workshop).contains("journal      ✓"), "{}", verified(&workshop));
    let run = workshop.runner("run grid.toml");
    assert_eq!(run.status, 0, "{}", run.err);
    assert_eq!(workshop.cell("results/grid", "seed=1", "test_entity_f1").unwrap(), "1.000000");
}

#[test]
fn rows_without_predictions_stay_and_damaged_ones_are_named() {
    let workshop = two().cloned();
    let [first, second] = ["seed=1", "seed=2"].map(|job| named(&workshop, "predictions", &workshop.predictions(job)));
    fs::remove_file(workshop.path(&format!("results/grid/predictions/{first}"))).unwrap();
    workshop.write(&format!("results/grid/predictions/{second}"), "B-PER\nnonsense\n");
    let before = workshop.read("results/grid/results.csv");
    insta::assert_snapshot!(rescored(&workshop), @r#"
    results/grid: 0 rows scored again, nothing changed
    no predictions, left as they are: seed=1
    warning: seed=2: predictions/seed=2.tags:2: "nonsense" is not a tag; the row is
      left as it is: restore the file from git, or predict again with --force
    exit 1
    "#);
    assert_eq!(before, workshop.read("results/grid/results.csv"));
}

#[test]
fn a_folder_without_results_is_left_alone() {
    let workshop = Workshop::new("");
    insta::assert_snapshot!(rescored(&workshop), @r"
    error: results/grid has no results.csv; name a results folder such as results/NAME, or run its experiment first
    exit 3
    ");
    assert!(!workshop.path("results").exists());
}
