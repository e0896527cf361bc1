//! Tokenizers of every class of transformers, from every kind of file, against `AutoTokenizer`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runner::data::{Encoded, NO_LABEL, Sentence, TextTokenizer, Tokenizer};
use runner::hub::InputFile;
use runner::spec::TokenizerRules;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use super::input;

/// peer/tokenizer_classes.py: numbers of words and texts as transformers 5.24 encodes them.
#[derive(Deserialize)]
struct Golden {
    words: Vec<Vec<String>>,
    texts: Vec<String>,
    files: Vec<Value>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    class: Option<String>,
    rules: Vec<TokenizerRules>,
    files: BTreeMap<String, usize>,
    /// Ids and words of each row, special tokens included; -1: no word.
    rows: Vec<(Vec<u32>, Vec<i64>)>,
    /// Ids of each text without special tokens around it.
    texts: Vec<Vec<u32>>,
}

fn golden() -> Golden {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/tokenizers/expected.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

impl Golden {
    fn case(&self, name: &str) -> &Case {
        self.cases.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("no case {name}"))
    }

    fn content(&self, number: usize) -> Vec<u8> {
        match &self.files[number] {
            Value::String(text) => text.clone().into_bytes(),
            Value::Object(bytes) if bytes.contains_key("base64") => {
                STANDARD.decode(bytes["base64"].as_str().unwrap()).unwrap()
            }
            json => json.to_string().into_bytes(),
        }
    }

    fn folder(&self, case: &Case) -> (TempDir, Vec<InputFile>) {
        let folder = tempfile::tempdir().unwrap();
        let write = |(name, number): (&String, &usize)| {
            std::fs::write(folder.path().join(name), self.content(*number)).unwrap();
            input(&folder.path().join(name))
        };
        let files = case.files.iter().map(write).collect();
        (folder, files)
    }
}

/// The label 0 at the first token of each word, as `tokenize_and_align_labels` of transformers' examples puts it.
fn labels(words: &[i64]) -> Vec<i32> {
    let before = std::iter::once(&-1).chain(words);
    words.iter().zip(before).map(|(word, before)| if *word >= 0 && word != before { 0 } else { NO_LABEL }).collect()
}

/// What differs, for all rows and texts.
fn differences(golden: &Golden, case: &Case, tokenizer: &Tokenizer, text: &TextTokenizer) -> Vec<String> {
    let mut found = Vec::new();
    for (words, (ids, word_ids)) in golden.words.iter().zip(&case.rows) {
        let sentence = Sentence { words: words.clone(), tags: vec![0; words.len()] };
        let encoded = Encoded::new(&[&sentence], tokenizer, 512).unwrap();
        if encoded.ids != *ids || encoded.labels != labels(word_ids) {
            found.push(format!("{words:?}\n    {ids:?}\n    {:?}", encoded.ids));
        }
    }
    for (given, ids) in golden.texts.iter().zip(&case.texts) {
        let tokens = text.tokens(given).unwrap();
        if tokens.ids != *ids {
            found.push(format!("{given:?}\n    {ids:?}\n    {:?}", tokens.ids));
        }
    }
    found
}

#[test]
fn every_class_gives_the_ids_of_autotokenizer() {
    let golden = golden();
    assert!(golden.cases.len() > 50);
    let mut failed = String::new();
    for case in &golden.cases {
        assert_eq!((case.rows.len(), case.texts.len()), (golden.words.len(), golden.texts.len()), "{}", case.name);
        let (_folder, files) = golden.folder(case);
        for rules in &case.rules {
            let name = format!("{} under \"{rules}\"", case.name);
            let loaded = Tokenizer::load(&files, *rules).map_err(|error| error.to_string());
            let tokenizer = loaded.unwrap_or_else(|error| panic!("{name}: {error}"));
            let text = TextTokenizer::load(&files, *rules).unwrap();
            let found = differences(&golden, case, &tokenizer, &text);
            if !found.is_empty() {
                failed += &format!("{name}: {} differ\n  {}\n", found.len(), found.join("\n  "));
            }
            // as an export has it
            let whole = Tokenizer::whole_file(&files, *rules).unwrap();
            if *rules == TokenizerRules::File {
                let exported = Tokenizer::from_json(&whole).unwrap();
                let text = TextTokenizer::from_json(&whole).unwrap();
                assert_eq!(differences(&golden, case, &exported, &text), found, "{name}, exported");
            }
            if let Some(class) = case.class.as_ref().filter(|class| *class != "DistilBertTokenizer") {
                let taken = tokenizer.origin.unwrap().class;
                let whole = case.files.contains_key("tokenizer.json") && *rules == TokenizerRules::File;
                assert!(taken == *class || whole, "{name}: {taken}, not {class}");
            }
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

fn said(files: &[InputFile], rules: TokenizerRules) -> String {
    Tokenizer::load(files, rules).err().unwrap().to_string()
}

/// The files of a case with one of them, or its configuration, replaced.
fn changed(golden: &Golden, case: &str, name: &str, content: &[u8]) -> (TempDir, Vec<InputFile>) {
    let (folder, mut files) = golden.folder(golden.case(case));
    std::fs::write(folder.path().join(name), content).unwrap();
    if !files.iter().any(|file| file.name == name) {
        files.push(input(&folder.path().join(name)));
    }
    (folder, files)
}

#[test]
fn a_vocabulary_that_its_class_does_not_read_is_said() {
    let golden = golden();
    let refused = |case: &str, config: &str, rules| {
        let (_folder, files) = changed(&golden, case, "config.json", config.as_bytes());
        said(&files, rules)
    };
    let (file, transformers) = (TokenizerRules::File, TokenizerRules::Transformers);
    insta::assert_snapshot!(refused("Roberta", r#"{"model_type": "bert"}"#, file), @"vocab.json is not read by BertTokenizer, the tokenizer's class; name the class that reads it as tokenizer_class in tokenizer_config.json, or add tokenizer.json, which `AutoTokenizer` writes with save_pretrained");
    insta::assert_snapshot!(refused("XLMRoberta", r#"{"model_type": "mluke", "tokenizer_class": "MLukeTokenizer"}"#, file), @"sentencepiece.bpe.model is not read by MLukeTokenizer, the tokenizer's class; name the class that reads it as tokenizer_class in tokenizer_config.json, or add tokenizer.json, which `AutoTokenizer` writes with save_pretrained");
    insta::assert_snapshot!(refused("XLMRoberta, BPE", r#"{"model_type": "camembert"}"#, transformers), @r#"sentencepiece.bpe.model: it is a BPE model, which CamembertTokenizer of transformers 5 cannot read; set model.tokenizer = "file" to read it as it says itself"#);
    let whole = "Bert, tokenizer.json, maps";
    insta::assert_snapshot!(refused(whole, r#"{"model_type": "albert"}"#, transformers), @r#"tokenizer.json: its tokens have no scores, which AlbertTokenizer of transformers 5 needs; set model.tokenizer = "file" to read it as it says itself"#);
    insta::assert_snapshot!(refused(whole, r#"{"model_type": "gpt2", "tokenizer_class": "GPT2Tokenizer"}"#, transformers), @r#"tokenizer.json: how GPT2Tokenizer of transformers reads it is not known here; set model.tokenizer = "file" to read it as it says itself"#);
    let (_folder, files) = changed(&golden, "XLMRoberta", "sentencepiece.bpe.model", b"<!doctype html>");
    assert!(
        said(&files, file)
            .starts_with("sentencepiece.bpe.model is not a valid tokenizer: it is no SentencePiece model")
    );
}

#[test]
fn what_transformers_would_do_otherwise_is_said() {
    let golden = golden();
    let notices = |case: &str| {
        let (_folder, files) = golden.folder(golden.case(case));
        Tokenizer::load(&files, TokenizerRules::File).unwrap().notices.join("\n")
    };
    insta::assert_snapshot!(notices("DebertaV2"), @r#"letters are normalized by the map in spm.model, as in pre-training; DebertaV2Tokenizer of transformers 5 drops it: set model.tokenizer = "transformers" to do so too"#);
    insta::assert_snapshot!(notices("XLMRoberta, byte fallback"), @r#"sentencepiece.bpe.model counts where XLMRobertaTokenizer of transformers 5 does otherwise (bytes for unknown letters); set model.tokenizer = "transformers" to do as it does"#);
    insta::assert_snapshot!(notices("Roberta"), @"every word gets a leading space, as word-split input needs; transformers 5 adds none here unless add_prefix_space = true");
    insta::assert_snapshot!(notices("RemBert"), @r#"sentences stand between [CLS] and [SEP], as in pre-training; RemBertTokenizer of transformers 5 leaves both out without tokenizer.json: set model.tokenizer = "transformers" to do so too"#);
    assert_eq!(notices("XLMRoberta"), "");
}

#[test]
fn a_model_of_merges_or_bytes_counts_under_a_class_that_drops_them() {
    let golden = golden();
    let ids = |case: &str, words: &[&str]| {
        let (_folder, files) = golden.folder(golden.case(case));
        let tokenizer = Tokenizer::load(&files, TokenizerRules::File).unwrap();
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let sentence = Sentence { tags: vec![0; words.len()], words };
        Encoded::new(&[&sentence], &tokenizer, 64).unwrap().ids
    };
    // the numbers of the model's own tokenizer, with XLM-R's one more, between <s> and </s>
    for (class, plain) in
        [("XLMRoberta, BPE", "plain BPE"), ("XLMRoberta, byte fallback", "plain unigram, byte fallback")]
    {
        for words in [&["Marta", "vive"][..], &["Krakowa"], &["ꙮ"]] {
            let (of_class, of_model) = (ids(class, words), ids(plain, words));
            let shifted: Vec<u32> =
                of_model[1..of_model.len() - 1].iter().map(|id| if *id == 0 { 3 } else { id + 1 }).collect();
            assert_eq!(of_class[1..of_class.len() - 1], shifted, "{class}: {words:?}");
            assert_eq!((of_class[0], of_class[of_class.len() - 1]), (0, 2));
        }
    }
}

#[test]
fn a_cut_model_file_is_refused_and_never_read_as_another() {
    let golden = golden();
    let whole = golden.content(golden.case("XLMRoberta").files["sentencepiece.bpe.model"]);
    for at in (0..whole.len()).step_by(97) {
        let (_folder, files) = changed(&golden, "XLMRoberta", "sentencepiece.bpe.model", &whole[..at]);
        assert!(said(&files, TokenizerRules::File).contains("fetch or write it again"), "{at}");
    }
}
