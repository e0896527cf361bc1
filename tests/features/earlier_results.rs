//! What earlier runs left, edited, damaged or committed by others: said by name, and right in the end.

use std::fs;

use crate::workshop::{GRID, Said, Workshop, assert_same};

const FOLDER: &str = "results/grid";

/// A finished grid.
fn finished() -> Workshop {
    let workshop = Workshop::new(GRID);
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    workshop
}

fn edit(workshop: &Workshop, file: &str, from: &str, to: &str) {
    let content = workshop.read(file);
    assert!(content.contains(from), "{from} in {content}");
    workshop.write(file, content.replacen(from, to, 1));
}

fn run(workshop: &Workshop) -> Said {
    workshop.runner("run grid.toml --threads 1")
}

fn score(workshop: &Workshop) -> String {
    workshop.cell(FOLDER, "train_size=64,freeze=false", "test_token_accuracy").unwrap()
}

#[test]
fn edited_tables_beside_their_journal_are_named_and_written_again() {
    let workshop = finished();
    let before = workshop.committed(FOLDER);
    let right = score(&workshop);
    edit(&workshop, "results/grid/results.csv", &format!(",{right},"), ",0.999999,");
    edit(&workshop, "results/grid/results.csv", "builtin:tiny,64,", "builtin:tiny,4000,");
    let planned = workshop.runner("plan grid.toml");
    assert_eq!(planned.status, 0);
    let said = run(&workshop);
    for text in [&planned.err, &said.err] {
        // the first row with that score, whichever job's it is
        let cell = format!(", test_token_accuracy: 0.999999 (journal: {right})\n");
        assert!(text.contains("warning: results/grid: 1 table cell differs from the journal\n"), "{text}");
        assert!(text.contains(&cell), "{text}");
        assert!(text.contains("train_size=64,freeze=false, data.train_size: 4000 (experiment: 64)\n"), "{text}");
    }
    assert!(said.err.contains("grid: all 4 jobs are already done (`--force` runs them again)\n"), "{}", said.err);
    assert!(!said.out.contains("0.999999"), "{}", said.out);
    assert_same(&workshop.committed(FOLDER), &before);
    assert!(!run(&workshop).err.contains("warning"), "it is said once");
}

#[test]
fn an_edited_row_of_a_clone_is_named_and_its_job_runs_again() {
    let workshop = finished();
    let before = workshop.committed(FOLDER);
    let right = score(&workshop);
    let clone = workshop.cloned();
    edit(&clone, "results/grid/results.csv", &format!(",{right},"), ",0.999999,");
    let said = run(&clone);
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.err.contains("warning: results/grid: 1 committed row does not match the predictions\n"));
    assert!(said.err.contains(&format!("test_token_accuracy: 0.999999 (predictions: {right})\n")), "{}", said.err);
    assert!(said.err.contains("grid: 1 job on the CPU, 1 thread; 3 already done\n"), "{}", said.err);
    assert_same(&clone.committed(FOLDER), &before);
}

#[test]
fn edited_predictions_of_a_clone_are_made_again() {
    let workshop = finished();
    let before = workshop.committed(FOLDER);
    let clone = workshop.cloned();
    let name = before.keys().find(|name| name.starts_with("predictions/") && !name.contains("gold")).unwrap();
    let file = format!("{FOLDER}/{name}");
    let first = clone.read(&file).split(' ').next().unwrap().to_owned();
    let other = if first == "O" { "B-PER" } else { "O" };
    edit(&clone, &file, &first, other);
    let said = run(&clone);
    assert!(said.err.contains("1 committed row does not match the predictions"), "{}", said.err);
    assert_same(&clone.committed(FOLDER), &before);
}

#[test]
fn rows_without_predictions_are_trusted_and_counted_once() {
    let clone = finished().cloned();
    fs::remove_dir_all(clone.path("results/grid/predictions")).unwrap();
    let said = run(&clone);
    assert!(said.err.starts_with("4 committed rows have no predictions and are not checked\n"), "{}", said.err);
    assert!(run(&clone).err.starts_with("grid: all 4 jobs are already done (`--force` runs them again)\n"));
}

#[test]
fn rows_of_another_environment_are_counted_and_can_be_refreshed() {
    let workshop = finished();
    let before = workshop.committed(FOLDER);
    let clone = workshop.cloned();
    edit(&clone, "results/grid/results.csv", ",cpu,fp32,", ",cuda-h200,fp32,");
    let said = run(&clone);
    assert!(said.err.starts_with("1 row was made on cuda-h200; --refresh reruns it here\n"), "{}", said.err);
    let refreshed = clone.runner("run grid.toml --threads 1 --refresh");
    assert!(refreshed.err.starts_with("grid: 1 job on the CPU, 1 thread; 3 already done\n"), "{}", refreshed.err);
    assert_same(&clone.committed(FOLDER), &before);
}

#[test]
fn an_unfinished_merge_is_named_in_every_file() {
    let workshop = finished();
    for (file, status) in [("results/grid/results.csv", 3), ("results/grid/lock.toml", 3), ("grid.toml", 2)] {
        let clone = workshop.cloned();
        let content = clone.read(file);
        clone.write(file, format!("<<<<<<< HEAD\n{content}=======\n{content}>>>>>>> other\n"));
        for command in ["run", "plan"] {
            let said = clone.runner(&format!("{command} grid.toml"));
            assert_eq!(said.status, status, "{}", said.err);
            assert!(said.err.contains("unfinished merge (<<<<<<<)"), "{}", said.err);
            assert!(said.err.contains("take ours or theirs"), "{}", said.err);
        }
    }
}

#[test]
fn a_damaged_journal_costs_a_notice_and_is_kept() {
    let workshop = finished();
    let before = workshop.committed(FOLDER);
    let journal = workshop.read("results/grid/.run/journal.jsonl");
    let damaged = journal.replacen("\"cpu\"", "\"cpv\"", 1);
    workshop.write("results/grid/.run/journal.jsonl", &damaged);
    let said = run(&workshop);
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.err.starts_with("results/grid/.run/journal.jsonl:1: damaged (its checksum does not match); ignored: its job runs again, unless a table has the row\nthe damaged journal is kept as results/grid/.run/journal.jsonl.damaged\ngrid: all 4 jobs are already done (`--force` runs them again)\n"), "{}", said.err);
    assert_eq!(workshop.read("results/grid/.run/journal.jsonl.damaged"), damaged);
    assert_same(&workshop.committed(FOLDER), &before);
    // And where the tables cannot help, the job runs again.
    workshop.write("results/grid/.run/journal.jsonl", &damaged);
    for table in ["results.csv", "per_entity.csv", "curves.csv", "summary.csv"] {
        fs::remove_file(workshop.path(FOLDER).join(table)).unwrap();
    }
    assert!(run(&workshop).err.contains("grid: 1 job on the CPU, 1 thread; 3 already done\n"));
    assert_same(&workshop.committed(FOLDER), &before);
}

#[test]
fn a_local_file_that_changed_is_named() {
    let sentence = "Ana B-PER\nvive O\nen O\nLima B-LOC\n\n";
    let data = "[data]\ndataset = \"./corpus\"\n[model]\ncheckpoint = \"builtin:tiny\"\n[train]\nmax_steps = 2\n[matrix]\ntrain.seed = [1, 2]\n";
    let workshop = Workshop::new(data);
    workshop.write("corpus/train.txt", sentence.repeat(4));
    workshop.write("corpus/test.txt", sentence);
    assert_eq!(run(&workshop).status, 0);
    // gold tags are named after all files of the data: those of the other corpus stay
    let tables = || {
        let mut files = workshop.committed(FOLDER);
        files.retain(|name, _| !name.contains("gold-"));
        files
    };
    let before = tables();
    workshop.write("corpus/train.txt", sentence.repeat(5));
    let planned = workshop.runner("plan grid.toml").out;
    assert_eq!(planned.matches("changed: ./corpus/train.txt").count(), 2, "{planned}");
    let changed = "changed since the last run: ./corpus/train.txt; 2 jobs run again and replace their rows\n";
    let said = run(&workshop);
    assert!(said.err.starts_with(changed), "{}", said.err);
    assert!(run(&workshop).err.starts_with("grid: all 2 jobs are already done (`--force` runs them again)\n"));
    workshop.write("corpus/train.txt", sentence.repeat(4));
    assert!(
        run(&workshop).err.starts_with("grid: all 2 jobs are already done (`--force` runs them again)\n"),
        "the journal has these rows"
    );
    assert_same(&tables(), &before);
}
