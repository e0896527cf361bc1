//! One folder: what holds of it, and one thing after another that does not.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{grid, named, replace, two, verified};
use crate::workshop::{GRID, Workshop, assert_same};

#[test]
fn a_folder_as_a_run_leaves_it_holds_and_is_not_touched() {
    let workshop = two();
    let before = (workshop.files("results/grid"), workshop.times("results/grid"));
    insta::assert_snapshot!(verified(&workshop), @r"
    results/grid: 2 jobs
    experiment   ✓ 2 rows
    lock         ✓ 2 inputs, 1 environment
    keys         ✓ 2 keys
    journal      ✓ 2 results
    tables       ✓ 2 rows
    predictions  ✓ 4 files scored again
    data         ✓ 3 files, 2 gold files
    models       ✓ 2 models
    holds
    exit 0
    ");
    assert_eq!(before, (workshop.files("results/grid"), workshop.times("results/grid")));
}

#[test]
fn a_clone_on_a_read_only_disk_is_checked_without_journal_and_models() {
    let workshop = grid().cloned();
    let folder = workshop.path("results/grid");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    let before = workshop.files("results/grid");
    insta::assert_snapshot!(verified(&workshop), @r"
    results/grid: 4 jobs
    experiment   ✓ 4 rows
    lock         ✓ 2 inputs, 1 environment
    keys         ✓ 4 keys
    journal      – not checked: no journal (a clone)
    tables       ✓ 4 rows
    predictions  ✓ 4 files scored again
    data         ✓ 2 files, 1 gold file
    models       – not checked: no saved models
    holds
    exit 0
    ");
    assert_same(&before, &workshop.files("results/grid"));
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn evaluation_sets_and_a_selection_hold() {
    let set =
        |size: u32, name: &str| format!("\n[[evaluate]]\ndataset = \"builtin:es\"\nsize = {size}\nname = \"{name}\"\n");
    let select = "\n[select]\nby = \"validation_entity_f1\"\nover = [\"model.freeze\"]\n";
    let selecting = GRID.replace("test_size = 40", "test_size = 40\nvalidation_size = 20");
    // the rows of the second set are failures
    let sets = [set(40, "again"), set(1_000_000, "too many")].concat();
    for (text, status) in [(format!("{GRID}{sets}"), 1), (format!("{selecting}{select}"), 0)] {
        let workshop = Workshop::new(&text);
        assert_eq!(workshop.runner("run grid.toml").status, status);
        for workshop in [workshop.cloned(), workshop] {
            let said = workshop.runner("verify results/grid");
            assert_eq!(said.status, 0, "{}", said.out);
        }
    }
}

#[test]
fn an_edited_score_is_named_with_what_it_should_be() {
    let workshop = two();
    let score = workshop.cell("results/grid", "seed=1", "test_token_accuracy").unwrap();
    replace(&workshop, "results.csv", &score, "0.987654");
    insta::assert_snapshot!(verified(&workshop), @r"
    results/grid: 2 jobs
    experiment   ✓ 2 rows
    lock         ✓ 2 inputs, 1 environment
    keys         ✓ 2 keys
    journal      ✗ 1 finding
      - results.csv, seed=1, test_token_accuracy: 0.987654 (journal: 0.777778)
      → the journal is right: run the experiment again, which rewrites the tables
    tables       ✗ 4 findings
      - summary.csv, ./corpus builtin:tiny all all false 3 8 0.002 test_token_accuracy, mean: 0.777778
        (results.csv: 0.882716)
      - summary.csv, ./corpus builtin:tiny all all false 3 8 0.002 test_token_accuracy, sd: 0.000000
        (results.csv: 0.148405)
      - summary.csv, ./corpus builtin:tiny all all false 3 8 0.002 test_token_accuracy, ci_low: empty
        (results.csv: 0.000019)
      - summary.csv, ./corpus builtin:tiny all all false 3 8 0.002 test_token_accuracy, ci_high: empty
        (results.csv: 1.000000)
      → one of the two was edited: compare both with git; a run makes summary.csv from results.csv
    predictions  ✗ 1 finding
      - results.csv, seed=1, test_token_accuracy: 0.987654 (predictions/seed=1.tags: 0.777778)
      → the table or the predictions were edited: restore them from git; `runner rescore DIR` makes the
        scores anew from the predictions, `runner verify --rerun 1 DIR` says whether these are right
    data         ✓ 3 files, 2 gold files
    models       ✓ 2 models
    does not hold: 6 findings
    exit 1
    ");
    insta::assert_snapshot!(verified(&workshop.cloned()), @r"
    results/grid: 2 jobs
    experiment   ✓ 2 rows
    lock         ✓ 2 inputs, 1 environment
    keys         ✓ 2 keys
    journal      – not checked: no journal (a clone)
    tables       ✗ 4 findings
      - summary.csv, ./corpus builtin:tiny all all false 3 8 0.002 test_token_accuracy, mean: 0.777778
        (results.csv: 0.882716)
      - summary.csv, ./corpus builtin:tiny all all false 3 8 0.002 test_token_accuracy, sd: 0.000000
        (results.csv: 0.148405)
      - summary.csv, ./corpus builtin:tiny all all false 3 8 0.002 test_token_accuracy, ci_low: empty
        (results.csv: 0.000019)
      - summary.csv, ./corpus builtin:tiny all all false 3 8 0.002 test_token_accuracy, ci_high: empty
        (results.csv: 1.000000)
      → one of the two was edited: compare both with git; a run makes summary.csv from results.csv
    predictions  ✗ 1 finding
      - results.csv, seed=1, test_token_accuracy: 0.987654 (predictions/seed=1.tags: 0.777778)
      → the table or the predictions were edited: restore them from git; `runner rescore DIR` makes the
        scores anew from the predictions, `runner verify --rerun 1 DIR` says whether these are right
    data         ✓ 3 files, 2 gold files
    models       – not checked: no saved models
    does not hold: 5 findings
    exit 1
    ");
}

#[test]
fn an_edited_training_loss_of_a_clone_contradicts_the_curve() {
    let workshop = two().cloned();
    let loss = workshop.cell("results/grid", "seed=2", "train_loss").unwrap();
    replace(&workshop, "results.csv", &loss, "0.100000");
    insta::assert_snapshot!(verified(&workshop), @r"
    results/grid: 2 jobs
    experiment   ✓ 2 rows
    lock         ✓ 2 inputs, 1 environment
    keys         ✓ 2 keys
    journal      – not checked: no journal (a clone)
    tables       ✗ 1 finding
      - results.csv, seed=2, train_loss: 0.100000 (curves.csv: 0.898739)
      → one of the two was edited: compare both with git, or train the job again with --force
    predictions  ✓ 4 files scored again
    data         ✓ 3 files, 2 gold files
    models       – not checked: no saved models
    does not hold: 1 finding
    exit 1
    ");
}

#[test]
fn an_edited_prediction_is_named() {
    let workshop = two().cloned();
    let name = named(&workshop, "predictions", &workshop.predictions("seed=1"));
    let tags = workshop.read(&format!("results/grid/predictions/{name}"));
    let (first, rest) = tags.split_once(' ').unwrap();
    let other = if first == "B-LOC" { "B-PER" } else { "B-LOC" };
    workshop.write(&format!("results/grid/predictions/{name}"), format!("{other} {rest}"));
    insta::assert_snapshot!(verified(&workshop), @r"
    results/grid: 2 jobs
    experiment   ✓ 2 rows
    lock         ✓ 2 inputs, 1 environment
    keys         ✓ 2 keys
    journal      – not checked: no journal (a clone)
    tables       ✓ 2 rows
    predictions  ✗ 10 findings
      - predictions/seed=1.tags, seed=1, test_entity_f1: 0.666667 (results.csv: 0.750000)
      - predictions/seed=1.tags, seed=1, test_entity_precision: 0.600000 (results.csv: 0.750000)
      - predictions/seed=1.tags, seed=1, test_entity_f1_iob2: 0.666667 (results.csv: 0.750000)
      - predictions/seed=1.tags, seed=1, test_token_f1_micro: 0.666667 (results.csv: 0.750000)
      - predictions/seed=1.tags, seed=1, test_token_f1_macro: 0.666667 (results.csv: 0.733333)
      - predictions/seed=1.tags, seed=1, test_token_accuracy: 0.666667 (results.csv: 0.777778)
      - predictions/seed=1.tags, 2 rows (seed=1, test conlleval LOC to seed=1, test iob2 LOC),
        precision: 0.500000 (per_entity.csv: 0.666667)
      - predictions/seed=1.tags, 2 rows (seed=1, test conlleval LOC to seed=1, test iob2 LOC), f1:
        0.666667 (per_entity.csv: 0.800000)
      → the table or the predictions were edited: restore them from git; `runner rescore DIR` makes the
        scores anew from the predictions, `runner verify --rerun 1 DIR` says whether these are right
    data         ✓ 3 files, 2 gold files
    models       – not checked: no saved models
    does not hold: 10 findings
    exit 1
    ");
}

#[test]
fn predictions_that_are_missing_cut_or_of_no_row_are_named() {
    let workshop = two().cloned();
    let folder = workshop.path("results/grid/predictions");
    let name = named(&workshop, "predictions", &workshop.predictions("seed=1"));
    fs::rename(folder.join(&name), folder.join("stranger.tags")).unwrap();
    let other = named(&workshop, "predictions", &workshop.predictions("seed=2"));
    let tags = workshop.read(&format!("results/grid/predictions/{other}"));
    workshop.write(&format!("results/grid/predictions/{other}"), tags.split_once('\n').unwrap().1);
    insta::assert_snapshot!(verified(&workshop), @r"
    results/grid: 2 jobs
    experiment   ✓ 2 rows
    lock         ✓ 2 inputs, 1 environment
    keys         ✓ 2 keys
    journal      – not checked: no journal (a clone)
    tables       ✓ 2 rows
    predictions  ✗ 3 findings
      - predictions/seed=1.tags, seed=1: none (results.csv: there)
      - predictions/seed=2.tags, seed=2: no gold tags in predictions/ have the sentences of
        predictions/seed=2.tags
      - predictions/stranger.tags: there (no row has it: none)
      → restore the file from git or a copy, or predict again with --force
      → remove the file; a run does so by itself
    data         ✓ 3 files, 2 gold files
    models       – not checked: no saved models
    does not hold: 3 findings
    exit 1
    ");
    fs::remove_dir_all(folder).unwrap();
    let said = workshop.runner("verify results/grid");
    assert_eq!(said.status, 0, "{}", said.out);
    assert!(said.out.contains("predictions  – not checked: no predictions\n"), "{}", said.out);
}

#[test]
fn an_edited_experiment_is_named_by_its_columns_and_its_keys() {
    let workshop = grid().cloned();
    replace(&workshop, "experiment.toml", "learning_rate = 0.002", "learning_rate = 0.001");
    insta::assert_snapshot!(verified(&workshop), @r"
    results/grid: 4 jobs
    experiment   ✗ 4 findings
      - results.csv, 4 rows (train_size=32,freeze=false to train_size=64,freeze=true), learning_rate:
        0.002 (experiment.toml: 0.001)
      → restore whichever was changed from git; or run the experiment again, which rewrites the tables
    lock         ✓ 2 inputs, 1 environment
    keys         ✗ 4 findings
      - results.csv, train_size=32,freeze=false, key: KEY (experiment.toml and lock.toml:
        KEY)
      - results.csv, train_size=32,freeze=true, key: KEY (experiment.toml and lock.toml:
        KEY)
      - results.csv, train_size=64,freeze=false, key: KEY (experiment.toml and lock.toml:
        KEY)
      - results.csv, train_size=64,freeze=true, key: KEY (experiment.toml and lock.toml:
        KEY)
      → an experiment, a lock or a row was changed after the run: restore it from git, or run again
    journal      – not checked: no journal (a clone)
    tables       ✓ 4 rows
    predictions  ✓ 4 files scored again
    data         ✓ 2 files, 1 gold file
    models       – not checked: no saved models
    does not hold: 8 findings
    exit 1
    ");
    replace(&workshop, "experiment.toml", "learning_rate = 0.001", "learning_rate = 0.002");
    replace(&workshop, "experiment.toml", "weight_decay = 0.0", "weight_decay = 0.1");
    insta::assert_snapshot!(verified(&workshop), @r"
    results/grid: 4 jobs
    experiment   ✓ 4 rows
    lock         ✓ 2 inputs, 1 environment
    keys         ✗ 4 findings
      - results.csv, train_size=32,freeze=false, key: KEY (experiment.toml and lock.toml:
        KEY)
      - results.csv, train_size=32,freeze=true, key: KEY (experiment.toml and lock.toml:
        KEY)
      - results.csv, train_size=64,freeze=false, key: KEY (experiment.toml and lock.toml:
        KEY)
      - results.csv, train_size=64,freeze=true, key: KEY (experiment.toml and lock.toml:
        KEY)
      → an experiment, a lock or a row was changed after the run: restore it from git, or run again
    journal      – not checked: no journal (a clone)
    tables       ✓ 4 rows
    predictions  ✓ 4 files scored again
    data         ✓ 2 files, 1 gold file
    models       – not checked: no saved models
    does not hold: 4 findings
    exit 1
    ");
    fs::remove_file(workshop.path("results/grid/experiment.toml")).unwrap();
    insta::assert_snapshot!(verified(&workshop), @r"
    results/grid: 4 jobs
    experiment   ✗ 1 finding
      - experiment.toml: missing
      → restore experiment.toml from git or a copy, or run the experiment again
    lock         ✓ 2 inputs, 1 environment
    keys         – not checked: no experiment
    journal      – not checked: no journal (a clone)
    tables       ✓ 4 rows
    predictions  ✓ 4 files scored again
    data         – not checked: no experiment
    models       – not checked: no saved models
    does not hold: 1 finding
    exit 1
    ");
}

#[test]
fn a_row_of_no_job_is_named_and_a_job_without_a_row_is_not_run() {
    let workshop = two().cloned();
    replace(&workshop, "experiment.toml", "train.seed = [1, 2]", "train.seed = [2, 3]");
    insta::assert_snapshot!(verified(&workshop), @r"
    results/grid: 2 jobs
    experiment   ✗ 1 finding
      - results.csv, seed=1: there (experiment.toml: none)
      → restore whichever was changed from git; or run the experiment again, which rewrites the tables
    lock         ✓ 2 inputs, 1 environment
    keys         ✓ 1 key
    journal      – not checked: no journal (a clone)
    tables       ✓ 2 rows
    predictions  ✓ 4 files scored again
    data         ✓ 3 files, 2 gold files
    models       – not checked: no saved models
    does not hold: 1 finding
    exit 1
    ");
}
