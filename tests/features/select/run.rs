//! `[select]` from end to end: who wins, what is scored, what stays untouched.

use crate::workshop::{Workshop, assert_same};

const SEARCH: &str = r#"
[data]
dataset = "builtin:es"
train_size = 200
validation_size = 100
test_size = 40

[model]
checkpoint = "builtin:tiny"
max_length = 64

[train]
epochs = 2

[matrix]
train.learning_rate = [1e-3, 4e-3]
train.seed = [1, 2]

[select]
over = ["train.learning_rate"]
"#;

/// Cells of a row of results.csv, by column.
fn cells(workshop: &Workshop, label: &str, columns: &[&str]) -> Vec<String> {
    columns.iter().map(|column| workshop.cell("results/grid", label, column).unwrap()).collect()
}

#[test]
fn the_winner_is_scored_as_if_it_had_run_alone_and_the_others_test_sets_stay_untouched() {
    let (search, alone) = (Workshop::new(SEARCH), Workshop::new(SEARCH.split("[select]").next().unwrap()));
    let said = search.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(
        said.err.contains("selected by validation_entity_f1: learning_rate=0.004; 2 jobs to score"),
        "{}",
        said.err
    );
    alone.runner("run grid.toml");
    for seed in [1, 2] {
        let columns = ["key", "test_size", "test_entity_f1", "test_token_accuracy", "validation_entity_f1", "steps"];
        let winner = format!("learning_rate=0.004,seed={seed}");
        assert_eq!(cells(&search, &winner, &columns), cells(&alone, &winner, &columns));
        assert_eq!(cells(&search, &winner, &["selected"]), ["true"]);
        let loser = format!("learning_rate=0.001,seed={seed}");
        let untouched = ["selected", "test_size", "test_entity_f1", "test_token_accuracy", "words_unseen"];
        assert_eq!(cells(&search, &loser, &untouched), ["false", "0", "", "", ""]);
    }
    let committed = search.committed("results/grid");
    let predicted = committed
        .keys()
        .filter(|name| name.starts_with("predictions/") && !name.contains("gold-") && !name.contains("validation"));
    assert_eq!(predicted.count(), 2, "only the winners' answers on the test set are there");
}

#[test]
fn a_search_that_is_done_is_done_on_a_clone_too() {
    let search = Workshop::new(SEARCH);
    search.runner("run grid.toml");
    let clone = search.cloned();
    let said = clone.runner("run grid.toml");
    assert!(said.err.starts_with("grid: all 4 jobs are already done (`--force` runs them again)\n"), "{}", said.err);
    assert_same(&search.committed("results/grid"), &clone.committed("results/grid"));
}

#[test]
fn a_candidate_that_is_added_and_wins_takes_the_test_score_from_the_winner_before() {
    let (grown, whole) = (Workshop::new(&SEARCH.replace("[1e-3, 4e-3]", "[1e-3, 2e-3]")), Workshop::new(SEARCH));
    grown.runner("run grid.toml");
    assert_eq!(cells(&grown, "learning_rate=0.002,seed=1", &["selected"]), ["true"]);
    let wider = SEARCH.replace("[1e-3, 4e-3]", "[1e-3, 2e-3, 4e-3]");
    grown.write("grid.toml", &wider);
    let said = grown.runner("run grid.toml");
    assert_eq!(said.err.matches(", predicted ").count(), 2, "only the new candidate is trained: {}", said.err);
    whole.write("grid.toml", &wider);
    whole.runner("run grid.toml");
    for table in ["results.csv", "summary.csv", "per_entity.csv", "curves.csv"] {
        let path = format!("results/grid/{table}");
        assert_eq!(grown.read(&path), whole.read(&path), "{table}");
    }
}

#[test]
fn without_kept_models_the_winner_is_trained_again_to_the_same_bytes() {
    let none = format!("{SEARCH}\n[save]\nmodels = \"none\"\n");
    let (kept, trained) = (Workshop::new(SEARCH), Workshop::new(&none));
    kept.runner("run grid.toml");
    let said = trained.runner("run grid.toml");
    assert_eq!(said.err.matches(", predicted ").count(), 6, "{}", said.err);
    assert_eq!(kept.read("results/grid/results.csv"), trained.read("results/grid/results.csv"));
}

#[test]
fn a_search_that_shows_test_scores_alone_is_warned_of() {
    let text = SEARCH.split("[select]").next().unwrap().replace("validation_size = 100\n", "");
    let workshop = Workshop::new(&text);
    for command in ["plan grid.toml", "run grid.toml"] {
        let said = workshop.runner(command);
        assert!(said.err.starts_with("warning: the matrix varies train.learning_rate and scores only"), "{}", said.err);
        assert_eq!(said.status, 0);
    }
}

#[test]
fn the_means_that_jobs_are_selected_by_are_on_the_screen() {
    let workshop = Workshop::new(&SEARCH.replace("[select]", "[select]\nby = \"validation_token_accuracy\""));
    let said = workshop.runner_with("run grid.toml", &[("COLUMNS", "80")]);
    assert_eq!(said.status, 0, "{}", said.err);
    let validation = said.out.split("validation split").nth(1).unwrap();
    let summary = workshop.read("results/grid/summary.csv");
    let mut rows = summary.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = rows.next().unwrap();
    let at = |column: &str| header.iter().position(|name| *name == column).unwrap();
    let means: Vec<String> = rows
        .filter(|row| row[at("metric")] == "validation_token_accuracy")
        .map(|row| format!("{:.4}", row[at("mean")].parse::<f64>().unwrap()))
        .collect();
    assert_eq!(means.len(), 2, "{summary}");
    assert!(means.iter().all(|mean| validation.contains(mean)) && validation.contains(" _accuracy "), "{}", said.out);
}
