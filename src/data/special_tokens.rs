//! Special and added tokens as transformers 5 derives them from the files beside a vocabulary, with the defaults of a
//! class (`PreTrainedTokenizerBase._from_pretrained`, `TokenizersBackend.__init__`).

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::DataError;
use crate::hub::{InputFile, file_named, token_text};

/// The keys of special tokens, in the order of `SPECIAL_TOKENS_ATTRIBUTES`.
const KEYS: [&str; 7] = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

/// A token that is found in the text before it is split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) content: String,
    pub(super) single_word: bool,
    pub(super) lstrip: bool,
    pub(super) rstrip: bool,
    /// Whether it is looked for in the normalized text.
    pub(super) normalized: bool,
    pub(super) special: bool,
    /// Whether it has its name alone, so that a class may give it other flags.
    pub(super) is_plain: bool,
}

impl Token {
    /// `AddedToken(content, special=True)`
    pub(super) fn plain(content: &str) -> Self {
        let content = content.to_owned();
        Self {
            content,
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            special: true,
            is_plain: true,
        }
    }

    /// A name or an object with flags; none for anything else. `special`: where the object does not say.
    fn of(value: &Value, special: bool) -> Option<Self> {
        if let Some(name) = value.as_str() {
            return Some(Self::plain(name));
        }
        let flag = |key: &str| value.get(key).and_then(Value::as_bool);
        let special = flag("special").unwrap_or(special);
        Some(Self {
            content: value.get("content")?.as_str()?.to_owned(),
            single_word: flag("single_word").unwrap_or(false),
            lstrip: flag("lstrip").unwrap_or(false),
            rstrip: flag("rstrip").unwrap_or(false),
            normalized: flag("normalized").unwrap_or(!special),
            special,
            is_plain: false,
        })
    }

    fn entry(&self, id: u64) -> Value {
        json!({"id": id, "content": self.content, "single_word": self.single_word, "lstrip": self.lstrip,
               "rstrip": self.rstrip, "normalized": self.normalized, "special": self.special})
    }
}

/// The settings beside a vocabulary, merged.
#[derive(Debug, Default)]
pub(super) struct TokenizerSettings {
    values: Map<String, Value>,
    /// The added tokens by their numbers.
    listed: BTreeMap<u64, Token>,
    /// The special tokens that the settings name, in the order in which they are added.
    named: Vec<(String, Token)>,
    /// Further special tokens; none: the class has its own.
    extra: Option<Vec<Token>>,
    /// `additional_special_tokens` of special_tokens_map.json, which replace those of the class.
    additional: Option<Vec<Token>>,
}

impl TokenizerSettings {
    /// Of the settings files among `files`; `added`: the `added_tokens` of a `tokenizer.json`, which count only if
    /// tokenizer_config.json has no `added_tokens_decoder`.
    ///
    /// # Errors
    /// A file that is not a JSON object, or a token in it that is none.
    pub(super) fn read(files: &[InputFile], added: &[Value]) -> Result<Self, DataError> {
        let object = |name: &str| file_named(files, name).map(read_object).transpose().map(Option::unwrap_or_default);
        let mut values = object("tokenizer_config.json")?;
        let is_truthy = |value: &Value| {
            !matches!(value, Value::Null | Value::Bool(false)) && value.as_array().is_none_or(|list| !list.is_empty())
        };
        if !values.get("extra_special_tokens").is_some_and(is_truthy)
            && let Some(tokens) = values.remove("additional_special_tokens")
        {
            values.insert("extra_special_tokens".to_owned(), tokens);
        }
        let listed = match values.get("added_tokens_decoder") {
            Some(decoder) => listed_in(decoder)?,
            None => {
                values.extend(object("special_tokens_map.json")?);
                let mut listed = legacy(&object("added_tokens.json")?, &values)?;
                listed.extend(numbered(added));
                listed
            }
        };
        let named = named(&values, &listed);
        let extra = match values.get("extra_special_tokens") {
            None | Some(Value::Object(_)) => None,
            Some(_) => Some(extra_of(&values)),
        };
        let additional = values.contains_key("additional_special_tokens");
        let additional = additional.then(|| tokens_of(&values, "additional_special_tokens"));
        Ok(Self { values, listed, named, extra, additional })
    }

    /// A flag; `default` if it is not set. Null is false, as in Python.
    ///
    /// # Errors
    /// Anything else.
    pub(super) fn flag(&self, key: &str, default: bool) -> Result<bool, DataError> {
        match self.values.get(key) {
            None => Ok(default),
            Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(fault("tokenizer_config.json", format!("{key} is {other}, not true, false or null"))),
        }
    }

    /// A flag that may be left open.
    ///
    /// # Errors
    /// As for [`Self::flag`].
    pub(super) fn open_flag(&self, key: &str) -> Result<Option<bool>, DataError> {
        match self.values.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(_) => self.flag(key, false).map(Some),
        }
    }

    /// A number; none if it is not set.
    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.values.get(key)?.as_u64()
    }

    /// The further special tokens that the settings have in place of a class's own.
    pub(super) fn additional(&self) -> Option<Vec<Token>> {
        self.additional.clone()
    }

    /// The added tokens of the settings by their numbers.
    pub(super) fn listed(&self) -> &BTreeMap<u64, Token> {
        &self.listed
    }

    /// The special tokens of a class: those of the settings, else `defaults`, in the order in which they are added. Null
    /// means that there is none.
    pub(super) fn special(&self, defaults: &[(&str, Token)]) -> SpecialTokens {
        let default = |key: &str| defaults.iter().find(|(named, _)| *named == key).map(|(_, token)| token.clone());
        let stated = |key: &str| self.named.iter().find(|(named, _)| named == key).map(|(_, token)| token.clone());
        let of_key = |key: &&str| {
            let absent = !self.values.contains_key(*key);
            Some(((*key).to_owned(), stated(key).or_else(|| default(key).filter(|_| absent))?))
        };
        let further = self.named.iter().filter(|(key, _)| !KEYS.contains(&key.as_str())).cloned();
        SpecialTokens(KEYS.iter().filter_map(of_key).chain(further).collect())
    }

    /// Whether they choose among several files by the version of transformers.
    pub(super) fn chooses_by_version(&self) -> bool {
        let files = self.values.get("fast_tokenizer_files").and_then(Value::as_array);
        files.is_some_and(|files| files.iter().any(|name| name != "tokenizer.json"))
    }

    /// The added tokens of a tokenizer. `special`: of the class; `own`: the class's further special tokens, for settings
    /// without any; `before`: what is added already.
    pub(super) fn added(
        &self,
        vocabulary: &Numbers,
        special: &SpecialTokens,
        own: &[Token],
        before: &[(u64, Token)],
    ) -> Added {
        self.adding(self.listed.values().cloned().collect(), vocabulary, special, own, before)
    }

    /// The same with the tokens of the settings looked for in the text as it is, if `is_raw`.
    pub(super) fn added_raw(
        &self,
        vocabulary: &Numbers,
        special: &SpecialTokens,
        own: &[Token],
        is_raw: bool,
    ) -> Added {
        let raw = |token: &Token| Token { normalized: token.normalized && !is_raw, ..token.clone() };
        self.adding(self.listed.values().map(raw).collect(), vocabulary, special, own, &[])
    }

    fn adding(
        &self,
        mut listed: Vec<Token>,
        vocabulary: &Numbers,
        special: &SpecialTokens,
        own: &[Token],
        before: &[(u64, Token)],
    ) -> Added {
        let is_named = |token: &Token| special.0.iter().any(|(_, named)| named.content == token.content);
        let mut added = Added { tokens: before.iter().cloned().collect(), next: vocabulary.size };
        let extra = self.extra.as_deref().unwrap_or(own);
        let known: HashSet<String> = added.tokens.values().chain(&listed).map(|token| token.content.clone()).collect();
        let further = special.0.iter().map(|(_, token)| token).chain(extra);
        listed.extend(further.filter(|token| !known.contains(&token.content)).cloned());
        for mut token in listed {
            token.special |= is_named(&token);
            added.add(token, vocabulary);
        }
        added
    }
}

/// The special tokens of a class by their keys.
#[derive(Debug)]
pub(super) struct SpecialTokens(Vec<(String, Token)>);

impl SpecialTokens {
    /// The name of the token of that key.
    pub(super) fn name(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(named, _)| named == key).map(|(_, token)| token.content.as_str())
    }

    /// Changes tokens that have their name alone.
    pub(super) fn change_plain(&mut self, change: impl Fn(&str, &mut Token)) {
        for (key, token) in self.0.iter_mut().filter(|(_, token)| token.is_plain) {
            change(key, token);
        }
    }

    /// Adds tokens behind the others.
    pub(super) fn extend(&mut self, more: impl IntoIterator<Item = (String, Token)>) {
        for (key, token) in more {
            if self.name(&key).is_none() {
                self.0.push((key, token));
            }
        }
    }
}

/// The numbers of a vocabulary's tokens.
#[derive(Debug)]
pub(super) struct Numbers {
    pub(super) by_name: HashMap<String, u64>,
    pub(super) size: u64,
}

/// Added tokens by their numbers.
#[derive(Debug)]
pub(super) struct Added {
    tokens: BTreeMap<u64, Token>,
    next: u64,
}

impl Added {
    /// A token of the vocabulary has its number, another one the next (`AddedVocabulary::add_tokens` of the crate).
    fn add(&mut self, token: Token, vocabulary: &Numbers) {
        if token.content.is_empty() {
            return;
        }
        let known = self.number(&token.content, vocabulary);
        let id =
            known.unwrap_or_else(|| self.tokens.keys().next_back().map_or(self.next, |last| self.next.max(last + 1)));
        self.tokens.insert(id, token);
    }

    /// The number of a token.
    pub(super) fn number(&self, name: &str, vocabulary: &Numbers) -> Option<u64> {
        let added = self.tokens.iter().find(|(_, token)| token.content == name).map(|(id, _)| *id);
        added.or_else(|| vocabulary.by_name.get(name).copied())
    }

    /// `added_tokens` of a `tokenizer.json`.
    pub(super) fn entries(&self) -> Value {
        self.tokens.iter().map(|(id, token)| token.entry(*id)).collect()
    }
}

/// The tokens of `added_tokens_decoder`.
fn listed_in(decoder: &Value) -> Result<BTreeMap<u64, Token>, DataError> {
    let bad = || fault("tokenizer_config.json", "added_tokens_decoder is no object of tokens by number".to_owned());
    let entry = |(id, token): (&String, &Value)| {
        let token = Token::of(token, false).filter(|token| !token.is_plain).ok_or_else(bad)?;
        Ok((id.parse().map_err(|_| bad())?, token))
    };
    decoder.as_object().ok_or_else(bad)?.iter().map(entry).collect()
}

/// The tokens of added_tokens.json: special where the settings name them.
fn legacy(added: &Map<String, Value>, values: &Map<String, Value>) -> Result<BTreeMap<u64, Token>, DataError> {
    let named = KEYS.iter().filter_map(|key| values.get(*key).and_then(token_text)).map(str::to_owned);
    let special: HashSet<String> = named.chain(extra_of(values).into_iter().map(|token| token.content)).collect();
    let entry = |(name, id): (&String, &Value)| {
        let special = special.contains(name);
        let token = Token { special, normalized: !special, is_plain: false, ..Token::plain(name) };
        let bad = || fault("added_tokens.json", format!("the number of `{}` is {id}", name.escape_debug()));
        Ok((id.as_u64().ok_or_else(bad)?, token))
    };
    added.iter().map(entry).collect()
}

/// The tokens of `added_tokens` by their numbers.
pub(super) fn numbered(added: &[Value]) -> Vec<(u64, Token)> {
    added.iter().filter_map(|token| Some((token.get("id")?.as_u64()?, Token::of(token, false)?))).collect()
}

/// The special tokens that the settings name, with the flags of added tokens of the same name.
fn named(values: &Map<String, Value>, listed: &BTreeMap<u64, Token>) -> Vec<(String, Token)> {
    let flagged =
        |token: Token| listed.values().rfind(|known| known.content == token.content).cloned().unwrap_or(token);
    let of_key = |key: &&str| Some(((*key).to_owned(), flagged(Token::of(values.get(*key)?, true)?)));
    let further = values.iter().filter(|(key, _)| key.ends_with("_token") && !KEYS.contains(&key.as_str()));
    let further = further.filter_map(|(key, value)| Some((key.clone(), Token::of(value, true)?)));
    let objects = values.get("extra_special_tokens").and_then(Value::as_object).into_iter().flatten();
    let objects = objects.filter_map(|(key, value)| Some((key.clone(), Token::of(value, true)?)));
    KEYS.iter().filter_map(of_key).chain(further).chain(objects).collect()
}

/// The tokens listed as `extra_special_tokens`.
fn extra_of(values: &Map<String, Value>) -> Vec<Token> {
    tokens_of(values, "extra_special_tokens")
}

fn tokens_of(values: &Map<String, Value>, key: &str) -> Vec<Token> {
    let listed = values.get(key).and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(|token| Token::of(token, true)).collect()
}

fn read_object(file: &InputFile) -> Result<Map<String, Value>, DataError> {
    let bytes = std::fs::read(&file.path).map_err(DataError::unreadable(file))?;
    serde_json::from_slice(&bytes).map_err(|error| fault(&file.name, error.to_string()))
}

fn fault(file: &str, reason: String) -> DataError {
    DataError::BadTokenizer { file: file.to_owned(), reason }
}
