//! `[[evaluate]]` from end to end: each model on each set, and nothing trained for a set that is added.

use crate::workshop::{GRID, Workshop, assert_same};

const SET: &str = "\n[[evaluate]]\ndataset = \"builtin:es\"\nsize = 40\nname = \"again\"\n";
const ADDED: &str = "\n[[evaluate]]\ndataset = \"builtin:es\"\nsplit = \"validation\"\nsize = 30\n";

fn with(sets: &[&str]) -> String {
    format!("{GRID}{}", sets.concat())
}

/// Rows of a table of the results, by column.
fn rows(workshop: &Workshop, table: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(workshop.path(&format!("results/grid/{table}"))).unwrap();
    let headers = reader.headers().unwrap().clone();
    let place = |name: &&str| headers.iter().position(|header| header == *name).unwrap();
    let places: Vec<usize> = columns.iter().map(place).collect();
    reader.records().map(Result::unwrap).map(|row| places.iter().map(|at| row[*at].to_owned()).collect()).collect()
}

#[test]
fn the_test_rows_named_as_a_set_score_as_the_test_split_does() {
    let workshop = Workshop::new(&with(&[SET]));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let own = rows(&workshop, "results.csv", &["job", "key", "test_entity_f1", "test_token_f1_macro"]);
    let set = rows(&workshop, "evaluations.csv", &["job", "key", "entity_f1", "token_f1_macro"]);
    assert_eq!((own.len(), own), (4, set));
    assert!(said.out.contains("entity_f1 of each model (row) on each set (column)"), "{}", said.out);
}

#[test]
fn a_set_that_is_added_trains_nothing_and_a_clone_does_nothing() {
    let (grown, whole) = (Workshop::new(&with(&[SET])), Workshop::new(&with(&[SET, ADDED])));
    grown.runner("run grid.toml");
    grown.write("grid.toml", with(&[SET, ADDED]));
    let plan = grown.runner("plan grid.toml").out;
    assert_eq!(plan.matches("done, 1 evaluation set pending").count(), 4, "{plan}");
    let said = grown.runner("run grid.toml");
    assert_eq!((said.status, said.err.matches(", predicted ").count()), (0, 0), "{}", said.err);
    assert_eq!(said.err.matches(" on builtin:es validation: entity_f1 ").count(), 4, "{}", said.err);
    whole.runner("run grid.toml");
    assert_same(&grown.committed("results/grid"), &whole.committed("results/grid"));

    let clone = grown.cloned();
    let said = clone.runner("run grid.toml");
    assert!(said.err.starts_with("grid: all 4 jobs are already done (`--force` runs them again)\n"), "{}", said.err);
    assert_same(&grown.committed("results/grid"), &clone.committed("results/grid"));
}

#[test]
fn without_kept_models_a_set_that_is_added_gets_the_same_scores() {
    let none = "\n[save]\nmodels = \"none\"\n";
    let (grown, whole) = (Workshop::new(&with(&[SET, none])), Workshop::new(&with(&[SET, ADDED])));
    grown.runner("run grid.toml");
    grown.write("grid.toml", with(&[SET, ADDED, none]));
    let said = grown.runner("run grid.toml");
    assert_eq!(
        (said.status, said.err.matches(" on builtin:es validation: entity_f1 ").count()),
        (0, 4),
        "{}",
        said.err
    );
    whole.runner("run grid.toml");
    for table in ["results.csv", "evaluations.csv"] {
        let path = format!("results/grid/{table}");
        assert_eq!(grown.read(&path), whole.read(&path), "{table}");
    }
}

#[test]
fn a_set_that_fails_is_a_row_and_costs_nothing_else() {
    let bad = "\n[[evaluate]]\ndataset = \"builtin:es\"\nsize = 1000000\nname = \"too many\"\n";
    let workshop = Workshop::new(&with(&[bad, SET]));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 1, "{}", said.err);
    assert!(rows(&workshop, "results.csv", &["status"]).iter().all(|row| row == &["ok"]));
    let failed = rows(&workshop, "evaluations.csv", &["set", "error"]);
    assert_eq!(failed.iter().filter(|row| row[0] == "too many" && row[1].starts_with("data-too-few-rows")).count(), 4);
    assert_eq!(failed.iter().filter(|row| row[0] == "again" && row[1].is_empty()).count(), 4);
    assert_eq!(said.out.matches("failed: 4 jobs (").count(), 1, "{}", said.out);

    workshop.write("grid.toml", with(&[SET]));
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "the failed set is gone: {}", said.err);
}
