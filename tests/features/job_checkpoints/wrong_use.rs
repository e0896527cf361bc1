//! Jobs that are no checkpoint.

use super::{child, trained};
use crate::workshop::{GRID, Workshop};

/// What `run` says of a child whose checkpoint is `job`; nothing is written.
fn refused(workshop: &Workshop, job: &str, more: &str) -> (i32, String) {
    workshop.write("child.toml", child(job, more));
    let said = workshop.runner("run child.toml");
    assert!(!workshop.path("results/child").exists());
    (said.status, said.err)
}

const TRAINED: &str = "\n[train]\nmax_steps = 3\n";

#[test]
fn a_job_that_is_not_there_is_named_with_those_that_are() {
    let workshop = trained("train_size=64,freeze=false", TRAINED);
    let (status, said) = refused(&workshop, "results/grid:train_size=65", TRAINED);
    assert_eq!(status, 3);
    insta::assert_snapshot!(said, @"
    error: 1 input is missing; nothing was started
      - checkpoint results/grid:train_size=65: no job `results/grid:train_size=65`: results/grid has
        these: results/grid:train_size=32,freeze=false, results/grid:train_size=32,freeze=true,
        results/grid:train_size=64,freeze=false, results/grid:train_size=64,freeze=true
    ");
    let (status, said) = refused(&workshop, "results/gird:base", TRAINED);
    assert_eq!(status, 3);
    insta::assert_snapshot!(said, @"
    error: 1 input is missing; nothing was started
      - checkpoint results/gird:base: no job `results/gird:base`: results/gird is no results folder;
        name results/NAME:LABEL, a key, or one of these; did you mean `results/grid`?
    ");
    let plan = workshop.runner("plan child.toml");
    assert_eq!(plan.status, 1);
    insta::assert_snapshot!(plan.out, @"
    #  job   state    steps  disk  time before
    ──────────────────────────────────────────
    1  base  invalid      3     –            –
    invalid: base: model.checkpoint: no job `results/gird:base`: results/gird is no results folder; name
      results/NAME:LABEL, a key, or one of these; did you mean `results/grid`?
    ");
}

#[test]
fn a_job_without_a_saved_model_is_refused_with_what_makes_one() {
    let workshop = Workshop::new(&GRID.replace("[matrix]", "[save]\nmodels = \"none\"\n\n[matrix]"));
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    let (status, said) = refused(&workshop, "results/grid:train_size=64,freeze=false", TRAINED);
    assert_eq!(status, 3);
    let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("has no saved model: results/grid/.run/models/"), "{said}");
    assert!(said.contains("set save.models = \"all\"") && said.contains("--force --only"), "{said}");
    let plan = workshop.runner("plan child.toml");
    assert_eq!(plan.status, 1);
    let said: String = plan.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("has no saved model; run its experiment again"), "{said}");
}

#[test]
fn a_classifier_that_must_be_kept_and_does_not_fit_is_refused_before_the_run() {
    let workshop = trained("train_size=64,freeze=false", TRAINED);
    let more = "classifier = \"keep\"\n\n[train]\nmax_steps = 3\n\n[data.label_map]\nLOC = \"PLACE\"\n";
    let (status, said) = refused(&workshop, "results/grid:train_size=64,freeze=false", more);
    assert_eq!(status, 2);
    insta::assert_snapshot!(said, @r#"
    error: no job of child can run; nothing was started or written
      - base: checkpoint: model.classifier = "keep", but there is none to keep: the checkpoint's
        classifier is for O B-PER I-PER B-ORG I-ORG B-LOC I-LOC, but the data has O B-PER I-PER B-ORG
        I-ORG B-PLACE I-PLACE; remove the key, or write "new"
    "#);
}

#[test]
fn a_results_folder_is_no_checkpoint_and_a_folder_with_a_colon_is_no_job() {
    let workshop = trained("train_size=64,freeze=false", TRAINED);
    for folder in ["results/grid", "./results/grid"] {
        let (status, said) = refused(&workshop, folder, TRAINED);
        assert_eq!(status, 2);
        let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("this is a results folder; write one of its jobs"), "{said}");
    }
    std::fs::create_dir_all(workshop.path("runs/12:00")).expect("a folder");
    let (status, said) = refused(&workshop, "./runs/12:00", TRAINED);
    assert_eq!(status, 3);
    assert!(said.contains("config.json is missing"), "{said}");
}

#[test]
fn a_data_set_is_no_job() {
    let workshop = Workshop::new(&GRID.replace("builtin:es", "results/grid:base"));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 2);
    assert!(said.err.contains("a hub id is owner/name"), "{}", said.err);
}
