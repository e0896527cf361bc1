//! Partial scores against nervaluate 1.2.1's, which goldens/partial.json holds.

use std::collections::BTreeMap;

use runner::metrics::{MatchCounts, MatchScores, Matching, TagSet, match_scores};
use serde::Deserialize;

use crate::shared::folder::shared;

/// A case: tags of its own, or those of a case of goldens/metrics.json by its number.
#[derive(Deserialize)]
struct Case {
    metrics: Option<usize>,
    gold: Option<Vec<Vec<String>>>,
    pred: Option<Vec<Vec<String>>>,
    overall: BTreeMap<Matching, Row>,
    types: BTreeMap<String, BTreeMap<Matching, Row>>,
}

#[derive(Deserialize)]
struct Row {
    correct: u64,
    incorrect: u64,
    partial: u64,
    missed: u64,
    spurious: u64,
    precision: f64,
    recall: f64,
    f1: f64,
}

#[derive(Deserialize)]
struct TaggedCase {
    gold: Vec<Vec<String>>,
    pred: Vec<Vec<String>>,
}

fn read(name: &str) -> String {
    // Python writes the macro average of no type as NaN, which JSON does not know.
    std::fs::read_to_string(shared().join("goldens").join(name)).expect("read").replace("NaN", "null")
}

fn assert_row(what: &str, ours: &MatchCounts, row: &Row) {
    let counts = |of: &MatchCounts| [of.correct, of.incorrect, of.partial, of.missed, of.spurious];
    let expected = [row.correct, row.incorrect, row.partial, row.missed, row.spurious];
    assert_eq!(counts(ours), expected, "{what}");
    for (ours, expected) in [(ours.precision(), row.precision), (ours.recall(), row.recall), (ours.f1(), row.f1)] {
        assert!((ours - expected).abs() <= 1e-12, "{what}: {ours}, expected {expected}");
    }
}

fn scored(matching: Matching, gold: &[Vec<String>], answers: &[Vec<String>]) -> MatchScores {
    let mut names: Vec<String> = gold.iter().chain(answers).flatten().cloned().collect();
    names.sort();
    names.dedup();
    let number = |name: &String| names.binary_search(name).expect("one of the names") as u16;
    let gold: Vec<Vec<u16>> = gold.iter().map(|words| words.iter().map(number).collect()).collect();
    let answers: Vec<Vec<Option<u16>>> =
        answers.iter().map(|words| words.iter().map(|name| Some(number(name))).collect()).collect();
    match_scores(matching, &TagSet::new(&names).expect("valid names"), &gold, &answers).expect("equal shapes")
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn every_row_of_nervaluate_is_met() {
    let cases: Vec<Case> = serde_json::from_str(&read("partial.json")).expect("the goldens parse");
    let tagged: Vec<TaggedCase> = serde_json::from_str(&read("metrics.json")).expect("the goldens parse");
    let mut rows = 0;
    for (at, case) in cases.iter().enumerate() {
        let (gold, answers) = match case.metrics {
            Some(number) => (&tagged[number].gold, &tagged[number].pred),
            None => (case.gold.as_ref().expect("gold"), case.pred.as_ref().expect("answers")),
        };
        for (matching, row) in &case.overall {
            let ours = scored(*matching, gold, answers);
            assert_row(&format!("case {at}, {matching}"), &ours.overall, row);
            let types: Vec<&String> = ours.types.iter().map(|(kind, _)| kind).collect();
            assert_eq!(types, case.types.keys().collect::<Vec<_>>(), "case {at}");
            for (kind, counts) in &ours.types {
                assert_row(&format!("case {at}, {matching} of {kind}"), counts, &case.types[kind][matching]);
            }
            rows += 1 + ours.types.len();
        }
    }
    assert_eq!((cases.len(), rows), (100, 1672));
}
