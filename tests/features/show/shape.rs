//! Rows and columns as asked for: pivots, scores, types, sets, a part of the rows.

use super::*;

#[test]
fn a_pivot_has_the_values_of_one_key_across() {
    let workshop = Workshop::new(GRID);
    grid().write(&workshop, "grid");
    let line = "show grid --rows train_size --columns freeze --value test_entity_f1";
    insta::assert_snapshot!(answer(&workshop, line), @r"
    grid: test_entity_f1 by train_size (rows) and freeze (columns)
    train_size     freeze=false     freeze=true
    ───────────────────────────────────────────
    1000         0.6362 ±0.0158  0.0524 ±0.0180
    3000        *0.7554 ±0.0033  0.0610 ±0.0076

    ±: 95 % interval of the mean over seeds
    *: beyond seed noise of every other setting (paired t, 5 %, Holm over 2 columns)
    freeze=true: the best, 0.0610, is within seed noise of 1 other
    best: train_size=3000; within seed noise of it: train_size=1000

    Environment: cpu, fp32.
    ");
    assert_eq!(answer(&workshop, line), answer(&workshop, "show grid --columns model.freeze --value entity_f1"));
}

#[test]
fn a_mean_over_settings_is_refused() {
    let workshop = Workshop::new(GRID);
    grid().write(&workshop, "grid");
    let said = shown(&workshop, "show grid --rows train_size");
    insta::assert_snapshot!(said.err, @r"
    error: freeze varies, and is neither in --rows nor in --columns: add it to one
      of them, or choose one value with --only freeze=false (there are false, true)
    ");
    assert_eq!((said.status, said.out.as_str()), (2, ""));
    let text = answer(&workshop, "show grid --rows train_size --only freeze=true --value entity_f1");
    assert!(text.contains("\ntrain_size  seeds  "), "{text}");
}

#[test]
fn each_seed_has_a_row_where_it_is_asked_for() {
    let workshop = Workshop::new(GRID);
    grid().write(&workshop, "grid");
    let text = answer(&workshop, "show grid --rows seed --columns train_size,freeze --only freeze=false");
    assert!(text.contains("\n3              0.6520           0.7540\n"), "{text}");
}

#[test]
fn a_wide_pivot_is_broken_between_columns() {
    let workshop = Workshop::new(GRID);
    grid().write(&workshop, "grid");
    let said = workshop.runner_with("show grid --rows freeze --columns train_size,seed", &[("COLUMNS", "60")]);
    assert!(said.out.lines().all(|line| line.chars().count() <= 60), "{}", said.out);
    assert_eq!(said.out.matches("\nfreeze  ").count(), 4, "{}", said.out);
}

#[test]
fn only_takes_values_in_any_spelling() {
    let workshop = Workshop::new(GRID);
    grid().write(&workshop, "grid");
    let text = answer(&workshop, "show grid --only freeze=false,train_size=1e3,train_size=3000 --format csv");
    assert!(text.contains(",3000,") && text.contains(",1000,") && !text.contains("true,3,8"), "{text}");
    let one = answer(&workshop, "show grid --only train_size=1000,freeze=false,seed=3 --value entity_f1");
    assert!(one.contains("\ntrain_size=1000,freeze=false     0.6520\n"), "{one}");
}

#[test]
fn names_that_there_are_not_are_answered_with_the_nearest() {
    let workshop = Workshop::new(GRID);
    grid().write(&workshop, "grid");
    let wrong = [
        "show grid --rows train_siz",
        "show grid --value entiy_f1",
        "show grid --only freez=true",
        "show grid --only freeze=maybe",
        "show grid --only freeze",
        "show grid --set europeana",
        "show grid --types --value entity_f1",
        "show grid --rows freeze --columns freeze",
        "show grid --format html",
    ];
    let said = wrong.map(|line| shown(&workshop, line));
    assert!(said.iter().all(|said| said.status == 2 && said.out.is_empty()));
    let texts: Vec<&str> = said.iter().map(|said| said.err.lines().next().unwrap()).collect();
    insta::assert_snapshot!(texts.join("\n"), @r"
    error: --rows train_siz: no row has this key (did you mean `train_size`?); the
    error: --value entiy_f1: there is no such score (did you mean `entity_f1`?);
    error: --only freez: no row has this key (did you mean `freeze`?); the keys that
    error: --only freeze=maybe: no row has this value; freeze is one of false, true
    error: --only freeze: there is no `=`; write KEY=VALUE,...
    error: --set europeana: no folder has this evaluation set; there are none: write
    error: --value entity_f1: with --types there are f1, support, precision, recall
    error: model.freeze is in --rows and in --columns: remove one of them
    error: invalid value 'html' for '--format <FORMAT>'
    ");
}

#[test]
fn types_are_rows() {
    let workshop = Workshop::new(GRID);
    grid().write(&workshop, "grid");
    let text = answer(&workshop, "show grid --types --only freeze=false");
    assert!(text.contains("\n1000        LOC       5   0.6362 ±0.0158       10"), "{text}");
    let pivot =
        answer(&workshop, "show grid --types --rows type --columns train_size --value f1,support --only freeze=false");
    assert!(pivot.contains("\nLOC "), "{pivot}");
}

#[test]
fn partial_scores_come_from_predictions() {
    let workshop = Workshop::new(&GRID.replace("[32, 64]", "[32]"));
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    let csv = answer(&workshop, "show results/grid --format csv --value exact_f1,type_f1,entity_f1");
    let rows: Vec<Vec<String>> = csv::Reader::from_reader(csv.as_bytes())
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect();
    assert_eq!(rows.len(), 6, "{csv}");
    assert!(rows.iter().all(|row| row.iter().any(|cell| cell.starts_with("0."))), "{csv}");
}

#[test]
fn evaluation_sets_are_columns() {
    let far =
        GRID.replace("[32, 64]", "[32]") + "\n[[evaluate]]\nname = \"again\"\ndataset = \"builtin:es\"\nsize = 20\n";
    let workshop = Workshop::new(&far);
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    let text = answer(&workshop, "show results/grid --rows freeze --columns set");
    assert!(text.contains("\nfreeze    set=own test       set=again\n"), "{text}");
    let on = answer(&workshop, "show results/grid --set again --value entity_f1");
    assert!(on.starts_with("grid on again\n"), "{on}");
}
