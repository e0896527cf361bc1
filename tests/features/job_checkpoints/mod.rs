//! The trained model of a job as the checkpoint of other jobs.

mod wrong_use;

use crate::workshop::{GRID, Workshop};

/// The jobs of `GRID` as results, and `child.toml`, whose checkpoint is `job` of them.
pub(crate) fn trained(job: &str, more: &str) -> Workshop {
    let workshop = Workshop::new(GRID);
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    workshop.write("child.toml", child(&format!("results/grid:{job}"), more));
    workshop
}

/// An experiment of one job on `checkpoint`; `more`: the end of its `[model]` and what follows.
pub(crate) fn child(checkpoint: &str, more: &str) -> String {
    format!(
        "[data]\ndataset = \"builtin:es\"\ntrain_size = 32\ntest_size = 40\n\n[model]\ncheckpoint = \"{checkpoint}\"\n\
         max_length = 64\n{more}"
    )
}

const UNTRAINED: &str = "\n[train]\nepochs = 0\n";
const TRAINED: &str = "\n[train]\nmax_steps = 3\nlearning_rate = 2e-3\n";

#[test]
fn a_job_scored_as_it_is_has_the_scores_and_the_predictions_of_its_row() {
    for job in ["train_size=64,freeze=false", "train_size=64,freeze=true"] {
        let workshop = trained(job, UNTRAINED);
        let said = workshop.runner("run child.toml");
        assert_eq!(said.status, 0, "{}", said.err);
        for score in ["test_entity_f1", "test_token_f1_micro", "test_token_accuracy", "words_unseen"] {
            let [own, parent] = [("results/child", "base"), ("results/grid", job)]
                .map(|(folder, job)| workshop.cell(folder, job, score).expect("a cell"));
            assert_eq!(own, parent, "{job} {score}");
        }
        let [own, parent] = ["results/child/predictions/base.tags", &format!("results/grid/predictions/{job}.tags")]
            .map(|file| workshop.read(file));
        assert_eq!(own, parent, "{job}");
        assert_eq!(workshop.cell("results/child", "base", "inherited").as_deref(), Some("encoder+classifier"));
        assert_eq!(workshop.cell("results/child", "base", "checkpoint"), Some(format!("results/grid:{job}")));
    }
}

/// The model of a job and a copy of it in a folder are one checkpoint: the same key, the same weights, the same scores.
#[test]
fn a_warm_start_is_that_from_a_copy_of_the_model() {
    let workshop = trained("train_size=64,freeze=true", TRAINED);
    assert_eq!(workshop.runner("run child.toml").status, 0);
    let exports = workshop.files("results/grid/.run/exports");
    for (name, content) in exports.iter().filter(|(name, _)| name.contains('/') && !name.ends_with("source.json")) {
        let (_, file) = name.split_once('/').expect("a file of a model");
        workshop.write(&format!("copy/{file}"), content);
    }
    workshop.write("copied.toml", child("./copy", TRAINED));
    assert_eq!(workshop.runner("run copied.toml").status, 0);
    for column in ["key", "train_loss", "test_entity_f1", "test_token_accuracy"] {
        let [job, copy] = ["results/child", "results/copied"].map(|folder| workshop.cell(folder, "base", column));
        assert_eq!(job, copy, "{column}");
        assert!(job.is_some());
    }
    let [job, copy] = ["child", "copied"].map(|name| workshop.files(&format!("results/{name}/.run/models")));
    let weights = |files: &crate::workshop::Files| {
        files
            .iter()
            .filter(|(name, _)| name.ends_with(".safetensors"))
            .map(|(_, bytes)| bytes.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(weights(&job), weights(&copy));
}

#[test]
fn data_of_other_tags_get_the_encoder_under_a_new_classifier() {
    let folded = "\n[data.label_map]\nLOC = \"PLACE\"\n";
    let workshop = trained("train_size=64,freeze=false", &format!("{TRAINED}{folded}"));
    let said = workshop.runner("run child.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(workshop.cell("results/child", "base", "inherited").as_deref(), Some("encoder"));
    assert!(said.err.contains("training a new classifier"), "{}", said.err);
}

/// A new classifier on a job's model, trained with the seed of that job, is another draw than the job began with: the two
/// differ at the first step already, under a frozen encoder that is the same in both.
#[test]
fn a_classifier_is_replaced_where_that_is_said_and_drawn_anew() {
    let one_step =
        "classifier = \"new\"\nfreeze = true\n\n[train]\nmax_steps = 1\nlog_every = 1\nlearning_rate = 2e-3\n";
    let workshop = trained("train_size=32,freeze=true", one_step);
    let said = workshop.runner("run child.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(workshop.cell("results/child", "base", "inherited").as_deref(), Some("encoder"));
    let parent = child("builtin:tiny", &one_step.replace("classifier = \"new\"\n", ""));
    workshop.write("parent.toml", parent);
    assert_eq!(workshop.runner("run parent.toml").status, 0);
    let [child, parent] =
        ["child", "parent"].map(|name| workshop.cell(&format!("results/{name}"), "base", "train_loss"));
    assert_ne!(child, parent);
    assert!(workshop.read("results/child/experiment.toml").contains("classifier = \"new\""));
}

#[test]
fn a_clone_without_the_models_finds_the_job_done() {
    let workshop = trained("train_size=64,freeze=false", TRAINED);
    assert_eq!(workshop.runner("run child.toml").status, 0);
    let clone = workshop.cloned();
    clone.write("child.toml", workshop.read("child.toml"));
    let plan = clone.runner("plan child.toml");
    assert!(plan.out.contains("done") && plan.status == 0, "{}\n{}", plan.out, plan.err);
    let before = clone.committed("results/child");
    assert_eq!(clone.runner("run child.toml").status, 0);
    crate::workshop::assert_same(&before, &clone.committed("results/child"));
    assert_eq!(clone.runner("verify results/child").status, 0);
    // even where the results of the other job are gone
    std::fs::remove_dir_all(clone.path("results/grid")).expect("it is there");
    assert_eq!(clone.runner("run child.toml").status, 0);
    crate::workshop::assert_same(&before, &clone.committed("results/child"));
}

#[test]
fn a_parent_that_was_trained_otherwise_since_makes_the_job_due_again() {
    let workshop = trained("train_size=64,freeze=false", TRAINED);
    assert_eq!(workshop.runner("run child.toml").status, 0);
    let key = workshop.cell("results/child", "base", "key");
    workshop.write("grid.toml", GRID.replace("max_steps = 12", "max_steps = 9"));
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    let plan = workshop.runner("plan child.toml");
    assert!(plan.out.contains("changed: results/grid:train_size=64,freeze=false"), "{}", plan.out);
    assert_eq!(workshop.runner("run child.toml").status, 0);
    assert_ne!(workshop.cell("results/child", "base", "key"), key);
    // back again, and the result of before is found
    workshop.write("grid.toml", GRID);
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    assert_eq!(workshop.runner("run child.toml").status, 0);
    assert_eq!(workshop.cell("results/child", "base", "key"), key);
}

#[test]
fn a_model_may_start_from_one_that_started_from_another() {
    let workshop = trained("train_size=64,freeze=false", TRAINED);
    assert_eq!(workshop.runner("run child.toml").status, 0);
    // the models between are written again where they are gone
    std::fs::remove_dir_all(workshop.path("results/grid/.run/exports")).expect("it is there");
    workshop.write("grandchild.toml", child("results/child:base", UNTRAINED));
    let said = workshop.runner("run grandchild.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let [child, grandchild] =
        ["child", "grandchild"].map(|name| workshop.read(&format!("results/{name}/predictions/base.tags")));
    assert_eq!(child, grandchild);
}

/// Whatever becomes of the other job, its model of then is found by the key of its training.
#[test]
fn a_job_is_used_after_the_other_one_was_trained_otherwise() {
    let workshop = trained("train_size=64,freeze=true", "freeze = true\n\n[train]\nmax_steps = 3\n");
    assert_eq!(workshop.runner("run child.toml").status, 0);
    let export = |name: &str| workshop.runner(&format!("export results/child exported/{name}"));
    assert_eq!(export("before").status, 0);
    workshop.write("grid.toml", GRID.replace("max_steps = 12", "max_steps = 9"));
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    let said = export("after");
    assert_eq!(said.status, 0, "{}", said.err);
    let weights = |name: &str| workshop.files(&format!("exported/{name}"))["model.safetensors"].clone();
    assert_eq!(weights("before"), weights("after"));
    std::fs::remove_file(workshop.path("results/grid/results.csv")).expect("it is there");
    assert_eq!(export("without_tables").status, 0);
    std::fs::remove_dir_all(workshop.path("results/grid/.run/exports")).expect("it is there");
    let said = export("gone");
    assert_eq!(said.status, 3);
    assert!(said.err.contains("started from the model of results/grid:"), "{}", said.err);
}

/// The jobs of one results folder may start from each other; all that they started from is written again.
#[test]
fn a_job_may_start_from_another_one_of_its_experiment() {
    let workshop = Workshop::new(GRID);
    let axis = "\n[matrix]\nmodel.checkpoint = [\"builtin:tiny\", \"results/family:checkpoint=builtin:tiny\"]\n";
    workshop.write("family.toml", child("builtin:tiny", &format!("{TRAINED}{axis}")));
    assert_eq!(workshop.runner("run family.toml --only checkpoint=builtin:tiny").status, 0);
    assert_eq!(workshop.runner("run family.toml").status, 0);
    assert_eq!(workshop.runner("clean results/family --exports").status, 0);
    let second = "results/family:checkpoint=results/family:checkpoint=builtin:tiny";
    workshop.write("child.toml", child(second, UNTRAINED));
    let said = workshop.runner("run child.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(workshop.cell("results/child", "base", "inherited").as_deref(), Some("encoder+classifier"));
}

#[test]
fn a_damaged_copy_of_a_model_is_written_again() {
    let workshop = trained("train_size=64,freeze=false", TRAINED);
    assert_eq!(workshop.runner("run child.toml").status, 0);
    let exports = workshop.files("results/grid/.run/exports");
    let (name, whole) = exports.iter().find(|(name, _)| name.ends_with(".safetensors")).expect("a copy");
    let mut damaged = whole.clone();
    *damaged.last_mut().expect("it is not empty") ^= 1;
    workshop.write(&format!("results/grid/.run/exports/{name}"), damaged);
    assert_eq!(workshop.runner("run child.toml --force").status, 0);
    assert_eq!(&workshop.files("results/grid/.run/exports")[name], whole);
}

#[test]
fn what_was_written_out_is_freed_and_written_again() {
    let workshop = trained("train_size=64,freeze=false", TRAINED);
    assert_eq!(workshop.runner("run child.toml").status, 0);
    assert!(workshop.runner("clean results/grid").out.contains("(--exports)"));
    assert_eq!(workshop.runner("clean results/grid --exports").status, 0);
    assert!(workshop.files("results/grid/.run/exports").keys().all(|name| name == "lock"));
    assert_eq!(workshop.runner("export results/child exported").status, 0);
    // where the saved model is gone, it is the only copy
    assert_eq!(workshop.runner("clean results/grid --models all").status, 0);
    let left = workshop.files("results/grid/.run");
    assert!(left.keys().all(|name| !name.ends_with(".safetensors")), "{:?}", left.keys());
}

#[test]
fn jobs_may_be_an_axis_and_their_commas_do_not_split_labels() {
    let workshop = trained("train_size=64,freeze=false", TRAINED);
    let axis = "\n[matrix]\nmodel.checkpoint = [\"builtin:tiny\", \"results/grid:train_size=32,freeze=false\"]\n";
    workshop.write("child.toml", child("builtin:tiny", &format!("{TRAINED}{axis}")));
    let said = workshop.runner("run child.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let second = "checkpoint=results/grid:train_size=32;freeze=false";
    assert_eq!(workshop.jobs("results/child"), ["checkpoint=builtin:tiny", second]);
    let inherited = |job: &str| workshop.cell("results/child", job, "inherited");
    assert_eq!(inherited("checkpoint=builtin:tiny").as_deref(), Some(""));
    assert_eq!(inherited(second).as_deref(), Some("encoder+classifier"));
}

/// The file in the results folder runs as it stands, from where it lies, too.
#[test]
fn a_job_named_from_the_file_is_found_from_everywhere() {
    let workshop = trained("train_size=64,freeze=false", TRAINED);
    let key = workshop.cell("results/grid", "train_size=64,freeze=false", "key").expect("a key");
    for (name, checkpoint) in [
        ("dotted", "../results/grid:train_size=64".to_owned() + ",freeze=false"),
        ("by_key", key.clone()),
        ("by_folder", format!("../results/grid/.run/jobs/{key}")),
    ] {
        workshop.write(&format!("experiments/{name}.toml"), child(&checkpoint, TRAINED));
        let said = workshop.runner(&format!("run experiments/{name}.toml"));
        assert_eq!(said.status, 0, "{name}: {}", said.err);
        let plan = workshop.runner(&format!("plan results/{name}/experiment.toml"));
        assert!(plan.out.contains("done"), "{name}: {}{}", plan.out, plan.err);
        let export = workshop.runner(&format!("export results/{name} exported/{name}"));
        assert_eq!(export.status, 0, "{name}: {}", export.err);
        assert_eq!(workshop.runner(&format!("verify results/{name}")).status, 0, "{name}");
    }
    let [one, other] = ["dotted", "by_key"].map(|name| workshop.cell(&format!("results/{name}"), "base", "key"));
    assert_eq!(one, other);
}
