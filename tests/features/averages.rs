//! Averages of the weights: what they change, that they resume, and which keys go with which.

use crate::workshop::{Workshop, assert_same};

/// One job of 60 steps that learns all of its parameters; `train`: more of its `[train]`.
fn alone(train: &str) -> String {
    format!(
        "[data]\ndataset = \"builtin:es\"\ntrain_size = 160\nvalidation_size = 40\ntest_size = 60\n\n\
         [model]\ncheckpoint = \"builtin:tiny\"\nmax_length = 24\n\n\
         [train]\nepochs = 3\nlearning_rate = 2e-3\nlog_every = 5\n{train}\n\n\
         [save]\ncheckpoint_minutes = 0.0005\n"
    )
}

const AVERAGES: [&str; 2] = [
    "average = \"ema\"\nema_decay = 0.9\nevaluate_every = 20\nkeep = \"best\"",
    "average = \"last\"\naverage_steps = 30\nevaluate_every = \"epoch\"",
];

#[test]
fn an_average_is_scored_and_saved_and_has_the_same_bytes_on_any_threads() {
    let plain = Workshop::done(&alone(""), "run grid.toml");
    for average in AVERAGES {
        let [one, two] =
            [1, 2].map(|threads| Workshop::done(&alone(average), &format!("run grid.toml --threads {threads}")));
        assert_same(&one.committed("results/grid"), &two.committed("results/grid"));
        assert!(one.weight_bytes() == two.weight_bytes(), "{average}");
        assert!(one.weight_bytes() != plain.weight_bytes(), "{average}");
        // the table says which weights are scored
        let table = one.read("results/grid/results.csv");
        let header: Vec<&str> = table.lines().next().unwrap().split(',').collect();
        let at = header.iter().position(|column| *column == "train.average").unwrap();
        let word = average.split('"').nth(1).unwrap();
        assert_eq!(table.lines().nth(1).unwrap().split(',').nth(at), Some(word));
        assert!(!plain.read("results/grid/results.csv").contains("train.average"));
        let said = one.runner("verify results/grid");
        assert_eq!(said.status, 0, "{average}: {}{}", said.out, said.err);
        // the steps are those of the weights themselves
        let [ours, theirs] = [&one, &plain].map(|workshop| workshop.read("results/grid/curves.csv"));
        assert_eq!(ours, theirs, "{average}");
    }
    for same in ["average = \"ema\"\nema_decay = 0", "average = \"last\"\naverage_steps = 1"] {
        assert!(Workshop::done(&alone(same), "run grid.toml").weight_bytes() == plain.weight_bytes(), "{same}");
    }
}

#[test]
fn a_killed_training_goes_on_to_the_same_average() {
    for average in AVERAGES {
        let killed = Workshop::new(&alone(average));
        let mut child = killed.start("run grid.toml");
        killed.wait_for_checkpoint("results/grid");
        child.kill().unwrap();
        child.wait().unwrap();
        let said = killed.runner("run grid.toml");
        assert!(said.err.contains("base: resuming from step "), "{average}: {}", said.err);
        let whole = Workshop::done(&alone(average), "run grid.toml");
        assert_same(&killed.committed("results/grid"), &whole.committed("results/grid"));
        assert!(killed.weight_bytes() == whole.weight_bytes(), "{average}");
    }
}

#[test]
fn a_classifier_on_cached_features_has_the_average_of_that_under_the_frozen_encoder() {
    for average in AVERAGES {
        let text = alone(average).replace("max_length = 24", "max_length = 24\nfreeze = true\ndropout = 0");
        let plain = Workshop::done(&text, "run grid.toml");
        let cached = Workshop::done(&text.replace("epochs = 3", "epochs = 3\ncache_features = true"), "run grid.toml");
        assert!(plain.weight_bytes() == cached.weight_bytes(), "{average}");
        assert_eq!(plain.predictions("base"), cached.predictions("base"), "{average}");
    }
}

/// A rung, too, scores the average: as an evaluation after so many steps does.
#[test]
fn a_rung_scores_the_average() {
    for average in ["average = \"ema\"\nema_decay = 0.5", "average = \"last\"\naverage_steps = 50"] {
        let search = alone(average) + "\n[matrix]\ntrain.learning_rate = [1e-3, 4e-3]\n";
        let rungs = format!("{search}\n[select]\nover = [\"train.learning_rate\"]\nfirst_rung = 20\n");
        let evaluated = search.replace("epochs = 3", "epochs = 3\nevaluate_every = 20");
        let column = |workshop: &Workshop, table: &str, name: &str, at: &[usize]| -> Vec<String> {
            let mut table = csv::Reader::from_path(workshop.path(&format!("results/grid/{table}"))).unwrap();
            let column = table.headers().unwrap().iter().position(|one| one == name).unwrap();
            let all: Vec<String> = table.records().map(|row| row.unwrap()[column].to_owned()).collect();
            at.iter().map(|at| all[*at].clone()).collect()
        };
        let [halved, whole] = [rungs, evaluated].map(|text| Workshop::done(&text, "run grid.toml"));
        let at_rung = column(&halved, "rungs.csv", "entity_f1", &[0, 1]);
        // three evaluations a job
        assert_eq!(at_rung, column(&whole, "epochs.csv", "validation_entity_f1", &[0, 3]), "{average}");
    }
}

#[test]
fn keys_of_another_average_are_errors_of_the_file() {
    let said: Vec<String> = [
        "ema_decay = 0.9\naverage_steps = 3",
        "average = \"last\"",
        "average = \"ema\"\naverage_steps = 3",
        "average = \"last\"\naverage_steps = 3\nevaluate_every = 20\npatience = 1",
        "average = \"last\"\naverage_steps = 3\nevaluate_every = 20\nkeep = \"best\"",
    ]
    .into_iter()
    .map(|train| {
        let said = Workshop::new(&alone(train)).runner("plan grid.toml");
        assert_eq!(said.status, 2, "{train}: {}", said.err);
        let lines = said.err.lines().filter(|line| line.contains('×'));
        lines.map(str::trim).collect::<Vec<_>>().join("\n")
    })
    .collect();
    insta::assert_snapshot!(said.join("\n\n"), @r#"
    × `train.ema_decay` needs `train.average = "ema"`, but no job has it
    × `train.average_steps` needs `train.average = "last"`, but no job has it

    × `train.average` needs `train.average_steps`, which some jobs do not set

    × `train.average_steps` needs `train.average = "last"`, but no job has it

    × `train.average` does not go with the `train.patience` of some jobs

    × `train.average` does not go with the `train.keep` of some jobs
    "#);
}

#[test]
fn averages_and_none_are_values_of_one_axis() {
    let axis = "\n[matrix]\ntrain.average = [\"none\", \"ema\", \"last\"]\n";
    let text = alone("ema_decay = 0.5\naverage_steps = 3") + axis;
    let workshop = Workshop::done(&text, "run grid.toml");
    let key = |job: &str| workshop.cell("results/grid", job, "key").unwrap();
    for (job, train) in [
        ("average=none", ""),
        ("average=ema", "average = \"ema\"\nema_decay = 0.5"),
        ("average=last", "average = \"last\"\naverage_steps = 3"),
    ] {
        let single = Workshop::done(&alone(train), "run grid.toml");
        assert_eq!(key(job), single.cell("results/grid", "base", "key").unwrap(), "{job}");
    }
}
