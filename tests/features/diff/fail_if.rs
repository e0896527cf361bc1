//! `--fail-if`: for continuous integration.

use super::diff;
use super::results::{Results, setting};

const OLD: [usize; 3] = [20, 24, 21];

fn base(wrong: &[usize]) -> Results {
    Results::new(setting("train_size=1000", wrong))
}

/// Exit status, and the lines of the condition.
fn found(a: &Results, b: &Results, line: &str) -> (i32, String) {
    let said = diff(a, b, line);
    let from = said.out.find("fail-if:").unwrap_or(said.out.len());
    (said.status, said.out[from..].trim_end().to_owned())
}

#[test]
fn a_loss_beyond_noise_fails() {
    let (status, text) = found(&base(&OLD), &base(&[60, 63, 61]).rate("1e-4"), "--fail-if test_entity_f1<-0.005");
    assert_eq!(status, 1);
    insta::assert_snapshot!(text, @r"
    fail-if: 1 row is below -0.005 beyond noise
      beyond noise: train_size=1000
    ");
    let (status, text) = found(&base(&OLD), &base(&[10, 13, 11]).rate("1e-4"), "--fail-if test_entity_f1<-0.005");
    assert_eq!(status, 0);
    insta::assert_snapshot!(text, @"fail-if: no row is below -0.005 beyond noise");
    assert_eq!(found(&base(&OLD), &base(&[10, 13, 11]).rate("1e-4"), "--fail-if entity_f1>0.001").0, 1);
    assert_eq!(found(&base(&OLD), &base(&OLD), "--fail-if entity_f1<0").0, 0);
}

#[test]
fn a_loss_within_noise_is_listed_and_passes() {
    let (status, text) = found(&base(&OLD), &base(&[30, 14, 41]).rate("1e-4"), "--fail-if test_entity_f1<-0.005");
    assert_eq!(status, 0);
    insta::assert_snapshot!(text, @r"
    fail-if: no row is below -0.005 beyond noise; 1 is, within noise
      within noise: train_size=1000
    ");
}

#[test]
fn what_cannot_be_judged_fails() {
    let two = Results::new([setting("train_size=1000", &OLD), setting("train_size=3000", &OLD)].concat());
    let (status, text) = found(&two, &base(&OLD), "--fail-if test_entity_f1<-0.005");
    assert_eq!(status, 1);
    insta::assert_snapshot!(text, @r"
    fail-if: no row is below -0.005 beyond noise
    fail-if: 1 row is failed, gone or not comparable
      no verdict: train_size=3000
    ");
    assert_eq!(found(&base(&OLD), &two, "--fail-if test_entity_f1<-0.005").0, 0);
}

#[test]
fn a_condition_is_said_on_standard_error_beside_data() {
    let said = diff(&base(&OLD), &base(&[60, 63, 61]).rate("1e-4"), "--format csv --fail-if entity_recall<0");
    assert_eq!(said.status, 1);
    assert!(!said.out.contains("fail-if"), "{}", said.out);
    insta::assert_snapshot!(said.err, @r"
    fail-if: 1 row is below 0 beyond noise
      beyond noise: train_size=1000
    ");
    let said = diff(&base(&OLD), &base(&OLD), "--fail-if f1<0");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @r"
    error: invalid value 'f1<0' for '--fail-if <CONDITION>': `f1` is not a score; the scores are entity_f1, entity_precision, entity_recall, entity_f1_iob2, token_f1_micro, token_f1_macro, gold_token_f1_micro, gold_token_f1_macro, token_accuracy, exact_f1, exact_precision, exact_recall, partial_f1, partial_precision, partial_recall, type_f1, type_precision, type_recall, each with test_ or validation_ before it

    For more information, try '--help'.
    ");
}
