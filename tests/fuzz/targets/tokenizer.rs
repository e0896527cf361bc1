//! Tokenizers and what lies beside them.

use std::path::Path;

use runner::data::{Encoded, Sentence, Tokenizer};
use runner::hub::InputFile;
use runner::spec::TokenizerRules;

use super::data::input;

/// The tokenizer that settings are laid over.
pub(crate) const PLAIN: &str = r###"{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [{"id": 0, "content": "[UNK]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}, {"id": 1, "content": "[CLS]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}, {"id": 2, "content": "[SEP]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}], "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}, "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}], "pair": [], "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]}}}, "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true}, "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "##n": 4, "##a": 5, "lee": 6, "##!": 7}}}"###;

fn read(files: &[InputFile]) {
    for rules in TokenizerRules::ALL {
        read_under(rules, files);
    }
}

fn read_under(rules: TokenizerRules, files: &[InputFile]) {
    let tokenizer = match Tokenizer::load(files, rules) {
        Ok(tokenizer) => tokenizer,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let long = "a".repeat(300);
    let words = ["Ana", "lee", "López!", "東京", "", " ", "a b", "[CLS]", "\u{301}\u{200d}", &long];
    let sentence = |words: &[&str]| Sentence {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        tags: vec![0; words.len()],
    };
    let sentences = [sentence(&words), sentence(&[]), sentence(&words[..1])];
    let sentences: Vec<&Sentence> = sentences.iter().collect();
    let Ok(encoded) = Encoded::new(&sentences, &tokenizer, 64) else { return };
    assert_eq!((encoded.len(), encoded.starts.len()), (3, 4));
    assert!(encoded.starts.windows(2).all(|ends| ends[1] - ends[0] <= 64));
    assert_eq!(encoded.ids.len(), encoded.labels.len());
}

pub(super) fn json(folder: &Path, bytes: &[u8]) {
    read(&[input(folder, "tokenizer.json", bytes)]);
}

pub(super) fn settings(folder: &Path, bytes: &[u8]) {
    let tokenizer = input(folder, "tokenizer.json", PLAIN.as_bytes());
    let name = ["tokenizer_config.json", "special_tokens_map.json"][bytes.len() % 2];
    read(&[tokenizer, input(folder, name, bytes)]);
    // the same beside a vocabulary
    read(&[input(folder, "vocab.txt", b"[UNK]\n[CLS]\n[SEP]\n[PAD]\na\n##n\n"), input(folder, name, bytes)]);
}

pub(super) fn model(folder: &Path, bytes: &[u8]) {
    // as a class that has other numbers, as one that has the model's, and as none
    let (name, config) = [
        ("sentencepiece.bpe.model", r#"{"model_type": "xlm-roberta"}"#),
        ("spm.model", r#"{"model_type": "deberta-v2"}"#),
        ("tokenizer.model", "{}"),
    ][bytes.len() % 3];
    read(&[input(folder, name, bytes), input(folder, "config.json", config.as_bytes())]);
}

pub(super) fn vocabulary(folder: &Path, bytes: &[u8]) {
    read(&[input(folder, "vocab.txt", bytes)]);
}
