//! The experiments of the repository: each loads and plans to the jobs that its comments promise. `tests/features/pages/schema.rs` checks
//! them against the schema.

use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use runner::plan::{Only, Plan};
use runner::spec::{Overrides, Precision, Size, load, render, schema};

/// Every experiment file, with the number of its jobs.
const EXPERIMENTS: [(&str, usize); 9] = [
    ("adapting", 60),
    ("es_grid", 4),
    ("es_minilm", 4),
    ("heads", 12),
    ("languages", 4),
    ("quickstart", 4),
    ("search", 12),
    ("seeds", 5),
    ("transfer", 2),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments")
}

fn plan(name: &str) -> Plan {
    let file = folder().join(format!("{name}.toml"));
    let experiment = load(&file, &Overrides::default()).unwrap_or_else(|problems| panic!("{problems}"));
    Plan::expand(experiment).unwrap_or_else(|problems| panic!("{}", render(&problems, false, 100)))
}

fn labels(plan: &Plan) -> String {
    plan.jobs.iter().map(|job| job.label.as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_experiment_plans_to_its_number_of_jobs() {
    let entries = fs::read_dir(folder()).expect("there are experiments").map(|entry| entry.expect("it can be read"));
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.ends_with(".toml"));
    names.sort();
    assert_eq!(names, EXPERIMENTS.map(|(name, _)| format!("{name}.toml")), "EXPERIMENTS lists every file");
    for (name, jobs) in EXPERIMENTS {
        let plan = plan(name);
        assert_eq!(plan.jobs.len(), jobs, "{name}");
        assert_eq!(plan.experiment.name, name, "results go to a folder of the file's name");
        assert!(plan.experiment.title.is_some(), "{name} has no title");
    }
}

#[test]
fn every_experiment_names_the_committed_schema_to_editors() {
    for (name, _) in EXPERIMENTS {
        let text = fs::read_to_string(folder().join(format!("{name}.toml"))).expect("the file can be read");
        let directive = text.lines().next().and_then(|line| line.strip_prefix("#:schema "));
        let schema = directive.map(|path| folder().join(path));
        assert!(schema.is_some_and(|path| path.is_file()), "{name} opens with #:schema and a file that exists");
    }
}

#[test]
fn the_committed_schema_is_current() {
    let committed = fs::read_to_string(folder().join("experiment.schema.json")).expect("the schema is committed");
    let current = serde_json::to_string_pretty(&schema()).expect("a schema is JSON");
    assert!(
        committed.trim_end() == current,
        "the keys changed: run `cargo run --release -- schema > experiments/experiment.schema.json`"
    );
}

#[test]
fn the_quickstart_needs_nothing_but_the_program() {
    let plan = plan("quickstart");
    for job in &plan.jobs {
        assert_eq!(job.settings.data.dataset.to_string(), "builtin:es");
        assert_eq!(job.settings.model.checkpoint.to_string(), "builtin:tiny");
    }
    assert_snapshot!(labels(&plan), @"
    train_size=1000,freeze=false
    train_size=1000,freeze=true
    train_size=3000,freeze=false
    train_size=3000,freeze=true
    ");
}

#[test]
fn the_spanish_grid_is_the_notebooks() {
    let plan = plan("es_grid");
    assert_snapshot!(labels(&plan), @"
    train_size=1000,freeze=false
    train_size=1000,freeze=true
    train_size=3000,freeze=false
    train_size=3000,freeze=true
    ");
    for job in &plan.jobs {
        let (data, model, train) = (&job.settings.data, &job.settings.model, &job.settings.train);
        assert_eq!(
            (data.dataset.to_string().as_str(), data.language.as_ref().map(|language| language.to_string()).as_deref()),
            ("unimelb-nlp/wikiann", Some("es"))
        );
        assert_eq!((data.test_size, data.subset_seed), (Size::Rows(2000), 42));
        assert_eq!(model.checkpoint.to_string(), "dccuchile/bert-base-spanish-wwm-cased");
        assert_eq!((model.max_length, model.dropout), (128, None));
        assert_eq!((train.seed, train.epochs, train.batch_size), (42, 3.0, 8));
        assert_eq!((train.learning_rate, train.weight_decay, train.precision), (5e-5, 0.01, Precision::Auto));
    }
}

#[test]
fn the_minilm_grid_differs_from_the_notebooks_in_the_encoder_alone() {
    let (minilm, notebook) = (plan("es_minilm"), plan("es_grid"));
    assert_eq!(labels(&minilm), labels(&notebook));
    for (one, other) in minilm.jobs.iter().zip(&notebook.jobs) {
        assert_eq!(one.settings.model.checkpoint.to_string(), "sentence-transformers/all-MiniLM-L6-v2");
        let mut settings = one.settings.clone();
        settings.model.checkpoint = other.settings.model.checkpoint.clone();
        assert_eq!(settings, other.settings);
    }
}

#[test]
fn every_language_has_an_encoder_of_its_own() {
    assert_snapshot!(labels(&plan("languages")), @"
    language=de,checkpoint=google-bert/bert-base-german-cased
    language=fr,checkpoint=dbmdz/bert-base-french-europeana-cased
    language=es,checkpoint=dccuchile/bert-base-spanish-wwm-cased
    language=it,checkpoint=dbmdz/bert-base-italian-cased
    ");
    assert_eq!(plan("languages").select(&Only::new("language=de")), Ok(vec![0]), "as its comments say");
}

#[test]
fn the_five_seeds_differ_in_nothing_else() {
    let plan = plan("seeds");
    assert_snapshot!(labels(&plan), @"
    seed=1
    seed=2
    seed=3
    seed=4
    seed=5
    ");
    for job in &plan.jobs {
        let mut settings = job.settings.clone();
        settings.train.seed = plan.jobs[0].settings.train.seed;
        assert_eq!(settings, plan.jobs[0].settings);
    }
}
