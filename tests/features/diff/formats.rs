//! Text of several widths, Markdown, CSV and JSON.

use super::diff;
use super::results::{Results, setting};
use crate::workshop::Workshop;

fn sides() -> [Results; 2] {
    let rows = |wrong: [[usize; 3]; 3]| {
        let labels = ["train_size=1000,freeze=false", "train_size=3000,freeze=false", "train_size=3000,freeze=true"];
        Results::new(labels.iter().zip(wrong).flat_map(|(label, wrong)| setting(label, &wrong)).collect())
    };
    let a = rows([[60, 63, 61], [40, 43, 41], [90, 90, 91]]);
    [a, rows([[20, 24, 21], [42, 40, 43], [90, 90, 91]]).rate("1e-4")]
}

#[test]
fn a_narrow_terminal_is_enough() {
    let workshop = Workshop::new("");
    let [a, b] = sides();
    a.write(&workshop, "results/a");
    b.write(&workshop, "results/b");
    let said = workshop.runner_with("diff results/a results/b", &[("COLUMNS", "60")]);
    assert!(said.out.lines().all(|line| line.chars().count() <= 60), "{}", said.out);
    insta::assert_snapshot!(said.out, @"");
}

#[test]
fn several_scores_are_one_family() {
    let [a, b] = sides();
    insta::assert_snapshot!(diff(&a, &b, "--value entity_f1,entity_recall --only train_size=1000").out, @"");
}

#[test]
fn markdown_is_for_pull_requests() {
    let [a, b] = sides();
    insta::assert_snapshot!(diff(&a, &b, "--format md").out, @"");
}

#[test]
fn csv_and_json_have_every_number() {
    let [a, b] = sides();
    let said = diff(&a, &b, "--format csv --only train_size=1000");
    insta::assert_snapshot!(said.out, @"");
    let said = diff(&a, &b, "--format json");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&said.out).unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2]["verdict"], "identical");
    assert!(rows[0]["p_holm"].as_f64().unwrap() > rows[0]["p"].as_f64().unwrap());
    insta::assert_snapshot!(said.err, @"");
}

#[test]
fn many_settings_that_are_alike_are_one_line() {
    const LABELS: [&str; 8] = [
        "train_size=1",
        "train_size=2",
        "train_size=3",
        "train_size=4",
        "train_size=5",
        "train_size=6",
        "train_size=7",
        "train_size=8",
    ];
    let rows =
        |labels: &[&'static str]| Results::new(labels.iter().flat_map(|label| setting(label, &[60, 63, 61])).collect());
    insta::assert_snapshot!(diff(&rows(&LABELS), &rows(&LABELS[..4]), "").out, @"");
    insta::assert_snapshot!(diff(&rows(&LABELS), &rows(&LABELS[..4]), "-v").out, @"");
}
