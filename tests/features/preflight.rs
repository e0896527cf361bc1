//! What is known before the first job starts: jobs that cannot run are named at once, and nothing is written where none
//! can.

use crate::workshop::{GRID, Workshop};

/// Runs a grid of which no job can run, and gives what is said.
fn refused(grid: &str) -> String {
    refused_in(&Workshop::new(grid))
}

fn refused_in(workshop: &Workshop) -> String {
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 2, "{}", said.err);
    assert!(!workshop.path("results").exists(), "nothing is written");
    let plan = workshop.runner("plan grid.toml");
    assert_eq!(plan.status, 1, "{}", plan.out);
    assert!(plan.out.contains("invalid: "), "{}", plan.out);
    said.err
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Four jobs over a folder of data and one of a checkpoint, both sound.
fn local() -> Workshop {
    let workshop = Workshop::new(LOCAL);
    workshop.write("data/train.conll", "Ana\tB-PER\nlee\tO\n\nLima\tB-LOC\n");
    workshop.write("data/test.conll", "Lima\tB-LOC\n");
    workshop.write_checkpoint("model", 8);
    workshop
}

const LOCAL: &str = r#"
[data]
dataset = "./data"
[model]
checkpoint = "./model"
max_length = 16
[train]
max_steps = 2
[matrix]
train.seed = [1, 2]
model.freeze = [false, true]
"#;

const POINTER: &str = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n";
const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n";

#[test]
fn a_plan_says_what_keeps_local_files_from_being_read() {
    let workshop = local();
    let plan = workshop.runner("plan grid.toml");
    assert_eq!((plan.status, plan.out.matches(" new ").count()), (0, 4), "{}", plan.out);
    for (name, content, wanted) in [
        ("data/train.conll", POINTER, "train.conll is a Git LFS pointer"),
        ("data/train.conll", PAGE, "train.conll is a web page (HTML), not the file"),
        ("data/train.conll", "", "train.conll: no sentence in the file"),
        ("data/test.conll", "Lima\n", "test.conll:1: 1 column, but a token and its tag are required"),
        ("data/train.conll", "Ana\tPERS\n", "train.conll:1: tag `PERS` is not O, B-X or I-X"),
        ("model/model.safetensors", POINTER, "model.safetensors is a Git LFS pointer"),
        ("model/model.safetensors", PAGE, "model.safetensors is a web page (HTML)"),
        ("model/model.safetensors", "nonsense", "model.safetensors: "),
        ("model/tokenizer.json", "{}", "tokenizer.json is not a valid tokenizer"),
        ("model/tokenizer.json", PAGE, "tokenizer.json is a web page"),
        ("model/config.json", PAGE, "config.json is a web page"),
    ] {
        let sound = std::fs::read(workshop.path(name)).unwrap();
        workshop.write(name, content);
        let plan = workshop.runner("plan grid.toml");
        let said = words(&plan.out);
        assert_eq!(plan.status, 1, "{name}: {said}");
        assert_eq!(said.matches(wanted).count(), 1, "{name}: {said}");
        assert!(said.contains("invalid: 4 jobs ("), "{name}: {said}");
        let run = workshop.runner("run grid.toml");
        assert!([2, 3].contains(&run.status), "{name}: {}", run.err);
        assert_eq!(words(&run.err).matches(wanted).count(), 1, "{name}: {}", run.err);
        assert!(!workshop.path("results").exists(), "{name}: nothing is written");
        workshop.write(name, sound);
    }
    assert_eq!(workshop.runner("plan grid.toml").status, 0);
}

#[test]
fn a_wrong_file_of_every_job_starts_nothing() {
    let workshop = local();
    workshop.write("data/train.conll", "Ana\tB-PER\nLima\tX-LOC\n");
    insta::assert_snapshot!(refused_in(&workshop), @"
    error: no job of grid can run; nothing was started or written
      - 4 jobs (seed=1,freeze=false; seed=1,freeze=true; seed=2,freeze=false; and 1 more): data-tag:
        train.conll:2: tag `X-LOC` is not O, B-X or I-X; convert the tags to BIO (file:
        data/train.conll)
    ");
    let weights = std::fs::read(workshop.path("model/model.safetensors")).unwrap();
    workshop.write("data/train.conll", "Ana\tB-PER\n");
    workshop.write("model/model.safetensors", &weights[..weights.len() / 2]);
    insta::assert_snapshot!(refused_in(&workshop), @"
    error: no job of grid can run; nothing was started or written
      - 4 jobs (seed=1,freeze=false; seed=1,freeze=true; seed=2,freeze=false; and 1 more): checkpoint:
        model.safetensors: not a complete safetensors file (incomplete metadata, file not fully
        covered); copy the file again, or choose another model.checkpoint (file:
        model/model.safetensors)
    ");
    let config = workshop.read("model/config.json").replace("\"intermediate_size\": 64", "\"intermediate_size\": 65");
    workshop.write("model/model.safetensors", weights);
    workshop.write("model/config.json", config);
    assert!(refused_in(&workshop).contains("the weights do not fit config.json"));
}

#[test]
fn a_wrong_file_of_some_jobs_is_said_once_and_fails_them_alone() {
    let grid = LOCAL.replace("model.freeze = [false, true]", "data.dataset = [\"./data\", \"./bad\"]");
    let workshop = local();
    workshop.write("grid.toml", grid.replace("dataset = \"./data\"\n", "").replace("[data]\n", ""));
    workshop.write("bad/train.conll", "Ana\tPERS\n");
    workshop.write("bad/test.conll", "Ana\tO\n");
    let plan = workshop.runner("plan grid.toml");
    assert_eq!((plan.status, plan.out.matches(" invalid ").count()), (1, 2), "{}", plan.out);
    let said = workshop.runner("run grid.toml --threads 1");
    assert_eq!(said.status, 1, "{}", said.err);
    assert_eq!(said.err.matches("tag `PERS`").count(), 1, "{}", said.err);
    assert!(said.err.contains("(file: bad/train.conll)\n"), "{}", said.err);
    let status = |seed: u8, data: &str| workshop.cell("results/grid", &format!("seed={seed},dataset={data}"), "status");
    for seed in [1, 2] {
        assert_eq!(status(seed, "./bad").as_deref(), Some("failed"));
        assert_eq!(status(seed, "./data").as_deref(), Some("ok"));
    }
}

#[test]
fn a_plan_knows_that_the_processor_has_no_bf16() {
    let workshop = Workshop::new(&GRID.replace("max_steps = 12", "precision = \"bf16\"\nmax_steps = 12"));
    let plan = workshop.runner("plan grid.toml");
    if cfg!(not(feature = "cuda")) {
        assert_eq!(plan.status, 1, "{}", plan.out);
        assert!(plan.out.contains("train.precision = \"bf16\" needs a GPU"), "{}", plan.out);
    }
}

#[test]
fn what_is_said_is_as_wide_as_the_terminal() {
    let workshop = Workshop::new(&GRID.replace("max_length = 64", "max_length = 129"));
    let widest = |text: &str| text.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    for columns in [60, 80, 120] {
        let variables = [("COLUMNS", &*columns.to_string())];
        let (plan, run) =
            (workshop.runner_with("plan grid.toml", &variables), workshop.runner_with("run grid.toml", &variables));
        assert!(widest(&plan.out) <= columns && widest(&run.err) <= columns, "{columns}: {}{}", plan.out, run.err);
        assert!(widest(&run.err) > columns - 20, "{columns}: {}", run.err);
    }
}

#[test]
fn a_length_beyond_the_positions_of_every_job_starts_nothing() {
    insta::assert_snapshot!(refused(&GRID.replace("max_length = 64", "max_length = 129")), @r"
    error: no job of grid can run; nothing was started or written
      - 4 jobs (train_size=32,freeze=false; train_size=32,freeze=true; train_size=64,freeze=false; and 1
        more): max_length: model.max_length = 129 exceeds the checkpoint's longest input, 128; lower it
    ");
}

#[test]
fn evaluation_of_a_classifier_that_is_not_there_starts_nothing() {
    insta::assert_snapshot!(refused(&GRID.replace("max_steps = 12", "epochs = 0")), @"
    error: no job of grid can run; nothing was started or written
      - 4 jobs (train_size=32,freeze=false; train_size=32,freeze=true; train_size=64,freeze=false; and 1
        more): checkpoint: train.epochs = 0 evaluates the checkpoint without training, but it has no
        classifier for these tags: the built-in checkpoint has no classifier; train it, or choose a
        fine-tuned checkpoint
    ");
}

#[test]
fn more_rows_than_there_are_start_nothing() {
    insta::assert_snapshot!(refused(&GRID.replace("[32, 64]", "[3001, 4000]")), @r#"
    error: no job of grid can run; nothing was started or written
      - 2 jobs (train_size=3001,freeze=false; train_size=3001,freeze=true): data-too-few-rows:
        data.train_size = 3001, but the train split has 3000 rows; lower it, or set it to "all"
      - 2 jobs (train_size=4000,freeze=false; train_size=4000,freeze=true): data-too-few-rows:
        data.train_size = 4000, but the train split has 3000 rows; lower it, or set it to "all"
    "#);
    let said = refused(&GRID.replace("test_size = 40", "test_size = 1001"));
    assert!(said.contains("data.test_size = 1001, but the test split has 1000 rows"), "{said}");
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
    insta::assert_snapshot!(lines[1], @"cannot run: 2 jobs (max_length=4000,freeze=false; max_length=4000,freeze=true): max_length: model.max_length = 4000 exceeds the checkpoint's longest input, 128; lower it");
    assert_eq!(said.err.matches("exceeds the checkpoint").count(), 1, "{}", said.err);
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
    // the second step finds weights that are not finite: known of no job before
    let workshop = Workshop::new(&(grid + &axes).replace("learning_rate = 2e-3", "learning_rate = 1e38"));
    let said = workshop.runner("run grid.toml --set data.train_size=16 --name grid");
    assert_eq!(said.status, 1, "{}", said.err);
    assert!(said.err.lines().count() < 30, "ten notices, ten failures: {}", said.err);
    assert!(said.err.contains("\nand 50 more failed jobs, listed below\n"), "{}", said.err);
    assert!(said.out.lines().count() < 20, "{}", said.out);
    assert!(said.out.contains("failed: 60 jobs (seed=1; seed=2; seed=3; and 57 more): diverged"), "{}", said.out);
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
    assert!(plan.out.contains("checkpoint ./model: no tokenizer.json"), "{}", plan.out);
    workshop.write("model/config.json", r#"{"model_type": "t5"}"#);
    workshop.write_checkpoint("other", 8);
    std::fs::copy(workshop.path("other/tokenizer.json"), workshop.path("model/tokenizer.json")).unwrap();
    let plan = workshop.runner("plan grid.toml");
    assert!(plan.out.contains("config.json: architecture \"t5\""), "{}", plan.out);
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
    let reason = "model.max_length = 1024 exceeds the checkpoint's longest input, 70";
    assert_eq!(words(&plan.out).matches(reason).count(), 1, "four jobs, one line: {}", plan.out);
}
