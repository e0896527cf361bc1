//! Which settings are compared.

use super::results::{Results, setting};
use super::{blocks, diff};

fn rows(labels: &[&'static str], wrong: &[usize]) -> Results {
    Results::new(labels.iter().flat_map(|label| setting(label, wrong)).collect())
}

/// The settings with their verdicts.
fn verdicts(a: &Results, b: &Results) -> String {
    let shown = blocks(a, b);
    shown.lines().filter(|line| !line.contains("note:") && !line.contains(" -> 0.")).collect::<Vec<_>>().join("\n")
}

const OLD: [usize; 3] = [60, 63, 61];
const NEW: [usize; 3] = [20, 24, 21];

#[test]
fn an_axis_of_one_value_that_changed_is_named() {
    let a = rows(&["train_size=1000,learning_rate=5e-5", "train_size=3000,learning_rate=5e-5"], &OLD);
    let b = rows(&["train_size=1000,learning_rate=1e-4", "train_size=3000,learning_rate=1e-4"], &NEW);
    insta::assert_snapshot!(diff(&a, &b, "").out.lines().take(4).collect::<Vec<_>>().join("\n"), @r"
    A: results/a
    B: results/b
    changed in both settings: learning_rate 5e-5 -> 1e-4
    test_entity_f1, 2 settings: 2 beyond seed noise
    ");
    insta::assert_snapshot!(verdicts(&a, &b), @r"
    train_size=1000
      beyond seed noise
    train_size=3000
      beyond seed noise
    all 2 settings together: +0.0552 [+0.0538, +0.0566], beyond seed noise
    ");
}

#[test]
fn a_new_axis_pairs_with_what_there_was() {
    let a = rows(&["train_size=1000", "train_size=3000"], &OLD);
    let all = [
        "train_size=1000,freeze=false",
        "train_size=1000,freeze=true",
        "train_size=3000,freeze=false",
        "train_size=3000,freeze=true",
    ];
    insta::assert_snapshot!(verdicts(&a, &rows(&all, &NEW).rate("1e-4")), @r"
    train_size=1000,freeze=false
      beyond seed noise
    train_size=3000,freeze=false
      beyond seed noise
    2 settings are new: only in B
      train_size=1000,freeze=true
      train_size=3000,freeze=true
    all 2 settings together: +0.0552 [+0.0538, +0.0566], beyond seed noise
    ");
    insta::assert_snapshot!(verdicts(&rows(&all, &NEW), &a), @r"
    train_size=1000
      beyond seed noise
    train_size=3000
      beyond seed noise
    2 settings are gone: only in A
      train_size=1000,freeze=true
      train_size=3000,freeze=true
    all 2 settings together: -0.0552 [-0.0566, -0.0538], beyond seed noise
    ");
}

#[test]
fn tables_without_a_common_setting_are_refused() {
    let a = rows(&["train_size=1000", "train_size=3000"], &OLD);
    let b = rows(&["batch_size=8,train_size=500", "batch_size=16,train_size=500"], &OLD);
    let said = diff(&a, &b, "");
    assert_eq!((said.status, said.out.as_str()), (2, ""));
    insta::assert_snapshot!(said.err, @"error: results/a and results/b have no setting in common; A has `train_size=1000` and 1 more, B has `batch_size=8,train_size=500` and 1 more");
}

#[test]
fn settings_are_selected_by_their_values() {
    let a = rows(&["train_size=1000", "train_size=3000"], &OLD);
    let b = rows(&["train_size=1000", "train_size=3000"], &NEW).rate("1e-4");
    insta::assert_snapshot!(diff(&a, &b, "--only train_size=3000").out, @r"
    A: results/a
    B: results/b
    test_entity_f1, 1 setting: 1 beyond seed noise

    train_size=3000: learning_rate 5e-5 -> 1e-4
      0.9170 -> 0.9722  +0.0552 [+0.0538, +0.0566]  3 seeds, p < 0.0001
      beyond seed noise

    beyond seed noise: over many seeds the means would differ in this direction, on
      these test sentences (paired t over common seeds, 5 %)
    ");
    let said = diff(&a, &b, "--only train_size=2000");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"error: --only train_size=2000: no setting has train_size=2000; it is one of 1000, 3000");
}
