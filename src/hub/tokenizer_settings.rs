//! What a checkpoint's settings change of its `tokenizer.json`, as transformers lays them over it for the class
//! (`tokenizer_config.json`, `special_tokens_map.json`, `config.json`). Decides which of them are inputs. Must not tokenize.

use std::collections::HashSet;
use std::fs;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::InputFile;
use super::tokenizer_class::Class;
use super::tokenizer_parts::{added, content, is_type, lower_cases, names_around, set_scheme, spaced};

/// What replaces parts of a `tokenizer.json`; none: the part stays.
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
    /// The pieces around a sentence, in place of those of `post_processor`.
    pub around: Option<Around>,
}

/// The pieces around a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Around {
    /// The one before and the one behind.
    pub pieces: [String; 2],
    /// Whether the settings name one; else both are the class's own, and count where the vocabulary has them.
    pub stated: bool,
}

/// A setting that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsFault {
    /// Name of the file.
    pub file: String,
    /// What is wrong.
    pub reason: String,
}

/// What of a `tokenizer.json` settings may change; the vocabulary is skipped.
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

/// What the settings among `files` change of their `tokenizer.json`, with what is to be said of it, one sentence each.
///
/// # Errors
/// A settings file that is no JSON object, or a setting of another type.
pub fn overlay(files: &[InputFile]) -> Result<(Overlay, Vec<String>), SettingsFault> {
    let Some(parts) = file(files, "tokenizer.json").and_then(parts) else { return Ok(Default::default()) };
    let mut settings = object(files, "tokenizer_config.json")?;
    if !settings.contains_key("added_tokens_decoder") {
        settings.extend(object(files, "special_tokens_map.json")?);
    }
    // a config.json that is none is told where the model is read
    let config = object(files, "config.json").unwrap_or_default();
    let class = Class::of(&settings, &config, parts.model.kind.as_deref());
    Laid { class, settings, parts }.overlay()
}

/// Whether the settings beside the `tokenizer.json` of `files` change anything; where that cannot be told, they count.
pub(super) fn settings_count(files: &[InputFile]) -> bool {
    let alone: Vec<InputFile> = files.iter().filter(|file| !is_setting(&file.name)).cloned().collect();
    let (with, without) = (overlay(files), overlay(&alone));
    with.is_err() || with.map(|(overlay, _)| overlay) != without.map(|(overlay, _)| overlay)
}

/// Whether a file of that name holds settings that lie over a `tokenizer.json`.
pub(super) fn is_setting(name: &str) -> bool {
    matches!(name.rsplit('/').next(), Some("tokenizer_config.json" | "special_tokens_map.json"))
}

fn file<'a>(files: &'a [InputFile], name: &str) -> Option<&'a InputFile> {
    files.iter().find(|file| file.name.rsplit('/').next() == Some(name))
}

/// None: what is no tokenizer is told where it is read.
fn parts(file: &InputFile) -> Option<Parts> {
    serde_json::from_slice(&fs::read(&file.path).ok()?).ok()
}

fn object(files: &[InputFile], name: &str) -> Result<Map<String, Value>, SettingsFault> {
    let Some(file) = file(files, name) else { return Ok(Map::new()) };
    let fault = |reason: String| SettingsFault { file: file.name.clone(), reason };
    let bytes = fs::read(&file.path).map_err(|error| fault(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| fault(error.to_string()))
}

/// The names of pieces; a file may list many thousands.
fn names(tokens: &[Value]) -> HashSet<Option<String>> {
    tokens.iter().map(|token| content(token).map(str::to_owned)).collect()
}

/// A class's settings over a file.
struct Laid {
    class: Class,
    settings: Map<String, Value>,
    parts: Parts,
}

impl Laid {
    fn overlay(&self) -> Result<(Overlay, Vec<String>), SettingsFault> {
        let mut notices = Vec::new();
        if self.class == Class::General {
            self.note_space(&mut notices);
            return Ok((Overlay { added_tokens: self.added_tokens()?, ..Overlay::default() }, notices));
        }
        let mut overlay = Overlay { added_tokens: self.added_tokens()?, around: self.around(), ..Overlay::default() };
        match self.class {
            Class::Bert => {
                overlay.normalizer = self.bert_normalizer(&mut notices)?;
                let unknown = self.stated("unk_token").filter(|stated| self.parts.model.unk_token != **stated);
                overlay.unknown = unknown.map(str::to_owned);
            }
            Class::Metaspace => overlay.pre_tokenizer = self.metaspace()?,
            Class::Roberta | Class::General => self.note_space(&mut notices),
        }
        Ok((overlay, notices))
    }

    fn fault(&self, reason: String) -> SettingsFault {
        SettingsFault { file: "tokenizer_config.json".to_owned(), reason }
    }

    /// A flag; null is not stated.
    fn flag(&self, key: &str) -> Result<Option<bool>, SettingsFault> {
        match self.settings.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.fault(format!("{key} is {other}; write true, false or null"))),
        }
    }

    /// The name that settings give to a special piece.
    fn stated(&self, key: &str) -> Option<&str> {
        self.settings.get(key).and_then(content)
    }

    /// `do_lower_case`, `strip_accents` and `tokenize_chinese_chars` over the file's normalizer. Where none is stated, the
    /// file counts, though BertTokenizer of transformers 5 lower-cases then.
    fn bert_normalizer(&self, notices: &mut Vec<String>) -> Result<Option<Value>, SettingsFault> {
        let (case, chinese) = (self.flag("do_lower_case")?, self.flag("tokenize_chinese_chars")?);
        let accents = self.settings.get("strip_accents").map(|_| self.flag("strip_accents")).transpose()?;
        let file = &self.parts.normalizer;
        if case.is_none() && !lower_cases(file) {
            notices.push(
                "tokenizer.json keeps capitals and do_lower_case is not stated: words keep them; transformers 5 lower-cases them unless do_lower_case = false stands in tokenizer_config.json"
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

    /// Says where a part of the file's normalizer counts that BertTokenizer has a default of its own for.
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
                "tokenizer.json says of accents what strip_accents does not state, and counts; transformers 5 strips them where it lower-cases: state strip_accents in tokenizer_config.json"
                    .to_owned(),
            );
        }
        if chinese.is_none() && flag("handle_chinese_chars") == Some(false) {
            notices.push(
                "tokenizer.json keeps ideographs together and tokenize_chinese_chars is not stated: they stay together; transformers 5 parts them: state tokenize_chinese_chars in tokenizer_config.json"
                    .to_owned(),
            );
        }
    }

    /// `add_prefix_space` over the Metaspace parts.
    fn metaspace(&self) -> Result<Option<Value>, SettingsFault> {
        let Some(stated) = self.flag("add_prefix_space")? else { return Ok(None) };
        let mut laid = self.parts.pre_tokenizer.clone();
        set_scheme(&mut laid, if stated { "always" } else { "never" });
        Ok(Some(laid).filter(|laid| *laid != self.parts.pre_tokenizer))
    }

    /// Words of a byte-level tokenizer get their space in any case: input is split into words.
    fn note_space(&self, notices: &mut Vec<String>) {
        let by_file = self.class == Class::General;
        let stated = self.settings.get("add_prefix_space") == Some(&Value::Bool(true));
        let spaced = if by_file { spaced(&self.parts.pre_tokenizer) } else { Some(stated) };
        if spaced == Some(false) {
            notices.push(
                "every word gets a leading space, as word-split input needs it; transformers 5 gives none here unless add_prefix_space = true is given"
                    .to_owned(),
            );
        }
    }

    /// The class's own pieces around a sentence, where settings name others than the file or the file has none.
    fn around(&self) -> Option<Around> {
        let [begin, end] = self.class.keys_around().map(|key| self.stated(key));
        let stated = begin.is_some() || end.is_some();
        let file = names_around(&self.parts.post_processor);
        let has_none = file.as_ref().is_some_and(|names| names.iter().all(Vec::is_empty));
        if !stated && !has_none && !self.parts.post_processor.is_null() {
            return None;
        }
        let default = self.class.around();
        let kept = |at: usize| match file.as_ref().map(|names| &names[at][..]) {
            Some([one]) => one.clone(),
            _ => default[at].to_owned(),
        };
        let pieces = [begin.map_or_else(|| kept(0), str::to_owned), end.map_or_else(|| kept(1), str::to_owned)];
        let same = file.is_some_and(|names| names == pieces.clone().map(|name| vec![name]));
        (!same).then_some(Around { pieces, stated })
    }

    /// `added_tokens_decoder` in place of the file's added tokens, of which the special pieces stay (all, where the class
    /// takes the file as it is); and special pieces that the settings name and the file does not.
    fn added_tokens(&self) -> Result<Option<Value>, SettingsFault> {
        let special: Vec<&str> =
            self.class.special().iter().map(|(key, default)| self.stated(key).unwrap_or(default)).collect();
        let is_special = |token: &Value| content(token).is_some_and(|name| special.contains(&name));
        let file = &self.parts.added_tokens;
        let mut laid = match self.settings.get("added_tokens_decoder") {
            None | Some(Value::Null) => file.clone(),
            Some(listed) => {
                let mut laid = self.listed(listed)?;
                let stays = |token: &Value| self.class == Class::General || is_special(token);
                let there = names(&laid);
                let lacks = |token: &&Value| stays(token) && !there.contains(&content(token).map(str::to_owned));
                let kept: Vec<Value> = file.iter().filter(lacks).cloned().collect();
                laid.extend(kept);
                laid
            }
        };
        let mut there = names(&laid);
        for name in self.named() {
            if there.insert(Some(name.to_owned())) {
                // the vocabulary knows the number
                laid.push(added(0, &json!({"content": name, "special": true})));
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

    /// The pieces that settings name as special, in whatever part.
    fn named(&self) -> Vec<&str> {
        const PARTS: [&str; 7] =
            ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];
        let mut named: Vec<&str> = PARTS.iter().filter_map(|key| self.stated(key)).collect();
        for key in ["extra_special_tokens", "additional_special_tokens"] {
            match self.settings.get(key) {
                Some(Value::Array(pieces)) => named.extend(pieces.iter().filter_map(content)),
                Some(Value::Object(pieces)) => named.extend(pieces.values().filter_map(content)),
                _ => {}
            }
        }
        named
    }

    fn listed(&self, listed: &Value) -> Result<Vec<Value>, SettingsFault> {
        let bad = || self.fault("added_tokens_decoder is no list of pieces by number; write the file again".to_owned());
        let entries = listed.as_object().ok_or_else(bad)?.iter();
        entries
            .map(|(id, token)| match (id.parse::<u32>(), content(token)) {
                (Ok(id), Some(_)) => Ok(added(id, token)),
                _ => Err(bad()),
            })
            .collect()
    }
}
