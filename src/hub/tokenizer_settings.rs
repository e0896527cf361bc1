//! The parts of a `tokenizer.json` that a checkpoint's settings override (`tokenizer_config.json`,
//! `special_tokens_map.json`, `config.json`), as transformers applies them for the tokenizer's class; and whether the
//! settings are inputs.

use std::collections::HashSet;
use std::fs;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::InputFile;
use super::tokenizer_class::{Group, TokenizerClass};
use super::tokenizer_parts::{
    added_token, boundary_names, has_prefix_space, is_type, lower_cases, set_scheme, token_text,
};

/// A notice where transformers would add no leading space to a word.
pub const LEADING_SPACE: &str = "every word gets a leading space, as word-split input needs; transformers 5 adds none here unless add_prefix_space = true";

/// Replacements for parts of a `tokenizer.json`; none: the part stays.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Overlay {
    /// `normalizer`
    pub normalizer: Option<Value>,
    /// `pre_tokenizer`
    pub pre_tokenizer: Option<Value>,
    /// `added_tokens`
    pub added_tokens: Option<Value>,
    /// `model.unk_token`
    pub unknown: Option<String>,
    /// The tokens around a sentence, in place of those of `post_processor`.
    pub boundaries: Option<BoundaryTokens>,
}

/// The tokens around a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundaryTokens {
    /// The one before and the one after.
    pub tokens: [String; 2],
    /// Whether the settings name one; else both are the class's defaults, and are used only if the vocabulary has them.
    pub stated: bool,
}

/// An invalid setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFault {
    /// Name of the file.
    pub file: String,
    /// What is wrong.
    pub reason: String,
}

/// The parts of a `tokenizer.json` that settings may change; the vocabulary is skipped.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Parts {
    normalizer: Value,
    pre_tokenizer: Value,
    post_processor: Value,
    added_tokens: Vec<Value>,
    model: ModelPart,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ModelPart {
    #[serde(rename = "type")]
    kind: Option<String>,
    unk_token: Value,
}

/// The parts of the `tokenizer.json` among `files` that the settings beside it change, and notices for the user.
///
/// # Errors
/// A settings file that is not a JSON object, or a setting of a wrong type.
pub fn overlay(files: &[InputFile]) -> Result<(Overlay, Vec<String>), SettingsFault> {
    let Some(parts) = file_named(files, "tokenizer.json").and_then(parts) else { return Ok(Default::default()) };
    let mut settings = object(files, "tokenizer_config.json")?;
    if !settings.contains_key("added_tokens_decoder") {
        settings.extend(object(files, "special_tokens_map.json")?);
    }
    // an invalid config.json is reported where the model is read
    let config = object(files, "config.json").unwrap_or_default();
    let class = TokenizerClass::of(&settings, &config);
    let group = Group::of(&class, parts.model.kind.as_deref());
    Overriding { group, settings, parts }.overlay()
}

/// The tokenizer class that the files name; an invalid file, which is reported where it is used, names none.
pub fn tokenizer_class(files: &[InputFile]) -> TokenizerClass {
    let read = |name: &str| object(files, name).unwrap_or_default();
    TokenizerClass::of(&read("tokenizer_config.json"), &read("config.json"))
}

/// Whether the settings beside the `tokenizer.json` of `files` change it; invalid settings do.
pub(super) fn settings_count(files: &[InputFile]) -> bool {
    let alone: Vec<InputFile> = files.iter().filter(|file| !is_setting(&file.name)).cloned().collect();
    let (with, without) = (overlay(files), overlay(&alone));
    with.is_err() || with.map(|(overlay, _)| overlay) != without.map(|(overlay, _)| overlay)
}

/// Whether a file of that name has settings that can override a `tokenizer.json`.
pub(super) fn is_setting(name: &str) -> bool {
    matches!(name.rsplit('/').next(), Some("tokenizer_config.json" | "special_tokens_map.json"))
}

/// The file of that name, in any folder.
pub fn file_named<'a>(files: &'a [InputFile], name: &str) -> Option<&'a InputFile> {
    files.iter().find(|file| file.name.rsplit('/').next() == Some(name))
}

/// None for an invalid file, which is reported where the tokenizer is read.
fn parts(file: &InputFile) -> Option<Parts> {
    serde_json::from_slice(&fs::read(&file.path).ok()?).ok()
}

fn object(files: &[InputFile], name: &str) -> Result<Map<String, Value>, SettingsFault> {
    let Some(file) = file_named(files, name) else { return Ok(Map::new()) };
    let fault = |reason: String| SettingsFault { file: file.name.clone(), reason };
    let bytes = fs::read(&file.path).map_err(|error| fault(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| fault(error.to_string()))
}

/// A set, because a file may list many thousands.
fn names(tokens: &[Value]) -> HashSet<Option<String>> {
    tokens.iter().map(|token| token_text(token).map(str::to_owned)).collect()
}

/// The settings of a group of classes and the file that they override.
struct Overriding {
    group: Group,
    settings: Map<String, Value>,
    parts: Parts,
}

impl Overriding {
    fn overlay(&self) -> Result<(Overlay, Vec<String>), SettingsFault> {
        let mut notices = Vec::new();
        if self.group == Group::General {
            self.note_space(&mut notices);
            return Ok((Overlay { added_tokens: self.added_tokens()?, ..Overlay::default() }, notices));
        }
        let mut overlay =
            Overlay { added_tokens: self.added_tokens()?, boundaries: self.boundaries(), ..Overlay::default() };
        match self.group {
            Group::Bert => {
                overlay.normalizer = self.bert_normalizer(&mut notices)?;
                let unknown = self.stated("unk_token").filter(|stated| self.parts.model.unk_token != **stated);
                overlay.unknown = unknown.map(str::to_owned);
            }
            Group::Metaspace => overlay.pre_tokenizer = self.metaspace()?,
            Group::Roberta | Group::General => self.note_space(&mut notices),
        }
        Ok((overlay, notices))
    }

    fn fault(&self, reason: String) -> SettingsFault {
        SettingsFault { file: "tokenizer_config.json".to_owned(), reason }
    }

    /// A flag; null counts as not set.
    fn flag(&self, key: &str) -> Result<Option<bool>, SettingsFault> {
        match self.settings.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.fault(format!("{key} is {other}; write true, false or null"))),
        }
    }

    /// The name of a special token in the settings.
    fn stated(&self, key: &str) -> Option<&str> {
        self.settings.get(key).and_then(token_text)
    }

    /// The file's normalizer with `do_lower_case`, `strip_accents` and `tokenize_chinese_chars` applied. Where none is set,
    /// the file's normalizer stays, though BertTokenizer of transformers 5 then converts to lower case.
    fn bert_normalizer(&self, notices: &mut Vec<String>) -> Result<Option<Value>, SettingsFault> {
        let (case, chinese) = (self.flag("do_lower_case")?, self.flag("tokenize_chinese_chars")?);
        let accents = self.settings.get("strip_accents").map(|_| self.flag("strip_accents")).transpose()?;
        let file = &self.parts.normalizer;
        if case.is_none() && !lower_cases(file) {
            notices.push(
                "do_lower_case is not set, so words keep capitals, as in tokenizer.json; transformers 5 would lower-case them: set do_lower_case in tokenizer_config.json"
                    .to_owned(),
            );
        }
        let plain = is_type(file, "BertNormalizer");
        self.note_defaults((case, chinese, accents), notices);
        if !plain && case.is_none() && chinese != Some(false) && accents.flatten().is_none() {
            return Ok(None);
        }
        let mut laid = if plain {
            file.clone()
        } else {
            json!({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null,
                   "lowercase": lower_cases(file)})
        };
        for (key, stated) in [("lowercase", case), ("handle_chinese_chars", chinese)] {
            if let Some(flag) = stated {
                laid[key] = json!(flag);
            }
        }
        if let Some(accents) = accents.filter(|accents| file.get("strip_accents").and_then(Value::as_bool) != *accents)
        {
            laid["strip_accents"] = json!(accents);
        }
        Ok(Some(laid).filter(|laid| laid != file))
    }

    /// Notices where the file's normalizer is used and BertTokenizer has another default.
    fn note_defaults(
        &self,
        (case, chinese, accents): (Option<bool>, Option<bool>, Option<Option<bool>>),
        notices: &mut Vec<String>,
    ) {
        let file = &self.parts.normalizer;
        let flag = |key: &str| file.get(key).and_then(Value::as_bool);
        let lowercase = case.or(flag("lowercase"));
        if accents.is_none() && flag("strip_accents").is_some_and(|strips| Some(strips) != lowercase) {
            notices.push(
                "strip_accents is not set, so accents are as in tokenizer.json; transformers 5 strips them if it lower-cases: set strip_accents in tokenizer_config.json"
                    .to_owned(),
            );
        }
        if chinese.is_none() && flag("handle_chinese_chars") == Some(false) {
            notices.push(
                "tokenize_chinese_chars is not set, so ideographs are not split, as in tokenizer.json; transformers 5 would split them: set tokenize_chinese_chars in tokenizer_config.json"
                    .to_owned(),
            );
        }
    }

    /// The pre-tokenizer with `add_prefix_space` applied to its Metaspace parts.
    fn metaspace(&self) -> Result<Option<Value>, SettingsFault> {
        let Some(stated) = self.flag("add_prefix_space")? else { return Ok(None) };
        let mut laid = self.parts.pre_tokenizer.clone();
        set_scheme(&mut laid, if stated { "always" } else { "never" });
        Ok(Some(laid).filter(|laid| *laid != self.parts.pre_tokenizer))
    }

    /// A notice where transformers would add no leading space: here every word gets one, as input is split into words.
    fn note_space(&self, notices: &mut Vec<String>) {
        let by_file = self.group == Group::General;
        let stated = self.settings.get("add_prefix_space") == Some(&Value::Bool(true));
        let spaced = if by_file { has_prefix_space(&self.parts.pre_tokenizer) } else { Some(stated) };
        if spaced == Some(false) {
            notices.push(LEADING_SPACE.to_owned());
        }
    }

    /// The class's tokens around a sentence, where settings name others than the file, or the file has none.
    fn boundaries(&self) -> Option<BoundaryTokens> {
        let [begin, end] = self.group.boundary_keys().map(|key| self.stated(key));
        let stated = begin.is_some() || end.is_some();
        let file = boundary_names(&self.parts.post_processor);
        let has_none = file.as_ref().is_some_and(|names| names.iter().all(Vec::is_empty));
        if !stated && !has_none && !self.parts.post_processor.is_null() {
            return None;
        }
        let default = self.group.boundaries();
        let current = |at: usize| match file.as_ref().map(|names| &names[at][..]) {
            Some([one]) => one.clone(),
            _ => default[at].to_owned(),
        };
        let tokens = [begin.map_or_else(|| current(0), str::to_owned), end.map_or_else(|| current(1), str::to_owned)];
        let same = file.is_some_and(|names| names == tokens.clone().map(|name| vec![name]));
        (!same).then_some(BoundaryTokens { tokens, stated })
    }

    /// The added tokens, if they change: `added_tokens_decoder` replaces the file's added tokens except the special ones (all
    /// stay in [`Group::General`]), and special tokens that only the settings name are added.
    fn added_tokens(&self) -> Result<Option<Value>, SettingsFault> {
        let special: Vec<&str> =
            self.group.special().iter().map(|(key, default)| self.stated(key).unwrap_or(default)).collect();
        let is_special = |token: &Value| token_text(token).is_some_and(|name| special.contains(&name));
        let file = &self.parts.added_tokens;
        let mut laid = match self.settings.get("added_tokens_decoder") {
            None | Some(Value::Null) => file.clone(),
            Some(listed) => {
                let mut laid = self.listed(listed)?;
                let stays = |token: &Value| self.group == Group::General || is_special(token);
                let there = names(&laid);
                let lacks = |token: &&Value| stays(token) && !there.contains(&token_text(token).map(str::to_owned));
                let kept: Vec<Value> = file.iter().filter(lacks).cloned().collect();
                laid.extend(kept);
                laid
            }
        };
        let mut there = names(&laid);
        for name in self.named() {
            if there.insert(Some(name.to_owned())) {
                // the vocabulary has the number
                laid.push(added_token(0, &json!({"content": name, "special": true})));
            }
        }
        laid.sort_by_key(|token| token.get("id").and_then(Value::as_u64));
        let matters = |token: &Value| ["content", "single_word", "normalized"].map(|key| token.get(key).cloned());
        let all = |tokens: &[Value]| {
            let mut all: Vec<String> = tokens.iter().map(|token| format!("{:?}", matters(token))).collect();
            all.sort();
            all
        };
        Ok((all(&laid) != all(file)).then_some(Value::Array(laid)))
    }

    /// The names of all special tokens in the settings.
    fn named(&self) -> Vec<&str> {
        const PARTS: [&str; 7] =
            ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];
        let mut named: Vec<&str> = PARTS.iter().filter_map(|key| self.stated(key)).collect();
        for key in ["extra_special_tokens", "additional_special_tokens"] {
            match self.settings.get(key) {
                Some(Value::Array(tokens)) => named.extend(tokens.iter().filter_map(token_text)),
                Some(Value::Object(tokens)) => named.extend(tokens.values().filter_map(token_text)),
                _ => {}
            }
        }
        named
    }

    fn listed(&self, listed: &Value) -> Result<Vec<Value>, SettingsFault> {
        let bad =
            || self.fault("added_tokens_decoder is not an object of tokens by number; write the file again".to_owned());
        let entries = listed.as_object().ok_or_else(bad)?.iter();
        entries
            .map(|(id, token)| match (id.parse::<u32>(), token_text(token)) {
                (Ok(id), Some(_)) => Ok(added_token(id, token)),
                _ => Err(bad()),
            })
            .collect()
    }
}
