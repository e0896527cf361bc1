//! Tokenizers from `vocab.txt` and its settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use runner::data::{Encoded, NO_LABEL, Sentence, Tokenizer};
use runner::spec::TokenizerRules;
use serde::Deserialize;

use super::input;

/// goldens/wordpiece/make_expected.py: what transformers' BertTokenizer makes of the same words under each setting.
#[derive(Deserialize)]
struct Case {
    files: BTreeMap<String, serde_json::Value>,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    words: Vec<String>,
    input_ids: Vec<u32>,
    word_ids: Vec<Option<u32>>,
}

impl Row {
    /// As `align` of the notebook: a word's first token has its label.
    fn labels(&self) -> Vec<i32> {
        let before = std::iter::once(&None).chain(&self.word_ids);
        let begins = self.word_ids.iter().zip(before).map(|(word, before)| word.is_some() && word != before);
        begins.map(|begins| if begins { 0 } else { NO_LABEL }).collect()
    }
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/wordpiece").join(name)
}

/// The tokenizer of a vocabulary and the files beside it.
fn tokenizer(vocabulary: &[u8], files: &[(&str, String)]) -> Result<Tokenizer, String> {
    let folder = tempfile::tempdir().unwrap();
    let mut inputs = Vec::new();
    for (name, content) in [("vocab.txt", vocabulary)].into_iter().chain(files.iter().map(|(n, c)| (*n, c.as_bytes())))
    {
        std::fs::write(folder.path().join(name), content).unwrap();
        inputs.push(input(&folder.path().join(name)));
    }
    Tokenizer::load(&inputs, TokenizerRules::File).map_err(|error| error.to_string())
}

#[test]
fn a_vocabulary_tokenizes_as_berttokenizer_does_under_every_setting() {
    let vocabulary = std::fs::read(golden("vocab.txt")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&std::fs::read_to_string(golden("expected.json")).unwrap()).unwrap();
    assert_eq!(cases.len(), 18);
    for case in cases {
        let files: Vec<(&str, String)> =
            case.files.iter().map(|(name, json)| (name.as_str(), json.to_string())).collect();
        let tokenizer = tokenizer(&vocabulary, &files).unwrap();
        for row in case.rows {
            let sentence = Sentence { words: row.words.clone(), tags: vec![0; row.words.len()] };
            let encoded = Encoded::new(&[&sentence], &tokenizer, 16).unwrap();
            assert_eq!(encoded.ids, row.input_ids, "{files:?}: {:?}", row.words);
            assert_eq!(encoded.labels, row.labels(), "{files:?}: {:?}", row.words);
        }
    }
}

#[test]
fn settings_that_cannot_be_followed_are_said() {
    let said = |vocabulary: &str, settings: &str| {
        tokenizer(vocabulary.as_bytes(), &[("tokenizer_config.json", settings.to_owned())]).unwrap_err()
    };
    const WHOLE: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n";
    insta::assert_snapshot!(said("[UNK]\r\n[CLS]\r\na\r\n", "{}"), @r#"vocab.txt has no token "[SEP]"; set sep_token in tokenizer_config.json to one that it has, or fetch the file again"#);
    insta::assert_snapshot!(said(WHOLE, r#"{"unk_token": "<unk>"}"#), @r#"vocab.txt has no token "<unk>"; set unk_token in tokenizer_config.json to one that it has, or fetch the file again"#);
    insta::assert_snapshot!(said(WHOLE, r#"{"tokenizer_class": "BertJapaneseTokenizer"}"#), @r#"tokenizer_config.json: tokenizer_class "BertJapaneseTokenizer" is not one of BertTokenizer, DistilBertTokenizer, ElectraTokenizer; with vocab.txt alone only a plain BertTokenizer is supported: correct it, or add tokenizer.json, which `AutoTokenizer` writes with save_pretrained"#);
    insta::assert_snapshot!(said(WHOLE, r#"{"never_split": ["a"]}"#), @"tokenizer_config.json: never_split is not supported; with vocab.txt alone only a plain BertTokenizer is supported: correct it, or add tokenizer.json, which `AutoTokenizer` writes with save_pretrained");
    insta::assert_snapshot!(said(WHOLE, r#"{"additional_special_tokens": ["<e>"]}"#), @"tokenizer_config.json: additional_special_tokens is not supported; with vocab.txt alone only a plain BertTokenizer is supported: correct it, or add tokenizer.json, which `AutoTokenizer` writes with save_pretrained");
    insta::assert_snapshot!(said(WHOLE, r#"{"do_basic_tokenize": false}"#), @"tokenizer_config.json: do_basic_tokenize = false is not supported; with vocab.txt alone only a plain BertTokenizer is supported: correct it, or add tokenizer.json, which `AutoTokenizer` writes with save_pretrained");
    insta::assert_snapshot!(said(WHOLE, r#"{"do_lower_case": "no"}"#), @r#"tokenizer_config.json: do_lower_case is "no", not true, false or null; with vocab.txt alone only a plain BertTokenizer is supported: correct it, or add tokenizer.json, which `AutoTokenizer` writes with save_pretrained"#);
    insta::assert_snapshot!(said(WHOLE, r#"{"cls_token": 2}"#), @"tokenizer_config.json: cls_token is 2, not text; with vocab.txt alone only a plain BertTokenizer is supported: correct it, or add tokenizer.json, which `AutoTokenizer` writes with save_pretrained");
    insta::assert_snapshot!(said(WHOLE, r#"{"added_tokens_decoder": {"3": {"content": "[CLS]"}}}"#), @r#"tokenizer_config.json: the added token "[CLS]" has the number 3, but would get 2 here; with vocab.txt alone only a plain BertTokenizer is supported: correct it, or add tokenizer.json, which `AutoTokenizer` writes with save_pretrained"#);
    insta::assert_snapshot!(said(WHOLE, "{"), @"tokenizer_config.json is not a valid tokenizer: EOF while parsing an object at line 1 column 1; fetch or write it again");
    for settings in ["{}", r#"{"tokenizer_class": "DistilBertTokenizerFast", "never_split": [], "mask_token": null}"#] {
        assert_eq!(
            tokenizer(WHOLE.as_bytes(), &[("tokenizer_config.json", settings.to_owned())]).unwrap().special_tokens(),
            2
        );
    }
}

#[test]
fn a_checkpoint_without_a_tokenizer_names_what_it_has() {
    let error = Tokenizer::load(&[input(Path::new("vocab.json"))], TokenizerRules::File).err().unwrap();
    insta::assert_snapshot!(error, @"no tokenizer.json, vocab.txt, vocab.json with merges.txt, or SentencePiece model beside the weights, only `vocab.json`; add tokenizer.json, which `AutoTokenizer` writes with save_pretrained");
}
