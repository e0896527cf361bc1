//! Jobs that differ only in what they are scored on share one training, whatever runs beside it.

use crate::workshop::{Files, GRID, Workshop, assert_same};

/// Four jobs of one training: they differ in the rows that are scored.
fn scored_on_different_rows() -> String {
    let grid = GRID.split("[matrix]").next().unwrap().replace("test_size = 40", "train_size = 32");
    format!("{grid}\n[matrix]\ndata.test_size = [40, 60]\ndata.validation_size = [0, 50]\n")
}

fn models(workshop: &Workshop) -> Files {
    let mut files = workshop.files("results/grid/.run/models");
    files.retain(|name, _| name.ends_with("model.safetensors"));
    files
}

#[test]
fn jobs_that_differ_only_in_what_is_scored_train_once() {
    let whole = Workshop::new(&scored_on_different_rows());
    let said = whole.runner("run grid.toml --threads 1");
    assert_eq!(said.status, 0, "{}", said.err);
    for line in ["", "--jobs 2", "--threads 2 --jobs 2", "--threads 4 --jobs 4"] {
        for _ in 0..3 {
            let workshop = Workshop::new(&scored_on_different_rows());
            let said = workshop.runner(&format!("run grid.toml {line}"));
            assert_eq!((said.status, said.err.matches(", predicted ").count()), (0, 1), "{line}: {}", said.err);
            assert_same(&workshop.committed("results/grid"), &whole.committed("results/grid"));
            assert_same(&models(&workshop), &models(&whole));
            assert_eq!((models(&workshop).len(), workshop.jobs("results/grid").len()), (1, 4));
        }
    }
    let each: Vec<String> = whole.files("results/grid/.run/jobs").into_keys().collect();
    assert_eq!(each.iter().filter(|name| name.ends_with("log.txt")).count(), 4, "each job has a log: {each:?}");
}

#[test]
fn without_saved_models_they_train_once_too() {
    let (kept, not) = (Workshop::new(&scored_on_different_rows()), Workshop::new(&scored_on_different_rows()));
    kept.runner("run grid.toml");
    let said = not.runner("run grid.toml --set save.models=none --name grid");
    assert_eq!((said.status, said.err.matches(", predicted ").count()), (0, 1), "{}", said.err);
    assert!(!not.path("results/grid/.run/models").exists());
    let tables = |workshop: &Workshop| {
        let mut files = workshop.committed("results/grid");
        files.retain(|name, _| name != "experiment.toml");
        files
    };
    assert_same(&tables(&not), &tables(&kept));
}

#[test]
fn one_job_whose_rows_are_too_few_does_not_keep_the_others_from_their_scores() {
    let workshop = Workshop::new(&scored_on_different_rows().replace("[40, 60]", "[40, 999999]"));
    let said = workshop.runner("run grid.toml");
    assert_eq!((said.status, said.err.matches(", predicted ").count()), (1, 1), "{}", said.err);
    let status = |job: &str| workshop.cell("results/grid", job, "status").unwrap();
    assert_eq!(status("test_size=40,validation_size=50"), "ok");
    assert_eq!(status("test_size=999999,validation_size=0"), "failed");
}

/// A type that only the validation rows have makes a model of another classifier.
#[test]
fn jobs_whose_data_have_other_tags_are_trained_on_their_own() {
    let workshop = Workshop::new("");
    let sentence = "Ana\tB-PER\nlives\tO\nin\tO\nLima\tB-LOC\n\n";
    workshop.write("own/train.conll", sentence.repeat(8));
    workshop.write("own/test.conll", sentence.repeat(3));
    workshop.write("own/validation.conll", "Acme\tB-ORG\nsays\tO\n\n");
    let own = scored_on_different_rows().replace("builtin:es", "./own").replace("train_size = 32", "train_size = 8");
    let own = own.replace("[40, 60]", "[1, \"all\"]").replace("[0, 50]", "[0, 1]");
    workshop.write("grid.toml", own);
    let said = workshop.runner("run grid.toml --jobs 2");
    assert_eq!((said.status, said.err.matches(", predicted ").count()), (0, 2), "{}", said.err);
    assert_eq!(workshop.jobs("results/grid").len(), 4);
    // the model of each tag set is there for further scores
    assert_eq!(models(&workshop).len(), 2);
    workshop.write("grid.toml", workshop.read("grid.toml").replace("[1, \"all\"]", "[2]"));
    let said = workshop.runner("run grid.toml --jobs 2");
    assert_eq!((said.status, said.err.matches(", predicted ").count()), (0, 0), "{}", said.err);
    assert!(workshop.files("results/grid/.run/checkpoints").is_empty());
}

#[test]
fn a_saved_model_without_its_weights_costs_its_training_and_no_more() {
    for damage in ["gone", "empty", "folder", "other tensors"] {
        let workshop = Workshop::new(GRID);
        workshop.runner("run grid.toml");
        let before = workshop.files("results/grid/.run/models");
        for (name, bytes) in before.iter().filter(|(name, _)| name.ends_with(".safetensors")) {
            let path = workshop.path(&format!("results/grid/.run/models/{name}"));
            match damage {
                "empty" => std::fs::write(&path, b"").unwrap(),
                "other tensors" => {
                    let at = bytes.windows(10).position(|place| place == b"classifier").unwrap();
                    let mut other = bytes.clone();
                    other[at] = b'k';
                    std::fs::write(&path, other).unwrap();
                }
                _ => std::fs::remove_file(&path).unwrap(),
            }
            if damage == "folder" {
                std::fs::create_dir(&path).unwrap();
            }
        }
        let (name, size) = ("grid.toml", GRID.replace("test_size = 40", "test_size = 50"));
        workshop.write(name, size);
        let said = workshop.runner("run grid.toml");
        assert_eq!((said.status, said.err.matches(", predicted ").count()), (0, 4), "{damage}: {}", said.err);
        if damage != "folder" {
            assert_same(&models(&workshop), &{
                let mut files = before;
                files.retain(|name, _| name.ends_with("model.safetensors"));
                files
            });
        }
    }
}
