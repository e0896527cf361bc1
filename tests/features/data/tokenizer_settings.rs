//! Settings of `tokenizer_config.json` laid over a `tokenizer.json`.

use runner::data::{Encoded, Sentence, Tokenizer};
use runner::spec::TokenizerRules;
use serde_json::{Value, json};

use super::input;

const TOKENS: [&str; 25] = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "Ana", "ana", "Lee", "lee", "é", "e", "Á", "a", "中", "文", "中文",
    "##文", "<s>", "</s>", "Ána", "ána", "<x>", "y", "##y", "##<x>",
];

/// A WordPiece tokenizer that lower-cases if asked, with or without special tokens around a sentence.
fn file(lowercase: bool, around: bool) -> Value {
    let special = |name: &str| json!({"SpecialToken": {"id": name, "type_id": 0}});
    let sequence = |name: &str, id: u32| json!({"Sequence": {"id": name, "type_id": id}});
    let entry = |name: &str, id: u32| json!({"id": name, "ids": [id], "tokens": [name]});
    let template = json!({"type": "TemplateProcessing",
        "single": [special("[CLS]"), sequence("A", 0), special("[SEP]")],
        "pair": [sequence("A", 0), sequence("B", 1)],
        "special_tokens": {"[CLS]": entry("[CLS]", 2), "[SEP]": entry("[SEP]", 3)}});
    let added = |(id, name): (usize, &&str)| json!({"id": id, "content": name, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true});
    let vocabulary: serde_json::Map<String, Value> =
        TOKENS.iter().enumerate().map(|(id, token)| ((*token).to_owned(), json!(id))).collect();
    json!({"version": "1.0", "truncation": null, "padding": null, "decoder": null,
        "added_tokens": TOKENS[..5].iter().enumerate().map(added).collect::<Vec<_>>(),
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": lowercase},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": if around { template } else { Value::Null },
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary}})
}

fn loaded(file: &Value, settings: &Value) -> Result<Tokenizer, String> {
    loaded_as("bert", file, settings)
}

fn loaded_as(kind: &str, file: &Value, settings: &Value) -> Result<Tokenizer, String> {
    let folder = tempfile::tempdir().unwrap();
    let files =
        [("tokenizer.json", file), ("tokenizer_config.json", settings), ("config.json", &json!({"model_type": kind}))];
    let inputs: Vec<_> = files
        .into_iter()
        .map(|(name, content)| {
            std::fs::write(folder.path().join(name), content.to_string()).unwrap();
            input(&folder.path().join(name))
        })
        .collect();
    Tokenizer::load(&inputs, TokenizerRules::File).map_err(|error| error.to_string())
}

fn ids(tokenizer: &Tokenizer) -> Vec<u32> {
    let words = ["Ana", "lee", "é", "Ána", "中文", "<x>y"].map(str::to_owned).to_vec();
    let sentence = Sentence { tags: vec![0; words.len()], words };
    Encoded::new(&[&sentence], tokenizer, 64).unwrap().ids
}

/// The numbers are those of `AutoTokenizer.from_pretrained(FOLDER)(WORDS, is_split_into_words=True)["input_ids"]`,
/// transformers 5.24, over a folder of the same three files.
#[test]
fn settings_count_as_transformers_takes_them() {
    let decoder = json!({"21": {"content": "<x>", "lstrip": false, "normalized": false, "rstrip": false, "single_word": false, "special": false}});
    for (lowercase, settings, expected) in [
        (true, json!({"do_lower_case": false}), &[2, 5, 8, 9, 19, 13, 14, 1, 1, 1, 22, 3][..]),
        (false, json!({"do_lower_case": true}), &[2, 6, 8, 10, 6, 13, 14, 1, 1, 1, 22, 3]),
        (true, json!({"do_lower_case": true, "strip_accents": false}), &[2, 6, 8, 9, 20, 13, 14, 1, 1, 1, 22, 3]),
        (true, json!({"do_lower_case": false, "strip_accents": true}), &[2, 5, 8, 10, 5, 13, 14, 1, 1, 1, 22, 3]),
        (true, json!({"do_lower_case": true, "tokenize_chinese_chars": false}), &[2, 6, 8, 10, 6, 15, 1, 1, 1, 22, 3]),
        (
            true,
            json!({"do_lower_case": true, "cls_token": "<s>", "sep_token": "</s>"}),
            &[17, 6, 8, 10, 6, 13, 14, 1, 1, 1, 22, 18],
        ),
        (true, json!({"do_lower_case": true, "unk_token": "[MASK]"}), &[2, 6, 8, 10, 6, 13, 14, 4, 4, 4, 22, 3]),
        (
            true,
            json!({"do_lower_case": false, "tokenizer_class": "PreTrainedTokenizerFast"}),
            &[2, 6, 8, 10, 6, 13, 14, 1, 1, 1, 22, 3],
        ),
        (
            true,
            json!({"do_lower_case": false, "tokenizer_class": "ElectraTokenizer"}),
            &[2, 5, 8, 9, 19, 13, 14, 1, 1, 1, 22, 3],
        ),
        (true, json!({"do_lower_case": false, "added_tokens_decoder": decoder}), &[2, 5, 8, 9, 19, 13, 14, 21, 22, 3]),
    ] {
        let tokenizer = loaded(&file(lowercase, true), &settings).unwrap();
        assert_eq!(ids(&tokenizer), expected, "{settings}");
        assert_eq!(tokenizer.notices, Vec::<String>::new(), "{settings}");
    }
    let bare = loaded(&file(true, false), &json!({})).unwrap();
    assert_eq!(ids(&bare), [2, 6, 8, 10, 6, 13, 14, 1, 1, 1, 22, 3], "the class's own tokens around a sentence");
}

#[test]
fn capitals_that_transformers_would_lower_are_kept_and_said() {
    let tokenizer = loaded(&file(false, true), &json!({})).unwrap();
    assert_eq!(ids(&tokenizer)[1], 5, "Ana");
    assert!(tokenizer.notices[0].contains("do_lower_case is not set"), "{:?}", tokenizer.notices);
}

#[test]
fn settings_that_cannot_be_followed_are_named() {
    let said = |settings: Value| loaded(&file(true, true), &settings).err().unwrap();
    assert!(said(json!({"do_lower_case": "no"})).contains("do_lower_case is \"no\"; write true, false or null"));
    assert!(said(json!({"added_tokens_decoder": ["<x>"]})).contains("added_tokens_decoder"));
    assert!(said(json!([])).contains("tokenizer_config.json"));
}

/// A `tokenizer.json` without settings of its own, whose first four tokens are special.
fn plain(tokens: &[&str], pre_tokenizer: Value, post_processor: Value, model: Value) -> Value {
    let added = |(id, name): (usize, &&str)| json!({"id": id, "content": name, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true});
    json!({"version": "1.0", "truncation": null, "padding": null, "decoder": null, "normalizer": null,
        "added_tokens": tokens[..4].iter().enumerate().map(added).collect::<Vec<_>>(),
        "pre_tokenizer": pre_tokenizer, "post_processor": post_processor, "model": model})
}

fn unigram() -> Value {
    let tokens = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁Ana", "Ana", "lee"];
    let scored = |(at, token): (usize, &&str)| json!([token, if at < 4 { 0.0 } else { -(at as f64) }]);
    let vocabulary: Vec<Value> = tokens.iter().enumerate().map(scored).collect();
    let metaspace = json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true});
    let model = json!({"type": "Unigram", "unk_id": 3, "byte_fallback": false, "vocab": vocabulary});
    plain(&tokens, metaspace, Value::Null, model)
}

fn byte_level() -> Value {
    let tokens =
        ["<s>", "<pad>", "</s>", "<unk>", "Ġ", "A", "n", "a", "An", "Ana", "ĠAna", "l", "e", "ee", "lee", "Ġlee"];
    let vocabulary: serde_json::Map<String, Value> =
        tokens.iter().enumerate().map(|(id, token)| ((*token).to_owned(), json!(id))).collect();
    let bytes = json!({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true});
    let merges = json!([["A", "n"], ["An", "a"], ["Ġ", "Ana"], ["e", "e"], ["l", "ee"], ["Ġ", "lee"]]);
    let model = json!({"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false, "vocab": vocabulary, "merges": merges});
    plain(&tokens, bytes.clone(), bytes, model)
}

/// Numbers as above, of `["Ana", "lee"]`. A byte-level tokenizer for which `add_prefix_space` is not stated gets the
/// space here all the same, and a notice.
#[test]
fn every_class_takes_its_own_settings() {
    let named = "PreTrainedTokenizerFast";
    for (kind, file, settings, expected) in [
        ("xlm-roberta", unigram(), json!({}), &[0, 5, 4, 7, 2][..]),
        ("xlm-roberta", unigram(), json!({"add_prefix_space": false}), &[0, 6, 7, 2]),
        ("camembert", unigram(), json!({"bos_token": "<unk>", "cls_token": "</s>"}), &[3, 5, 4, 7, 2]),
        ("xlm-roberta", unigram(), json!({"tokenizer_class": named, "mask_token": "lee"}), &[5, 7]),
        ("roberta", byte_level(), json!({"add_prefix_space": true}), &[0, 10, 15, 2]),
        ("roberta", byte_level(), json!({"add_prefix_space": true, "cls_token": "<pad>"}), &[1, 10, 15, 2]),
        ("roberta", byte_level(), json!({"tokenizer_class": "TokenizersBackend"}), &[10, 15]),
        (
            "roberta",
            byte_level(),
            json!({"add_prefix_space": true, "additional_special_tokens": ["lee"]}),
            &[0, 10, 14, 2],
        ),
    ] {
        let tokenizer = loaded_as(kind, &file, &settings).unwrap();
        let sentence = Sentence { tags: vec![0; 2], words: ["Ana", "lee"].map(str::to_owned).to_vec() };
        assert_eq!(Encoded::new(&[&sentence], &tokenizer, 64).unwrap().ids, expected, "{kind} {settings}");
        assert_eq!(tokenizer.notices, Vec::<String>::new(), "{kind} {settings}");
    }
    let silent = loaded_as("roberta", &byte_level(), &json!({})).unwrap();
    assert!(silent.notices[0].starts_with("every word gets a leading space"), "{:?}", silent.notices);
}

/// Where settings leave open what the file says of accents or ideographs, the file counts, and that is said.
#[test]
fn parts_of_a_normalizer_that_settings_leave_open_are_the_files_and_said() {
    let mut file = file(true, true);
    file["normalizer"]["strip_accents"] = json!(false);
    file["normalizer"]["handle_chinese_chars"] = json!(false);
    let tokenizer = loaded(&file, &json!({"do_lower_case": true})).unwrap();
    assert_eq!(ids(&tokenizer)[..7], [2, 6, 8, 9, 20, 15, 1]);
    assert_eq!(tokenizer.notices.len(), 2, "{:?}", tokenizer.notices);
    let stated = json!({"do_lower_case": true, "strip_accents": false, "tokenize_chinese_chars": false});
    let tokenizer = loaded(&file, &stated).unwrap();
    assert_eq!(ids(&tokenizer)[..7], [2, 6, 8, 9, 20, 15, 1]);
    assert_eq!(tokenizer.notices, Vec::<String>::new());
}

/// Files with a part taken out or put in place of another: an error or a tokenizer, and no panic.
#[test]
fn a_tokenizer_of_any_parts_does_no_harm() {
    fn parts(value: &Value, at: String, all: &mut Vec<String>) {
        let children: Vec<(String, &Value)> = match value {
            Value::Object(map) => {
                map.iter().map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value)).collect()
            }
            Value::Array(list) => list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
            _ => Vec::new(),
        };
        for (key, child) in children {
            parts(child, format!("{at}/{key}"), all);
        }
        all.push(at);
    }
    let odd = [
        json!(null),
        json!(-1),
        json!(4_294_967_296_u64),
        json!(""),
        json!([]),
        json!({}),
        json!("Ana"),
        json!([[]]),
        json!(1e300),
        json!(true),
    ];
    let whole = [("bert", file(true, true)), ("roberta", byte_level()), ("xlm-roberta", unigram())];
    let sentence =
        Sentence { tags: vec![0; 4], words: ["Ana", "", "lee[CLS]", "中é\u{0}"].map(str::to_owned).to_vec() };
    let mut taken = 0;
    for (kind, file) in whole {
        let mut all = Vec::new();
        parts(&file, String::new(), &mut all);
        for (place, value) in all.iter().flat_map(|place| odd.iter().map(move |value| (place, value))) {
            let mut changed = file.clone();
            *changed.pointer_mut(place).unwrap() = value.clone();
            let Ok(tokenizer) = loaded_as(kind, &changed, &json!({"do_lower_case": false, "cls_token": "Ana"})) else {
                continue;
            };
            taken += usize::from(Encoded::new(&[&sentence], &tokenizer, 64).is_ok());
        }
    }
    assert!(taken > 100, "{taken}");
}
