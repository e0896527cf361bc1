//! Files beside the rows that were changed: models, lock, data, tables, journal.

use std::fs;

use super::{grid, named, replace, two, verified, write_corpus};

#[test]
fn a_swapped_model_is_named() {
    let workshop = grid();
    let models = workshop.path("results/grid/.run/models");
    let mut names: Vec<_> = fs::read_dir(&models).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    fs::copy(names[0].join("model.safetensors"), names[1].join("model.safetensors")).unwrap();
    fs::rename(names[2].join("model.json"), names[2].join("other.json")).unwrap();
    let text = verified(&workshop);
    let models: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("models")).collect();
    insta::assert_snapshot!(models.join("\n"), @r#"
    models       ✗ 2 findings
      - .run/models/KEY/model.safetensors: its SHA-256 is
        SHA, model.json says
        "SHA"
      - .run/models/KEY/model.json: the file is missing
      → restore the model from a copy, or remove its folder: `runner run --force` trains it again
    does not hold: 2 findings
    exit 1
    "#);
}

#[test]
fn a_lock_that_is_missing_damaged_or_incomplete_is_named() {
    let workshop = two().cloned();
    let lock = workshop.read("results/grid/lock.toml");
    fs::remove_file(workshop.path("results/grid/lock.toml")).unwrap();
    insta::assert_snapshot!(verified(&workshop), @r"
    results/grid: 2 jobs
    experiment   ✓ 2 rows
    lock         ✗ 1 finding
      - lock.toml: missing
      → restore lock.toml from git or a copy; `runner run --force` pins the inputs again
    keys         – not checked: no lock
    journal      – not checked: no journal (a clone)
    tables       ✓ 2 rows
    predictions  ✓ 4 files scored again
    data         – not checked: no lock
    models       – not checked: no saved models
    does not hold: 1 finding
    exit 1
    ");
    workshop.write("results/grid/lock.toml", "version = ");
    insta::assert_snapshot!(verified(&workshop).lines().skip(2).take(3).collect::<Vec<_>>().join("\n"), @r"
    lock         ✗ 1 finding
      - lock.toml, line 1: string values must be quoted, expected literal string
      → restore lock.toml from git or a copy; `runner run --force` pins the inputs again
    ");
    workshop.write("results/grid/lock.toml", lock.replace("\"./corpus\"", "\"./other\"").replace("\"cpu\"", "\"gpu\""));
    insta::assert_snapshot!(verified(&workshop), @r"
    results/grid: 2 jobs
    experiment   ✓ 2 rows
    lock         ✗ 2 findings
      - lock.toml, environment cpu: none (results.csv, 2 rows: there)
      - lock.toml, data set ../../corpus, files: lock.toml does not pin it (experiment.toml: every file
        pinned)
      → restore lock.toml or the column from git
      → restore lock.toml or experiment.toml from git, or run the experiment again
    keys         – not checked: 2 keys: the lock does not pin their inputs
    journal      – not checked: no journal (a clone)
    tables       ✓ 2 rows
    predictions  ✓ 4 files scored again
    data         – not checked: ../../corpus is not in the lock
    models       – not checked: no saved models
    does not hold: 2 findings
    exit 1
    ");
}

#[test]
fn data_that_changed_and_gold_tags_that_are_not_the_data_s_are_named() {
    let workshop = two().cloned();
    let gold = named(&workshop, "predictions", "gold-");
    let tags = workshop.read(&format!("results/grid/predictions/{gold}"));
    workshop.write(&format!("results/grid/predictions/{gold}"), tags.replacen("B-PER", "B-LOC", 1));
    let text = verified(&workshop);
    let data: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("data")).collect();
    insta::assert_snapshot!(data.join("\n"), @r"
    data         ✗ 1 finding
      - predictions/gold-KEY.tags, line 1, tags: O B-LOC B-LOC O (../../corpus: O B-LOC B-PER
        O)
      → restore the gold tags from git, or predict again with --force
    models       – not checked: no saved models
    does not hold: 29 findings
    exit 1
    ");
    workshop.write("corpus/test.conll", "ana\tB-PER\n");
    let text = verified(&workshop);
    let data: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("data")).collect();
    insta::assert_snapshot!(data.join("\n"), @r"
    data         ✗ 1 finding
      - lock.toml, ../../corpus: test.conll, sha256: KEY (the file on this machine:
        KEY)
      → restore the data as they were; or keep them and run the experiment again
    models       – not checked: no saved models
    does not hold: 29 findings
    exit 1
    ");
    fs::remove_dir_all(workshop.path("corpus")).unwrap();
    assert!(verified(&workshop).contains("data         – not checked: ../../corpus is not on this machine\n"));
    write_corpus(&workshop);
}

#[test]
fn tables_that_contradict_each_other_or_cannot_be_read_are_named() {
    let workshop = two().cloned();
    let mean = workshop.read("results/grid/summary.csv").lines().nth(1).unwrap().split(',').nth(11).unwrap().to_owned();
    replace(&workshop, "summary.csv", &mean, "0.5");
    let curves = workshop.read("results/grid/curves.csv");
    let last = curves.lines().last().unwrap().to_owned();
    replace(&workshop, "curves.csv", &format!("{last}\n"), "");
    insta::assert_snapshot!(verified(&workshop), @r"
    results/grid: 2 jobs
    experiment   ✓ 2 rows
    lock         ✓ 2 inputs, 1 environment
    keys         ✓ 2 keys
    journal      – not checked: no journal (a clone)
    tables       ✗ 4 findings
      - summary.csv, ./corpus builtin:tiny all all false 3 8 0.002 test_entity_f1: none (results.csv:
        there)
      - summary.csv, ./corpus builtin:tiny all all false 3 8 0.5.002 test_entity_f1: there (results.csv:
        none)
      - curves.csv, seed=2, step: 3 (steps in results.csv: 4)
      - results.csv, seed=2, train_loss: 0.898739 (curves.csv: 0.940782)
      → one of the two was edited: compare both with git; a run makes summary.csv from results.csv
      → one of the two was edited: compare both with git, or train the job again with --force
    predictions  ✓ 4 files scored again
    data         ✓ 3 files, 2 gold files
    models       – not checked: no saved models
    does not hold: 4 findings
    exit 1
    ");
    replace(&workshop, "per_entity.csv", "seed=1", "seed=7");
    insta::assert_snapshot!(verified(&workshop), @r#"
    results/grid: 0 jobs
    experiment   – not checked: the tables cannot be read
    lock         ✓ 2 inputs, 1 environment
    keys         – not checked: the tables cannot be read
    journal      – not checked: no journal (a clone)
    tables       ✗ 1 finding
      - per_entity.csv, line 2: results.csv has no job "seed=7"
      → restore the file from git or a copy; a run rebuilds tables from its journal
    predictions  – not checked: the tables cannot be read
    data         – not checked: the tables cannot be read
    models       – not checked: no saved models
    does not hold: 1 finding
    exit 1
    "#);
}

#[test]
fn a_journal_with_a_damaged_line_and_a_row_that_the_table_lacks_are_named() {
    let workshop = two();
    let table = workshop.read("results/grid/results.csv");
    let rows: Vec<&str> = table.lines().collect();
    workshop.write("results/grid/results.csv", rows[..2].join("\n") + "\n");
    for file in ["per_entity.csv", "curves.csv"] {
        let text = workshop.read(&format!("results/grid/{file}"));
        let kept = text.lines().filter(|line| !line.starts_with("seed=2")).map(|line| format!("{line}\n"));
        workshop.write(&format!("results/grid/{file}"), kept.collect::<String>());
    }
    let journal = workshop.read("results/grid/.run/journal.jsonl");
    workshop.write("results/grid/.run/journal.jsonl", format!("{{\"version\":2}}\n{journal}"));
    let text = verified(&workshop);
    let lines = text.lines().skip_while(|line| !line.starts_with("journal"));
    let lines: Vec<&str> = lines.take_while(|line| !line.starts_with("tables")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    journal      ✗ 2 findings
      - .run/journal.jsonl, line 1: its checksum does not match
      - results.csv, seed=2: none (journal: there)
      → run the experiment again: what the line held comes from the tables, or runs again
      → the journal is right: run the experiment again, which rewrites the tables
    ");
}

#[test]
fn rows_that_the_journal_lost_are_counted() {
    let workshop = two();
    workshop.write("results/grid/.run/journal.jsonl", "");
    let text = verified(&workshop);
    let line = text.lines().find(|line| line.starts_with("journal"));
    assert_eq!(line, Some("journal      ✓ 0 results; not checked: 2 rows of the tables are missing from it"));
}
