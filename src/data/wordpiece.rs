//! The tokenizer of a checkpoint that has `vocab.txt` and no `tokenizer.json`: WordPiece as transformers' BertTokenizer
//! sets it up, written as a `tokenizer.json`. Must not know where the files come from.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value, json};

use crate::hub::InputFile;

use super::DataError;

/// The classes that are BertTokenizer in all but name.
const CLASSES: [&str; 3] = ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer"];

/// Pieces that the tokenizer has a use for, and what BertTokenizer calls them unless told otherwise.
const SPECIAL: [(&str, &str); 5] = [
    ("unk_token", "[UNK]"),
    ("sep_token", "[SEP]"),
    ("pad_token", "[PAD]"),
    ("cls_token", "[CLS]"),
    ("mask_token", "[MASK]"),
];

/// Those without which no sentence can be encoded.
const NEEDED: [&str; 3] = ["unk_token", "sep_token", "cls_token"];

/// The content of a `tokenizer.json` that tokenizes as BertTokenizer does from `files`: `vocab.txt` and, each where it is
/// there, `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json`.
///
/// # Errors
/// A file that cannot be read, a vocabulary without the special pieces, a setting that has no equal here.
pub(super) fn tokenizer_json(files: &[InputFile]) -> Result<String, DataError> {
    let vocabulary = file(files, "vocab.txt").ok_or_else(|| no_tokenizer(files))?;
    let pieces = pieces(&text(vocabulary)?);
    let settings = Settings::read(files)?;
    let special = settings.special(&pieces, &vocabulary.name)?;
    let added = settings.added(&pieces, &special)?;
    let names = Names { unknown: &special["unk_token"], begin: &special["cls_token"], end: &special["sep_token"] };
    Ok(bert(&pieces, names, &added, &settings.options()?))
}

/// What the pieces are called that BERT puts around a sentence and in place of what it does not know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) unknown: &'a str,
    pub(super) begin: &'a str,
    pub(super) end: &'a str,
}

/// A `tokenizer.json` of BERT: pieces with their numbers, those that are found whole, and the normalizer.
pub(super) fn bert(pieces: &BTreeMap<String, u32>, names: Names<'_>, added: &[Value], normalizer: &Value) -> String {
    let Names { unknown, begin, end } = names;
    let mark = |id: &str| json!({"SpecialToken": {"id": id, "type_id": 0}});
    let text = |id: &str| json!({"Sequence": {"id": id, "type_id": 0}});
    let mentioned = |id: &str| json!({"id": id, "ids": [pieces[id]], "tokens": [id]});
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
                  "max_input_chars_per_word": 100, "vocab": pieces},
    })
    .to_string()
}

/// An entry of `added_tokens` as transformers makes one of a plain name.
pub(super) fn added_piece(id: u32, content: &str, special: bool) -> Value {
    json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
           "normalized": !special, "special": special})
}

/// The file of that name, in whatever folder.
pub(super) fn file<'a>(files: &'a [InputFile], name: &str) -> Option<&'a InputFile> {
    files.iter().find(|file| file.name.rsplit('/').next() == Some(name))
}

fn no_tokenizer(files: &[InputFile]) -> DataError {
    let names: BTreeSet<String> = files.iter().map(|file| format!("`{}`", file.name)).collect();
    let found = if names.is_empty() { "no file".to_owned() } else { Vec::from_iter(names).join(", ") };
    DataError::NoTokenizer { found }
}

fn text(file: &InputFile) -> Result<String, DataError> {
    std::fs::read_to_string(&file.path).map_err(|source| DataError::Unreadable { file: file.name.clone(), source })
}

/// One piece a line, its number the line's, counted from 0; a piece that is there twice has its last number. Blanks at
/// the end of a line, and a carriage return, are no part of the piece (`WordPiece::read_file` of the crate `tokenizers`).
fn pieces(text: &str) -> BTreeMap<String, u32> {
    text.lines().map(|line| line.trim_end().to_owned()).zip(0..).collect()
}

/// What the files beside the vocabulary say.
struct Settings {
    /// Name of the file that is blamed.
    file: String,
    values: Map<String, Value>,
    /// `added_tokens.json`
    added: BTreeMap<String, u32>,
}

impl Settings {
    /// As `PreTrainedTokenizerBase.from_pretrained` merges them: `special_tokens_map.json` and `added_tokens.json` count
    /// only where `tokenizer_config.json` has no `added_tokens_decoder`, and the map wins.
    fn read(files: &[InputFile]) -> Result<Self, DataError> {
        let object = |name: &str| file(files, name).map(read_json::<Map<String, Value>>).transpose();
        let mut values = object("tokenizer_config.json")?.unwrap_or_default();
        let mut added = BTreeMap::new();
        if !values.contains_key("added_tokens_decoder") {
            values.extend(object("special_tokens_map.json")?.unwrap_or_default());
            added = file(files, "added_tokens.json").map(read_json).transpose()?.unwrap_or_default();
        }
        let settings = Self { file: "tokenizer_config.json".to_owned(), values, added };
        settings.check()?;
        Ok(settings)
    }

    fn fault(&self, reason: String) -> DataError {
        DataError::TokenizerSetting { file: self.file.clone(), reason }
    }

    /// Refuses what changes the tokens and has no equal here.
    fn check(&self) -> Result<(), DataError> {
        if let Some(class) = self.values.get("tokenizer_class").and_then(Value::as_str)
            && !CLASSES.contains(&class.trim_end_matches("Fast"))
        {
            return Err(self.fault(format!("tokenizer_class \"{class}\" is none of {}", CLASSES.join(", "))));
        }
        let declared = self.values.get("added_tokens_decoder").and_then(Value::as_object);
        let declared: HashSet<&str> = declared.iter().flat_map(|pieces| pieces.values()).filter_map(content).collect();
        for key in ["never_split", "additional_special_tokens", "extra_special_tokens"] {
            let set = match self.values.get(key) {
                None | Some(Value::Null) => false,
                Some(Value::Array(values)) => {
                    !values.iter().all(|value| content(value).is_some_and(|piece| declared.contains(piece)))
                }
                Some(Value::Object(values)) => !values.is_empty(),
                Some(_) => true,
            };
            if set {
                return Err(self.fault(format!("{key} is set")));
            }
        }
        match self.values.get("do_basic_tokenize") {
            None | Some(Value::Null | Value::Bool(true)) => Ok(()),
            Some(other) => Err(self.fault(format!("do_basic_tokenize = {other}"))),
        }
    }

    fn flag(&self, key: &str) -> Result<Option<bool>, DataError> {
        match self.values.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.fault(format!("{key} is {other} and not true, false or null"))),
        }
    }

    /// BertNormalizer; accents follow the case unless they are named.
    fn options(&self) -> Result<Value, DataError> {
        Ok(json!({
            "type": "BertNormalizer",
            "clean_text": true,
            "handle_chinese_chars": self.flag("tokenize_chinese_chars")?.unwrap_or(true),
            "strip_accents": self.flag("strip_accents")?,
            "lowercase": self.flag("do_lower_case")?.unwrap_or(true),
        }))
    }

    /// The special pieces by their key, each in the vocabulary; a mask or padding that it lacks is left out, because no
    /// row of the embedding could stand for it.
    fn special(&self, pieces: &BTreeMap<String, u32>, file: &str) -> Result<BTreeMap<&'static str, String>, DataError> {
        let mut special = BTreeMap::new();
        for (key, default) in SPECIAL {
            let content = match self.values.get(key) {
                None | Some(Value::Null) => default,
                Some(value) => content(value).ok_or_else(|| self.fault(format!("{key} is {value} and no text")))?,
            };
            if pieces.contains_key(content) {
                special.insert(key, content.to_owned());
            } else if NEEDED.contains(&key) {
                return Err(DataError::NoPiece { file: file.to_owned(), key, piece: content.to_owned() });
            }
        }
        Ok(special)
    }

    /// The pieces that are found whole in the text: the special ones, then those of `added_tokens_decoder` and
    /// `added_tokens.json`, by number.
    fn added(
        &self,
        pieces: &BTreeMap<String, u32>,
        special: &BTreeMap<&'static str, String>,
    ) -> Result<Vec<Value>, DataError> {
        let mut all = BTreeMap::new();
        for (key, content) in special {
            let id = pieces[content];
            // Where a special piece is described, its description counts.
            let described = self.values.get(*key).and_then(|value| declared(id, value, true));
            all.insert(id, described.unwrap_or_else(|| added_piece(id, content, true)));
        }
        for (content, id) in &self.added {
            all.entry(*id).or_insert_with(|| added_piece(*id, content, false));
        }
        if let Some(listed) = self.values.get("added_tokens_decoder") {
            let bad = || self.fault("added_tokens_decoder is no list of pieces by number".to_owned());
            for (id, value) in listed.as_object().ok_or_else(bad)? {
                let id: u32 = id.parse().map_err(|_| bad())?;
                all.insert(id, declared(id, value, false).ok_or_else(bad)?);
            }
        }
        // What the vocabulary lacks gets the numbers after its last.
        let mut next = pieces.len() as u32;
        for (id, value) in &all {
            let content = value["content"].as_str().unwrap_or_default();
            let place = pieces.get(content).copied().unwrap_or(next);
            next += u32::from(!pieces.contains_key(content));
            if place != *id {
                return Err(self.fault(format!("the added piece \"{content}\" has number {id} there and {place} here")));
            }
        }
        Ok(all.into_values().collect())
    }
}

/// `"[CLS]"` or `{"content": "[CLS]", ...}`.
fn content(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("content")?.as_str())
}

fn read_json<T: serde::de::DeserializeOwned>(file: &InputFile) -> Result<T, DataError> {
    serde_json::from_str(&text(file)?)
        .map_err(|error| DataError::BadTokenizer { file: file.name.clone(), reason: error.to_string() })
}

/// An entry of `added_tokens_decoder`, with the defaults of `AddedToken`; also a special piece that is described.
fn declared(id: u32, value: &Value, special: bool) -> Option<Value> {
    let content = value.get("content")?.as_str()?;
    let flag = |key: &str, default: bool| value.get(key).and_then(Value::as_bool).unwrap_or(default);
    let special = special || flag("special", false);
    Some(json!({"id": id, "content": content, "single_word": flag("single_word", false),
                "lstrip": flag("lstrip", false), "rstrip": flag("rstrip", false),
                "normalized": flag("normalized", !special), "special": special}))
}
