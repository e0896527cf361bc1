//! Trainings that are equal up to a step run that part once, and end as if each had been alone.

use std::sync::OnceLock;
use std::time::Duration;

use crate::workshop::{Files, Workshop, assert_same};

/// Trainings of 8, 16 and 24 steps at one rate, with dropout; a row of the curve every 5 steps.
const LENGTHS: &str = r#"
[data]
dataset = "builtin:es"
train_size = 64
validation_size = 40
test_size = 20

[model]
checkpoint = "builtin:tiny"
max_length = 64
dropout = 0.2

[train]
learning_rate = 4e-3
schedule = "constant"
warmup_steps = 3
log_every = 5

[save]
checkpoint_minutes = 0.0005

[matrix]
train.epochs = [3, 1, 2]
train.seed = [1, 2]
"#;

/// Committed files and models.
fn all(workshop: &Workshop) -> Files {
    let mut files = workshop.committed("results/grid");
    files.extend(workshop.files("results/grid/.run/models"));
    files
}

/// Every training from its first step: no other is pending when it runs.
fn one_by_one(text: &str, lengths: &[&str]) -> Files {
    let workshop = Workshop::new(text);
    for length in lengths {
        let said = workshop.runner(&format!("run grid.toml --only {length}"));
        assert_eq!(said.status, 0, "{}", said.err);
        assert!(!said.err.contains("continues"), "{}", said.err);
    }
    // with [select], the winners
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    all(&workshop)
}

/// Those of [`LENGTHS`].
fn alone() -> &'static Files {
    static ONE: OnceLock<Files> = OnceLock::new();
    ONE.get_or_init(|| one_by_one(LENGTHS, &EPOCHS))
}

const EPOCHS: [&str; 3] = ["epochs=1", "epochs=2", "epochs=3"];

/// The notices of trainings that continue others.
fn continued(said: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = said.lines().filter(|line| line.contains(": continues ")).collect();
    lines.sort_unstable();
    lines
}

#[test]
fn a_longer_training_continues_a_shorter_one_and_all_end_as_if_alone() {
    let expected = alone();
    for line in ["run grid.toml --jobs 1", "run grid.toml --jobs 4 --threads 4"] {
        let workshop = Workshop::new(LENGTHS);
        let said = workshop.runner(line);
        assert_eq!(said.status, 0, "{}", said.err);
        assert_same(&all(&workshop), expected);
        let expected = [
            "epochs=2,seed=1: continues epochs=1,seed=1 from step 8",
            "epochs=2,seed=2: continues epochs=1,seed=2 from step 8",
            "epochs=3,seed=1: continues epochs=2,seed=1 from step 16",
            "epochs=3,seed=2: continues epochs=2,seed=2 from step 16",
        ];
        assert_eq!(continued(&said.err), expected, "{}", said.err);
    }
}

#[test]
fn evaluations_the_best_weights_and_early_stopping_are_those_of_each_training_alone() {
    for (more, size) in [
        ("evaluate_every = \"epoch\"\nkeep = \"best\"\n", ""),
        ("evaluate_every = 3\nkeep = \"best\"\npatience = 2\n", ""),
        ("evaluate_every = 7\n", "gradient_accumulation = 2\n"),
        ("average = \"ema\"\nema_decay = 0.9\nevaluate_every = 3\nkeep = \"best\"\n", ""),
        ("average = \"ema\"\nema_decay = 0.9\nevaluate_every = 3\npatience = 4\n", ""),
    ] {
        let text = LENGTHS.replace("log_every = 5\n", &format!("log_every = 5\n{more}{size}"));
        let workshop = Workshop::new(&text);
        let said = workshop.runner("run grid.toml");
        assert_eq!(said.status, 0, "{}", said.err);
        assert!(!continued(&said.err).is_empty(), "{}", said.err);
        assert_same(&all(&workshop), &one_by_one(&text, &EPOCHS));
    }
}

#[test]
fn a_number_of_steps_continues_a_number_of_epochs() {
    let text = LENGTHS.split("[matrix]").next().unwrap().to_owned()
        + "[[matrix.include]]\ntrain.epochs = 2\n[[matrix.include]]\ntrain.max_steps = 11\n\
           [[matrix.include]]\ntrain.max_steps = 20\ndata.test_size = 10\n";
    let workshop = Workshop::new(&text);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(continued(&said.err).len(), 3, "{}", said.err);
    let lengths = ["epochs=2", "max_steps=11", "max_steps=20", "base"];
    assert_same(&all(&workshop), &one_by_one(&text, &lengths));
}

#[test]
fn trainings_whose_rate_depends_on_their_length_share_nothing() {
    for text in [
        LENGTHS.replace("\"constant\"", "\"linear\""),
        LENGTHS.replace("\"constant\"", "\"cosine\""),
        LENGTHS.replace("\"constant\"", "\"warmup_stable_decay\"\ndecay_steps = 4"),
        LENGTHS.replace("warmup_steps = 3", "warmup_ratio = 0.1"),
        LENGTHS.replace("warmup_steps = 3", "average = \"last\"\naverage_steps = 4"),
    ] {
        let workshop = Workshop::new(&text);
        let said = workshop.runner("run grid.toml");
        assert_eq!((said.status, continued(&said.err).len()), (0, 0), "{}", said.err);
        assert!(!workshop.runner("plan grid.toml").out.contains("once"));
    }
}

#[test]
fn a_rate_that_falls_with_the_steps_so_far_is_shared_as_a_constant_one() {
    let text = LENGTHS.replace("\"constant\"", "\"inverse_sqrt\"");
    let workshop = Workshop::new(&text);
    let said = workshop.runner("run grid.toml");
    assert_eq!((said.status, continued(&said.err).len()), (0, 4), "{}", said.err);
    assert_same(&all(&workshop), &one_by_one(&text, &EPOCHS));
}

#[test]
fn a_search_over_lengths_trains_the_longest_alone() {
    let text = format!("{LENGTHS}\n[select]\nover = [\"train.epochs\"]\n");
    let workshop = Workshop::new(&text);
    let said = workshop.runner("run grid.toml");
    assert_eq!((said.status, continued(&said.err).len()), (0, 4), "{}", said.err);
    assert_same(&all(&workshop), &one_by_one(&text, &EPOCHS));
}

#[test]
fn killed_at_any_moment_they_end_in_the_same_bytes() {
    let expected = alone();
    let workshop = Workshop::new(LENGTHS);
    let mut kills = 0;
    for milliseconds in [100, 200, 150, 300, 250, 400, 600, 900] {
        let mut child = workshop.start("run grid.toml --jobs 2 --threads 2");
        std::thread::sleep(Duration::from_millis(milliseconds));
        kills += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(kills > 1, "killed too late to show anything");
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    assert_same(&all(&workshop), expected);
}

#[test]
fn a_longer_training_that_is_under_way_is_not_thrown_back() {
    let expected = alone();
    let workshop = Workshop::new(LENGTHS);
    let mut child = workshop.start("run grid.toml --only epochs=3,seed=1 --threads 1");
    std::thread::sleep(Duration::from_millis(1200));
    child.kill().unwrap();
    child.wait().unwrap();
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(!said.err.contains("restarting"), "{}", said.err);
    assert_same(&all(&workshop), expected);
}

#[test]
fn a_plan_counts_shared_steps_once() {
    let workshop = Workshop::new(LENGTHS);
    let said = workshop.runner("plan grid.toml").out;
    assert!(said.ends_with("Steps: 48, as trainings that begin alike run 48 of 96 once.\n"), "{said}");
    let said = workshop.runner("plan grid.toml --only epochs=3").out;
    assert!(!said.contains("Steps:"), "{said}");
}
