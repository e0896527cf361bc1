//! What columns mean.

use runner::overview::explained;
use runner::report::number_columns;
use runner::results::{epochs_csv, evaluations_csv, rungs_csv, summary_csv, timings_csv};

use super::*;

/// The header of a table in bytes.
fn header(table: &[u8]) -> Vec<String> {
    String::from_utf8(table.to_vec()).unwrap().lines().next().unwrap().split(',').map(str::to_owned).collect()
}

#[test]
fn every_column_of_every_table_is_explained() {
    let columns = Columns {
        splits: ScoredSplit::ALL.to_vec(),
        evaluates: true,
        inherits: true,
        selects: true,
        halves: true,
        varied: vec!["train.weight_decay".to_owned()],
    };
    let tables = [
        results_csv(&[], &columns),
        summary_csv(&[], &columns, |_| None),
        per_entity_csv(&[]),
        curves_csv(&[]),
        epochs_csv(&[]),
        evaluations_csv(&[]),
        rungs_csv(&[]),
        timings_csv(&[]),
    ];
    let names = tables.iter().flat_map(|table| header(table)).chain(number_columns().map(str::to_owned));
    let missing: Vec<String> = names.filter(|name| explained(name).is_err()).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn every_column_of_the_page_is_explained() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/results.md")).unwrap();
    let tables = page.split("\n## ").filter(|part| part.lines().next().is_some_and(|title| title.ends_with(".csv")));
    let first_cells = tables
        .flat_map(str::lines)
        .filter_map(|line| line.strip_prefix("| `")?.split("` |").next()?.split("`, and").next());
    let names =
        first_cells.flat_map(|cell| cell.trim_end_matches('`').split("`, `")).filter(|name| !name.ends_with("SCORE"));
    let names: Vec<&str> = names.collect();
    assert!(names.len() > 40, "{names:?}");
    let missing: Vec<&str> = names.into_iter().filter(|name| explained(name).is_err()).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn a_column_is_explained_without_a_folder() {
    let workshop = Workshop::new(GRID);
    let text = ["±", "p_holm", "train_size", "validation_token_f1_micro", "model.freeze"]
        .map(|name| answer(&workshop, &format!("show --explain {name}")));
    insta::assert_snapshot!(text.join(""), @r#"
    ± (tables for people): the larger distance from the mean to an end of its 95 %
      interval over seeds, rounded up. The interval is mean ± t(0.975, n − 1)·sd/√n,
      on the logit scale so that it stays between 0 and 1; over the means of data
      seeds where two or more vary. It covers fresh seeds on these test sentences.
      Nothing stands where all runs are equal.
    p_holm (show --format csv, diff): p corrected by Holm's method for all
      comparisons that are read together: in diff the rows of the call, in show the
      settings beside the best. A difference is beyond noise if it is at most 0.05
    train_size (the setting data.train_size; docs/keys.md): Training rows: the first
      n of the split in shuffled order, or "all".
    validation_token_f1_micro (results.csv, show; docs/scores.md) on the validation
      split: F1 word by word over the classes other than O, all words together;
      false alarms count
    model.freeze (the setting model.freeze; docs/keys.md): What does not learn:
      true: all but the classifier; "embeddings"; n: embeddings and the first n
      layers.
    "#);
    let said = shown(&workshop, "show --explain p_hol");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @r"
    error: --explain p_hol: no table has this column (did you mean `p_holm`?);
      docs/results.md lists them all
    ");
}
