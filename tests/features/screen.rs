//! What stands on the screen after a run, at the widths that terminals have.

use crate::workshop::{GRID, Workshop};

/// What is printed in so many columns.
fn shown(workshop: &Workshop, columns: &str) -> String {
    let said = workshop.runner_with("run grid.toml", &[("COLUMNS", columns)]);
    let widest = said.out.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= columns.parse().unwrap(), "{columns}: {}", said.out);
    said.out
}

#[test]
fn as_many_scores_stand_as_fit_and_the_others_are_named() {
    let workshop = Workshop::new(GRID);
    workshop.runner("run grid.toml");
    let narrow = shown(&workshop, "60");
    assert!(narrow.contains("\ntrain_size  freeze  entity_f1"), "{narrow}");
    assert!(narrow.contains("\n64          true "), "each axis has a column: {narrow}");
    assert!(narrow.contains("also in results.csv: entity_f1_iob2, steps,\ngold_token_f1_macro"), "{narrow}");
    assert!(narrow.contains("\nReport entity_f1; "), "{narrow}");
    let wider = shown(&workshop, "80");
    assert!(wider.contains("also in results.csv: gold_token_f1_macro\n"), "{wider}");
    let widest = shown(&workshop, "100");
    assert!(!widest.contains("also in results.csv") && widest.contains("_f1_macro"), "{widest}");
}

#[test]
fn seeds_make_one_row_with_their_mean_and_interval() {
    let grid = GRID.replace("data.train_size = [32, 64]", "train.seed = [1, 2, 3]");
    let workshop = Workshop::new(&grid);
    workshop.runner("run grid.toml");
    let table = shown(&workshop, "80");
    let rows: Vec<&str> = table.lines().filter(|line| line.contains('±') && !line.contains("mean")).collect();
    assert_eq!(rows.len(), 2, "{table}");
    assert!(table.contains("\nfreeze  seeds "), "{table}");
    assert!(rows[0].starts_with("false       3  ") && rows[1].starts_with("true        3  "), "{table}");
    assert!(table.contains("mean ± half of the 95 % interval over seeds\n"), "{table}");
    // as summary.csv has it
    let summary = workshop.read("results/grid/summary.csv");
    let mut lines = summary.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let at = |column: &str| header.iter().position(|name| *name == column).unwrap();
    let row = lines.find(|row| row[at("metric")] == "test_entity_f1" && row[at("freeze")] == "false").unwrap();
    let cell = |column: &str| row[at(column)].parse::<f64>().unwrap();
    let expected = format!("{:.4} ± {:.4}", cell("mean"), cell("ci_high") - cell("mean"));
    assert!(rows[0].contains(&expected), "{expected}: {table}");
}

#[test]
fn settings_with_long_values_stand_above_the_table() {
    let grid = GRID.replace("data.train_size = [32, 64]", "data.labels = [[\"O\", \"B-PER\", \"I-PER\", \"B-ORG\", \"I-ORG\", \"B-LOC\", \"I-LOC\"], [\"O\", \"B-LOC\", \"I-LOC\", \"B-PER\", \"I-PER\", \"B-ORG\", \"I-ORG\"]]");
    let workshop = Workshop::new(&grid);
    let said = workshop.runner_with("run grid.toml", &[("COLUMNS", "70")]);
    let text = said.out;
    assert!(text.contains("\n#1 ") && text.contains("\n#4 ") && text.contains("\n#   "), "{text}{}", said.err);
}

#[test]
fn a_failed_job_says_so_in_its_row() {
    let workshop = Workshop::new(&GRID.replace("[32, 64]", "[32, 999999]"));
    workshop.runner("run grid.toml");
    let table = shown(&workshop, "80");
    assert!(table.contains("\n999999      false   failed: too few rows"), "{table}");
}
