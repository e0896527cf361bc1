//! Entities of text are those of transformers' pipeline with aggregation_strategy="first".
//! tests/goldens/predicting/make_expected.py wrote what is expected (transformers 5.24.0, torch 2.15.0);
//! tests/predicting/agreement.py compares trained models on 500 sentences, where transformers is installed.

use std::fs;

use serde_json::Value;

use super::{answers, golden, goldens};

fn assert_agrees(kind: &str) {
    let expected: Value = serde_json::from_slice(&fs::read(goldens("predicting/expected.json")).unwrap()).unwrap();
    let cases = expected[kind].as_array().unwrap();
    let texts: Vec<&str> = cases.iter().map(|case| case["text"].as_str().unwrap()).collect();
    let out = answers(&golden(kind), "--format jsonl", texts.join("\n") + "\n");
    assert_eq!(out.lines().count(), cases.len(), "a line for each line");
    for (case, line) in cases.iter().zip(out.lines()) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["text"], case["text"]);
        let (ours, theirs) = (line["entities"].as_array().unwrap(), case["entities"].as_array().unwrap());
        assert_eq!(ours.len(), theirs.len(), "{line} {case}");
        for (one, other) in ours.iter().zip(theirs) {
            assert_eq!([&one["type"], &one["start"], &one["end"]], [&other[0], &other[2], &other[3]], "{line} {case}");
            let distance = one["score"].as_f64().unwrap() - other[1].as_f64().unwrap();
            assert!(distance.abs() < 1e-4, "{line} {case}");
        }
    }
}

#[test]
fn of_wordpiece_entities_and_scores_are_those_of_the_pipeline() {
    assert_agrees("bert");
}

#[test]
fn of_byte_level_bpe_they_are_where_a_space_is_put_in_front_of_a_text_as_in_training() {
    assert_agrees("roberta");
}

#[test]
fn of_unigram_they_are() {
    assert_agrees("xlm-roberta");
}
