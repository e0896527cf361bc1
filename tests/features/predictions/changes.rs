//! An experiment that changes: predictions keep the names of their rows.

use super::*;
use crate::workshop::assert_same;

const ALL_DONE: &str = "grid: all 4 jobs are already done";

#[test]
fn a_changed_setting_changes_lines_of_the_same_files_and_going_back_finds_the_old_ones() {
    let workshop = finished(GRID);
    let before = predictions(&workshop);
    let labels = ["train_size=32,freeze=false", "train_size=32,freeze=true", "train_size=64,freeze=false"];
    assert!(labels.iter().all(|label| before.contains_key(&format!("{label}.tags"))), "{:?}", before.keys());
    workshop.write("grid.toml", GRID.replace("2e-3", "3e-3"));
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    let after = predictions(&workshop);
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    let lines = |content: &[u8]| String::from_utf8(content.to_vec()).unwrap().lines().map(str::to_owned).collect();
    let (mut same, mut changed) = (0, 0);
    for (name, content) in &before {
        let (old, new): (Vec<String>, Vec<String>) = (lines(content), lines(&after[name]));
        assert_eq!(old.len(), new.len(), "{name}");
        let equal = old.iter().zip(&new).filter(|(old, new)| old == new).count();
        (same, changed) = (same + equal, changed + old.len() - equal);
    }
    assert!(same > 0 && changed > 0, "{same} lines are equal, {changed} are not");
    workshop.write("grid.toml", GRID);
    let said = workshop.runner("run grid.toml");
    assert!(said.err.contains(ALL_DONE), "{}", said.err);
    assert_same(&predictions(&workshop), &before);
}

#[test]
fn jobs_that_an_axis_renames_take_their_predictions_along() {
    let base = GRID.split("[matrix]").next().unwrap();
    let workshop = finished(base);
    let before = predictions(&workshop);
    assert_eq!(before.keys().collect::<Vec<_>>(), ["base.tags"]);
    workshop.write("grid.toml", format!("{base}\n[matrix]\ntrain.seed = [42]\n"));
    let said = workshop.runner("run grid.toml");
    assert!(said.err.contains("grid: the job is already done"), "{}", said.err);
    let after = predictions(&workshop);
    assert_eq!(after.keys().collect::<Vec<_>>(), ["seed=42.tags"]);
    assert_eq!(after["seed=42.tags"], before["base.tags"]);
}

#[test]
fn a_job_that_runs_again_with_the_same_key_replaces_its_predictions() {
    let workshop = finished(GRID);
    let before = predictions(&workshop);
    workshop.write(&format!("{FOLDER}/predictions/train_size=32,freeze=true.tags"), "O\n");
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    assert_ne!(predictions(&workshop), before, "the journal has the row: it is not checked");
    let said = workshop.runner("run grid.toml --force --only train_size=32,freeze=true");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_same(&predictions(&workshop), &before);
}

#[test]
fn predictions_of_jobs_that_only_leaves_out_stay() {
    let whole = finished(GRID);
    let workshop = Workshop::new(GRID);
    workshop.runner("run grid.toml --only freeze=true");
    let half = predictions(&workshop);
    assert_eq!(half.keys().collect::<Vec<_>>(), ["train_size=32,freeze=true.tags", "train_size=64,freeze=true.tags"]);
    workshop.runner("run grid.toml --only freeze=false");
    assert_same(&predictions(&workshop), &predictions(&whole));
}

#[test]
fn rows_that_leave_take_their_predictions_along_and_bring_them_back() {
    let workshop = finished(GRID);
    let before = predictions(&workshop);
    workshop.write("grid.toml", GRID.replace("[32, 64]", "[64]"));
    workshop.runner("run grid.toml");
    assert_eq!(names(&workshop), ["train_size=64,freeze=false.tags", "train_size=64,freeze=true.tags"]);
    workshop.write("grid.toml", GRID);
    let said = workshop.runner("run grid.toml");
    assert!(said.err.contains(ALL_DONE), "{}", said.err);
    assert_same(&predictions(&workshop), &before);
}

#[test]
fn predictions_that_are_gone_are_named_by_label() {
    let workshop = finished(GRID);
    fs::remove_file(workshop.path(&format!("{FOLDER}/predictions/train_size=64,freeze=true.tags"))).unwrap();
    let said = workshop.runner("plan grid.toml");
    let expected = "warning: results/grid: 1 file is missing from predictions/\n  \
                    predictions/train_size=64,freeze=true.tags\n";
    assert!(said.err.contains(expected), "{}", said.err);
}
