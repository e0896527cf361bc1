//! Which places can be shown, and what is said of the others.

use std::fs;

use super::*;

#[test]
fn several_folders_are_one_table_with_the_settings_that_differ_between_them() {
    let workshop = Workshop::new(GRID);
    grid().write(&workshop, "before/grid");
    grid().write(&workshop, "after/grid");
    let experiment = "[data]\ndataset = \"org/corpus\"\n[model]\ncheckpoint = \"org/bert\"\nmax_length = 256\n";
    workshop.write("before/grid/experiment.toml", experiment);
    workshop.write("after/grid/experiment.toml", experiment.replace("256", "128"));
    let line = "show before/grid after/grid --only freeze=false --value entity_f1";
    insta::assert_snapshot!(answer(&workshop, line), @r"
    before/grid, after/grid
    experiment   train_size  max_length  seeds       entity_f1
    ──────────────────────────────────────────────────────────
    before/grid  1000        256             5  0.6362 ±0.0158
    before/grid  3000        256             5  0.7554 ±0.0033
    after/grid   1000        128             5  0.6362 ±0.0158
    after/grid   3000        128             5  0.7554 ±0.0033

    ±: 95 % interval of the mean over seeds
    nothing is bold: the best, 0.7554, is within seed noise of 1 other
    best: experiment=before/grid,train_size=3000,max_length=256; within seed noise
      of it: experiment=after/grid,train_size=3000,max_length=128

    Environment: cpu, fp32.
    ");
    let said = shown(&workshop, "show before/grid ./before/grid");
    assert_eq!(said.err, "./before/grid is named twice; it is shown once\n");
    assert!(said.out.starts_with("grid, test split\n"), "{}", said.out);
}

#[test]
fn a_clone_a_table_alone_and_a_folder_that_cannot_be_written_are_shown() {
    let workshop = Workshop::new(&GRID.replace("[32, 64]", "[32]"));
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    let whole = answer(&workshop, "show results/grid");
    let clone = workshop.cloned();
    assert!(!clone.path("results/grid/.run").exists());
    assert_eq!(answer(&clone, "show results/grid"), whole);
    assert!(!clone.path("results/grid/.run").exists(), "nothing is written");
    clone.write("alone/results.csv", clone.read("results/grid/results.csv"));
    let alone = answer(&clone, "show alone/results.csv");
    assert!(alone.starts_with("alone, test split\n") && !alone.contains('~'), "no predictions: {alone}");
    let held = fs::File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(workshop.path("results/grid/.run/lock"))
        .unwrap();
    held.lock().unwrap();
    assert_eq!(answer(&workshop, "show results/grid"), whole, "another process holds the lock");
}

#[test]
fn a_folder_is_shown_while_a_run_writes_it() {
    let workshop = Workshop::new(
        &(GRID.replace("[false, true]", "[false]").replace("[32, 64]", "[32, 48, 64]") + "train.seed = [1, 2, 3, 4]\n"),
    );
    let mut run = workshop.start("run grid.toml --jobs 1");
    workshop.wait_for_rows("results/grid", 1);
    while run.try_wait().unwrap().is_none() {
        let said = shown(&workshop, "show results/grid");
        assert_eq!(said.status, 0, "{}", said.err);
    }
}

#[test]
fn an_edited_cell_is_said() {
    let workshop = Workshop::new(&GRID.replace("[32, 64]", "[32]").replace("[false, true]", "[false]"));
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    let table = workshop.read("results/grid/results.csv");
    let score = workshop.cell("results/grid", "train_size=32,freeze=false", "test_entity_f1").unwrap();
    workshop.write("results/grid/results.csv", table.replacen(&score, "0.999999", 1));
    let said = shown(&workshop, "show results/grid --value entity_f1");
    assert!(said.err.contains("1 table cell differs from the journal"), "{}", said.err);
    assert!(!said.out.contains("1.0000"), "the journal is right: {}", said.out);
}

#[test]
fn places_without_results_are_named_with_what_to_do() {
    let workshop = Workshop::new(GRID);
    grid().write(&workshop, "results/one");
    grid().write(&workshop, "results/two");
    workshop.write("empty/notes.txt", "");
    let rows = grid();
    workshop.write("none/results.csv", results_csv(&[], &rows.columns));
    workshop.write("none/per_entity.csv", per_entity_csv(&[]));
    workshop.write("none/curves.csv", curves_csv(&[]));
    workshop.write("damaged/results.csv", "job,key\na,b\n");
    let lines = ["show missing", "show empty", "show results", "show none", "show grid.toml", "show damaged"];
    let said = lines.map(|line| shown(&workshop, line));
    assert_eq!(said.each_ref().map(|said| said.status), [2, 2, 2, 2, 2, 3]);
    let texts: Vec<&str> = said.iter().map(|said| said.err.as_str()).collect();
    insta::assert_snapshot!(texts.join(""), @r#"
    error: missing: no such file or folder; name a results folder such as
      results/NAME
    error: empty has no results.csv; name a results folder such as results/NAME, or
      run its experiment first
    error: results has no results.csv, but 2 folders in it do (results/one,
      results/two); name them, or all with results/*
    error: none has no rows yet: run the experiment first
    error: grid.toml is not a results.csv; name one, or a results folder such as
      results/NAME
    error: damaged/results.csv:1: column "status" is missing; restore it from git or
      a copy, or move it away: a run rebuilds tables from the journal, and the
      journal from tables
    "#);
}

#[test]
fn a_folder_whose_jobs_all_failed_says_why() {
    let workshop = Workshop::new(GRID);
    let grid = Grid::new(&["model.freeze"]).row("freeze=false", &[], Err("too-few-rows")).row(
        "freeze=true",
        &[("model.freeze", "true")],
        Err("too-few-rows"),
    );
    grid.write(&workshop, "grid");
    insta::assert_snapshot!(answer(&workshop, "show grid"), @r"
    grid, test split
                       token_f1  gold_token              entity_f1
    freeze  entity_f1    _micro   _f1_micro  train_loss      _iob2  steps
    ─────────────────────────────────────────────────────────────────────
    false   failed: too few rows
    true    failed: too few rows

    also with --value SCORE: gold_token_f1_macro, entity_precision, entity_recall,
      token_f1_macro, token_accuracy, exact_f1, exact_precision, exact_recall,
      partial_f1, partial_precision, partial_recall, type_f1, type_precision,
      type_recall

    failed: 2 jobs (freeze=false; freeze=true): too-few-rows: it cannot be done
    Environment: cpu.
    Report entity_f1; docs/scores.md explains each score.
    ");
}
