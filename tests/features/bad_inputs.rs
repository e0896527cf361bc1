//! Data and checkpoints that are not as they should be: each its row with an error while the other jobs go on, or
//! counted and stated.

use std::fs;

use crate::workshop::{Said, Workshop};

const SENTENCES: [(&str, &str); 4] =
    [("Ana lee .", "B-PER O O"), ("Ana en Lima", "B-PER O B-LOC"), ("Lima", "B-LOC"), ("lee en Lima .", "O O B-LOC O")];

const EXPERIMENT: &str = r#"
[data]
dataset = "./data"

[model]
checkpoint = "./model"
max_length = 16

[train]
max_steps = 2
"#;

/// Sound data in `data`, a sound checkpoint in `model`, and an experiment with these axes.
fn workshop(axes: &str) -> Workshop {
    let workshop = Workshop::new(&format!("{EXPERIMENT}\n[matrix]\n{axes}\n"));
    write_data(&workshop, "data", &SENTENCES);
    workshop.write_checkpoint("model", 8);
    workshop
}

fn write_data(workshop: &Workshop, folder: &str, test: &[(&str, &str)]) {
    workshop.write_split(&format!("{folder}/train-00000-of-00001.parquet"), &SENTENCES);
    workshop.write_split(&format!("{folder}/test-00000-of-00001.parquet"), test);
}

/// Runs two jobs, of which the one of `bad` fails and the other does not; gives the bad one's error.
fn error_of(workshop: &Workshop, bad: &str, good: &str) -> (String, Said) {
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 1, "{}", said.err);
    let cell = |job, column| workshop.cell("results/grid", job, column).unwrap();
    assert_eq!((cell(bad, "status").as_str(), cell(good, "status").as_str()), ("failed", "ok"), "{}", said.err);
    assert_eq!(cell(bad, "steps"), "");
    (cell(bad, "error"), said)
}

#[test]
fn a_tag_outside_the_set_fails_the_job() {
    let workshop = workshop(r#"data.labels = [["O", "B-PER"], ["O", "B-PER", "B-LOC"]]"#);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 1, "{}", said.err);
    let jobs = workshop.jobs("results/grid");
    let error = workshop.cell("results/grid", &jobs[0], "error").unwrap();
    insta::assert_snapshot!(error, @"data-tag: train-00000-of-00001.parquet, row 1: tag `B-LOC` is not in the tag set (O, B-PER); correct the tag, or add it to data.labels");
    assert_eq!(workshop.cell("results/grid", &jobs[1], "status").as_deref(), Some("ok"));
}

#[test]
fn a_tag_that_is_not_bio_fails_the_job() {
    let workshop = workshop(r#"data.dataset = ["./bad", "./data"]"#);
    write_data(&workshop, "bad", &[("Ana lee", "PER O")]);
    let (error, _) = error_of(&workshop, "dataset=./bad", "dataset=./data");
    insta::assert_snapshot!(error, @"data-tag: test-00000-of-00001.parquet, row 0: tag `PER` is not O, B-X or I-X; convert the tags to BIO");
}

#[test]
fn empty_sentences_and_words_without_tokens_are_counted_and_predicted_as_unseen() {
    let workshop = workshop("train.seed = [1]");
    // U+200B, the zero-width space, is a word of the data and not a token of a BERT tokenizer.
    write_data(&workshop, "data", &[("Ana \u{200b} lee", "B-PER O O"), ("", ""), ("Lima", "B-LOC")]);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(workshop.cell("results/grid", "seed=1", "words_unseen").as_deref(), Some("1"));
    let predicted = workshop.read("results/grid/predictions/seed=1.tags");
    let lines: Vec<&str> = predicted.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0].split(' ').nth(1), Some("-"), "{predicted}");
    assert_eq!(lines[1], "");
    let data = workshop.runner("data grid.toml").out;
    let of_test = |count: &str| data.lines().find(|line| line.starts_with(count)).unwrap().rsplit(' ').next().unwrap();
    let counts = ["sentences ", "empty ", "words without tokens "].map(of_test);
    assert_eq!(counts, ["3", "1", "1"], "{data}");
}

#[test]
fn a_sentence_beyond_max_length_is_cut_and_its_words_counted() {
    let workshop = workshop("model.max_length = [4, 16]");
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    let unseen = |job| workshop.cell("results/grid", job, "words_unseen").unwrap();
    // Two tokens are left: a word of each of two sentences is cut off, and two of the last.
    assert_eq!([unseen("max_length=4"), unseen("max_length=16")], ["4", "0"]);
}

#[test]
fn more_tokens_than_positions_fail_the_job() {
    let workshop = workshop("model.max_length = [71, 70]");
    let (error, said) = error_of(&workshop, "max_length=71", "max_length=70");
    insta::assert_snapshot!(error, @"max_length: model.max_length = 71 exceeds the checkpoint's longest input, 70; lower it");
    let row = said.out.lines().find(|line| line.starts_with("71 ")).unwrap();
    insta::assert_snapshot!(row, @"71          failed: max_length");
    let plan = workshop.runner("plan grid.toml").out;
    assert!(
        plan.contains("invalid: max_length=71: model.max_length = 71 exceeds the checkpoint's longest input, 70"),
        "{plan}"
    );
}

#[test]
fn more_rows_than_there_are_fail_the_job() {
    let workshop = workshop("data.train_size = [5, 4]");
    let (error, _) = error_of(&workshop, "train_size=5", "train_size=4");
    insta::assert_snapshot!(error, @r#"data-too-few-rows: data.train_size = 5, but the train split has 4 rows; lower it, or set it to "all""#);
}

#[test]
fn shapes_that_disagree_with_the_configuration_fail_the_job() {
    let workshop = workshop(r#"model.checkpoint = ["./bad", "./model"]"#);
    workshop.write_checkpoint("bad", 8);
    let config = workshop.read("bad/config.json").replace("\"intermediate_size\": 64", "\"intermediate_size\": 65");
    workshop.write("bad/config.json", config);
    let (error, _) = error_of(&workshop, "checkpoint=./bad", "checkpoint=./model");
    insta::assert_snapshot!(error, @"checkpoint: the weights do not fit config.json: bert.encoder.layer.0.intermediate.dense.weight has the shape [64, 32], not [65, 32]; bert.encoder.layer.0.intermediate.dense.bias has the shape [64], not [65]; bert.encoder.layer.0.output.dense.weight has the shape [32, 64], not [32, 65]; bert.encoder.layer.1.intermediate.dense.weight has the shape [64, 32], not [65, 32]; bert.encoder.layer.1.intermediate.dense.bias has the shape [64], not [65]; bert.encoder.layer.1.output.dense.weight has the shape [32, 64], not [32, 65]; use the files of one model, or export it again");
}

#[test]
fn a_truncated_parquet_file_fails_the_job_and_the_terminal_says_where_it_lies() {
    let workshop = workshop(r#"data.dataset = ["./bad", "./data"]"#);
    write_data(&workshop, "bad", &SENTENCES);
    cut(&workshop, "bad/test-00000-of-00001.parquet");
    let (error, said) = error_of(&workshop, "dataset=./bad", "dataset=./data");
    insta::assert_snapshot!(error, @"data-not-parquet: test-00000-of-00001.parquet is not a complete Parquet file: Parquet error: Invalid Parquet file. Corrupt footer; copy or write it again");
    assert!(said.err.contains("file: bad/test-00000-of-00001.parquet\n"), "{}", said.err);
}

#[test]
fn a_truncated_safetensors_file_fails_the_job_and_the_log_says_where_it_lies() {
    let workshop = workshop(r#"model.checkpoint = ["./bad", "./model"]"#);
    workshop.write_checkpoint("bad", 8);
    cut(&workshop, "bad/model.safetensors");
    let (error, said) = error_of(&workshop, "checkpoint=./bad", "checkpoint=./model");
    insta::assert_snapshot!(error, @"checkpoint: model.safetensors: not a complete safetensors file (incomplete metadata, file not fully covered); copy the file again, or choose another model.checkpoint");
    assert!(said.err.contains("file: bad/model.safetensors\n"), "{}", said.err);
    let key = workshop.cell("results/grid", "checkpoint=./bad", "key").unwrap();
    let log = workshop.read(&format!("results/grid/.run/jobs/{key}/log.txt"));
    assert!(log.contains(", path bad/model.safetensors\n"), "{log}");
}

#[test]
fn a_tokenizer_with_more_tokens_than_the_embedding_fails_the_job() {
    let workshop = workshop(r#"model.checkpoint = ["./bad", "./model"]"#);
    workshop.write_checkpoint("bad", 199);
    let (error, _) = error_of(&workshop, "checkpoint=./bad", "checkpoint=./model");
    insta::assert_snapshot!(error, @"vocabulary: the tokenizer produces id 199, but the checkpoint's word embedding has 199 rows; use tokenizer and weights of the same model");
}

#[test]
fn two_jobs_over_the_same_bytes_are_run_once() {
    let workshop = workshop(r#"data.dataset = ["./data", "./copy"]"#);
    write_data(&workshop, "copy", &SENTENCES);
    let said = workshop.runner("run grid.toml --threads 1");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.err.starts_with("grid: 1 job on the CPU, 1 thread; 1 duplicate reuses a result\n"), "{}", said.err);
    let key = |job| workshop.cell("results/grid", job, "key").unwrap();
    assert_eq!(key("dataset=./data"), key("dataset=./copy"));
    assert!(
        workshop
            .runner("run grid.toml")
            .err
            .starts_with("grid: all 2 jobs are already done (`--force` runs them again)\n")
    );
    assert_eq!(workshop.runner("run grid.toml --force").err.matches(", predicted ").count(), 1);
}

#[test]
fn fail_fast_leaves_the_rest() {
    let workshop = workshop("model.max_length = [71, 70]");
    let said = workshop.runner("run grid.toml --fail-fast");
    assert_eq!(said.status, 1);
    assert_eq!(workshop.jobs("results/grid"), ["max_length=71"]);
    assert!(said.err.contains("stopped after 1 job failed; 1 job left\n"), "{}", said.err);
}

fn cut(workshop: &Workshop, name: &str) {
    let whole = fs::read(workshop.path(name)).unwrap();
    workshop.write(name, &whole[..whole.len() / 2]);
}
