//! Tokenising against what transformers makes of the same word-split sentences.

use std::path::Path;

use crate::folder::shared;
use runner::data::{Encoded, NO_LABEL, Sentence, Tokenizer};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<i64> {
    value.as_array().unwrap().iter().map(|number| number.as_i64().unwrap()).collect()
}

/// Compares ids and labels of every row; -100 is transformers' label of nothing.
fn check(tokenizer: &Path, expected: &Path, count: usize) {
    let tokenizer = Tokenizer::from_json(&std::fs::read(tokenizer).unwrap()).unwrap();
    let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(expected).unwrap()).unwrap();
    assert_eq!(rows.len(), count);
    for row in rows {
        let words = row["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect();
        let tags = numbers(&row["tags"]).into_iter().map(|tag| tag as u16).collect();
        let sentence = Sentence { words, tags };
        let encoded = Encoded::new(&[&sentence], &tokenizer, row["max_length"].as_u64().unwrap() as usize).unwrap();
        let ids: Vec<i64> = encoded.ids.iter().map(|id| i64::from(*id)).collect();
        assert_eq!(ids, numbers(&row["input_ids"]), "{:?}", sentence.words);
        let labels: Vec<i64> =
            encoded.labels.iter().map(|label| if *label == NO_LABEL { -100 } else { i64::from(*label) }).collect();
        assert_eq!(labels, numbers(&row["labels"]), "{:?}", sentence.words);
    }
}

#[test]
fn every_row_of_tokens_json_has_its_ids_and_labels() {
    let Some(shared) = shared() else { return };
    let model = shared.join("hub/models/sentence-transformers/all-MiniLM-L6-v2/tokenizer.json");
    // goldens/tokens.json: reference/make_goldens.py, `tokens`.
    check(&model, &shared.join("goldens/tokens.json"), 186);
}

#[test]
fn a_byte_level_tokenizer_gets_its_prefix_space() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("goldens/tokenizers/byte-level");
    check(&folder.join("tokenizer.json"), &folder.join("expected.json"), 60);
}

#[test]
fn a_unigram_tokenizer_matches() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("goldens/tokenizers/unigram");
    check(&folder.join("tokenizer.json"), &folder.join("expected.json"), 60);
}
