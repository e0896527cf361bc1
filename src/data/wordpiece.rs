//! The tokenizer of a checkpoint with `vocab.txt` but without `tokenizer.json`: WordPiece as in transformers'
//! BertTokenizer, written as a `tokenizer.json`.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value, json};

use super::DataError;
use crate::hub::{InputFile, added_token, file_named, token_text};

/// The classes that tokenize as BertTokenizer.
const CLASSES: [&str; 3] = ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer"];

/// The keys of special tokens, and BertTokenizer's default names.
const SPECIAL: [(&str, &str); 5] = [
    ("unk_token", "[UNK]"),
    ("sep_token", "[SEP]"),
    ("pad_token", "[PAD]"),
    ("cls_token", "[CLS]"),
    ("mask_token", "[MASK]"),
];

/// The special tokens that are required.
const NEEDED: [&str; 3] = ["unk_token", "sep_token", "cls_token"];

/// The content of a `tokenizer.json` that is equal to a BertTokenizer from `files`: `vocab.txt` and, if they exist,
/// `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json`.
///
/// # Errors
/// A file that cannot be read, a vocabulary without the special tokens, an unsupported setting.
pub(super) fn tokenizer_json(files: &[InputFile]) -> Result<String, DataError> {
    let vocabulary = file_named(files, "vocab.txt").ok_or_else(|| no_tokenizer(files))?;
    let tokens = tokens(&text(vocabulary)?);
    let settings = Settings::read(files)?;
    let special = settings.special(&tokens, &vocabulary.name)?;
    let added = settings.added(&tokens, &special)?;
    let names = Names { unknown: &special["unk_token"], begin: &special["cls_token"], end: &special["sep_token"] };
    Ok(bert(&tokens, names, &added, &settings.options()?))
}

/// The names of the tokens around a sentence and of the unknown token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) unknown: &'a str,
    pub(super) begin: &'a str,
    pub(super) end: &'a str,
}

/// A `tokenizer.json` of BERT: the vocabulary, the added tokens and the normalizer.
pub(super) fn bert(tokens: &BTreeMap<String, u32>, names: Names<'_>, added: &[Value], normalizer: &Value) -> String {
    let Names { unknown, begin, end } = names;
    let mark = |id: &str| json!({"SpecialToken": {"id": id, "type_id": 0}});
    let text = |id: &str| json!({"Sequence": {"id": id, "type_id": 0}});
    let mentioned = |id: &str| json!({"id": id, "ids": [tokens[id]], "tokens": [id]});
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": normalizer,
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing",
                           "single": [mark(begin), text("A"), mark(end)],
                           "pair": [mark(begin), text("A"), mark(end), text("B"), mark(end)],
                           "special_tokens": {begin: mentioned(begin), end: mentioned(end)}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
        "model": {"type": "WordPiece", "unk_token": unknown, "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": tokens},
    })
    .to_string()
}

/// An entry of `added_tokens` as transformers makes it from a plain name.
pub(super) fn plain_token(id: u32, content: &str, special: bool) -> Value {
    added_token(id, &json!({"content": content, "special": special}))
}

pub(super) fn no_tokenizer(files: &[InputFile]) -> DataError {
    let names: BTreeSet<String> = files.iter().map(|file| format!("`{}`", file.name)).collect();
    let found = if names.is_empty() { "no file".to_owned() } else { Vec::from_iter(names).join(", ") };
    DataError::NoTokenizer { found }
}

fn text(file: &InputFile) -> Result<String, DataError> {
    std::fs::read_to_string(&file.path).map_err(DataError::unreadable(file))
}

/// The vocabulary: a token per line, numbered from 0; a repeated token has its last number. White space at the end of a
/// line is not part of the token (`WordPiece::read_file` of the crate `tokenizers`).
fn tokens(text: &str) -> BTreeMap<String, u32> {
    text.lines().map(|line| line.trim_end().to_owned()).zip(0..).collect()
}

/// The settings in the files beside the vocabulary.
struct Settings {
    /// Name of the file in errors.
    file: String,
    values: Map<String, Value>,
    /// `added_tokens.json`
    added: BTreeMap<String, u32>,
}

impl Settings {
    /// Merges them as `PreTrainedTokenizerBase.from_pretrained` does: `special_tokens_map.json` and `added_tokens.json` are
    /// read only if `tokenizer_config.json` has no `added_tokens_decoder`; the map overrides it.
    fn read(files: &[InputFile]) -> Result<Self, DataError> {
        let object = |name: &str| file_named(files, name).map(read_json::<Map<String, Value>>).transpose();
        let mut values = object("tokenizer_config.json")?.unwrap_or_default();
        let mut added = BTreeMap::new();
        if !values.contains_key("added_tokens_decoder") {
            values.extend(object("special_tokens_map.json")?.unwrap_or_default());
            added = file_named(files, "added_tokens.json").map(read_json).transpose()?.unwrap_or_default();
        }
        let settings = Self { file: "tokenizer_config.json".to_owned(), values, added };
        settings.check()?;
        Ok(settings)
    }

    fn fault(&self, reason: String) -> DataError {
        DataError::TokenizerSetting { file: self.file.clone(), reason }
    }

    /// Rejects unsupported settings that would change the tokens.
    fn check(&self) -> Result<(), DataError> {
        if let Some(class) = self.values.get("tokenizer_class").and_then(Value::as_str)
            && !CLASSES.contains(&class.trim_end_matches("Fast"))
        {
            return Err(self.fault(format!("tokenizer_class \"{class}\" is not one of {}", CLASSES.join(", "))));
        }
        let declared = self.values.get("added_tokens_decoder").and_then(Value::as_object);
        let declared: HashSet<&str> =
            declared.iter().flat_map(|tokens| tokens.values()).filter_map(token_text).collect();
        for key in ["never_split", "additional_special_tokens", "extra_special_tokens"] {
            let set = match self.values.get(key) {
                None | Some(Value::Null) => false,
                Some(Value::Array(values)) => {
                    !values.iter().all(|value| token_text(value).is_some_and(|token| declared.contains(token)))
                }
                Some(Value::Object(values)) => !values.is_empty(),
                Some(_) => true,
            };
            if set {
                return Err(self.fault(format!("{key} is not supported")));
            }
        }
        match self.values.get("do_basic_tokenize") {
            None | Some(Value::Null | Value::Bool(true)) => Ok(()),
            Some(other) => Err(self.fault(format!("do_basic_tokenize = {other} is not supported"))),
        }
    }

    fn flag(&self, key: &str) -> Result<Option<bool>, DataError> {
        match self.values.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.fault(format!("{key} is {other}, not true, false or null"))),
        }
    }

    /// The BertNormalizer; accents are stripped with lower-casing unless `strip_accents` is set.
    fn options(&self) -> Result<Value, DataError> {
        Ok(json!({
            "type": "BertNormalizer",
            "clean_text": true,
            "handle_chinese_chars": self.flag("tokenize_chinese_chars")?.unwrap_or(true),
            "strip_accents": self.flag("strip_accents")?,
            "lowercase": self.flag("do_lower_case")?.unwrap_or(true),
        }))
    }

    /// The special tokens by key, all of them in the vocabulary. A mask or padding token that it lacks is left out: the
    /// embedding has no row for it.
    fn special(&self, tokens: &BTreeMap<String, u32>, file: &str) -> Result<BTreeMap<&'static str, String>, DataError> {
        let mut special = BTreeMap::new();
        for (key, default) in SPECIAL {
            let name = match self.values.get(key) {
                None | Some(Value::Null) => default,
                Some(value) => token_text(value).ok_or_else(|| self.fault(format!("{key} is {value}, not text")))?,
            };
            if tokens.contains_key(name) {
                special.insert(key, name.to_owned());
            } else if NEEDED.contains(&key) {
                return Err(DataError::NoToken { file: file.to_owned(), key, token: name.to_owned() });
            }
        }
        Ok(special)
    }

    /// The added tokens, by number: the special ones, then those of `added_tokens_decoder` and `added_tokens.json`.
    fn added(
        &self,
        tokens: &BTreeMap<String, u32>,
        special: &BTreeMap<&'static str, String>,
    ) -> Result<Vec<Value>, DataError> {
        let mut all = BTreeMap::new();
        for (key, content) in special {
            let id = tokens[content];
            // a special token may have flags
            let with_flags = self.values.get(*key).and_then(|value| declared(id, value, true));
            all.insert(id, with_flags.unwrap_or_else(|| plain_token(id, content, true)));
        }
        for (content, id) in &self.added {
            all.entry(*id).or_insert_with(|| plain_token(*id, content, false));
        }
        if let Some(listed) = self.values.get("added_tokens_decoder") {
            let bad = || self.fault("added_tokens_decoder is not an object of tokens by number".to_owned());
            for (id, value) in listed.as_object().ok_or_else(bad)? {
                let id: u32 = id.parse().map_err(|_| bad())?;
                all.insert(id, declared(id, value, false).ok_or_else(bad)?);
            }
        }
        // a token that the vocabulary lacks gets the next number
        let mut next = tokens.len() as u32;
        for (id, value) in &all {
            let content = value["content"].as_str().unwrap_or_default();
            let number = tokens.get(content).copied().unwrap_or(next);
            next += u32::from(!tokens.contains_key(content));
            if number != *id {
                return Err(self
                    .fault(format!("the added token \"{content}\" has the number {id}, but would get {number} here")));
            }
        }
        Ok(all.into_values().collect())
    }
}

fn read_json<T: serde::de::DeserializeOwned>(file: &InputFile) -> Result<T, DataError> {
    serde_json::from_str(&text(file)?)
        .map_err(|error| DataError::BadTokenizer { file: file.name.clone(), reason: error.to_string() })
}

/// An entry of `added_tokens_decoder`, or a special token with flags; none for a plain name. `special`: it is one even
/// without that flag.
fn declared(id: u32, value: &Value, special: bool) -> Option<Value> {
    value.get("content")?.as_str()?;
    let mut token = value.clone();
    if special {
        token["special"] = json!(true);
    }
    Some(added_token(id, &token))
}
