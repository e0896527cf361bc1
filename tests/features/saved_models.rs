//! A model that is kept is scored again without being trained again, and gives the same bytes as one that is.

use crate::workshop::{GRID, Workshop, assert_same};

const KEPT: &str = "reusing the saved model; scoring only";

fn scored_on(rows: usize) -> String {
    GRID.replace("test_size = 40", &format!("test_size = {rows}"))
}

#[test]
fn another_test_size_trains_nothing_and_gives_what_training_would() {
    let (reused, trained) = (Workshop::new(GRID), Workshop::new(&scored_on(50)));
    reused.runner("run grid.toml");
    reused.write("grid.toml", scored_on(50));
    let said = reused.runner("run grid.toml");
    assert_eq!((said.status, said.err.matches(KEPT).count()), (0, 4), "{}", said.err);
    assert!(!said.err.contains("trained "), "{}", said.err);
    let fresh = trained.runner("run grid.toml");
    assert!(!fresh.err.contains(KEPT), "{}", fresh.err);
    let mut shared = reused.committed("results/grid");
    let expected = trained.committed("results/grid");
    // the gold tags of the rows scored before stay: they may be another row's
    shared.retain(|name, _| expected.contains_key(name));
    assert_same(&shared, &expected);
}

#[test]
fn a_damaged_model_is_told_and_trained_again() {
    let workshop = Workshop::new(GRID);
    workshop.runner("run grid.toml");
    let models = workshop.files("results/grid/.run/models");
    for (name, bytes) in models.iter().filter(|(name, _)| name.ends_with(".safetensors")) {
        workshop.write(&format!("results/grid/.run/models/{name}"), &bytes[..bytes.len() - 4]);
    }
    workshop.write("grid.toml", scored_on(50));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(said.err.matches("; retraining").count(), 4, "{}", said.err);
    assert_eq!(workshop.files("results/grid/.run/models"), models);
}

#[test]
fn force_trains_again_whatever_is_kept() {
    let workshop = Workshop::new(GRID);
    workshop.runner("run grid.toml");
    let said = workshop.runner("run grid.toml --force");
    assert!(!said.err.contains(KEPT), "{}", said.err);
}

#[test]
fn another_spacing_of_the_curve_trains_again_and_says_so() {
    let workshop = Workshop::new(GRID);
    workshop.runner("run grid.toml");
    workshop.write("grid.toml", scored_on(50).replace("log_every = 5", "log_every = 4"));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.err.matches("train.log_every changed since the model was saved").count(), 4, "{}", said.err);
    assert!(!said.err.contains(KEPT), "{}", said.err);
}

#[test]
fn a_model_of_another_environment_is_told_and_trained_again() {
    let workshop = Workshop::new(GRID);
    workshop.runner("run grid.toml");
    let models = workshop.files("results/grid/.run/models");
    for (name, bytes) in models.iter().filter(|(name, _)| name.ends_with("model.json")) {
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains("\"cpu\""), "{text}");
        workshop.write(&format!("results/grid/.run/models/{name}"), text.replace("\"cpu\"", "\"cuda-h200\""));
    }
    workshop.write("grid.toml", scored_on(50));
    let said = workshop.runner("run grid.toml");
    let told = "the saved model was trained in environment cuda-h200; training again";
    assert_eq!((said.status, said.err.matches(told).count()), (0, 4), "{}", said.err);
    assert_eq!(workshop.files("results/grid/.run/models"), models, "and comes out as it was");
}
