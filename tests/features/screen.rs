//! What stands on the screen: its width, its color, its progress, and the log of a job.

use crate::workshop::{GRID, Said, Workshop};

/// What is printed in so many columns.
fn shown(workshop: &Workshop, columns: &str) -> String {
    fitting(workshop, "run grid.toml", columns).out
}

/// What a command prints in so many columns: no line has more, unless it is a single word, such as a path.
fn fitting(workshop: &Workshop, line: &str, columns: &str) -> Said {
    let said = workshop.runner_with(line, &[("COLUMNS", columns)]);
    let most: usize = columns.parse().unwrap();
    for text in said.out.lines().chain(said.err.lines()) {
        assert!(text.chars().count() <= most || !text.trim().contains(' '), "{line} at {columns}: {text}");
    }
    said
}

#[test]
fn every_command_fits_60_80_and_120_columns() {
    let grid = GRID.replace("[32, 64]", "[32, 999999]").replace("max_length = 64", "max_length = 12");
    let workshop = Workshop::new(&grid);
    let wrong = "[data]\ndataset = 5\ntest_sizes = 40\n\n[train]\nlearning_rate = -1\nepoch = 3\n";
    workshop.write("wrong.toml", wrong);
    workshop.write("README.toml", "# A page\n\nSome text that is no experiment, in a file named as one by mistake.\n");
    let hub = GRID.replace("builtin:es", "somebody/a-corpus").replace("builtin:tiny", "somebody/a-checkpoint");
    workshop.write("hub.toml", &hub);
    let far = GRID.replace("[32, 64]", "[32]")
        + "\n[[evaluate]]\nname = \"the-test-set-again\"\ndataset = \"builtin:es\"\nsize = 20\n";
    workshop.write("far.toml", &far);
    let commands = [
        ("plan grid.toml", 1),
        ("data grid.toml", 1),
        ("run grid.toml", 1),
        ("run grid.toml", 1),
        ("plan grid.toml", 1),
        ("run far.toml", 0),
        ("run far.toml", 0),
        ("run hub.toml", 3),
        ("doctor --offline", 0),
        ("doctor", 3),
        ("plan wrong.toml", 2),
        ("plan README.toml", 2),
        ("plan missing.toml", 2),
    ];
    for columns in ["60", "80", "120"] {
        for (line, status) in commands {
            let said = fitting(&workshop, line, columns);
            assert_eq!(said.status, status, "{line}: {}{}", said.out, said.err);
        }
    }
}

#[test]
fn there_is_color_only_where_it_is_wanted() {
    let workshop = Workshop::new(&GRID.replace("[32, 64]", "[32, 999999]"));
    let has_color = |line: &str, variables: &[(&str, &str)]| {
        let said = workshop.runner_with(line, variables);
        [said.out, said.err].map(|text| text.contains('\x1b'))
    };
    assert_eq!(has_color("run grid.toml", &[]), [false, false]);
    assert_eq!(has_color("run grid.toml", &[("CLICOLOR_FORCE", "1")]), [true, true]);
    assert_eq!(has_color("run grid.toml", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]), [false, false]);
    let forced = workshop.runner_with("run grid.toml", &[("CLICOLOR_FORCE", "1")]);
    assert!(forced.out.contains("\x1b[1mgrid, test split\x1b[0m\n"), "{}", forced.out);
    assert!(forced.out.contains("\x1b[31mfailed: too few rows\x1b[0m"), "{}", forced.out);
    assert!(forced.out.contains("\x1b[31mfailed:\x1b[0m"), "{}", forced.out);
    let plan = workshop.runner_with("plan grid.toml", &[("CLICOLOR_FORCE", "1"), ("COLUMNS", "80")]);
    assert!(plan.out.contains("\x1b[32mdone (cpu)\x1b[0m"), "{}", plan.out);
    // colors move no column
    let plain = workshop.runner_with("plan grid.toml", &[("COLUMNS", "80")]);
    let stripped =
        ["\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m"].iter().fold(plan.out, |text, code| text.replace(code, ""));
    assert_eq!(stripped, plain.out);
}

#[test]
fn a_log_is_readable_and_verbose_shows_the_same_lines() {
    let workshop =
        Workshop::new(&GRID.replace("data.train_size = [32, 64]\nmodel.freeze = [false, true]", "train.seed = [7]"));
    let said = workshop.runner("run grid.toml -v");
    let key = workshop.cell("results/grid", "seed=7", "key").unwrap();
    let log = workshop.read(&format!("results/grid/.run/jobs/{key}/log.txt"));
    // warnings come behind the table, once for all jobs
    for line in log.lines().filter(|line| !line.contains(": warning: ")) {
        assert!(said.err.lines().any(|shown| shown == line), "{line} is shown: {}", said.err);
        assert!(line.contains("Z seed=7: ") && !line.contains('{') && !line.contains("phase="), "{line}");
    }
    let sentences = [
        ": training\n",
        ": trained: step 5 of 12, loss ",
        ": predicting\n",
        ": scored: split test, entity_f1 ",
        ": finished: steps 12, train ",
    ];
    for sentence in sentences {
        assert!(log.contains(sentence), "{sentence}: {log}");
    }
    let json = workshop.read(&format!("results/grid/.run/jobs/{key}/log.jsonl"));
    assert!(json.contains("\"step\":5,\"total\":12,\"loss\":"), "{json}");
}

#[test]
fn as_many_scores_stand_as_fit_and_the_others_are_named() {
    let workshop = Workshop::new(GRID);
    workshop.runner("run grid.toml");
    let narrow = shown(&workshop, "60");
    assert!(narrow.contains("\ntrain_size  freeze       entity_f1          _micro\n"), "{narrow}");
    assert!(narrow.contains("\n64          true "), "each axis has a column: {narrow}");
    assert!(
        narrow.contains("also in results.csv: gold_token_f1_micro, train_loss,\n  entity_f1_iob2, steps, gold_token_f1_macro,\n  entity_precision, "),
        "{narrow}"
    );
    assert!(narrow.contains("\nReport entity_f1; "), "{narrow}");
    let wider = shown(&workshop, "80");
    assert!(wider.contains("also in results.csv: entity_f1_iob2, steps, gold_token_f1_macro,"), "{wider}");
    let widest = shown(&workshop, "100");
    assert!(
        widest.contains("also in results.csv: steps, gold_token_f1_macro, ") && widest.contains("_iob2"),
        "{widest}"
    );
}

#[test]
fn seeds_make_one_row_with_their_mean_and_interval() {
    let grid = GRID.replace("data.train_size = [32, 64]", "train.seed = [1, 2, 3]");
    let workshop = Workshop::new(&grid);
    workshop.runner("run grid.toml");
    let table = shown(&workshop, "80");
    let rows: Vec<&str> =
        table.lines().filter(|line| line.starts_with("false  ") || line.starts_with("true  ")).collect();
    assert_eq!(rows.len(), 2, "{table}");
    assert!(table.contains("\nfreeze  seeds "), "{table}");
    assert!(rows[0].starts_with("false       3  ") && rows[1].starts_with("true        3  "), "{table}");
    assert!(table.contains("\n±: 95 % interval of the mean over seeds\n"), "{table}");
    // as summary.csv has it
    let summary = workshop.read("results/grid/summary.csv");
    let mut lines = summary.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let at = |column: &str| header.iter().position(|name| *name == column).unwrap();
    let row = lines.find(|row| row[at("metric")] == "test_token_f1_micro" && row[at("freeze")] == "true").unwrap();
    let cell = |column: &str| row[at(column)].parse::<f64>().unwrap();
    let (mean, low, high) = (cell("mean"), cell("ci_low"), cell("ci_high"));
    // equal scores have no interval: the first ± is that of this score
    assert!(rows[0].starts_with("false       3     0.0000  "), "{table}");
    let half = rows[1].split(" ±").nth(1).and_then(|rest| rest.split(' ').next()).unwrap().parse::<f64>().unwrap();
    assert!(rows[1].contains(&format!(" {mean:.4} ±")), "{mean}: {table}");
    // the larger distance, rounded up
    let larger = (mean - low).max(high - mean);
    assert!((-2e-6..1e-4 + 2e-6).contains(&(half - larger)), "{larger}: {table}");
}

#[test]
fn settings_with_long_values_stand_above_the_table() {
    let grid = GRID.replace("data.train_size = [32, 64]", "data.labels = [[\"O\", \"B-PER\", \"I-PER\", \"B-ORG\", \"I-ORG\", \"B-LOC\", \"I-LOC\"], [\"O\", \"B-LOC\", \"I-LOC\", \"B-PER\", \"I-PER\", \"B-ORG\", \"I-ORG\"]]");
    let workshop = Workshop::new(&grid);
    let said = workshop.runner_with("run grid.toml", &[("COLUMNS", "50")]);
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
