//! The command on results of small runs.

use std::collections::BTreeMap;

use crate::workshop::{GRID, Workshop};

fn grid() -> Workshop {
    let workshop = Workshop::new(GRID);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    workshop
}

fn json(workshop: &Workshop, line: &str) -> serde_json::Value {
    let said = workshop.runner(line);
    assert_eq!(said.status, 0, "{line}: {}", said.err);
    serde_json::from_str(&said.out).unwrap()
}

const LEARNED: &str = "results/grid:train_size=64,freeze=false";
const FROZEN: &str = "results/grid:train_size=64,freeze=true";

#[test]
fn counts_and_scores_are_those_of_the_tables_and_nothing_is_written() {
    let workshop = grid();
    let (before, times) = (workshop.files("results"), workshop.times("results/grid"));
    for label in workshop.jobs("results/grid") {
        let found = json(&workshop, &format!("errors results/grid:{label} --format json"));
        let cell = |column: &str| workshop.cell("results/grid", &label, column).unwrap();
        let number = |name: &str| found[name].as_u64().unwrap();
        let share = |part: u64, whole: u64| format!("{:.6}", if whole == 0 { 0.0 } else { part as f64 / whole as f64 });
        assert_eq!(share(number("right"), number("answers")), cell("test_entity_precision"), "{label}");
        assert_eq!(share(number("right"), number("gold")), cell("test_entity_recall"), "{label}");
        let f1 = found["scores"][0]["entity_f1"].as_f64().unwrap();
        assert_eq!(format!("{f1:.6}"), cell("test_entity_f1"), "{label}");
        let kind = |name: &str| found["kinds"][name].as_u64().unwrap();
        let matched = number("right") + kind("boundary") + kind("type") + kind("both");
        assert_eq!((matched + kind("missed"), matched + kind("spurious")), (number("gold"), number("answers")));
    }
    workshop.runner(&format!("errors {LEARNED} {FROZEN}"));
    assert_eq!(workshop.files("results"), before);
    assert_eq!(workshop.times("results/grid"), times);
}

#[test]
fn words_are_those_of_the_data_by_the_jobs_settings() {
    let workshop = grid();
    let found = json(&workshop, &format!("errors {LEARNED} --format json"));
    let sentence = &found["errors"][0];
    let count = |name: &str| sentence[name].as_array().unwrap().len();
    assert_eq!(count("words"), count("gold"));
    let said = workshop.runner(&format!("errors {LEARNED} -n 1"));
    let first = sentence["words"][0].as_str().unwrap();
    assert!(said.out.contains(&format!("\n  words   {first}")), "{}", said.out);
    assert!(!said.out.contains("no words:"), "{}", said.out);
}

#[test]
fn sentences_are_in_the_order_of_the_file_by_their_lines() {
    let workshop = grid();
    let found = json(&workshop, &format!("errors {FROZEN} --format json"));
    let file = workshop.read(&format!("results/grid/{}", found["predictions"].as_str().unwrap()));
    let lines: Vec<&str> = file.lines().collect();
    let mut last = 0;
    for sentence in found["errors"].as_array().unwrap() {
        let number = sentence["sentence"].as_u64().unwrap() as usize;
        assert!(number > last);
        last = number;
        let tags = sentence["answer"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap_or("-"));
        assert_eq!(tags.collect::<Vec<_>>().join(" "), lines[number - 1]);
    }
    assert!(last > 0);
}

#[test]
fn changes_of_two_jobs_balance_their_errors() {
    let workshop = grid();
    let found = json(&workshop, &format!("errors {FROZEN} {LEARNED} --format json"));
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for change in found["changes"].as_array().unwrap().iter().flat_map(|line| line["changes"].as_array().unwrap()) {
        *counts.entry(change["change"].as_str().unwrap()).or_default() += 1;
    }
    let wrong = |side: &str| -> i64 {
        found[side]["kinds"].as_object().unwrap().values().map(|count| count.as_i64().unwrap()).sum()
    };
    let count = |name: &str| counts.get(name).copied().unwrap_or_default();
    assert_eq!(wrong("second") - wrong("first"), count("broke") - count("fixed"), "{counts:?}");
    assert!(count("fixed") + count("broke") + count("changed") > 0);
}

#[test]
fn every_screen_fits_its_terminal() {
    let workshop = grid();
    let lines = [format!("errors {LEARNED}"), format!("errors {FROZEN} {LEARNED}"), "errors results/grid".to_owned()];
    for columns in ["60", "80", "120"] {
        for line in &lines {
            let said = workshop.runner_with(line, &[("COLUMNS", columns)]);
            let most: usize = columns.parse().unwrap();
            for text in said.out.lines().chain(said.err.lines()) {
                assert!(text.chars().count() <= most || !text.trim().contains(' '), "{line} at {columns}: {text}");
            }
        }
    }
}

#[test]
fn a_clone_has_words_where_the_data_are_and_tags_alone_where_not() {
    let workshop =
        Workshop::new(&GRID.replace("builtin:es", "./corpus").replace("[32, 64]", "[2]").replace("2e-3", "1e-6"));
    let lines = "Ana B-PER\nvive O\nen O\nLima B-LOC\n\n";
    for (split, rows) in [("train", 2), ("test", 40)] {
        workshop.write(&format!("corpus/{split}.txt"), lines.repeat(rows));
    }
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let clone = workshop.cloned();
    let said = clone.runner("errors results/grid:freeze=true -n 1");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.out.contains("words   Ana"), "{}", said.out);
    // other tags: not the data that were scored
    clone.write("corpus/test.txt", lines.replace("Ana B-PER", "Ana O").repeat(40));
    let said = clone.runner("errors results/grid:freeze=true -n 1");
    let why =
        "no words: the data set ../../corpus is not the one that was scored: the tags of 40 of 40 sentences differ";
    assert!(said.out.replace("\n  ", " ").contains(why), "{}", said.out);
    assert!(said.out.contains("\n  word    1"), "{}", said.out);
    std::fs::remove_dir_all(clone.path("corpus")).unwrap();
    let said = clone.runner("errors results/grid:freeze=true -n 1 --format csv");
    assert!(said.err.contains("the data set ../../corpus is not on this machine; put the folder back"), "{}", said.err);
    assert!(said.out.starts_with("sentence,kind,gold_type,"), "{}", said.out);
}

#[test]
fn an_evaluation_set_and_the_validation_split_have_errors_of_their_own() {
    let sets = "\n[[evaluate]]\nname = \"again\"\ndataset = \"builtin:es\"\nsize = 20\n";
    let grid =
        GRID.replace("test_size = 40", "test_size = 40\nvalidation_size = 30").replace("[32, 64]", "[32]") + sets;
    let workshop = Workshop::new(&grid);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    let found = |options: &str| json(&workshop, &format!("errors results/grid:freeze=false --format json {options}"));
    let sizes = ["", "--split validation", "--set again"].map(|options| found(options)["sentences"].clone());
    assert_eq!(sizes, [40, 30, 20].map(serde_json::Value::from));
    let set = found("--set again");
    assert_eq!(set["on"], "evaluation set again");
    assert!(set["errors"][0]["words"].is_array(), "{}", set["errors"][0]);
    let said = workshop.runner("errors results/grid:freeze=false --set agian");
    assert_eq!((said.status, said.out.as_str()), (2, ""));
    assert_eq!(said.err, "error: results/grid has no evaluation set `agian`: it has again; did you mean `again`?\n");
}
