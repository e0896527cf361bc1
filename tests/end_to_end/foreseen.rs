//! What is known before the first job starts: jobs that cannot run are named at once, and nothing is written where none
//! can.

use super::workshop::{GRID, Workshop};

/// Runs a grid of which no job can run, and gives what is said.
fn refused(grid: &str) -> String {
    let workshop = Workshop::new(grid);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 2, "{}", said.err);
    assert!(!workshop.path("results").exists(), "nothing is written");
    let plan = workshop.runner("plan grid.toml");
    assert_eq!(plan.status, 1, "{}", plan.out);
    assert!(plan.out.contains("invalid: "), "{}", plan.out);
    said.err
}

#[test]
fn a_length_beyond_the_positions_of_every_job_starts_nothing() {
    insta::assert_snapshot!(refused(&GRID.replace("max_length = 64", "max_length = 129")), @"
    error: no job of grid can run; nothing was started or written
      - 4 jobs (train_size=32,freeze=false; train_size=32,freeze=true; train_size=64,freeze=false; and 1
        more): max_length: model.max_length = 129 is beyond the checkpoint's longest input, 128; lower
        it
    ");
}

#[test]
fn evaluation_of_a_classifier_that_is_not_there_starts_nothing() {
    insta::assert_snapshot!(refused(&GRID.replace("max_steps = 12", "epochs = 0")), @"
    error: no job of grid can run; nothing was started or written
      - 4 jobs (train_size=32,freeze=false; train_size=32,freeze=true; train_size=64,freeze=false; and 1
        more): checkpoint: epochs = 0 evaluates the checkpoint as it is, but it has no classifier for
        these tags: the built-in checkpoint has no classifier; train it, or choose a fine-tuned
        checkpoint
    ");
}

#[test]
fn more_rows_than_there_are_start_nothing() {
    insta::assert_snapshot!(refused(&GRID.replace("[32, 64]", "[3001, 4000]")), @r#"
    error: no job of grid can run; nothing was started or written
      - 2 jobs (train_size=3001,freeze=false; train_size=3001,freeze=true): data-too-few-rows:
        train_size asks for 3001 rows but the train split has 3000; ask for at most that, or for "all"
      - 2 jobs (train_size=4000,freeze=false; train_size=4000,freeze=true): data-too-few-rows:
        train_size asks for 4000 rows but the train split has 3000; ask for at most that, or for "all"
    "#);
    let said = refused(&GRID.replace("test_size = 40", "test_size = 1001"));
    assert!(said.contains("test_size asks for 1001 rows"), "{said}");
}

#[test]
fn sizes_that_cannot_be_counted_start_nothing() {
    let huge = |key: &str| GRID.replace("max_steps = 12", &format!("{key} = 18446744073709551615\nmax_steps = 12"));
    let said = refused(&huge("batch_size"));
    assert!(said.contains("train.batch_size = 18446744073709551615 times model.max_length = 64"), "{said}");
    let said = refused(&huge("gradient_accumulation"));
    assert!(said.contains("too-large: train.batch_size = 8 times train.gradient_accumulation"), "{said}");
    let said = refused(&GRID.replace("max_steps = 12", "epochs = 1e300"));
    assert!(said.contains("lower train.epochs"), "{said}");
}

#[test]
fn a_number_format_that_the_processor_has_not_starts_nothing() {
    let workshop = Workshop::new(&GRID.replace("max_steps = 12", "precision = \"bf16\"\nmax_steps = 12"));
    let said = workshop.runner("run grid.toml --device cpu");
    assert_eq!(said.status, 2, "{}", said.err);
    assert!(said.err.contains("4 jobs (") && said.err.contains("precision: train.precision"), "{}", said.err);
    assert!(!workshop.path("results").exists());
}

#[test]
fn some_jobs_that_cannot_run_are_named_before_the_others_start() {
    let workshop = Workshop::new(&GRID.replace("data.train_size = [32, 64]", "model.max_length = [64, 4000]"));
    let said = workshop.runner("run grid.toml --set data.train_size=16 --name grid --threads 1");
    assert_eq!(said.status, 1, "{}", said.err);
    let lines: Vec<&str> = said.err.lines().collect();
    insta::assert_snapshot!(lines[1], @"cannot run: 2 jobs (max_length=4000,freeze=false; max_length=4000,freeze=true): max_length: model.max_length = 4000 is beyond the checkpoint's longest input, 128; lower it");
    assert_eq!(said.err.matches("beyond the checkpoint").count(), 1, "{}", said.err);
    assert_eq!(said.out.matches("failed: 2 jobs (").count(), 1, "{}", said.out);
    let status = |job| workshop.cell("results/grid", job, "status");
    assert_eq!(status("max_length=4000,freeze=true").as_deref(), Some("failed"));
    let plan = workshop.runner("plan grid.toml");
    assert_eq!(plan.status, 1, "{}", plan.out);
}

#[test]
fn a_thousand_equal_failures_are_a_few_lines() {
    let seeds: Vec<String> = (1..=60).map(|seed| seed.to_string()).collect();
    let grid = GRID.replace("data.train_size = [32, 64]\nmodel.freeze = [false, true]", "");
    let axes = format!("train.seed = [{}]\n", seeds.join(", "));
    let workshop = Workshop::new(&(grid + &axes).replace("builtin:es", "./data"));
    workshop.write("data/train.txt", "Ana B-PER\n\nLima X-LOC\n");
    workshop.write("data/test.txt", "Ana B-PER\n");
    let said = workshop.runner("run grid.toml --set data.test_size=1 --name grid");
    assert_eq!(said.status, 1, "{}", said.err);
    assert!(said.err.lines().count() < 30, "ten notices, ten failures: {}", said.err);
    assert!(said.err.contains("\nand 50 more failed jobs, listed below\n"), "{}", said.err);
    assert!(said.out.lines().count() < 20, "{}", said.out);
    assert!(said.out.contains("failed: 60 jobs (seed=1; seed=2; seed=3; and 57 more): data-tag"), "{}", said.out);
    assert_eq!(workshop.jobs("results/grid").len(), 60);
}

#[test]
fn two_files_of_which_one_cannot_run_start_nothing() {
    let workshop = Workshop::new(GRID);
    workshop.write("long.toml", GRID.replace("max_length = 64", "max_length = 129"));
    let said = workshop.runner("run grid.toml long.toml");
    assert_eq!(said.status, 2, "{}", said.err);
    assert!(said.err.starts_with("error: no job of long can run"), "{}", said.err);
    assert!(!workshop.path("results").exists());
}

#[test]
fn a_plan_says_what_a_folder_lacks() {
    let workshop = Workshop::new(&GRID.replace("builtin:tiny", "./model"));
    workshop.write_checkpoint("model", 8);
    std::fs::remove_file(workshop.path("model/tokenizer.json")).unwrap();
    let plan = workshop.runner("plan grid.toml");
    assert_eq!(plan.status, 1, "{}", plan.out);
    assert!(plan.out.contains("invalid: checkpoint ./model: there is neither tokenizer.json nor"), "{}", plan.out);
    workshop.write("model/config.json", r#"{"model_type": "deberta-v2"}"#);
    workshop.write_checkpoint("other", 8);
    std::fs::copy(workshop.path("other/tokenizer.json"), workshop.path("model/tokenizer.json")).unwrap();
    let plan = workshop.runner("plan grid.toml");
    assert!(plan.out.contains("invalid: config.json: architecture \"deberta-v2\" is not supported"), "{}", plan.out);
}

#[test]
fn a_plan_sees_the_positions_of_a_checkpoint_in_the_cache() {
    let workshop = Workshop::new(&GRID.replace("builtin:tiny", "a/b").replace("max_length = 64", "max_length = 1024"));
    let commit = "0123456789012345678901234567890123456789";
    let folder = "cache/hub/models--a--b";
    workshop.write(&format!("{folder}/refs/main"), commit);
    workshop.write_checkpoint(&format!("{folder}/snapshots/{commit}"), 8);
    let plan = workshop.runner("plan grid.toml");
    assert_eq!(plan.status, 1, "{}", plan.out);
    let reason = "invalid: model.max_length = 1024 is beyond the checkpoint's longest input, 70";
    assert_eq!(plan.out.matches(reason).count(), 4, "{}", plan.out);
}
