//! Settings of `tokenizer_config.json` laid over a `tokenizer.json`.

use runner::data::{Encoded, Sentence, Tokenizer};
use serde_json::{Value, json};

use super::input;

const PIECES: [&str; 25] = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "Ana", "ana", "Lee", "lee", "é", "e", "Á", "a", "中", "文", "中文",
    "##文", "<s>", "</s>", "Ána", "ána", "<x>", "y", "##y", "##<x>",
];

/// A WordPiece tokenizer that lower-cases if asked, with or without special pieces around a sentence.
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
        PIECES.iter().enumerate().map(|(id, piece)| ((*piece).to_owned(), json!(id))).collect();
    json!({"version": "1.0", "truncation": null, "padding": null, "decoder": null,
        "added_tokens": PIECES[..5].iter().enumerate().map(added).collect::<Vec<_>>(),
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": lowercase},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": if around { template } else { Value::Null },
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary}})
}

fn loaded(file: &Value, settings: &Value) -> Result<Tokenizer, String> {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("tokenizer.json", file),
        ("tokenizer_config.json", settings),
        ("config.json", &json!({"model_type": "bert"})),
    ];
    let inputs: Vec<_> = files
        .into_iter()
        .map(|(name, content)| {
            std::fs::write(folder.path().join(name), content.to_string()).unwrap();
            input(&folder.path().join(name))
        })
        .collect();
    Tokenizer::load(&inputs).map_err(|error| error.to_string())
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
    assert_eq!(ids(&bare), [2, 6, 8, 10, 6, 13, 14, 1, 1, 1, 22, 3], "the class's own pieces around a sentence");
}

#[test]
fn capitals_that_transformers_would_lower_are_kept_and_said() {
    let tokenizer = loaded(&file(false, true), &json!({})).unwrap();
    assert_eq!(ids(&tokenizer)[1], 5, "Ana");
    assert!(tokenizer.notices[0].contains("do_lower_case is not stated"), "{:?}", tokenizer.notices);
}

#[test]
fn settings_that_cannot_be_followed_are_named() {
    let said = |settings: Value| loaded(&file(true, true), &settings).err().unwrap();
    assert!(said(json!({"do_lower_case": "no"})).contains("do_lower_case is \"no\"; write true, false or null"));
    assert!(said(json!({"added_tokens_decoder": ["<x>"]})).contains("added_tokens_decoder"));
    assert!(said(json!([])).contains("tokenizer_config.json"));
}
