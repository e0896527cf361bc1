//! The same command again: what is done stays done, what is not is done as if nothing had happened.

use std::fs::File;
use std::io::{Read, Write};
use std::process::Command;

use crate::workshop::{GRID, Workshop, assert_same};

/// Jobs long enough to be interrupted.
fn slow() -> String {
    GRID.replace("max_steps = 12", "max_steps = 150")
}

#[test]
fn a_second_run_does_nothing_and_says_so() {
    let workshop = Workshop::new(GRID);
    let first = workshop.runner("run grid.toml");
    let before = workshop.times("results/grid");
    let second = workshop.runner("run grid.toml");
    assert_eq!((second.status, second.out), (0, first.out), "the table is shown again");
    assert_eq!(workshop.times("results/grid"), before);
    insta::assert_snapshot!(second.err, @r"
    grid: all 4 jobs are already done (`--force` runs them again)
    tables in results/grid
    ");
}

#[test]
fn a_clone_of_the_committed_files_does_nothing() {
    let workshop = Workshop::new(GRID);
    workshop.runner("run grid.toml");
    let clone = workshop.cloned();
    let said = clone.runner("run grid.toml");
    assert_eq!(said.status, 0);
    assert!(said.err.starts_with("grid: all 4 jobs are already done (`--force` runs them again)\n"), "{}", said.err);
    assert_same(&workshop.committed("results/grid"), &clone.committed("results/grid"));
    assert!(!clone.path("results/grid/.run/jobs").exists());
}

/// As git checks files out on Windows, unless it is told otherwise.
#[test]
fn a_clone_with_other_line_ends_does_nothing_but_write_its_tables_as_they_were() {
    let workshop = Workshop::new(GRID);
    workshop.runner("run grid.toml");
    let clone = workshop.cloned();
    let committed = clone.committed("results/grid");
    for (name, content) in &committed {
        let text = String::from_utf8(content.clone()).unwrap().replace('\n', "\r\n");
        clone.write(&format!("results/grid/{name}"), text);
    }
    clone.write("grid.toml", GRID.replace('\n', "\r\n"));
    let verified = clone.runner("verify results/grid");
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
    let said = clone.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.err.contains("grid: all 4 jobs are already done (`--force` runs them again)\n"), "{}", said.err);
    for (name, content) in clone.committed("results/grid").iter().filter(|(name, _)| name.ends_with(".csv")) {
        assert!(committed[name] == *content, "{name}");
    }
}

#[test]
fn a_killed_run_resumes_and_ends_in_the_same_bytes() {
    let (killed, whole) = (Workshop::new(&slow()), Workshop::new(&slow()));
    let mut child = killed.start("run grid.toml");
    killed.wait_for_rows("results/grid", 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let left = killed.jobs("results/grid").len();
    assert!(left < 4, "killed too late to show anything");
    let said = killed.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.err.contains(&format!("; {left} already done\n")), "{}", said.err);
    whole.runner("run grid.toml");
    assert_same(&killed.committed("results/grid"), &whole.committed("results/grid"));
}

/// One job that learns all of its parameters, with checkpoints in quick succession.
const ALONE: &str = r#"
[data]
dataset = "builtin:es"
train_size = 1000
test_size = 40

[model]
checkpoint = "builtin:tiny"
max_length = 64

[train]
epochs = 6
learning_rate = 2e-3
log_every = 1

[save]
checkpoint_minutes = 0.0005
"#;

#[test]
fn a_job_killed_in_the_middle_goes_on_to_the_same_bytes() {
    let (killed, whole) = (Workshop::new(ALONE), Workshop::new(ALONE));
    for _ in 0..2 {
        let mut child = killed.start("run grid.toml");
        killed.wait_for_checkpoint("results/grid");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let plan = killed.runner("plan grid.toml").out;
    assert!(plan.contains("partial (step "), "{plan}");
    let log = |name: &str| {
        let mut logs = killed.files("results/grid/.run/jobs");
        logs.retain(|path, _| path.ends_with(name));
        String::from_utf8(logs.into_values().next().unwrap()).unwrap()
    };
    let interrupted = ["log.txt", "log.jsonl"].map(log);
    let said = killed.runner("run grid.toml");
    assert!(said.err.contains("base: resuming from step "), "{}", said.err);
    for (name, before) in ["log.txt", "log.jsonl"].into_iter().zip(interrupted) {
        assert!(log(name).starts_with(&before) && log(name).len() > before.len(), "{name} begins at the resumption");
    }
    whole.runner("run grid.toml");
    assert_same(&killed.committed("results/grid"), &whole.committed("results/grid"));
    let model = |place: &Workshop| {
        let mut files = place.files("results/grid/.run/models");
        files.retain(|name, _| name.ends_with("model.safetensors"));
        files
    };
    assert_same(&model(&killed), &model(&whole));
}

/// Elsewhere the rest of the steps would differ by rounding from what they would have been.
#[test]
fn a_checkpoint_of_another_environment_or_job_is_told_and_not_gone_on_with() {
    let whole = Workshop::new(ALONE);
    whole.runner("run grid.toml");
    for (ours, other, told) in [
        ("\"environment\":\"cpu\"", "\"environment\":\"gpu\"", "its checkpoint was written in environment gpu"),
        ("\"key\":\"", "\"key\":\"x", "its checkpoint belongs to another training, x"),
    ] {
        let moved = Workshop::new(ALONE);
        let mut child = moved.start("run grid.toml");
        moved.wait_for_checkpoint("results/grid");
        child.kill().unwrap();
        child.wait().unwrap();
        let checkpoints = moved.files("results/grid/.run/checkpoints");
        let (name, bytes) = checkpoints.iter().find(|(name, _)| !name.ends_with(".part")).expect("a checkpoint");
        let at = bytes.windows(ours.len()).position(|place| place == ours.as_bytes()).expect("it stands in the header");
        let mut changed = bytes.clone();
        changed[at..at + other.len()].copy_from_slice(other.as_bytes());
        moved.write(&format!("results/grid/.run/checkpoints/{name}"), changed);
        let said = moved.runner("run grid.toml");
        assert!(said.err.contains(&format!("restarting from step 0: {told}")), "{}", said.err);
        assert_same(&moved.committed("results/grid"), &whole.committed("results/grid"));
    }
}

#[test]
fn an_interruption_ends_with_130_and_resumes() {
    let (stopped, whole) = (Workshop::new(&slow()), Workshop::new(&slow()));
    let mut child = stopped.start("run grid.toml");
    stopped.wait_for_rows("results/grid", 1);
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(said.contains("stopping after the current step; press Ctrl-C again to quit now\n"), "{said}");
    assert!(said.contains(" left; run the same command to resume\n"), "{said}");
    assert_eq!(stopped.runner("run grid.toml").status, 0);
    whole.runner("run grid.toml");
    assert_same(&stopped.committed("results/grid"), &whole.committed("results/grid"));
}

#[test]
fn an_added_value_trains_only_the_new_jobs() {
    let workshop = Workshop::new(GRID);
    workshop.runner("run grid.toml");
    workshop.write("grid.toml", GRID.replace("[32, 64]", "[16, 32, 64]"));
    let said = workshop.runner("run grid.toml --threads 1");
    assert!(said.err.starts_with("grid: 2 jobs on the CPU, 1 thread; 4 already done\n"), "{}", said.err);
    assert_eq!(workshop.jobs("results/grid").len(), 6);
    assert_eq!(workshop.jobs("results/grid")[0], "train_size=16,freeze=false", "rows are in the order of the matrix");
}

#[test]
fn a_row_that_left_the_matrix_comes_back_without_training() {
    let workshop = Workshop::new(GRID);
    workshop.runner("run grid.toml");
    let before = workshop.committed("results/grid");
    // On a clone too, whose journal has never seen the row.
    for place in [workshop.cloned(), workshop] {
        place.write("grid.toml", GRID.replace("[32, 64]", "[64]"));
        let plan = place.runner("plan grid.toml").out;
        let gone = plan.split_once("No longer in the file").unwrap_or_else(|| panic!("{plan}")).1;
        assert!(gone.ends_with(":\n  train_size=32,freeze=false\n  train_size=32,freeze=true\n"), "{plan}");
        place.runner("run grid.toml");
        assert_eq!(place.jobs("results/grid"), ["train_size=64,freeze=false", "train_size=64,freeze=true"]);
        place.write("grid.toml", GRID);
        let said = place.runner("run grid.toml");
        assert!(
            said.err.starts_with("grid: all 4 jobs are already done (`--force` runs them again)\n"),
            "{}",
            said.err
        );
        assert_same(&place.committed("results/grid"), &before);
    }
}

#[test]
fn a_selection_removes_no_rows() {
    let (parts, whole) = (Workshop::new(GRID), Workshop::new(GRID));
    parts.runner("run grid.toml --only freeze=true");
    assert_eq!(parts.jobs("results/grid"), ["train_size=32,freeze=true", "train_size=64,freeze=true"]);
    parts.runner("run grid.toml --only freeze=false");
    whole.runner("run grid.toml");
    assert_same(&parts.committed("results/grid"), &whole.committed("results/grid"));
}

#[test]
fn a_failed_job_is_tried_again_and_the_others_are_not() {
    let workshop = Workshop::new(&GRID.replace("data.train_size = [32, 64]", "model.max_length = [64, 4000]"));
    let first = workshop.runner("run grid.toml --set data.train_size=16 --name grid --threads 1");
    assert_eq!(first.status, 1);
    assert!(first.err.starts_with("grid: 4 jobs on the CPU, 1 thread\n"), "{}", first.err);
    let second = workshop.runner("run grid.toml --set data.train_size=16 --name grid --threads 1");
    assert_eq!((second.status, second.out), (1, first.out));
    insta::assert_snapshot!(second.err, @r"
    grid: 2 jobs on the CPU, 1 thread; 2 already done
    cannot run: 2 jobs (max_length=4000,freeze=false; max_length=4000,freeze=true): max_length: model.max_length = 4000 exceeds the checkpoint's longest input, 128; lower it
    tables in results/grid
    ");
    let quiet = workshop.runner("run grid.toml --set data.train_size=16 --name grid --only freeze=true -q");
    assert_eq!((quiet.status, quiet.out.as_str()), (1, ""));
    insta::assert_snapshot!(quiet.err, @"failed: max_length=4000,freeze=true: max_length: model.max_length = 4000 exceeds the checkpoint's longest input, 128; lower it");
}

#[test]
fn force_runs_what_is_done_and_gives_the_same_bytes() {
    let workshop = Workshop::new(GRID);
    workshop.runner("run grid.toml");
    let before = workshop.committed("results/grid");
    let said = workshop.runner("run grid.toml --force --threads 1");
    assert!(said.err.starts_with("grid: 4 jobs on the CPU, 1 thread\n"), "{}", said.err);
    assert_same(&workshop.committed("results/grid"), &before);
}

#[test]
fn a_torn_last_line_of_the_journal_is_told_and_left_out() {
    let workshop = Workshop::new(GRID);
    workshop.runner("run grid.toml");
    let journal = workshop.path("results/grid/.run/journal.jsonl");
    File::options().append(true).open(journal).unwrap().write_all(b"{\"version\":1,\"ev").unwrap();
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0);
    insta::assert_snapshot!(said.err, @r"
    results/grid/.run/journal.jsonl:5: the last line was cut off after 16 bytes when a run was killed; ignored
    grid: all 4 jobs are already done (`--force` runs them again)
    tables in results/grid
    ");
    assert!(!workshop.runner("run grid.toml").err.contains("cut off"), "it is cut off for good");
}

#[test]
fn tables_that_were_deleted_come_back_from_the_journal() {
    let workshop = Workshop::new(GRID);
    workshop.runner("run grid.toml");
    let before = workshop.committed("results/grid");
    for name in ["results.csv", "per_entity.csv", "curves.csv", "summary.csv"] {
        std::fs::remove_file(workshop.path("results/grid").join(name)).unwrap();
    }
    let said = workshop.runner("run grid.toml");
    assert!(said.err.starts_with("grid: all 4 jobs are already done (`--force` runs them again)\n"), "{}", said.err);
    assert_same(&workshop.committed("results/grid"), &before);
}
