//! Schedules of the learning rate: what `curves.csv` has of them, and which keys go with which.

use crate::workshop::Workshop;

/// One job of 20 steps at a rate of 1e-3; `train`: more of its `[train]`.
fn training(train: &str) -> String {
    format!(
        "[data]\ndataset = \"builtin:es\"\ntrain_size = 40\ntest_size = 10\n\n\
         [model]\ncheckpoint = \"builtin:tiny\"\nmax_length = 16\n\n\
         [train]\nmax_steps = 20\nlearning_rate = 1e-3\nlog_every = 1\n{train}\n"
    )
}

/// The learning rate of every step.
fn rates(train: &str) -> Vec<f64> {
    let workshop = Workshop::new(&training(train));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let mut table = csv::Reader::from_path(workshop.path("results/grid/curves.csv")).unwrap();
    let at = table.headers().unwrap().iter().position(|column| column == "learning_rate").unwrap();
    table.records().map(|row| row.unwrap()[at].parse().unwrap()).collect()
}

#[test]
fn a_training_has_the_rates_of_its_schedule() {
    let stable = rates("schedule = \"warmup_stable_decay\"\nwarmup_ratio = 0.2\ndecay_steps = 5");
    assert_eq!(stable[..6], [0.0, 2.5e-4, 5e-4, 7.5e-4, 1e-3, 1e-3]);
    assert_eq!(stable[14..], [1e-3, 1e-3, 8e-4, 6e-4, 4e-4, 2e-4]);
    let power = rates("schedule = \"polynomial\"\nschedule_power = 2\nmin_learning_rate = 1e-4");
    assert_eq!([power[0], power[10]], [1e-3, 3.25e-4]);
    let waves = rates("schedule = \"cosine_with_restarts\"\nschedule_cycles = 2");
    assert_eq!([waves[0], waves[5], waves[10], waves[15]], [1e-3, 5e-4, 1e-3, 5e-4]);
}

#[test]
fn a_key_of_another_schedule_is_an_error_of_the_file() {
    let said: Vec<String> = [
        "schedule_power = 2\nschedule_cycles = 3\ndecay_ratio = 0.5",
        "schedule = \"inverse_sqrt\"\nmin_learning_rate = 1e-5\ndecay_steps = 4",
        "schedule = \"cosine\"\nmin_learning_rate = 1e-3",
        "schedule = \"warmup_stable_decay\"\ndecay_steps = 4\ndecay_ratio = 0.1",
        "schedule = \"polynomial\"\n[matrix.train]\nschedule_power = [1, 2]\nmin_learning_rate = [0, 5e-3]",
    ]
    .into_iter()
    .map(|train| {
        let said = Workshop::new(&training(train)).runner("plan grid.toml");
        assert_eq!(said.status, 2, "{train}: {}", said.err);
        let lines = said.err.lines().filter(|line| line.contains('×'));
        lines.map(str::trim).collect::<Vec<_>>().join("\n")
    })
    .collect();
    insta::assert_snapshot!(said.join("\n\n"), @r#"
    × `train.schedule_power` needs `train.schedule = "polynomial"`, but no job has it
    × `train.schedule_cycles` needs `train.schedule = "cosine_with_restarts"`, but no job has it
    × `train.decay_ratio` needs `train.schedule = "warmup_stable_decay"`, but no job has it

    × `train.min_learning_rate` needs `train.schedule = "cosine" or "polynomial"`, but no job has it
    × `train.decay_steps` needs `train.schedule = "warmup_stable_decay"`, but no job has it

    × `train.min_learning_rate` is not below the `train.learning_rate` of some jobs

    × `train.decay_steps` and `train.decay_ratio` are both set

    × `train.min_learning_rate` is not below the `train.learning_rate` of some jobs
    "#);
}
