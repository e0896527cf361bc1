//! `--rerun`: the same bits again, or what differs.

use super::{grid, replace, two, without_keys};
use crate::workshop::Workshop;

/// The line of the answer about jobs trained again, and what follows.
fn rerun(workshop: &Workshop, line: &str) -> String {
    let temporary = workshop.path("temporary");
    std::fs::create_dir_all(&temporary).unwrap();
    let said = workshop.runner_with(line, &[("TMPDIR", temporary.to_str().unwrap())]);
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "the temporary folder is removed");
    let text: Vec<&str> = said.out.lines().skip_while(|line| !line.starts_with("rerun")).collect();
    without_keys(&format!("{}\nexit {}", text.join("\n"), said.status))
}

#[test]
fn jobs_of_the_same_environment_are_identical_and_the_folder_is_not_touched() {
    let workshop = grid();
    let before = (workshop.files("results/grid"), workshop.times("results/grid"));
    insta::assert_snapshot!(rerun(&workshop, "verify results/grid --rerun 4 --device cpu"), @r"
    rerun        ✓ 4 jobs trained again; identical: train_size=32,freeze=false;
                   train_size=32,freeze=true; train_size=64,freeze=true; train_size=64,freeze=false
    holds
    exit 0
    ");
    assert_eq!(before, (workshop.files("results/grid"), workshop.times("results/grid")));
    let clone = workshop.cloned();
    insta::assert_snapshot!(rerun(&clone, "verify results/grid --rerun 1 --device cpu --threads 1 --offline"), @r"
    rerun        ✓ 1 job trained again; identical: train_size=32,freeze=false
    holds
    exit 0
    ");
}

/// An edit of tables and predictions that agree: nothing in the folder contradicts it.
#[test]
fn a_row_that_its_experiment_does_not_give_is_different() {
    let workshop = two().cloned();
    let loss = workshop.cell("results/grid", "seed=1", "test_in_train").unwrap();
    assert_eq!(loss, "1");
    let curves = workshop.read("results/grid/curves.csv");
    let norm = curves.lines().nth(1).unwrap().rsplit(',').next().unwrap().to_owned();
    replace(&workshop, "curves.csv", &norm, "0.5");
    let said = workshop.runner("verify results/grid");
    assert_eq!(said.status, 0, "{}", said.out);
    let text = rerun(&workshop, "verify results/grid --rerun 2 --device cpu");
    insta::assert_snapshot!(text.replace(&norm, "NORM"), @r"
    rerun        ✗ 1 finding
      - curves.csv, seed=1, step 3, grad_norm: 0.5 (trained again: NORM)
      → the row does not follow from its experiment: train the job again with --force, or ask who made
        it
    does not hold: 1 finding
    exit 1
    ");
}

#[test]
fn rows_of_another_environment_are_within_rounding_and_it_is_named() {
    let workshop = two().cloned();
    for _ in 0..2 {
        replace(&workshop, "results.csv", ",cpu,", ",cuda-h200,");
    }
    let lock = workshop.read("results/grid/lock.toml").replace("\"cpu\"", "\"cuda-h200\"");
    workshop.write("results/grid/lock.toml", lock);
    let curves = workshop.read("results/grid/curves.csv");
    let norm = curves.lines().nth(1).unwrap().rsplit(',').next().unwrap().to_owned();
    replace(&workshop, "curves.csv", &norm, "0.5");
    insta::assert_snapshot!(rerun(&workshop, "verify results/grid --rerun 2 --device cpu"), @r"
    rerun        ✓ 2 jobs trained again; identical: seed=2; within rounding: seed=1, no score differs, 0
                   of 13 tags differ (environment cuda-h200, here cpu)
    holds
    exit 0
    ");
}

#[test]
fn changed_data_are_named_as_such() {
    let workshop = two().cloned();
    let train = workshop.read("corpus/train.conll");
    workshop.write("corpus/train.conll", train.replacen("B-PER", "O", 1));
    let text = rerun(&workshop, "verify results/grid --rerun 1 --device cpu");
    assert!(text.contains("→ an input or a setting changed since: restore it, and compare again"), "{text}");
    assert!(text.ends_with("exit 1"), "{text}");
}

#[test]
fn an_interruption_leaves_nothing() {
    let long = super::TWO.replace("max_steps = 4", "max_steps = 4000");
    let workshop = Workshop::new(&super::TWO.replace("max_steps = 4", "max_steps = 1"));
    super::write_corpus(&workshop);
    workshop.runner("run grid.toml");
    // the experiment of a long training, whose rows nobody has waited for
    drop(long);
    let experiment = workshop.read("results/grid/experiment.toml");
    workshop.write("results/grid/experiment.toml", experiment.replace("max_steps = 1", "max_steps = 100000"));
    let temporary = workshop.path("temporary");
    std::fs::create_dir_all(&temporary).unwrap();
    let before = workshop.files("results/grid");
    let mut child =
        workshop.start_with("verify results/grid --rerun 1 --device cpu", &[("TMPDIR", temporary.to_str().unwrap())]);
    let begun = std::time::Instant::now();
    while std::fs::read_dir(&temporary).unwrap().count() == 0 {
        assert!(begun.elapsed().as_secs() < 60, "nothing is trained");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    let interrupted = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
    assert_eq!(before, workshop.files("results/grid"));
}
