//! What cannot be shown, and what is said of it.

use crate::workshop::{GRID, Workshop};

const JOB: &str = "results/grid:train_size=32,freeze=true";

fn grid() -> Workshop {
    let workshop = Workshop::new(GRID);
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    workshop
}

/// The message of a command that shows nothing.
fn refused(workshop: &Workshop, line: &str) -> String {
    let said = workshop.runner(line);
    assert_eq!((said.status, said.out.as_str()), (2, ""), "{line}");
    said.err
}

/// The file of a job's predictions, as the command names it.
fn predictions(workshop: &Workshop) -> String {
    let said = workshop.runner(&format!("errors {JOB} --format json"));
    let found: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    format!("results/grid/{}", found["predictions"].as_str().unwrap())
}

#[test]
fn a_clone_without_predictions_says_where_they_are_missing() {
    let clone = grid().cloned();
    std::fs::remove_dir_all(clone.path("results/grid/predictions")).unwrap();
    insta::assert_snapshot!(refused(&clone, &format!("errors {JOB}")), @"error: results/grid:train_size=32,freeze=true has no predictions: there is no folder results/grid/predictions; restore it from git or a copy, or run the job again with --force");
}

#[test]
fn one_missing_file_is_missing_in_the_folder() {
    let workshop = grid();
    let file = predictions(&workshop);
    std::fs::remove_file(workshop.path(&file)).unwrap();
    insta::assert_snapshot!(refused(&workshop, &format!("errors {JOB}")), @"error: results/grid:train_size=32,freeze=true has no predictions in results/grid/predictions; restore it from git or a copy, or run the job again with --force");
}

#[test]
fn damaged_edited_and_goldless_predictions_are_not_shown() {
    let clone = grid().cloned();
    let file = predictions(&clone);
    let whole = clone.read(&file);
    let mut texts = Vec::new();
    clone.write(&file, whole.replacen('\n', " PERSON\n", 1));
    texts.push(refused(&clone, &format!("errors {JOB}")));
    let edited: Vec<&str> = whole.lines().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    clone.write(&file, edited.join("\n") + "\n");
    texts.push(refused(&clone, &format!("errors {JOB}")));
    let other_answers = whole.split_inclusive('\n').map(|line| {
        let words = line.trim_end().split(' ').count();
        vec!["B-LOC"; words].join(" ") + "\n"
    });
    clone.write(&file, other_answers.collect::<String>());
    texts.push(refused(&clone, &format!("errors {JOB}")));
    clone.write(&file, &whole);
    for entry in std::fs::read_dir(clone.path("results/grid/predictions")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("gold-") {
            std::fs::remove_file(path).unwrap();
        }
    }
    texts.push(refused(&clone, &format!("errors {JOB}")));
    insta::assert_snapshot!(texts.concat().replace(file.trim_start_matches("results/grid/"), "FILE"), @r#"
    error: results/grid:train_size=32,freeze=true: FILE:1: "PERSON" is not a tag; restore predictions/ from git or a copy, or run the job again with --force
    error: results/grid:train_size=32,freeze=true: no gold tags in predictions/ have the sentences of FILE; restore predictions/ from git or a copy, or run the job again with --force
    error: results/grid:train_size=32,freeze=true: its scores do not follow from FILE; restore the file from git or a copy, or run the job again with --force
    error: results/grid:train_size=32,freeze=true: no gold tags in predictions/ have the sentences of FILE; restore predictions/ from git or a copy, or run the job again with --force
    "#);
}

#[test]
fn a_failed_job_and_an_unscored_split_say_so() {
    let workshop = Workshop::new(&GRID.replace("[32, 64]", "[32, 999999]"));
    assert_eq!(workshop.runner("run grid.toml").status, 1);
    let failed = refused(&workshop, "errors results/grid:train_size=999999,freeze=true");
    insta::assert_snapshot!(failed, @r#"error: results/grid:train_size=999999,freeze=true failed and has no predictions: data-too-few-rows: data.train_size = 999999, but the train split has 3000 rows; lower it, or set it to "all"; mend that and run the experiment again"#);
    insta::assert_snapshot!(refused(&workshop, &format!("errors {JOB} --split validation")), @"error: results/grid:train_size=32,freeze=true is not scored on the validation split; use --split test, or set data.validation_size");
    let grid = GRID.replace("test_size = 40", "test_size = 0\nvalidation_size = 20");
    let untested = Workshop::new(&grid);
    assert_eq!(untested.runner("run grid.toml").status, 0);
    insta::assert_snapshot!(refused(&untested, &format!("errors {JOB}")), @"error: results/grid:train_size=32,freeze=true is not scored on the test split; use --split validation, or set data.test_size");
}

#[test]
fn two_jobs_with_other_gold_are_not_compared() {
    let workshop = grid();
    workshop.write("short.toml", GRID.replace("test_size = 40", "test_size = 20"));
    assert_eq!(workshop.runner("run short.toml").status, 0);
    let text = refused(&workshop, &format!("errors {JOB} {}", JOB.replace("grid", "short")));
    insta::assert_snapshot!(text, @"error: not comparable: test sets of 40 and 20 sentences (results/grid:train_size=32,freeze=true and results/short:train_size=32,freeze=true); name two jobs with the same gold tags, or look at one at a time");
}

#[test]
fn an_unknown_type_kind_or_format_names_those_that_there_are() {
    let workshop = grid();
    insta::assert_snapshot!(refused(&workshop, &format!("errors {JOB} --type PRE")), @"error: no type `PRE` in gold or answers; there are LOC, ORG, PER");
    for (line, known) in
        [("--kind boundry", "boundary, type, both, missed, spurious"), ("--format latex", "text, md, csv, json")]
    {
        let text = refused(&workshop, &format!("errors {JOB} {line}"));
        assert!(text.contains(known), "{text}");
    }
}
