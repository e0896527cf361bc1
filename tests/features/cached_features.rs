//! Classifiers that learn on the features of a frozen encoder: the bytes of those under it, one forward for all jobs.

use std::fs;

use crate::workshop::{Files, Workshop, assert_same};

/// Four jobs that differ in training rows and seed, scored while they train, without dropout.
const GRID: &str = r#"
[data]
dataset = "builtin:es"
validation_size = 40
test_size = 60

[model]
checkpoint = "builtin:tiny"
max_length = 24
freeze = true
dropout = 0

[train]
epochs = 3
gradient_accumulation = 2
learning_rate = 2e-2
label_smoothing = 0.1
log_every = 5
evaluate_every = "epoch"
keep = "best"
patience = 2

[matrix]
data.train_size = [100, 300]
train.seed = [1, 2]
"#;

fn cached() -> String {
    GRID.replace("epochs = 3", "epochs = 3\ncache_features = true")
}

/// The rows of results.csv with their keys.
fn keys(workshop: &Workshop) -> Vec<(String, String)> {
    let key = |job: String| (workshop.cell("results/grid", &job, "key").unwrap(), job);
    workshop.jobs("results/grid").into_iter().map(key).collect()
}

/// Tables, predictions and models, with jobs named by their labels in place of their keys.
fn by_label(workshop: &Workshop) -> Files {
    let mut files = workshop.committed("results/grid");
    files.retain(|name, _| name != "experiment.toml");
    for (key, label) in keys(workshop) {
        files = files
            .into_iter()
            .map(|(name, bytes)| match String::from_utf8(bytes) {
                Ok(text) => (name.replace(&key, &label), text.replace(&key, &label).into_bytes()),
                Err(binary) => (name, binary.into_bytes()),
            })
            .collect();
    }
    files
}

/// The trained classifiers' bytes, sorted.
fn models(workshop: &Workshop) -> Vec<Vec<u8>> {
    let files = workshop.files("results/grid/.run/models").into_iter();
    let mut models: Vec<_> =
        files.filter(|(name, _)| name.ends_with("model.safetensors")).map(|(_, bytes)| bytes).collect();
    models.sort();
    models
}

/// How often a job's log has `text`, over all jobs.
fn logged(workshop: &Workshop, text: &str) -> usize {
    let logs = fs::read_dir(workshop.path("results/grid/.run/jobs")).unwrap().map(|job| job.unwrap().path());
    logs.map(|job| fs::read_to_string(job.join("log.txt")).unwrap().matches(text).count()).sum()
}

#[test]
fn without_dropout_every_byte_is_that_of_a_job_without_cached_features() {
    let (plain, featured) = (Workshop::new(GRID), Workshop::new(&cached()));
    assert_eq!(plain.runner("run grid.toml").status, 0);
    let said = featured.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(!said.err.contains("dropout"), "{}", said.err);
    assert_same(&by_label(&featured), &by_label(&plain));
    assert!(models(&featured) == models(&plain) && models(&plain).len() == 4);
    let score = plain.cell("results/grid", "train_size=300,seed=1", "test_entity_f1").unwrap();
    assert_ne!(score, "0.000000", "predictions that show something");
    assert!(keys(&plain).iter().all(|key| !keys(&featured).contains(key)));
}

#[test]
fn with_every_piece_labeled_the_bytes_are_those_without_cached_features_too() {
    let with_all = |text: &str| Workshop::new(&text.replace("[data]", "[data]\nlabel_pieces = \"all\""));
    let (plain, featured) = (with_all(GRID), with_all(&cached()));
    assert_eq!(plain.runner("run grid.toml").status, 0);
    let said = featured.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_same(&by_label(&featured), &by_label(&plain));
    assert!(models(&featured) == models(&plain) && models(&plain).len() == 4);
}

#[test]
fn the_encoder_is_loaded_once_and_runs_once_over_each_split() {
    let workshop = Workshop::new(&cached());
    workshop.runner("run grid.toml --jobs 1");
    assert_eq!(logged(&workshop, "encoder loaded"), 1);
    assert_eq!(logged(&workshop, "features computed"), 3, "the largest training subset, validation and test");
    assert_eq!(logged(&workshop, "engine ready"), 4);
}

#[test]
fn neither_threads_nor_parallel_jobs_nor_the_jobs_beside_change_a_byte() {
    let text = cached().replace("dropout = 0", "dropout = 0.2");
    let run = |options: &str| {
        let workshop = Workshop::new(&text);
        let said = workshop.runner(&format!("run grid.toml {options}"));
        assert_eq!(said.status, 0, "{}", said.err);
        workshop
    };
    let one = run("--threads 1");
    for options in ["--threads 2", "--threads 2 --jobs 2", "--threads 4 --jobs 4"] {
        assert_same(&one.committed("results/grid"), &run(options).committed("results/grid"));
    }
    let alone = run("--only train_size=100,seed=2");
    let row = |workshop: &Workshop| {
        workshop
            .read("results/grid/results.csv")
            .lines()
            .find(|row| row.contains("train_size=100,seed=2"))
            .unwrap()
            .to_owned()
    };
    assert_eq!(row(&alone), row(&one));
}

#[test]
fn that_the_encoder_runs_without_its_dropout_is_said_once() {
    let workshop = Workshop::new(&cached().replace("dropout = 0", "dropout = 0.2"));
    let said = workshop.runner("run grid.toml").err;
    let notice = "train.cache_features: the encoder runs without its dropout; the classifier's stays";
    assert_eq!(said.matches(notice).count(), 1, "{said}");
}

#[test]
fn a_job_killed_in_the_middle_goes_on_to_the_same_bytes() {
    let text = cached()
        .replace("dropout = 0", "dropout = 0.1")
        .replace("epochs = 3", "epochs = 200")
        .replace("patience = 2", "[save]\ncheckpoint_minutes = 0.00005");
    let (killed, whole) = (Workshop::new(&text), Workshop::new(&text));
    for _ in 0..2 {
        let mut child = killed.start("run grid.toml --jobs 2 --threads 2");
        killed.wait_for_checkpoint("results/grid");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let said = killed.runner("run grid.toml");
    assert!(said.err.contains("resuming from step "), "{}", said.err);
    whole.runner("run grid.toml");
    assert_same(&killed.committed("results/grid"), &whole.committed("results/grid"));
    assert!(models(&killed) == models(&whole));
}

#[test]
fn a_kept_classifier_is_scored_again_without_its_encoders_training_sentences() {
    let (reused, fresh) =
        (Workshop::new(&cached()), Workshop::new(&cached().replace("test_size = 60", "test_size = 50")));
    reused.runner("run grid.toml");
    reused.write("grid.toml", fresh.read("grid.toml"));
    let said = reused.runner("run grid.toml");
    assert_eq!(said.err.matches("reusing the saved model").count(), 4, "{}", said.err);
    fresh.runner("run grid.toml");
    assert_eq!(reused.read("results/grid/results.csv"), fresh.read("results/grid/results.csv"));
}

#[test]
fn winners_and_further_sets_are_scored_on_features_too() {
    let further = "[[evaluate]]\nname = \"first\"\nsize = 30\n[select]\nby = \"validation_entity_f1\"\nover = [\"data.train_size\"]\n";
    let (plain, featured) =
        (Workshop::new(&format!("{GRID}{further}")), Workshop::new(&format!("{}{further}", cached())));
    for workshop in [&plain, &featured] {
        let said = workshop.runner("run grid.toml");
        assert_eq!(said.status, 0, "{}", said.err);
    }
    // the scores behind the column of keys that are told apart by the job's
    let scores = |workshop: &Workshop| -> Vec<String> {
        let table = workshop.read("results/grid/evaluations.csv");
        table.lines().map(|row| row.split_once(",first,").map_or(row, |(_, scores)| scores).to_owned()).collect()
    };
    assert_eq!((scores(&featured), scores(&plain).len()), (scores(&plain), 3), "a header and the winner's two seeds");
    let results = |workshop: &Workshop| by_label(workshop).remove("results.csv");
    assert_eq!(results(&featured), results(&plain));
}

#[test]
fn a_checkpoint_that_lacks_a_tensor_starts_no_job_that_wants_its_features() {
    let workshop = Workshop::new(
        &cached()
            .replace("builtin:tiny", "./tiny")
            .replace("dataset = \"builtin:es\"", "dataset = \"./data\"")
            .replace("[100, 300]", "[2, 3]"),
    );
    workshop.write_checkpoint("tiny", 8);
    let sentence = ("ana lee en lima .", "B-PER O O B-LOC O");
    for split in ["train", "validation", "test"] {
        workshop.write_split(&format!("data/{split}-0.parquet"), &[sentence; 3]);
    }
    let config = workshop.read("tiny/config.json");
    workshop.write("tiny/config.json", config.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"));
    let text = workshop
        .read("grid.toml")
        .replace("validation_size = 40", "validation_size = 2")
        .replace("test_size = 60", "test_size = 2");
    workshop.write("grid.toml", text);
    let said = workshop.runner("run grid.toml --jobs 2");
    assert_eq!(said.status, 2, "{}", said.err);
    assert!(said.err.contains("4 jobs ("), "{}", said.err);
    let missing = "encoder.layer.2.attention.self.query.weight is missing";
    assert_eq!(said.err.matches(missing).count(), 1, "{}", said.err);
    assert!(!workshop.path("results").exists());
}
