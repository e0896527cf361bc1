//! Which model is exported: a saved one, one that is trained again, none.

use super::{FILES, JOBS, done, exported};
use crate::workshop::Workshop;

const UNSAVED: &str = "\n[save]\nmodels = \"none\"\n";

#[test]
fn a_job_without_a_saved_model_says_how_to_make_one() {
    let workshop = done(&format!("{JOBS}{UNSAVED}"));
    let said = workshop.runner("export results/grid:freeze=true out");
    assert_eq!((said.status, workshop.path("out").exists()), (2, false));
    let key = said.err.split("models/").nth(1).unwrap()[..12].to_owned();
    insta::assert_snapshot!(said.err.replace(&key, "KEY"), @r#"error: results/grid:freeze=true has no saved model: results/grid/.run/models/KEY is not there; `runner export 'results/grid:freeze=true' OUT --train` trains it again and writes it to OUT; to keep it with the results, set save.models = "all" in the experiment and use `runner run FILE --force --only 'freeze=true'`"#);
}

#[test]
fn with_train_it_is_trained_again_and_equals_its_row_and_the_model_that_was_saved() {
    let (unsaved, saved) = (done(&format!("{JOBS}{UNSAVED}")), done(JOBS));
    let before = unsaved.files("results");
    let said = unsaved.runner("export results/grid:freeze=false out --train -q");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(
        said.err.contains("results/grid:freeze=false: training again, as no model of it can be read"),
        "{}",
        said.err
    );
    assert!(said.err.contains("results/grid:freeze=false: trained again, equal to its row"), "{}", said.err);
    exported(&saved, "freeze=false", "out");
    assert_eq!(unsaved.files("out"), saved.files("out"));
    assert_eq!(unsaved.files("results"), before, "the results folder is only read");
}

#[test]
fn with_train_a_saved_model_is_used_as_it_is() {
    let workshop = done(JOBS);
    let said = workshop.runner("export results/grid:freeze=false out --train");
    assert_eq!(
        (said.status, said.err.as_str()),
        (0, "results/grid:freeze=false has its model saved: nothing is trained\n")
    );
}

#[test]
fn a_damaged_model_is_named_and_can_be_trained_again() {
    let workshop = done(JOBS);
    let models = workshop.files("results/grid/.run/models");
    for (name, bytes) in models.iter().filter(|(name, _)| name.ends_with(".safetensors")) {
        workshop.write(&format!("results/grid/.run/models/{name}"), &bytes[..bytes.len() - 4]);
    }
    let said = workshop.runner("export results/grid:freeze=false out");
    assert_eq!((said.status, workshop.path("out").exists()), (3, false), "{}", said.err);
    assert!(said.err.contains("model.safetensors is damaged: "), "{}", said.err);
    assert!(said.err.contains("restore it from a copy; else `runner export "), "{}", said.err);
    let said = workshop.runner("export results/grid:freeze=false out --train -q");
    assert_eq!((said.status, workshop.files("out").len()), (0, FILES.len()), "{}", said.err);
}

#[test]
fn a_row_that_training_again_does_not_give_is_not_exported() {
    let workshop = done(&format!("{JOBS}{UNSAVED}"));
    // a colleague's clone, without a journal and predictions, whose score was changed by hand
    let clone = workshop.cloned();
    std::fs::remove_dir_all(clone.path("results/grid/predictions")).unwrap();
    let score = clone.cell("results/grid", "freeze=false", "test_token_accuracy").unwrap();
    let table = clone.read("results/grid/results.csv").replace(&score, "0.999999");
    clone.write("results/grid/results.csv", table);
    let said = clone.runner("export results/grid:freeze=false out --train -q");
    assert_eq!((said.status, clone.path("out").exists()), (1, false), "{}", said.err);
    assert!(said.err.contains("differs from its row by more than rounding, so nothing was written"), "{}", said.err);
    assert!(said.err.contains("test_token_accuracy: "), "{}", said.err);
}

#[test]
fn a_model_over_cached_features_is_exported_with_its_encoder() {
    let cached = JOBS.replace("[train]", "[train]\ncache_features = true").replace("[false, true]", "[true]");
    let workshop = done(&cached);
    exported(&workshop, "freeze=true", "out");
    workshop.write("again.toml", super::again::AGAIN);
    let said = workshop.runner("run again.toml -q");
    assert_eq!(said.status, 0, "{}", said.err);
    let [first, again] = ["grid/predictions/freeze=true", "again/predictions/base"]
        .map(|name| workshop.read(&format!("results/{name}.tags")));
    assert_eq!(first, again);
}

#[test]
fn a_checkpoint_whose_classes_have_no_names_is_exported_with_the_tags_of_the_data() {
    let workshop = Workshop::new(
        "[data]\ndataset = \"./data\"\n[model]\ncheckpoint = \"./model\"\nmax_length = 60\n[train]\nepochs = 0\n",
    );
    workshop.write_checkpoint("model", 8);
    for split in ["train", "test"] {
        let tags = "B-PER I-PER B-ORG I-ORG B-LOC I-LOC O";
        workshop.write_split(&format!("data/{split}-0.parquet"), &[("ana lee en lima . lee ana", tags)]);
    }
    let said = workshop.runner("run grid.toml -q");
    assert_eq!(said.status, 0, "{}", said.err);
    let said = workshop.runner("export results/grid out");
    assert_eq!(said.status, 0, "{}", said.err);
    let config = super::json(&workshop, "out/config.json");
    let names: Vec<&str> = (0..7).map(|id| config["id2label"][id.to_string()].as_str().unwrap()).collect();
    assert_eq!(names, ["O", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-PER", "I-PER"]);
    std::fs::remove_dir_all(workshop.path("data")).unwrap();
    let said = workshop.runner("export results/grid out --force");
    assert_eq!(said.status, 2, "{}", said.err);
    assert!(said.err.contains("the checkpoint's classes have no names (LABEL_0, ...)"), "{}", said.err);
}
