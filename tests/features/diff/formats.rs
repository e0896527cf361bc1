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
    insta::assert_snapshot!(said.out, @r"
    A: results/a
    B: results/b
    changed in all 3 settings: learning_rate 5e-5 -> 1e-4
    test_entity_f1, 3 settings: 1 beyond seed noise, 1 within
      seed noise, 1 identical

    train_size=1000,freeze=false
      0.9170 -> 0.9722  +0.0552 [+0.0538, +0.0566]
        3 seeds, p and Holm < 0.0001
      beyond seed noise
    train_size=3000,freeze=false
      0.9455 -> 0.9451  -0.0005 [-0.0104, +0.0095]
        3 seeds, p = 0.86, Holm 0.86
      within seed noise; 3 seeds often miss a difference under
        0.0131
    train_size=3000,freeze=true
      0.8727 -> 0.8727
      identical (3 seeds, scores and predictions)
    all 2 tested settings together: +0.0274 [+0.0231, +0.0317],
      beyond seed noise

    beyond seed noise: over many seeds the means would differ in
      this direction, on these test sentences (paired t over
      common seeds, 5 %, Holm over 2 settings)
    within seed noise: luck of the seeds can explain it. It does
      not mean equal: a real difference under the number shown
      is often missed
    ");
}

#[test]
fn several_scores_are_one_family() {
    let [a, b] = sides();
    insta::assert_snapshot!(diff(&a, &b, "--value entity_f1,entity_recall --only train_size=1000").out, @r"
    A: results/a
    B: results/b
    1 setting by 2 scores: 2 beyond seed noise

    train_size=1000,freeze=false: learning_rate 5e-5 -> 1e-4
      test_entity_f1
        0.9170 -> 0.9722  +0.0552 [+0.0538, +0.0566]  3 seeds, p and Holm < 0.0001
        beyond seed noise
      test_entity_recall
        0.8467 -> 0.9458  +0.0992 [+0.0956, +0.1028]  3 seeds, p and Holm < 0.0001
        beyond seed noise

    beyond seed noise: over many seeds the means would differ in this direction, on
      these test sentences (paired t over common seeds, 5 %, Holm over 2 tests)
    ");
}

#[test]
fn markdown_is_for_pull_requests() {
    let [a, b] = sides();
    insta::assert_snapshot!(diff(&a, &b, "--format md").out, @r"
    A: `results/a`<br>
    B: `results/b`<br>
    changed in all 3 settings: learning_rate 5e-5 -> 1e-4

    | setting | A | B | difference | 95 % interval | seeds | p | Holm | verdict |
    | --- | ---: | ---: | ---: | --- | --- | ---: | ---: | --- |
    | train_size=1000,freeze=false | 0.9170 | 0.9722 | +0.0552 | [+0.0538, +0.0566] | 3 seeds | \< 0.0001 | \< 0.0001 | beyond seed noise |
    | train_size=3000,freeze=false | 0.9455 | 0.9451 | -0.0005 | [-0.0104, +0.0095] | 3 seeds | 0.86 | 0.86 | within seed noise; 3 seeds often miss a difference under 0.0131 |
    | train_size=3000,freeze=true | 0.8727 | 0.8727 |  |  |  |  |  | identical (3 seeds, scores and predictions) |

    all 2 tested settings together: +0.0274 [+0.0231, +0.0317], beyond seed noise

    beyond seed noise: over many seeds the means would differ in this direction, on these test sentences (paired t over common seeds, 5 %, Holm over 2 settings)<br>
    within seed noise: luck of the seeds can explain it. It does not mean equal: a real difference under the number shown is often missed
    ");
}

#[test]
fn csv_and_json_have_every_number() {
    let [a, b] = sides();
    let said = diff(&a, &b, "--format csv --only train_size=1000");
    insta::assert_snapshot!(said.out, @r#"
    setting,setting_a,setting_b,score,verdict,text,mean_a,mean_b,difference,ci_low,ci_high,p,p_holm,detectable,test,n_a,n_b,data_seeds,se,df,t,sentences,sentences_differ,sentence_difference,sentence_se,sentence_p,sentence_low,sentence_high,p_both,both_low,both_high,runs_a,runs_b,failed_a,failed_b,collapsed_a,collapsed_b,environment_a,environment_b,changed,notes
    "train_size=1000,freeze=false","train_size=1000,freeze=false","train_size=1000,freeze=false",test_entity_f1,beyond seed noise,beyond seed noise,0.9169643333333334,0.9721576666666666,0.05519333333333334,0.053806015627847516,0.05658065103881916,0.000034125874461825775,0.000034125874461825775,,paired t,3,3,1,0.00032243311106508926,2.0,171.1776223943437,200,43,0.055193414412268105,0.008016597500275278,5.783106755922164e-12,0.039481172033174736,0.07090565679136147,0.000034125874461825775,0.03937245723731071,0.07101420942935596,3,3,0,0,0,0,cpu,cpu,learning_rate 5e-5 -> 1e-4,
    "#);
    let said = diff(&a, &b, "--format json");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&said.out).unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2]["verdict"], "identical");
    assert!(rows[0]["p_holm"].as_f64().unwrap() > rows[0]["p"].as_f64().unwrap());
    insta::assert_snapshot!(said.err, @"all 2 tested settings together: +0.0274 [+0.0231, +0.0317], beyond seed noise");
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
    insta::assert_snapshot!(diff(&rows(&LABELS), &rows(&LABELS[..4]), "").out, @r"
    A: results/a
    B: results/b
    no key, input file or environment changed, as far as is known
    test_entity_f1, 8 settings: 4 identical, 4 gone

    4 settings are identical
    4 settings are gone: only in A
      train_size=5
      train_size=6
      train_size=7
      train_size=8
    ");
    insta::assert_snapshot!(diff(&rows(&LABELS), &rows(&LABELS[..4]), "-v").out, @r"
    A: results/a
    B: results/b
    no key, input file or environment changed, as far as is known
    test_entity_f1, 8 settings: 4 identical, 4 gone

    4 settings are identical
      train_size=1
      train_size=2
      train_size=3
      train_size=4
    4 settings are gone: only in A
      train_size=5
      train_size=6
      train_size=7
      train_size=8
    ");
}

#[test]
fn partial_scores_come_from_predictions() {
    let [a, b] = sides();
    insta::assert_snapshot!(diff(&a, &b, "--value test_partial_f1,type_recall --only train_size=1000").out, @r"
    A: results/a
    B: results/b
    1 setting by 2 scores: 2 beyond seed noise

    train_size=1000,freeze=false: learning_rate 5e-5 -> 1e-4
      test_partial_f1
        0.9170 -> 0.9722  +0.0552 [+0.0538, +0.0566]  3 seeds, p and Holm < 0.0001
        beyond seed noise
      test_type_recall
        0.8467 -> 0.9458  +0.0992 [+0.0956, +0.1028]  3 seeds, p and Holm < 0.0001
        beyond seed noise

    beyond seed noise: over many seeds the means would differ in this direction, on
      these test sentences (paired t over common seeds, 5 %, Holm over 2 tests)
    ");
    insta::assert_snapshot!(diff(&a.without_predictions(), &b, "--value partial_f1 --only train_size=1000").out, @r"
    A: results/a
    B: results/b
    test_partial_f1, 1 setting: 1 not comparable

    train_size=1000,freeze=false: learning_rate 5e-5 -> 1e-4
      not comparable: test_partial_f1 needs predictions, and A has none
    ");
}

#[test]
fn evaluation_sets_are_compared_by_name() {
    let [a, b] = sides().map(|side| Results { evaluated: true, ..side });
    insta::assert_snapshot!(diff(&a, &b, "--set other --only train_size=1000").out, @r"
    A: results/a
    B: results/b
    test_entity_f1, 1 setting: 1 beyond seed noise

    train_size=1000,freeze=false: learning_rate 5e-5 -> 1e-4
      0.9170 -> 0.9722  +0.0552 [+0.0538, +0.0566]  3 seeds, p < 0.0001
      beyond seed noise

    beyond seed noise: over many seeds the means would differ in this direction, on
      these test sentences (paired t over common seeds, 5 %)
    ");
    let said = diff(&a, &b, "--set othr");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"error: there is no evaluation set `othr`; there are other");
}
