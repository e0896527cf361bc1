//! An export as a checkpoint of the program: the same scores and predictions.

use super::{JOBS, done, exported};
use crate::workshop::Workshop;

/// The job of the export, scored as it is.
pub(super) const AGAIN: &str = r#"
[data]
dataset = "builtin:es"
train_size = 32
test_size = 40

[model]
checkpoint = "./out"
max_length = 64

[train]
epochs = 0
"#;

/// The scores of a row: the cells behind train_loss.
fn scores(workshop: &Workshop, folder: &str, label: &str) -> Vec<String> {
    let mut table = csv::Reader::from_path(workshop.path(folder).join("results.csv")).unwrap();
    let from = table.headers().unwrap().iter().position(|name| name == "train_loss").unwrap();
    let row = table.records().map(Result::unwrap).find(|row| &row[0] == label).unwrap();
    row.iter().skip(from + 1).map(str::to_owned).collect()
}

#[test]
fn scored_as_a_checkpoint_it_has_the_jobs_scores_and_predictions() {
    let workshop = done(JOBS);
    for label in ["freeze=false", "freeze=true"] {
        let said = workshop.runner(&format!("export results/grid:{label} out --force"));
        assert_eq!(said.status, 0, "{}", said.err);
        workshop.write("again.toml", AGAIN);
        let said = workshop.runner(&format!("run again.toml -q --name again-{label}"));
        assert_eq!(said.status, 0, "{}", said.err);
        assert_eq!(
            scores(&workshop, "results/grid", label),
            scores(&workshop, &format!("results/again-{label}"), "base")
        );
        let [first, again] = [format!("grid/predictions/{label}"), format!("again-{label}/predictions/base")]
            .map(|name| workshop.read(&format!("results/{name}.tags")));
        assert_eq!(first, again);
    }
}

#[test]
fn what_was_not_trained_is_exported_too_and_is_the_same_model() {
    let workshop = done(JOBS);
    exported(&workshop, "freeze=false", "out");
    workshop.write("again.toml", AGAIN);
    let said = workshop.runner("run again.toml -q");
    assert_eq!(said.status, 0, "{}", said.err);
    let said = workshop.runner("export results/again second");
    assert_eq!(said.status, 0, "{}", said.err);
    let [first, second] = ["out", "second"].map(|out| workshop.files(out));
    for name in ["model.safetensors", "tokenizer.json", "tokenizer_config.json"] {
        assert_eq!(first[name], second[name], "{name}");
    }
}
