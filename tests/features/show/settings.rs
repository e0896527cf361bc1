//! Settings as rows: means, intervals, the best, and what is said below.

use super::*;

#[test]
fn settings_are_rows_in_as_many_columns_as_fit() {
    let workshop = Workshop::new(GRID);
    grid().write(&workshop, "results/grid");
    let at = |columns: &str| workshop.runner_with("show results/grid", &[("COLUMNS", columns)]).out;
    insta::assert_snapshot!(at("60"), @r"
    grid, test split
                                                      token_f1
    train_size  freeze  seeds        entity_f1          _micro
    ──────────────────────────────────────────────────────────
    1000        false       5   0.6362 ±0.0158  0.7362 ±0.0160
    1000        true        5   0.0524 ±0.0180  0.1524 ±0.0163
    3000        false       5  *0.7554 ±0.0033  0.8554 ±0.0033
    3000        true        5   0.0610 ±0.0076  0.1610 ±0.0074

    ±: 95 % interval of the mean over seeds
    *: beyond seed noise of every other setting (paired t, 5 %)
    also with --value SCORE: gold_token_f1_micro, train_loss,
      entity_f1_iob2, steps, gold_token_f1_macro,
      entity_precision, entity_recall, token_f1_macro,
      token_accuracy, exact_f1, exact_precision, exact_recall,
      partial_f1, partial_precision, partial_recall, type_f1,
      type_precision, type_recall

    Environment: cpu, fp32.
    Report entity_f1; docs/scores.md explains each score.
    ");
    insta::assert_snapshot!(at("80"), @r"
    grid, test split
                                                      token_f1      gold_token
    train_size  freeze  seeds        entity_f1          _micro       _f1_micro
    ──────────────────────────────────────────────────────────────────────────
    1000        false       5   0.6362 ±0.0158  0.7362 ±0.0160  0.7362 ±0.0160
    1000        true        5   0.0524 ±0.0180  0.1524 ±0.0163  0.1524 ±0.0163
    3000        false       5  *0.7554 ±0.0033  0.8554 ±0.0033  0.8554 ±0.0033
    3000        true        5   0.0610 ±0.0076  0.1610 ±0.0074  0.1610 ±0.0074

    ±: 95 % interval of the mean over seeds
    *: beyond seed noise of every other setting (paired t, 5 %)
    also with --value SCORE: train_loss, entity_f1_iob2, steps, gold_token_f1_macro,
      entity_precision, entity_recall, token_f1_macro, token_accuracy, exact_f1,
      exact_precision, exact_recall, partial_f1, partial_precision, partial_recall,
      type_f1, type_precision, type_recall

    Environment: cpu, fp32.
    Report entity_f1; docs/scores.md explains each score.
    ");
    insta::assert_snapshot!(at("120"), @r"
    grid, test split
                                                      token_f1      gold_token                   entity_f1
    train_size  freeze  seeds        entity_f1          _micro       _f1_micro  train_loss           _iob2  steps
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
    1000        false       5   0.6362 ±0.0158  0.7362 ±0.0160  0.7362 ±0.0160      0.5000  0.7362 ±0.0160    375
    1000        true        5   0.0524 ±0.0180  0.1524 ±0.0163  0.1524 ±0.0163      0.5000  0.1524 ±0.0163    375
    3000        false       5  *0.7554 ±0.0033  0.8554 ±0.0033  0.8554 ±0.0033      0.5000  0.8554 ±0.0033    375
    3000        true        5   0.0610 ±0.0076  0.1610 ±0.0074  0.1610 ±0.0074      0.5000  0.1610 ±0.0074    375

    ±: 95 % interval of the mean over seeds
    *: beyond seed noise of every other setting (paired t, 5 %)
    also with --value SCORE: gold_token_f1_macro, entity_precision, entity_recall, token_f1_macro, token_accuracy, exact_f1,
      exact_precision, exact_recall, partial_f1, partial_precision, partial_recall, type_f1, type_precision, type_recall

    Environment: cpu, fp32.
    Report entity_f1; docs/scores.md explains each score.
    ");
}

#[test]
fn nothing_is_bold_within_seed_noise_and_what_is_within_is_named() {
    let workshop = Workshop::new(GRID);
    Grid::new(&["data.train_size", "model.freeze", "train.seed"])
        .setting("1000", "false", &[0.70, 0.72, 0.74])
        .setting("1000", "true", &[0.71, 0.70, 0.73])
        .setting("3000", "true", &[0.10, 0.11, 0.13])
        .write(&workshop, "near");
    insta::assert_snapshot!(answer(&workshop, "show near --value entity_f1"), @r"
    near
    train_size  freeze  seeds       entity_f1
    ─────────────────────────────────────────
    1000        false       3  0.7200 ±0.0523
    1000        true        3  0.7133 ±0.0394
    3000        true        3  0.1133 ±0.0439

    ±: 95 % interval of the mean over seeds
    nothing is bold: the best, 0.7200, is within seed noise of 1 other
    best: train_size=1000,freeze=false; within seed noise of it:
      train_size=1000,freeze=true

    Environment: cpu, fp32.
    ");
}

#[test]
fn one_seed_each_cannot_have_a_best() {
    let workshop = Workshop::new(GRID);
    Grid::new(&["data.train_size"])
        .setting("1000", "false", &[0.70])
        .setting("3000", "false", &[0.80])
        .write(&workshop, "one");
    let text = answer(&workshop, "show one --value entity_f1");
    assert!(
        text.contains("\nnothing is bold: one seed each, so that luck and setting cannot be told apart\n"),
        "{text}"
    );
    assert!(!text.contains('±') && !text.contains('*'), "{text}");
}

#[test]
fn color_marks_the_best_in_bold() {
    let workshop = Workshop::new(GRID);
    grid().write(&workshop, "grid");
    let said = workshop.runner_with("show grid --value entity_f1", &[("CLICOLOR_FORCE", "1"), ("COLUMNS", "80")]);
    assert!(said.out.contains("\x1b[1;32m0.7554 ±0.0033\x1b[0m"), "{}", said.out);
    assert!(said.out.contains("\nbold: beyond seed noise of every other setting (paired t, 5 %)\n"), "{}", said.out);
}

#[test]
fn failed_and_collapsed_runs_are_counted_and_named() {
    let workshop = Workshop::new(GRID);
    let frozen = [("model.freeze", "true")];
    Grid::new(&["model.freeze", "train.seed"])
        .setting("1000", "false", &[0.70, 0.0, 0.74, 0.71])
        .row("freeze=true,seed=1", &[frozen[0], ("train.seed", "1")], Err("out-of-memory"))
        .row("freeze=true,seed=2", &[frozen[0], ("train.seed", "2")], Ok(0.5))
        .write(&workshop, "grid");
    insta::assert_snapshot!(answer(&workshop, "show grid --value entity_f1"), @r"
    grid
    freeze   seeds       entity_f1
    ──────────────────────────────
    false        4  0.5375 ±0.4328
    true    1 of 2          0.5000

    ±: 95 % interval of the mean over seeds
    nothing is bold: the best, 0.5375, is within seed noise of 1 other
    best: freeze=false; within seed noise of it: freeze=true
    note: the noise of a setting with one seed is taken from the seeds of the other
    note: seed 2 collapsed in freeze=false: 0.0000, median of the others 0.7100

    failed: freeze=true,seed=1: out-of-memory: it cannot be done
    Environment: cpu, fp32.
    ");
}

#[test]
fn data_seeds_are_the_unit_where_two_or_more_vary() {
    let workshop = Workshop::new(GRID);
    let rows = |grid: Grid, freeze: &str, score: f64| {
        (0..6_u32).fold(grid, |grid, at| {
            let (seed, data) = ((at % 2 + 1).to_string(), (at / 2 + 1).to_string());
            let label = format!("freeze={freeze},seed={seed},subset_seed={data}");
            let own = [("model.freeze", freeze), ("train.seed", seed.as_str()), ("data.subset_seed", data.as_str())];
            grid.row(&label, &own, Ok(score + 0.01 * f64::from(at / 2) + 0.001 * f64::from(at * at % 5)))
        })
    };
    let grid = Grid::new(&["model.freeze", "train.seed", "data.subset_seed"]);
    rows(rows(grid, "false", 0.7), "true", 0.3).write(&workshop, "grid");
    let text = answer(&workshop, "show grid --value entity_f1");
    assert!(text.contains("\nnote: tested over 3 data seeds (6 runs)\n"), "{text}");
    let csv = answer(&workshop, "show grid --value entity_f1 --format csv");
    let cell = |column: &str| {
        let mut table = csv::Reader::from_reader(csv.as_bytes());
        let at = table.headers().unwrap().iter().position(|name| name == column).unwrap();
        table.records().next().unwrap().unwrap()[at].to_owned()
    };
    assert!(!cell("sd_seed").is_empty() && !cell("sd_data").is_empty(), "{csv}");
}

#[test]
fn rows_of_several_environments_are_named() {
    let workshop = Workshop::new(GRID);
    let mut grid = grid();
    grid.records[3].outcome.environment = "cuda-h200".to_owned();
    grid.write(&workshop, "grid");
    let text = answer(&workshop, "show grid").replace("\n  ", " ");
    let expected = "Rows of several environments, equal up to rounding: cpu, fp32 (19 rows) and cuda-h200, fp32 (1 row: \
                    train_size=1000,freeze=false,seed=4).";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn a_run_prints_the_table_that_show_prints() {
    let workshop = Workshop::new(&GRID.replace("[false, true]", "[false]"));
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    let table = |line: &str| {
        let text = shown(&workshop, line).out;
        text.split("also").next().unwrap().to_owned()
    };
    let shown = table("show results/grid");
    assert_eq!(shown, table("run grid.toml"));
    // one seed, with predictions
    assert!(
        shown.contains(" ~0.") && shown.contains("\n~: 95 % interval over test sentences, for one seed\n"),
        "{shown}"
    );
}

#[test]
fn what_select_chose_is_said_with_how_much_too_high_its_score_is() {
    let workshop = Workshop::new(GRID);
    let select = "\n[select]\nover = [\"train.learning_rate\"]\n";
    let grid = GRID
        .replace("test_size = 40", "test_size = 40\nvalidation_size = 40")
        .replace("data.train_size = [32, 64]", "train.seed = [1, 2]")
        .replace("learning_rate = 2e-3\n", "")
        .replace("model.freeze = [false, true]", "train.learning_rate = [2e-3, 1e-3]");
    workshop.write("chosen.toml", grid + select);
    let said = workshop.runner("run chosen.toml");
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    let text = answer(&workshop, "show results/chosen");
    assert!(text.contains("\nchosen among 2: best validation score 0."), "{text}");
    assert!(text.contains("\nquote its test score; for a paper, train it again with fresh seeds\n"), "{text}");
    assert!(said.out.contains("\nchosen among 2: best validation score 0."), "{}", said.out);
    assert!(!text.contains("test_size"), "what was not selected has no test rows: {text}");
}
