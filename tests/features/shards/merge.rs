//! What is merged is what one run of all would have made, to the byte.

use std::fs;

use insta::assert_snapshot;

use super::*;
use crate::workshop::assert_same;

/// Shards of `grid` merged, with `.run/` and without, against a run of all.
fn is_a_run_of_all(grid: &str, count: usize) {
    let whole = Workshop::new(grid);
    let ended = whole.runner("run grid.toml").status;
    let workshop = sharded(grid, count);
    let said = workshop.runner(&format!("merge {}", folders(count)));
    assert_eq!(said.status, 0, "{}", said.err);
    assert_same(&workshop.committed("results/grid"), &whole.committed("results/grid"));
    drop_run_folders(&workshop, count);
    let said = workshop.runner(&format!("merge {} --out committed", folders(count)));
    assert_eq!(said.status, 0, "{}", said.err);
    assert_same(&workshop.committed("committed/grid"), &whole.committed("results/grid"));
    // nothing is left to do but what failed
    let said = workshop.runner("run grid.toml --out committed");
    assert_eq!(said.status, ended, "{}", said.err);
    assert_same(&workshop.committed("committed/grid"), &whole.committed("results/grid"));
    assert_eq!(workshop.runner("verify committed/grid results/grid").status, 0);
}

#[test]
fn three_shards_are_a_run_of_all() {
    is_a_run_of_all(GRID, 3);
}

#[test]
fn so_they_are_with_seeds() {
    is_a_run_of_all(&seeds(), 3);
}

#[test]
fn so_they_are_with_evaluation_sets() {
    is_a_run_of_all(&evaluation_sets(), 3);
}

#[test]
fn so_they_are_with_a_job_that_fails() {
    is_a_run_of_all(&one_fails(), 3);
}

#[test]
fn so_they_are_with_evaluations_during_the_training() {
    let grid = GRID.replace("test_size = 40", "test_size = 40\nvalidation_size = 20");
    is_a_run_of_all(&grid.replace("log_every = 5", "log_every = 5\nevaluate_every = 4"), 3);
}

/// The shards score on the validation split; the run after merging scores the winners on the test set.
#[test]
fn shards_of_a_selection_are_a_run_of_all_once_the_winners_are_tested() {
    for overlap in ["", "drop_test_overlap = true\n"] {
        let grid = select().replace("test_size = 40\n", &format!("test_size = 40\n{overlap}"));
        let whole = Workshop::new(&grid);
        assert_eq!(whole.runner("run grid.toml").status, 0);
        for with_run in [true, false] {
            let workshop = sharded(&grid, 3);
            if !with_run {
                drop_run_folders(&workshop, 3);
            }
            let said = workshop.runner(&format!("merge {}", folders(3)));
            assert_eq!(said.status, 0, "{}", said.err);
            assert!(said.out.contains("4 selected jobs are not scored on the test set"), "{}", said.out);
            let said = workshop.runner("run grid.toml");
            assert_eq!(said.status, 0, "{}", said.err);
            assert_same(&workshop.committed("results/grid"), &whole.committed("results/grid"));
        }
    }
}

/// A shard trains to the first rung, where all jobs are compared; the run after merging goes on from there.
#[test]
fn shards_of_a_search_with_rungs_are_a_run_of_all_once_they_went_on() {
    let grid = GRID.replace("test_size = 40", "test_size = 40\nvalidation_size = 40");
    let grid = format!("{grid}\n[select]\nover = [\"model.freeze\"]\nfirst_rung = 4\n");
    let whole = Workshop::new(&grid);
    assert_eq!(whole.runner("run grid.toml").status, 0);
    for with_run in [true, false] {
        let workshop = sharded(&grid, 3);
        if !with_run {
            drop_run_folders(&workshop, 3);
        }
        let said = workshop.runner(&format!("merge {}", folders(3)));
        assert_eq!(said.status, 0, "{}", said.err);
        let said = workshop.runner("run grid.toml");
        assert_eq!(said.status, 0, "{}", said.err);
        assert_same(&workshop.committed("results/grid"), &whole.committed("results/grid"));
    }
}

#[test]
fn data_in_a_folder_are_found_from_where_the_merged_folder_lies() {
    let workshop = Workshop::new(&GRID.replace("builtin:es", "./own").replace("[32, 64]", "[4, 8]"));
    let sentence = "Ana\tB-PER\nlives\tO\nin\tO\nLima\tB-LOC\n\n";
    workshop.write("own/train.conll", sentence.repeat(8));
    workshop.write("own/test.conll", sentence.repeat(40));
    assert_eq!(workshop.runner("run grid.toml --out deep/er/all").status, 0);
    let whole = workshop.committed("deep/er/all/grid");
    for shard in 1..=2 {
        assert_eq!(workshop.runner(&format!("run grid.toml --shard {shard}/2 --out s{shard}")).status, 0);
    }
    let said = workshop.runner("merge s1/grid s2/grid --out deep/er/merged");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_same(&workshop.committed("deep/er/merged/grid"), &whole);
    let said = workshop.runner("plan deep/er/merged/grid/experiment.toml --out deep/er/merged");
    assert_eq!((said.status, said.out.matches("done (cpu").count()), (0, 4), "{}", said.out);
    // on a machine without the data the rows are merged all the same
    fs::rename(workshop.path("own"), workshop.path("elsewhere")).unwrap();
    drop_run_folders(&workshop, 2);
    let said = workshop.runner("merge s1/grid s2/grid --out other");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(workshop.read("other/grid/results.csv").as_bytes(), whole["results.csv"]);
}

#[test]
fn merging_again_changes_nothing() {
    let workshop = sharded(&evaluation_sets(), 3);
    for line in ["merge s1/grid s2/grid s3/grid", "merge s2/grid s1/grid results/grid s3/grid", "merge results/grid"] {
        assert_eq!(workshop.runner(line).status, 0);
        let before = workshop.times("results/grid");
        let said = workshop.runner(line);
        assert_eq!(said.status, 0, "{}", said.err);
        assert_eq!(workshop.times("results/grid"), before, "{line}");
    }
}

/// As if it had been killed once the journal was written: there are no tables yet.
#[test]
fn a_merge_that_was_killed_goes_on() {
    let workshop = sharded(GRID, 2);
    assert_eq!(workshop.runner("merge s1/grid s2/grid").status, 0);
    let whole = workshop.committed("results/grid");
    for name in whole.keys().filter(|name| *name != "experiment.toml") {
        fs::remove_file(workshop.path(&format!("results/grid/{name}"))).unwrap();
    }
    let said = workshop.runner("merge s1/grid s2/grid");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_same(&workshop.committed("results/grid"), &whole);
}

#[test]
fn one_of_the_folders_may_be_the_merged_one_and_folders_may_overlap() {
    let whole = Workshop::new(GRID);
    assert_eq!(whole.runner("run grid.toml").status, 0);
    let workshop = sharded(GRID, 2);
    let shard = workshop.committed("s2/grid");
    let said = workshop.runner("merge s1/grid s2/grid --out s1");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_same(&workshop.committed("s1/grid"), &whole.committed("results/grid"));
    assert_same(&workshop.committed("s2/grid"), &shard);
    // all rows of s2 are in s1 by now
    assert_eq!(workshop.runner("merge s2/grid s1/grid s2/grid").status, 0);
    assert_same(&workshop.committed("results/grid"), &whole.committed("results/grid"));
}

#[test]
fn models_and_timings_come_along_and_stay_where_they_were() {
    let workshop = sharded(GRID, 2);
    let said = workshop.runner("merge s1/grid s2/grid");
    assert_eq!(said.status, 0, "{}", said.err);
    let size = said.out.split_once("(").and_then(|(_, rest)| rest.split_once(")")).unwrap().0.to_owned();
    assert_snapshot!(said.out.replace(&size, "SIZE"), @r"
    results/grid: 4 of 4 jobs from 2 folders
    copied, and left where they were: 4 models, 4 job logs (SIZE)
    next: runner show results/grid
    ");
    assert_eq!(workshop.read("results/grid/.run/timings.csv").lines().count(), 5);
    let said = workshop.runner("export results/grid:train_size=64,freeze=false model");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(workshop.files("s1/grid/.run/models").len() + workshop.files("s2/grid/.run/models").len() >= 4);
}

#[test]
fn an_interrupted_training_goes_on_in_the_merged_folder() {
    let workshop = Workshop::new(GRID);
    assert_eq!(workshop.runner("run grid.toml --shard 1/2 --out s1").status, 0);
    workshop.write(
        "long.toml",
        GRID.replace("max_steps = 12", "max_steps = 12\n") + "\n[save]\ncheckpoint_minutes = 0.00001\n",
    );
    let mut child = workshop.start("run long.toml --name grid --shard 2/2 --out s2 --jobs 1");
    workshop.wait_for_checkpoint("s2/grid");
    child.kill().unwrap();
    child.wait().unwrap();
    let said = workshop.runner("merge s1/grid s2/grid");
    assert_eq!(said.status, 0, "{}", said.err);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(workshop.jobs("results/grid").len(), 4);
}

#[test]
fn missing_jobs_are_named_with_the_command_that_runs_them() {
    let workshop = sharded(GRID, 4);
    let said = workshop.runner("merge s1/grid s3/grid --out part");
    assert_eq!(said.status, 0, "{}", said.err);
    let missing = ["s2/grid", "s4/grid"].map(|folder| workshop.jobs(folder)[0].clone());
    let line = said.out.lines().find(|line| line.starts_with("missing: ")).unwrap();
    assert!(missing.iter().all(|label| line.contains(label)), "{}", said.out);
    let command = "run part/grid/experiment.toml --out part";
    assert!(
        said.out.ends_with(&format!("2 jobs are missing; to run what is left: runner {command}\n")),
        "{}",
        said.out
    );
    assert_eq!(workshop.runner(command).status, 0);
    let whole = Workshop::new(GRID);
    assert_eq!(whole.runner("run grid.toml").status, 0);
    assert_eq!(workshop.read("part/grid/results.csv"), whole.read("results/grid/results.csv"));
}

#[test]
fn the_answer_fits_a_narrow_terminal() {
    let workshop = sharded(GRID, 4);
    for columns in ["60", "80", "120"] {
        let said = workshop.runner_with("merge s1/grid s3/grid --out part", &[("COLUMNS", columns)]);
        let width: usize = columns.parse().unwrap();
        assert!(said.out.lines().all(|line| line.chars().count() <= width), "{columns}: {}", said.out);
    }
}

/// As if the second shard had run on a GPU.
fn elsewhere(workshop: &Workshop, folder: &str) {
    fs::remove_dir_all(workshop.path(&format!("{folder}/.run"))).unwrap();
    for file in ["results.csv", "lock.toml"] {
        let name = format!("{folder}/{file}");
        let text = workshop.read(&name);
        let text = text.replace(",cpu,", ",cuda-test,").replace("[environment.\"cpu\"]", "[environment.\"cuda-test\"]");
        workshop.write(&name, text);
    }
}

#[test]
fn of_rows_of_several_environments_those_of_the_first_folder_count() {
    let workshop = sharded(GRID, 2);
    assert_eq!(workshop.runner("run grid.toml --out all").status, 0);
    elsewhere(&workshop, "s2/grid");
    let said = workshop.runner("merge s1/grid s2/grid all/grid --out mixed");
    assert_eq!(said.status, 0, "{}", said.err);
    let line = said.err.lines().find(|line| line.contains("cuda-test")).unwrap();
    assert_snapshot!(line, @"2 results are from cuda-test in s2/grid and from cpu in all/grid: they count as in s2/grid, which is named first");
    let environments = |folder: &str| {
        let jobs = workshop.jobs(folder);
        jobs.iter().map(|job| workshop.cell(folder, job, "environment").unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(environments("mixed/grid").iter().filter(|name| *name == "cuda-test").count(), 2);
    let lock = workshop.read("mixed/grid/lock.toml");
    assert!(lock.contains("[environment.\"cpu\"]") && lock.contains("[environment.\"cuda-test\"]"), "{lock}");
    assert_eq!(workshop.runner("merge all/grid s1/grid s2/grid --out plain").status, 0);
    assert_same(&workshop.committed("plain/grid"), &workshop.committed("all/grid"));
}
