//! Files of every release, in `tests/formats/VERSION`: the present program reads them, goes on where they end, and leaves alone
//! what a later version wrote. docs/formats.md is the promise.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::workshop::{Files, Workshop};

const FOLDER: &str = "results/grid";
/// A job that was done, and the one that was interrupted.
const DONE: &str = "results/grid:seed=1";
const INTERRUPTED: &str = "seed=42,max_steps=240,evaluate_every=60";
/// What it was given to tag.
const TEXT: &str = "Pedro Salas nació en Quito y vive en Lima\n";

fn formats() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats")
}

/// The folder of each release.
fn releases() -> Vec<PathBuf> {
    let entries = fs::read_dir(formats()).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    let numbers = |path: &PathBuf| -> Vec<u32> {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.split('.').map(|number| number.parse().unwrap()).collect()
    };
    folders.sort_by_key(numbers);
    assert!(!folders.is_empty());
    folders
}

/// A copy, in which commands run. They must not change what they only read.
fn copy(release: &Path) -> Workshop {
    let workshop = Workshop::new("");
    for (name, content) in workshop.files(release.to_str().unwrap()) {
        workshop.write(&name, content);
    }
    workshop
}

/// The files of a release in a folder of it.
fn then(release: &Path, folder: &str) -> Files {
    Workshop::new("").files(release.join(folder).to_str().unwrap())
}

fn predict(workshop: &Workshop) -> String {
    let mut command = assert_cmd::Command::from_std(workshop.command(&format!("predict {DONE} --format jsonl")));
    String::from_utf8(command.write_stdin(TEXT).assert().success().get_output().stdout.clone()).unwrap()
}

/// Every value of `then` is in `now`, under its name; there may be more.
fn assert_has(now: &Value, then: &Value, place: &str) {
    match (now, then) {
        (Value::Object(now), Value::Object(then)) => {
            for (name, value) in then {
                let found = now.get(name).unwrap_or_else(|| panic!("{place}.{name} is gone"));
                assert_has(found, value, &format!("{place}.{name}"));
            }
        }
        (Value::Array(now), Value::Array(then)) => {
            assert_eq!(now.len(), then.len(), "{place}");
            for (at, (now, then)) in now.iter().zip(then).enumerate() {
                assert_has(now, then, &format!("{place}[{at}]"));
            }
        }
        _ => assert_eq!(now, then, "{place}"),
    }
}

/// The rows of a table, each with its cells by column.
fn rows(table: &[u8]) -> Value {
    let mut reader = csv::Reader::from_reader(table);
    let header = reader.headers().unwrap().clone();
    let row = |row: csv::StringRecord| -> Value {
        header.iter().map(str::to_owned).zip(row.iter().map(Value::from)).collect::<serde_json::Map<_, _>>().into()
    };
    reader.records().map(|cells| row(cells.unwrap())).collect()
}

/// Tables may have further columns; other files are equal to the byte.
fn assert_tables_have(now: &Files, then: &Files, place: &str) {
    for (name, content) in then {
        let found = now.get(name).unwrap_or_else(|| panic!("{place}: {name} is gone"));
        match name.as_str() {
            _ if found == content => {}
            table if table.ends_with(".csv") => assert_has(&rows(found), &rows(content), &format!("{place} {name}")),
            // a later version may have further keys
            "experiment.toml" => {}
            _ => panic!("{place}: {name} differs"),
        }
    }
}

#[test]
fn every_release_of_the_changelog_has_its_folder() {
    let changelog = fs::read_to_string(formats().join("../../CHANGELOG.md")).unwrap();
    let headings = changelog.lines().filter_map(|line| line.strip_prefix("## [")?.split(']').next());
    let missing: Vec<&str> = headings.filter(|name| *name != "Unreleased" && !formats().join(name).is_dir()).collect();
    assert_eq!(missing, Vec::<&str>::new(), "tests/formats/make.py makes it, with the program that is released");
}

#[test]
fn what_commands_say_of_a_release_has_all_that_they_said_then() {
    for release in releases() {
        let workshop = copy(&release);
        let said = then(&release, "said");
        let now = |line: &str| {
            let said = workshop.runner(line);
            assert_eq!(said.status, 0, "{line}: {}", said.err);
            said.out
        };
        let json = |name: &str| serde_json::from_slice::<Value>(&said[name]).unwrap();
        for (name, line) in [
            ("show.json", format!("show {FOLDER} --format json")),
            ("errors.json", format!("errors {DONE} --format json")),
            ("verify.json", format!("verify {FOLDER} --format json")),
            ("diff.json", format!("diff {FOLDER} {FOLDER} --format json")),
        ] {
            assert_has(&serde_json::from_str(&now(&line)).unwrap(), &json(name), &format!("{release:?} {name}"));
        }
        let csv = now(&format!("show {FOLDER} --format csv"));
        assert_has(&rows(csv.as_bytes()), &rows(&said["show.csv"]), "show.csv");
        let answers: Value = serde_json::from_str(&predict(&workshop)).unwrap();
        assert_has(&answers, &json("predict.jsonl"), "predict.jsonl");
        now("fetch --check bundle bundle/experiments/grid.toml --offline");
        let read = workshop.files(FOLDER);
        assert_eq!(read, then(&release, FOLDER), "commands that read change nothing");
    }
}

#[test]
fn a_run_keeps_what_is_done_resumes_what_is_not_and_tries_failures_again() {
    for release in releases() {
        let workshop = copy(&release);
        let plan = workshop.runner("plan grid.toml").out;
        assert!(plan.contains("partial") && plan.contains("invalid"), "{plan}");
        assert_eq!(plan.matches("done").count(), 2, "{plan}");
        let said = workshop.runner("run grid.toml --threads 1");
        assert_eq!(said.status, 1, "{}", said.err);
        assert!(said.err.starts_with("grid: 2 jobs on the CPU, 1 thread; 2 already done\n"), "{}", said.err);
        assert!(said.err.contains(": resuming from step "), "{}", said.err);
        assert!(said.err.contains("max_length: model.max_length = 4000 exceeds"), "{}", said.err);
        let whole = then(&release, "whole");
        assert_tables_have(&workshop.committed(FOLDER), &whole, release.to_str().unwrap());
        assert!(workshop.cell(FOLDER, INTERRUPTED, "test_entity_f1").is_some_and(|score| !score.is_empty()));
        let again = workshop.runner("run grid.toml --only max_length=64");
        assert!(again.err.starts_with("grid: all 3 jobs are already done"), "{}", again.err);
    }
}

#[test]
fn a_search_of_a_release_is_done_and_its_submission_has_a_status() {
    for release in releases() {
        let workshop = copy(&release);
        let said = workshop.runner("run search.toml");
        assert!(said.err.starts_with("search: all 2 jobs are already done"), "{}", said.err);
        let mut then = then(&release, "results/search");
        then.retain(|name, _| !name.starts_with(".run/"));
        assert_tables_have(&workshop.committed("results/search"), &then, "search");
        let status = workshop.runner("status results/submitted");
        assert_eq!(status.status, 0, "{}", status.err);
        assert!(status.out.starts_with("submitted: 0 of 2 jobs done, 2 left\n"), "{}", status.out);
    }
}

#[test]
fn a_model_of_a_release_is_exported_with_its_scores_on_both_splits() {
    for release in releases() {
        let workshop = copy(&release);
        let said = workshop.runner(&format!("export {DONE} exported"));
        assert_eq!(said.status, 0, "{}", said.err);
        let files: BTreeMap<String, Vec<u8>> = workshop.files("exported");
        assert!(files.contains_key("model.safetensors") && files.contains_key("config.json"));
        let card = std::str::from_utf8(&files["README.md"]).unwrap();
        assert!(card.contains("split: test") && card.contains("validation"), "{card}");
    }
}

/// Everywhere in the files of a folder that end so, `from` becomes `to`.
fn raise(workshop: &Workshop, folder: &str, ending: &str, from: &str, to: &str) {
    let mut raised = 0;
    for (name, content) in workshop.files(folder).into_iter().filter(|(name, _)| name.ends_with(ending)) {
        let mut changed = Vec::new();
        let mut rest = &content[..];
        while let Some(at) = rest.windows(from.len()).position(|bytes| bytes == from.as_bytes()) {
            changed.extend([&rest[..at], to.as_bytes()].concat());
            rest = &rest[at + from.len()..];
            raised += 1;
        }
        workshop.write(&format!("{folder}/{name}"), [&changed, rest].concat());
    }
    assert!(raised > 0, "{ending} has no {from}");
}

/// The newest release alone: earlier forms may have their versions elsewhere.
fn newest() -> Workshop {
    copy(releases().last().unwrap())
}

/// What a command says that meets a file of a later version. It changes nothing; only experiment.toml, which a run writes as
/// this version resolves it, may gain lines, of keys that the release did not know.
fn refused(workshop: &Workshop, line: &str) -> String {
    let before = workshop.files("results");
    let said = workshop.runner_with(line, &[("COLUMNS", "1000")]);
    let after = workshop.files("results");
    for (name, content) in &before {
        let now = after.get(name).unwrap_or_else(|| panic!("{line} removed {name}"));
        let is_kept = match name.ends_with("experiment.toml") {
            true => has_lines_of(now, content),
            false => now == content,
        };
        assert!(is_kept, "{line} changed {name}");
    }
    format!("exit status {}\n{}", said.status, said.err)
}

/// Whether the lines of `old` are lines of `new`, in their order.
fn has_lines_of(new: &[u8], old: &[u8]) -> bool {
    let mut lines = new.split(|byte| *byte == b'\n');
    old.split(|byte| *byte == b'\n').all(|line| lines.any(|other| other == line))
}

#[test]
fn a_journal_of_a_later_version_is_refused() {
    let workshop = newest();
    // with a checksum of its own
    let [ours, later] = ["{\"version\":2,\"checksum\":\"", "{\"version\":99,\"checksum\":\"0"];
    raise(&workshop, "results/grid/.run", "journal.jsonl", ours, later);
    let said = ["run grid.toml", "plan grid.toml"].map(|line| refused(&workshop, line));
    insta::assert_snapshot!(said.concat(), @r#"
    exit status 3
    error: results/grid/.run/journal.jsonl:1: the journal has version 99, this program reads 2; update runner, or remove the
      file to run again what is not in the tables
    exit status 3
    error: results/grid/.run/journal.jsonl:1: the journal has version 99, this program reads 2; update runner, or remove the
      file to run again what is not in the tables
    "#);
}

#[test]
fn a_lock_of_a_later_version_is_refused() {
    let workshop = newest();
    raise(&workshop, FOLDER, "lock.toml", "version = 1\n", "version = 99\nnew = true\n");
    insta::assert_snapshot!(refused(&workshop, "run grid.toml"), @r#"
    exit status 3
    error: lock.toml has version 99, but this runner reads version 1; update runner, or delete lock.toml to pin the inputs
      again
    "#);
}

#[test]
fn a_checkpoint_of_a_later_version_is_refused_and_stays() {
    let workshop = newest();
    // as long as before: offsets follow
    raise(&workshop, "results/grid/.run/checkpoints", ".safetensors", "\"version\":\"3\"", "\"version\":\"9\"");
    insta::assert_snapshot!(refused(&workshop, "run grid.toml --threads 1 --only max_steps=240"), @r#"
    exit status 3
    grid: 1 job on the CPU, 1 thread
    error: job seed=42,max_steps=240,evaluate_every=60: the checkpoint
      results/grid/.run/checkpoints/9520a319fe77.safetensors is of a later version of runner: it has version 9, this program
      writes 3; update runner, or remove the file to train from step 0
    "#);
}

#[test]
fn a_saved_model_of_a_later_version_is_refused_and_stays() {
    let workshop = newest();
    let models = "results/grid/.run/models";
    raise(&workshop, models, "model.json", "\"version\": 2,", "\"version\": 99,\n  \"new\": true,");
    let lines = [
        &format!("predict {DONE} grid.toml --input text"),
        "run grid.toml --threads 1 --only seed=1 --set data.test_size=13 --name grid",
    ];
    let before = workshop.files(models);
    let said = lines.map(|line| workshop.runner_with(line, &[("COLUMNS", "1000")]));
    assert_eq!(workshop.files(models), before);
    insta::assert_snapshot!(said.map(|said| format!("exit status {}\n{}", said.status, said.err)).concat(), @r#"
    exit status 3
    error: results/grid:seed=1: the saved model results/grid/.run/models/d2fbe4a15635/model.json has version 99, this
      program reads 2; update runner, or remove its folder to train again
    exit status 3
    grid: 1 job on the CPU, 1 thread
    error: job seed=1: the saved model results/grid/.run/models/d2fbe4a15635/model.json has version 99, this program reads
      2; update runner, or remove its folder to train again
    "#);
    let verified = workshop.runner_with("verify results/grid", &[("COLUMNS", "1000")]);
    assert!(verified.out.contains("model.json has version 99, this program reads 2"), "{}", verified.out);
}

#[test]
fn a_submission_of_a_later_version_is_refused() {
    let workshop = newest();
    let folder = "results/submitted/.run/submit";
    raise(&workshop, folder, "submission.json", "\"version\": 1,", "\"version\": 99,\n  \"new\": true,");
    let said = ["status results/submitted", "cancel results/submitted"].map(|line| refused(&workshop, line));
    insta::assert_snapshot!(said.concat(), @r#"
    exit status 3
    error: results/submitted/.run/submit/20261129-020125-8592/submission.json: it has version 99, and this runner reads
      version 1; update runner, or remove its folder if nobody works on it
    exit status 3
    error: results/submitted/.run/submit/20261129-020125-8592/submission.json: it has version 99, and this runner reads
      version 1; update runner, or remove its folder if nobody works on it
    "#);
}

#[test]
fn columns_and_keys_of_a_later_version_are_named() {
    let workshop = newest();
    let mut said = String::new();
    for table in ["results.csv", "per_entity.csv", "evaluations.csv"] {
        let path = format!("{FOLDER}/{table}");
        let before = workshop.read(&path);
        let wider = before.lines().map(|line| format!("{line},1\n")).collect::<String>();
        workshop.write(&path, wider.replacen(",1\n", ",new\n", 1));
        said += &refused(
            &workshop,
            &format!("show {FOLDER}{}", if table == "evaluations.csv" { " --set first" } else { "" }),
        );
        workshop.write(&path, before);
    }
    insta::assert_snapshot!(said, @r#"
    exit status 3
    error: results/grid/results.csv:1: column "new" is unknown (if a later runner wrote it, update this one); restore it
      from git or a copy, or move it away: a run rebuilds tables from the journal, and the journal from tables
    exit status 3
    error: results/grid/per_entity.csv:1: column "new" is unknown (if a later runner wrote it, update this one); restore it
      from git or a copy, or move it away: a run rebuilds tables from the journal, and the journal from tables
    exit status 3
    error: results/grid/evaluations.csv:1: column "new" is unknown (if a later runner wrote it, update this one); restore it
      from git or a copy, or move it away: a run rebuilds tables from the journal, and the journal from tables
    "#);
    workshop.write("grid.toml", workshop.read("grid.toml").replace("[train]\n", "[train]\nnew_key = 1\n"));
    insta::assert_snapshot!(refused(&workshop, "plan grid.toml"), @r#"
    exit status 2
      × unknown key `new_key` in [train]
        ╭─[grid.toml:16:1]
     15 │ [train]
     16 │ new_key = 1
        · ───┬───
        ·    ╰── no such key
     17 │ max_steps      = 12
        ╰────
      help: the keys of [train] are seed, epochs, max_steps, batch_size, gradient_accumulation, learning_rate,
            head_learning_rate, layer_decay, groups, label_smoothing, loss, class_weights, focal_gamma, dice_alpha,
            dice_gamma, weight_decay, adam_beta1, adam_beta2, adam_epsilon, schedule, warmup_steps, warmup_ratio,
            schedule_power, schedule_cycles, min_learning_rate, decay_steps, decay_ratio, average, ema_decay,
            average_steps, max_grad_norm, precision, cache_features, log_every, evaluate_every, keep, patience

    1 problem; nothing was started or written
    "#);
}
