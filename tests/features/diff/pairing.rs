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
    insta::assert_snapshot!(diff(&a, &b, "").out.lines().take(4).collect::<Vec<_>>().join("\n"), @"");
    insta::assert_snapshot!(verdicts(&a, &b), @"");
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
    insta::assert_snapshot!(verdicts(&a, &rows(&all, &NEW).rate("1e-4")), @"");
    insta::assert_snapshot!(verdicts(&rows(&all, &NEW), &a), @"");
}

#[test]
fn tables_without_a_common_setting_are_refused() {
    let a = rows(&["train_size=1000", "train_size=3000"], &OLD);
    let b = rows(&["batch_size=8,train_size=500", "batch_size=16,train_size=500"], &OLD);
    let said = diff(&a, &b, "");
    assert_eq!((said.status, said.out.as_str()), (2, ""));
    insta::assert_snapshot!(said.err, @"");
}

#[test]
fn settings_are_selected_by_their_values() {
    let a = rows(&["train_size=1000", "train_size=3000"], &OLD);
    let b = rows(&["train_size=1000", "train_size=3000"], &NEW).rate("1e-4");
    insta::assert_snapshot!(diff(&a, &b, "--only train_size=3000").out, @"");
    let said = diff(&a, &b, "--only train_size=2000");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"");
}
