//! Jobs that are scored on the validation split while they train: epochs.csv, the best weights, interruptions.

use crate::workshop::{Workshop, assert_same};

/// One job, evaluated after each of six epochs, with checkpoints in quick succession.
const ALONE: &str = r#"
[data]
dataset = "builtin:es"
train_size = 400
validation_size = 40
test_size = 40

[model]
checkpoint = "builtin:tiny"
max_length = 64

[train]
epochs = 6
learning_rate = 2e-3
log_every = 1
evaluate_every = "epoch"
keep = "best"

[save]
checkpoint_minutes = 0.0005
"#;

/// epochs.csv without its header, a row's cells each.
fn epochs(workshop: &Workshop) -> Vec<Vec<String>> {
    let table = workshop.read("results/grid/epochs.csv");
    let (header, rows) = table.split_once('\n').unwrap();
    assert_eq!(header, "job,epoch,train_loss,validation_loss,validation_entity_f1");
    rows.lines().map(|row| row.split(',').map(str::to_owned).collect()).collect()
}

fn cell(workshop: &Workshop, column: &str) -> String {
    workshop.cell("results/grid", "base", column).unwrap()
}

/// The rows' first one with the highest score: its epoch and its score.
fn best(rows: &[Vec<String>]) -> [String; 2] {
    let score = |row: &[String]| row[4].parse::<f64>().unwrap();
    let best = rows.iter().reduce(|best, row| if score(row) > score(best) { row } else { best }).unwrap();
    [best[1].clone(), best[4].clone()]
}

#[test]
fn the_best_weights_are_scored_in_the_end() {
    // so high a rate that the last epoch is not the best
    let workshop = Workshop::new(&ALONE.replace("2e-3", "2e-2").replace("epochs = 6", "epochs = 5.5"));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let rows = epochs(&workshop);
    let at: Vec<&str> = rows.iter().map(|row| row[1].as_str()).collect();
    assert_eq!(at, ["1", "2", "3", "4", "5", "5.5"]);
    let [epoch, score] = best(&rows);
    assert_eq!([cell(&workshop, "best_epoch"), cell(&workshop, "validation_entity_f1")], [epoch, score]);
}

#[test]
fn the_last_weights_are_scored_where_the_best_are_not_kept() {
    let workshop = Workshop::new(&ALONE.replace("keep = \"best\"", "patience = 100"));
    workshop.runner("run grid.toml");
    let rows = epochs(&workshop);
    assert_eq!(cell(&workshop, "best_epoch"), best(&rows)[0]);
    assert_eq!(cell(&workshop, "validation_entity_f1"), rows.last().unwrap()[4]);
}

#[test]
fn patience_ends_a_job_early_and_its_steps_say_so() {
    // at this rate nothing is learned: the first evaluation stays the best
    let text = ALONE.replace("2e-3", "1e-12").replace("keep = \"best\"", "keep = \"best\"\npatience = 2");
    let workshop = Workshop::new(&text);
    workshop.runner("run grid.toml");
    assert_eq!(epochs(&workshop).len(), 3);
    // 400 sentences in batches of 8: 50 steps an epoch
    assert_eq!([cell(&workshop, "steps"), cell(&workshop, "best_epoch")], ["150", "1"]);
}

#[test]
fn evaluating_leaves_all_other_numbers_as_they_are() {
    let (plain, evaluated) = (
        Workshop::new(&ALONE.replace("evaluate_every = \"epoch\"\nkeep = \"best\"\n", "")),
        Workshop::new(&ALONE.replace("\"epoch\"", "7").replace("keep = \"best\"\n", "")),
    );
    plain.runner("run grid.toml");
    evaluated.runner("run grid.toml");
    assert!(!plain.path("results/grid/epochs.csv").exists());
    assert_eq!(plain.read("results/grid/curves.csv"), evaluated.read("results/grid/curves.csv"));
    for column in ["train_loss", "test_entity_f1", "validation_entity_f1", "steps"] {
        assert_eq!(cell(&plain, column), cell(&evaluated, column), "{column}");
    }
}

#[test]
fn an_evaluated_job_killed_in_the_middle_goes_on_to_the_same_bytes() {
    let text = ALONE.replace("\"epoch\"", "20").replace("keep = \"best\"", "keep = \"best\"\npatience = 9");
    let (killed, whole) = (Workshop::new(&text), Workshop::new(&text));
    for _ in 0..3 {
        let mut child = killed.start("run grid.toml");
        killed.wait_for_checkpoint("results/grid");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let said = killed.runner("run grid.toml");
    assert!(said.err.contains("base: resuming from step "), "{}", said.err);
    whole.runner("run grid.toml");
    assert_same(&killed.committed("results/grid"), &whole.committed("results/grid"));
    let model = |place: &Workshop| {
        let mut files = place.files("results/grid/.run/models");
        files.retain(|name, _| name.ends_with("model.safetensors"));
        files
    };
    assert_same(&model(&killed), &model(&whole));
}

#[test]
fn a_clone_and_a_kept_model_know_the_epochs() {
    let workshop = Workshop::new(ALONE);
    workshop.runner("run grid.toml");
    let clone = workshop.cloned();
    let said = clone.runner("run grid.toml");
    assert!(said.err.starts_with("grid: the job is already done (`--force` runs it again)\n"), "{}", said.err);
    assert_same(&workshop.committed("results/grid"), &clone.committed("results/grid"));
    let before = workshop.read("results/grid/epochs.csv");
    workshop.write("grid.toml", ALONE.replace("test_size = 40", "test_size = 30"));
    let said = workshop.runner("run grid.toml");
    assert!(said.err.contains("reusing the saved model"), "{}", said.err);
    assert_eq!(workshop.read("results/grid/epochs.csv"), before);
}

#[test]
fn epochs_csv_leaves_with_the_last_job_that_is_evaluated() {
    let workshop = Workshop::new(ALONE);
    workshop.runner("run grid.toml");
    assert!(workshop.path("results/grid/epochs.csv").exists());
    workshop.write("grid.toml", ALONE.replace("evaluate_every = \"epoch\"\nkeep = \"best\"\n", ""));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(!workshop.path("results/grid/epochs.csv").exists());
    assert!(!workshop.read("results/grid/results.csv").contains("best_epoch"));
}

#[test]
fn validation_rows_without_an_entity_fail_the_job_before_it_trains() {
    let workshop = Workshop::new(&ALONE.replace("builtin:es", "./data"));
    let (named, plain) = (("Ana vive en Lima", "B-PER O O B-LOC"), ("no vive en casa", "O O O O"));
    workshop.write_split("data/train.parquet", &[named; 400]);
    workshop.write_split("data/validation.parquet", &[plain; 40]);
    workshop.write_split("data/test.parquet", &[named; 40]);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 1, "{}", said.err);
    insta::assert_snapshot!(cell(&workshop, "error"), @"validation: the 40 validation rows have no entity, so evaluations have no score; raise data.validation_size or remove train.evaluate_every");
}
