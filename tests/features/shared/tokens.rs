//! Tokenizing against what transformers makes of the same word-split sentences.

use std::path::Path;

use crate::shared::folder::shared;
use runner::data::{Encoded, NO_LABEL, Sentence, Tokenizer};
use runner::hash::Sha256;
use runner::hub::InputFile;
use runner::spec::TokenizerRules;
use serde_json::Value;

fn numbers(value: &Value) -> Vec<i64> {
    value.as_array().unwrap().iter().map(|number| number.as_i64().unwrap()).collect()
}

/// Compares ids and labels of every row; -100 is transformers' label of nothing.
fn check(tokenizer: &Path, expected: &Path, count: usize) {
    compare(&Tokenizer::from_json(&std::fs::read(tokenizer).unwrap()).unwrap(), expected, count);
    // as an export has it: whole, without the limits stored in it
    let (name, sha256) = ("tokenizer.json".to_owned(), Sha256::of(""));
    let whole =
        Tokenizer::whole_file(&[InputFile { name, path: tokenizer.to_owned(), sha256, size: 0 }], TokenizerRules::File)
            .unwrap();
    let json: Value = serde_json::from_slice(&whole).unwrap();
    assert_eq!((&json["truncation"], &json["padding"]), (&Value::Null, &Value::Null));
    compare(&Tokenizer::from_json(&whole).unwrap(), expected, count);
}

fn compare(tokenizer: &Tokenizer, expected: &Path, count: usize) {
    let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(expected).unwrap()).unwrap();
    assert_eq!(rows.len(), count);
    for row in rows {
        let words = row["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect();
        let tags = numbers(&row["tags"]).into_iter().map(|tag| tag as u16).collect();
        let sentence = Sentence { words, tags };
        let encoded = Encoded::new(&[&sentence], tokenizer, row["max_length"].as_u64().unwrap() as usize).unwrap();
        let ids: Vec<i64> = encoded.ids.iter().map(|id| i64::from(*id)).collect();
        assert_eq!(ids, numbers(&row["input_ids"]), "{:?}", sentence.words);
        let labels: Vec<i64> =
            encoded.labels.iter().map(|label| if *label == NO_LABEL { -100 } else { i64::from(*label) }).collect();
        assert_eq!(labels, numbers(&row["labels"]), "{:?}", sentence.words);
    }
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn every_row_of_tokens_json_has_its_ids_and_labels() {
    let shared = shared();
    let model = shared.join("hub/models/sentence-transformers/all-MiniLM-L6-v2/tokenizer.json");
    // goldens/tokens.json: reference/make_goldens.py, `tokens`.
    check(&model, &shared.join("goldens/tokens.json"), 186);
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn a_byte_level_tokenizer_gets_its_prefix_space() {
    let shared = shared();
    let folder = shared.join("goldens/tokenizers/byte-level");
    check(&folder.join("tokenizer.json"), &folder.join("expected.json"), 60);
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn a_unigram_tokenizer_matches() {
    let shared = shared();
    let folder = shared.join("goldens/tokenizers/unigram");
    check(&folder.join("tokenizer.json"), &folder.join("expected.json"), 60);
}

/// A word is tokenized once and alone; the crate tokenizes whole sentences, and says which word a token belongs to.
#[test]
#[ignore = "needs RUNNER_SHARED"]
fn words_tokenized_alone_are_those_of_the_crates_sentences() {
    let shared = shared();
    let byte_level = shared.join("goldens/tokenizers/byte-level");
    let unigram = shared.join("goldens/tokenizers/unigram");
    let tokens = shared.join("goldens/tokens.json");
    let cases = [
        (shared.join(MODEL).join("tokenizer.json"), tokens.clone()),
        (unigram.join("tokenizer.json"), unigram.join("expected.json")),
        (unigram.join("tokenizer.json"), tokens.clone()),
        (byte_level.join("tokenizer.json"), tokens),
    ];
    for (tokenizer, rows) in cases {
        let json = std::fs::read(&tokenizer).unwrap();
        let ours = Tokenizer::from_json(&json).unwrap();
        let text =
            String::from_utf8(json).unwrap().replace(r#""add_prefix_space": false"#, r#""add_prefix_space": true"#);
        let mut theirs = tokenizers::Tokenizer::from_bytes(text).unwrap();
        let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(rows).unwrap()).unwrap();
        for max_length in [5, 16, 128] {
            let truncation = tokenizers::TruncationParams { max_length, ..tokenizers::TruncationParams::default() };
            theirs.with_padding(None).with_truncation(Some(truncation)).unwrap();
            for row in &rows {
                let words: Vec<&str> =
                    row["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
                let sentence = Sentence {
                    tags: vec![0; words.len()],
                    words: words.iter().map(|word| (*word).to_owned()).collect(),
                };
                let encoded = Encoded::new(&[&sentence], &ours, max_length).unwrap();
                let expected = theirs.encode(tokenizers::InputSequence::from(words), true).unwrap();
                assert_eq!(encoded.ids, expected.get_ids(), "{:?}", sentence.words);
                assert_eq!(encoded.truncated, [!expected.get_overflowing().is_empty()], "{:?}", sentence.words);
                let before = std::iter::once(&None).chain(expected.get_word_ids());
                let begins = expected.get_word_ids().iter().zip(before).zip(0..);
                let begins = begins.filter(|((word, before), _)| word.is_some() && word != before);
                let firsts: Vec<(u32, u32)> = begins.map(|((word, _), token)| (word.unwrap(), token)).collect();
                let ours = encoded.scored_words(0).iter().copied().zip(encoded.first_tokens(0).iter().copied());
                assert_eq!(ours.collect::<Vec<_>>(), firsts, "{:?}", sentence.words);
            }
        }
    }
}

const MODEL: &str = "hub/models/sentence-transformers/all-MiniLM-L6-v2";

fn input(path: &Path) -> InputFile {
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    InputFile { name, path: path.to_owned(), sha256: Sha256::of(""), size: 0 }
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn a_vocabulary_and_its_settings_give_every_row_of_tokens_json() {
    let shared = shared();
    let files = ["vocab.txt", "tokenizer_config.json", "special_tokens_map.json"];
    let files = files.map(|name| input(&shared.join(MODEL).join(name)));
    for count in 1..=files.len() {
        compare(
            &Tokenizer::load(&files[..count], TokenizerRules::File).unwrap(),
            &shared.join("goldens/tokens.json"),
            186,
        );
    }
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn every_setting_of_berttokenizer_gives_its_ids_over_a_real_vocabulary() {
    let shared = shared();
    // transformers 5.23: SHA-256 of the ids of all rows of tokens.json, a line a row, of BertTokenizer over MiniLM's
    // vocab.txt; by do_lower_case, strip_accents and tokenize_chinese_chars.
    let expected = [
        (true, "null", true, "ff267bd776c0dd27134489b60f2a3401288accedb9355e1a52cc7c2b3b9c5041"),
        (true, "null", false, "efb6fc26ff12892ef03bd261434108792965fba5d8cac8e1f12095b3ebc95fcc"),
        (true, "true", true, "ff267bd776c0dd27134489b60f2a3401288accedb9355e1a52cc7c2b3b9c5041"),
        (true, "true", false, "efb6fc26ff12892ef03bd261434108792965fba5d8cac8e1f12095b3ebc95fcc"),
        (true, "false", true, "da364253511b603bc16cd4f4bf3d3247b5a195bcda3ab232838dd05835df1fba"),
        (true, "false", false, "23096bf051fd2c00c567c659b17d46a8404d23f574036948c60277b2b1d99794"),
        (false, "null", true, "067ebd7f1e220ecaa066e428b54c374ea37897235f2ae77959f17c3f20085110"),
        (false, "null", false, "995b19894cce0591a18aac3c83a5aeac56327d0c64130717f76e5d088be4d4b1"),
        (false, "true", true, "d8583641f08afaf5cceaac02e52a1dc275f7cc09aad45ecf7631b4703d49683c"),
        (false, "true", false, "c5ad14448717df55168c0754b46b4134895bf7a359a79ae051df65fd63d30bff"),
        (false, "false", true, "067ebd7f1e220ecaa066e428b54c374ea37897235f2ae77959f17c3f20085110"),
        (false, "false", false, "995b19894cce0591a18aac3c83a5aeac56327d0c64130717f76e5d088be4d4b1"),
    ];
    let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(shared.join("goldens/tokens.json")).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("tokenizer_config.json");
    for (lower, accents, chinese, expected) in expected {
        let json =
            format!(r#"{{"do_lower_case": {lower}, "strip_accents": {accents}, "tokenize_chinese_chars": {chinese}}}"#);
        std::fs::write(&settings, &json).unwrap();
        let tokenizer =
            Tokenizer::load(&[input(&shared.join(MODEL).join("vocab.txt")), input(&settings)], TokenizerRules::File)
                .unwrap();
        let mut text = String::new();
        for row in &rows {
            let words: Vec<String> =
                row["words"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect();
            let sentence = Sentence { tags: vec![0; words.len()], words };
            let encoded = Encoded::new(&[&sentence], &tokenizer, row["max_length"].as_u64().unwrap() as usize).unwrap();
            text += &encoded.ids.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
            text.push('\n');
        }
        assert_eq!(Sha256::of(text).as_str(), expected, "{json}");
    }
}
