//! Experiments over such splits, to the tables.

use std::fmt::Write;

use crate::workshop::{Said, Workshop};

const MODEL: &str = "
[model]
checkpoint = \"builtin:tiny\"
max_length = 64

[train]
max_steps = 12
learning_rate = 2e-3
";

fn run(workshop: &Workshop) -> Said {
    let said = workshop.runner("run grid.toml --threads 1");
    assert_eq!(said.status, 0, "{}{}", said.out, said.err);
    said
}

fn summary(workshop: &Workshop, metric: &str) -> Vec<Vec<(String, String)>> {
    let text = workshop.read("results/grid/summary.csv");
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let rows = lines.map(|cells| header.iter().cloned().zip(cells).collect::<Vec<_>>());
    rows.filter(|row| row.iter().any(|(name, cell)| name == "metric" && cell == metric)).collect()
}

fn cell<'r>(row: &'r [(String, String)], column: &str) -> &'r str {
    row.iter().find(|(name, _)| name == column).map(|(_, cell)| cell.as_str()).unwrap()
}

#[test]
fn folds_are_averaged_without_an_interval() {
    let grid = format!(
        "[data]\ndataset = \"builtin:es\"\ntrain_size = 64\ntest_size = 40\nfolds = 3\n{MODEL}\n[matrix]\ndata.fold = [0, 1, 2]\nmodel.freeze = [false, true]\n"
    );
    let workshop = Workshop::new(&grid);
    run(&workshop);
    for (metric, has_sentences) in [("validation_token_accuracy", false), ("test_token_accuracy", true)] {
        let rows = summary(&workshop, metric);
        assert_eq!(rows.len(), 2, "a row for each setting");
        for row in rows {
            assert_eq!((cell(&row, "folds"), cell(&row, "n"), cell(&row, "failed")), ("3", "3", "0"));
            assert_eq!((cell(&row, "ci_low"), cell(&row, "sd_seed"), cell(&row, "sd_data")), ("", "", ""));
            assert_eq!(!cell(&row, "sentence_low").is_empty(), has_sentences, "{metric}");
            let freeze = cell(&row, "freeze").to_owned();
            let of = |fold: usize| -> f64 {
                let job = format!("fold={fold},freeze={freeze}");
                workshop.cell("results/grid", &job, metric).unwrap().parse().unwrap()
            };
            let mean = (of(0) + of(1) + of(2)) / 3.0;
            assert!((cell(&row, "mean").parse::<f64>().unwrap() - mean).abs() < 1e-6);
        }
    }
    let shown = workshop.runner("show results/grid --value validation_token_accuracy");
    assert!(shown.out.contains("3 (3 folds)") && shown.out.contains("(sd 0."), "{}", shown.out);
    assert!(shown.out.contains("They share training rows") && !shown.out.contains('±'), "{}", shown.out);
    let apart = workshop.runner("show results/grid --rows fold --columns freeze --value test_token_accuracy");
    assert_eq!(apart.status, 0, "{}", apart.err);
    let again = workshop.runner("run grid.toml --threads 1");
    assert!(again.status == 0 && workshop.runner("verify results/grid").status == 0, "{}", again.err);
}

#[test]
fn select_takes_the_mean_over_folds() {
    let grid = format!(
        "[data]\ndataset = \"builtin:es\"\ntrain_size = 64\ntest_size = 40\nfolds = 2\n{MODEL}\n[matrix]\ndata.fold = [0, 1]\ntrain.label_smoothing = [0.0, 0.1]\n\n[select]\nby = \"validation_token_accuracy\"\nover = [\"train.label_smoothing\"]\n"
    );
    let workshop = Workshop::new(&grid);
    run(&workshop);
    let of = |smoothing: &str, column: &str| -> Vec<String> {
        let cell = |fold| workshop.cell("results/grid", &format!("fold={fold},label_smoothing={smoothing}"), column);
        [0, 1].map(|fold| cell(fold).unwrap()).to_vec()
    };
    let mean = |smoothing| {
        of(smoothing, "validation_token_accuracy").iter().map(|cell| cell.parse::<f64>().unwrap()).sum::<f64>()
    };
    let winner = if mean("0.1") > mean("0") { "0.1" } else { "0" };
    assert_eq!(of(winner, "selected"), ["true", "true"], "all folds of a candidate win together");
}

/// Two languages of a dozen sentences each.
fn two_languages(grid: &str) -> Workshop {
    let workshop = Workshop::new(grid);
    for (language, names) in [("es", ["Ana", "Lima", "Pedro"]), ("it", ["Carla", "Roma", "Luca"])] {
        for (split, count) in [("train", 12), ("test", 4), ("validation", 3)] {
            let mut text = String::new();
            for row in 0..count {
                let kind = ["PER", "LOC", "PER"][row % 3];
                writeln!(text, "{} B-{kind}\nva O\n{row} O\n", names[row % 3]).unwrap();
            }
            workshop.write(&format!("d/{language}/{split}.conll"), text);
        }
    }
    workshop
}

#[test]
fn languages_are_trained_on_as_one_set_and_scored_together_or_apart() {
    let grid = format!(
        "[data]\ndataset = \"./d\"\nlanguage = [\"es\", \"it\"]\ntrain_size = 16\n{MODEL}\n[[evaluate]]\nlanguage = \"it\"\n"
    );
    let workshop = two_languages(&grid);
    run(&workshop);
    assert_eq!(workshop.cell("results/grid", "base", "language").unwrap(), "es+it");
    assert!(workshop.read("results/grid/evaluations.csv").contains(",it,"), "the set has its own language");
    assert!(workshop.read("results/grid/lock.toml").contains("it/test.conll"));
    for command in ["verify results/grid", "errors results/grid:base", "data grid.toml", "run grid.toml --threads 1"] {
        let said = workshop.runner(command);
        assert_eq!(said.status, 0, "{command}: {}{}", said.out, said.err);
    }
    let said = workshop.runner("data grid.toml");
    assert!(said.out.contains("es+it, train 16"), "{}", said.out);
}

#[test]
fn the_order_of_languages_is_part_of_the_key_and_one_in_a_list_is_itself() {
    let key = |language: &str| {
        let grid = format!("[data]\ndataset = \"./d\"\nlanguage = {language}\n{MODEL}");
        let workshop = two_languages(&grid.replace("max_steps = 12", "max_steps = 1"));
        run(&workshop);
        workshop.cell("results/grid", "base", "key").unwrap()
    };
    assert_eq!(key("\"es\""), key("[\"es\"]"));
    assert_ne!(key("[\"es\", \"it\"]"), key("[\"it\", \"es\"]"));
}
