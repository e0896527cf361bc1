//! How long `plan` expects trainings to take: from times of this folder, or from a calibration; nothing where nothing is known.

use std::fs;

use insta::assert_snapshot;

use crate::workshop::{GRID, Workshop};

/// Trainings of 12 and 24 steps with two seeds; a shape of its own for a larger batch.
fn grid() -> String {
    let grid = GRID.replace("max_steps = 12\n", "").split("[matrix]").next().unwrap().to_owned();
    format!("{grid}\n[matrix]\ntrain.max_steps = [12, 24]\ntrain.seed = [1, 2]\n\n[[matrix.include]]\ntrain.max_steps = 12\ntrain.seed = 1\ntrain.batch_size = 16\n")
        .replace("test_size = 40", "train_size = 32\ntest_size = 40")
}

const HEADER: &str =
    "job,load_seconds,tokenise_seconds,train_seconds,predict_seconds,steps_per_second,peak_memory_bytes\n";

/// One job ran here, and took this long: a second each to load and to tokenize, 12 steps of 10 seconds, 2 to predict.
fn one_ran() -> Workshop {
    let workshop = Workshop::new(&grid());
    let said = workshop.runner("run grid.toml --only max_steps=12,seed=1,batch_size=8");
    assert_eq!(said.status, 0, "{}", said.err);
    let label = workshop.jobs("results/grid")[0].clone();
    let row = format!("{HEADER}\"{label}\",1.000,1.000,120.000,2.000,0.100,1200000000\n");
    workshop.write("results/grid/.run/timings.csv", row);
    workshop
}

#[test]
fn without_any_time_no_estimate_is_shown() {
    let workshop = Workshop::new(&grid());
    let said = workshop.runner("plan grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(!said.out.contains("expected") && !said.out.contains(" left: about "), "{}", said.out);
}

#[test]
fn jobs_of_a_shape_that_ran_are_estimated_by_their_steps() {
    let workshop = one_ran();
    let said = workshop.runner_with("plan grid.toml", &[("COLUMNS", "120")]);
    assert_eq!(said.status, 0, "{}", said.err);
    assert_snapshot!(said.out, @r"
    #  job                                state       steps      disk  time before  expected  memory
    ────────────────────────────────────────────────────────────────────────────────────────────────
    1  max_steps=12,seed=1                done (cpu)     12  688.2 kB        120 s         –       –
    2  max_steps=12,seed=2                new            12  688.2 kB            –     2 min  1.2 GB
    3  max_steps=24,seed=1                new            24  688.2 kB            –     4 min  1.2 GB
    4  max_steps=24,seed=2                new            24  688.2 kB            –     4 min  1.2 GB
    5  max_steps=12,seed=1,batch_size=16  new            12  688.2 kB            –         –       –
    4 trainings left: about 10 min on 1 worker, 4 min on 3 (cpu), up to 1.2 GB of memory each
    estimated: 3 by others of the same shape here
    not estimated: 1 training, since nothing like it ran here; `runner plan FILE --calibrate` measures a few steps
    ");
}

#[test]
fn the_answer_fits_the_terminal() {
    let workshop = one_ran();
    for columns in ["60", "80", "120"] {
        let said = workshop.runner_with("plan grid.toml", &[("COLUMNS", columns)]);
        let width: usize = columns.parse().unwrap();
        assert!(said.out.lines().all(|line| line.chars().count() <= width), "{columns}: {}", said.out);
        assert!(
            said.out.replace("\n  ", " ").contains("3 trainings left") || said.out.contains("4 trainings left"),
            "{}",
            said.out
        );
    }
}

#[test]
fn a_time_of_other_settings_under_the_same_label_says_nothing() {
    let workshop = one_ran();
    workshop.write("grid.toml", grid().replace("learning_rate = 2e-3", "learning_rate = 1e-3"));
    let said = workshop.runner("plan grid.toml");
    assert!(!said.out.contains(" left: about "), "{}", said.out);
}

#[test]
fn a_calibration_measures_each_shape_once_and_writes_no_result() {
    let workshop = Workshop::new(&grid());
    let said = workshop.runner("plan grid.toml --calibrate --threads 2");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(said.err.matches("calibrated on cpu: ").count(), 2, "{}", said.err);
    assert!(said.out.contains("5 trainings left: about "), "{}", said.out);
    assert!(said.out.contains("estimated: 5 by a calibration"), "{}", said.out);
    let files: Vec<String> = workshop.files("results/grid").into_keys().collect();
    assert_eq!(files, [".run/.gitignore", ".run/calibration.csv"]);
    assert_eq!(workshop.read("results/grid/.run/calibration.csv").lines().count(), 3);
    let again = workshop.runner("plan grid.toml");
    assert_eq!(again.out, said.out, "what was measured is kept");
    // jobs run as if nothing had been measured, and their own times count more
    assert_eq!(workshop.runner("run grid.toml --only seed=1").status, 0);
    let said = workshop.runner("plan grid.toml");
    assert!(said.out.contains("estimated: 2 by others of the same shape here"), "{}", said.out);
}

#[test]
fn a_damaged_calibration_is_ignored_and_said() {
    let workshop = Workshop::new(&grid());
    assert_eq!(workshop.runner("plan grid.toml --calibrate").status, 0);
    let file = "results/grid/.run/calibration.csv";
    workshop.write(file, workshop.read(file).replace("cpu,", "cpu,x"));
    let said = workshop.runner("plan grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(
        said.err.contains("calibration.csv:2: ") && said.err.contains("--calibrate measures again"),
        "{}",
        said.err
    );
    assert!(!said.out.contains(" left: about "), "{}", said.out);
    assert_eq!(workshop.runner("plan grid.toml --calibrate").status, 0);
    assert!(workshop.runner("plan grid.toml").out.contains("by a calibration"));
    fs::remove_file(workshop.path(file)).unwrap();
}

#[test]
fn where_nothing_is_pending_nothing_is_calibrated() {
    let workshop = Workshop::new(&grid());
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    let said = workshop.runner("plan grid.toml --calibrate");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(!workshop.path("results/grid/.run/calibration.csv").exists());
    assert!(!said.out.contains(" left: about "), "{}", said.out);
}
