//! One folder: what holds of it, and one thing after another that does not.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{grid, named, replace, two, verified, write_corpus};
use crate::workshop::{GRID, Workshop, assert_same};

#[test]
fn a_folder_as_a_run_leaves_it_holds_and_is_not_touched() {
    let workshop = two();
    let before = (workshop.files("results/grid"), workshop.times("results/grid"));
    insta::assert_snapshot!(verified(&workshop), @"");
    assert_eq!(before, (workshop.files("results/grid"), workshop.times("results/grid")));
}

#[test]
fn a_clone_on_a_read_only_disk_is_checked_without_journal_and_models() {
    let workshop = grid().cloned();
    let folder = workshop.path("results/grid");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    let before = workshop.files("results/grid");
    insta::assert_snapshot!(verified(&workshop), @"");
    assert_same(&before, &workshop.files("results/grid"));
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn evaluation_sets_and_a_selection_hold() {
    let sets = "\n[[evaluate]]\ndataset = \"builtin:es\"\nsize = 40\nname = \"again\"\n";
    let select = "\n[select]\nby = \"validation_entity_f1\"\nover = [\"model.freeze\"]\n";
    let selecting = GRID.replace("test_size = 40", "test_size = 40\nvalidation_size = 20");
    for text in [format!("{GRID}{sets}"), format!("{selecting}{select}")] {
        let workshop = Workshop::new(&text);
        assert_eq!(workshop.runner("run grid.toml").status, 0);
        for workshop in [workshop.cloned(), workshop] {
            let said = workshop.runner("verify results/grid");
            assert_eq!(said.status, 0, "{}", said.out);
        }
    }
}

#[test]
fn an_edited_score_is_named_with_what_it_should_be() {
    let workshop = two();
    let score = workshop.cell("results/grid", "seed=1", "test_token_accuracy").unwrap();
    replace(&workshop, "results.csv", &score, "0.987654");
    insta::assert_snapshot!(verified(&workshop), @"");
    insta::assert_snapshot!(verified(&workshop.cloned()), @"");
}

#[test]
fn an_edited_training_loss_of_a_clone_contradicts_the_curve() {
    let workshop = two().cloned();
    let loss = workshop.cell("results/grid", "seed=2", "train_loss").unwrap();
    replace(&workshop, "results.csv", &loss, "0.100000");
    insta::assert_snapshot!(verified(&workshop), @"");
}

#[test]
fn an_edited_prediction_is_named() {
    let workshop = two().cloned();
    let name = named(&workshop, "predictions", &workshop.predictions("seed=1"));
    let tags = workshop.read(&format!("results/grid/predictions/{name}"));
    let (first, rest) = tags.split_once(' ').unwrap();
    let other = if first == "B-LOC" { "B-PER" } else { "B-LOC" };
    workshop.write(&format!("results/grid/predictions/{name}"), format!("{other} {rest}"));
    insta::assert_snapshot!(verified(&workshop), @"");
}

#[test]
fn predictions_that_are_missing_cut_or_of_no_row_are_named() {
    let workshop = two().cloned();
    let folder = workshop.path("results/grid/predictions");
    let name = named(&workshop, "predictions", &workshop.predictions("seed=1"));
    fs::rename(folder.join(&name), folder.join("stranger.tags")).unwrap();
    let other = named(&workshop, "predictions", &workshop.predictions("seed=2"));
    let tags = workshop.read(&format!("results/grid/predictions/{other}"));
    workshop.write(&format!("results/grid/predictions/{other}"), tags.split_once('\n').unwrap().1);
    insta::assert_snapshot!(verified(&workshop), @"");
    fs::remove_dir_all(folder).unwrap();
    let said = workshop.runner("verify results/grid");
    assert_eq!(said.status, 0, "{}", said.out);
    assert!(said.out.contains("predictions  – not checked: no predictions\n"), "{}", said.out);
}

#[test]
fn an_edited_experiment_is_named_by_its_columns_and_its_keys() {
    let workshop = grid().cloned();
    replace(&workshop, "experiment.toml", "learning_rate = 0.002", "learning_rate = 0.001");
    insta::assert_snapshot!(verified(&workshop), @"");
    replace(&workshop, "experiment.toml", "learning_rate = 0.001", "learning_rate = 0.002");
    replace(&workshop, "experiment.toml", "weight_decay = 0.0", "weight_decay = 0.1");
    insta::assert_snapshot!(verified(&workshop), @"");
    fs::remove_file(workshop.path("results/grid/experiment.toml")).unwrap();
    insta::assert_snapshot!(verified(&workshop), @"");
}

#[test]
fn a_row_of_no_job_is_named_and_a_job_without_a_row_is_not_run() {
    let workshop = two().cloned();
    replace(&workshop, "experiment.toml", "train.seed = [1, 2]", "train.seed = [2, 3]");
    insta::assert_snapshot!(verified(&workshop), @"");
}

#[test]
fn a_swapped_model_is_named() {
    let workshop = grid();
    let models = workshop.path("results/grid/.run/models");
    let mut names: Vec<_> = fs::read_dir(&models).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    fs::copy(names[0].join("model.safetensors"), names[1].join("model.safetensors")).unwrap();
    fs::rename(names[2].join("model.json"), names[2].join("other.json")).unwrap();
    let text = verified(&workshop);
    let models: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("models")).collect();
    insta::assert_snapshot!(models.join("\n"), @"");
}

#[test]
fn a_lock_that_is_missing_damaged_or_incomplete_is_named() {
    let workshop = two().cloned();
    let lock = workshop.read("results/grid/lock.toml");
    fs::remove_file(workshop.path("results/grid/lock.toml")).unwrap();
    insta::assert_snapshot!(verified(&workshop), @"");
    workshop.write("results/grid/lock.toml", "version = ");
    insta::assert_snapshot!(verified(&workshop).lines().skip(2).take(3).collect::<Vec<_>>().join("\n"), @"");
    workshop.write("results/grid/lock.toml", lock.replace("\"./corpus\"", "\"./other\"").replace("\"cpu\"", "\"gpu\""));
    insta::assert_snapshot!(verified(&workshop), @"");
}

#[test]
fn data_that_changed_and_gold_tags_that_are_not_the_data_s_are_named() {
    let workshop = two().cloned();
    let gold = named(&workshop, "predictions", "gold-");
    let tags = workshop.read(&format!("results/grid/predictions/{gold}"));
    workshop.write(&format!("results/grid/predictions/{gold}"), tags.replacen("B-PER", "B-LOC", 1));
    let text = verified(&workshop);
    let data: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("data")).collect();
    insta::assert_snapshot!(data.join("\n"), @"");
    workshop.write("corpus/test.conll", "ana\tB-PER\n");
    let text = verified(&workshop);
    let data: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("data")).collect();
    insta::assert_snapshot!(data.join("\n"), @"");
    fs::remove_dir_all(workshop.path("corpus")).unwrap();
    assert!(verified(&workshop).contains("data         – not checked: ../../corpus is not on this machine\n"));
    write_corpus(&workshop);
}

#[test]
fn tables_that_contradict_each_other_or_cannot_be_read_are_named() {
    let workshop = two().cloned();
    let mean = workshop.read("results/grid/summary.csv").lines().nth(1).unwrap().split(',').nth(11).unwrap().to_owned();
    replace(&workshop, "summary.csv", &mean, "0.5");
    let curves = workshop.read("results/grid/curves.csv");
    let last = curves.lines().last().unwrap().to_owned();
    replace(&workshop, "curves.csv", &format!("{last}\n"), "");
    insta::assert_snapshot!(verified(&workshop), @"");
    replace(&workshop, "per_entity.csv", "seed=1", "seed=7");
    insta::assert_snapshot!(verified(&workshop), @"");
}

#[test]
fn a_journal_with_a_damaged_line_and_a_row_that_the_table_lacks_are_named() {
    let workshop = two();
    let table = workshop.read("results/grid/results.csv");
    let rows: Vec<&str> = table.lines().collect();
    workshop.write("results/grid/results.csv", rows[..2].join("\n") + "\n");
    for file in ["per_entity.csv", "curves.csv"] {
        let text = workshop.read(&format!("results/grid/{file}"));
        let kept = text.lines().filter(|line| !line.starts_with("seed=2")).map(|line| format!("{line}\n"));
        workshop.write(&format!("results/grid/{file}"), kept.collect::<String>());
    }
    let journal = workshop.read("results/grid/.run/journal.jsonl");
    workshop.write("results/grid/.run/journal.jsonl", format!("{{\"version\":2}}\n{journal}"));
    insta::assert_snapshot!(verified(&workshop), @"");
}
