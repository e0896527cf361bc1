//! Normalizer, pre-tokenizer and decoder of transformers' tokenizer classes, as parts of a `tokenizer.json`. Each is what
//! the constructor in `tokenization_*.py` of the class's folder in transformers 5.24 builds.

use serde_json::{Value, json};

use super::DataError;
use super::special_tokens::TokenizerSettings;
use crate::hub::TokenizerClass as Class;
use crate::spec::TokenizerRules;

pub(super) fn sequence(normalizers: Vec<Value>) -> Value {
    json!({"type": "Sequence", "normalizers": normalizers})
}

pub(super) fn replace(pattern: &str, content: &str) -> Value {
    json!({"type": "Replace", "pattern": {"Regex": pattern}, "content": content})
}

pub(super) fn precompiled(charsmap: &str) -> Value {
    json!({"type": "Precompiled", "precompiled_charsmap": charsmap})
}

fn replace_text(text: &str, content: &str) -> Value {
    json!({"type": "Replace", "pattern": {"String": text}, "content": content})
}

/// Whether transformers 5 drops the map of characters of a class that it used before.
pub(super) fn drops_charsmap(class: &Class) -> bool {
    matches!(class, Class::DebertaV2 | Class::BigBird)
}

/// The normalizer; null for none. Under [`TokenizerRules::File`] the model's map of characters counts in every class, as in
/// transformers 4 (`DebertaV2Converter`, `SpmConverter.normalizer` of convert_slow_tokenizer.py).
pub(super) fn normalizer(
    class: &Class,
    settings: &TokenizerSettings,
    charsmap: Option<&str>,
    rules: TokenizerRules,
) -> Result<Value, DataError> {
    let mapped = charsmap.map(precompiled);
    Ok(match class {
        Class::Bert | Class::Mpnet => json!({
            "type": "BertNormalizer", "clean_text": true,
            "handle_chinese_chars": settings.open_flag("tokenize_chinese_chars")?.unwrap_or(true),
            "strip_accents": settings.open_flag("strip_accents")?,
            "lowercase": settings.open_flag("do_lower_case")?.unwrap_or(true),
        }),
        Class::Herbert => json!({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                                 "strip_accents": false, "lowercase": false}),
        Class::XlmRoberta | Class::Camembert | Class::T5 => mapped.unwrap_or_default(),
        Class::DebertaV2 => {
            let lower = settings.flag("do_lower_case", false)?.then(|| plain("Lowercase"));
            sequence(lower.into_iter().chain(deberta(mapped.filter(|_| rules == TokenizerRules::File))).collect())
        }
        Class::BigBird => sequence(big_bird(mapped.filter(|_| rules == TokenizerRules::File))),
        Class::Albert | Class::XlNet | Class::RemBert => sequence(albert(class, settings, mapped)?),
        Class::Roberta | Class::Luke | Class::Deberta | Class::General | Class::Other(_) => Value::Null,
    })
}

fn plain(kind: &str) -> Value {
    json!({"type": kind})
}

fn strip(left: bool, right: bool) -> Value {
    json!({"type": "Strip", "strip_left": left, "strip_right": right})
}

/// DeBERTa-v2's, but for the case; `mapped`: the map of characters that counts.
fn deberta(mapped: Option<Value>) -> Vec<Value> {
    match mapped {
        Some(mapped) => vec![strip(true, true), mapped, replace(" {2,}", " ")],
        None => vec![replace(r"\s{2,}|[\n\r\t]", " "), plain("NFC"), strip(false, true)],
    }
}

fn big_bird(mapped: Option<Value>) -> Vec<Value> {
    match mapped {
        Some(mapped) => vec![mapped, strip(false, true), replace(" {2,}", "▁")],
        None => vec![strip(false, false), replace(" {2,}", "▁")],
    }
}

fn albert(class: &Class, settings: &TokenizerSettings, mapped: Option<Value>) -> Result<Vec<Value>, DataError> {
    let mut parts = vec![replace_text("``", "\""), replace_text("''", "\"")];
    if *class == Class::RemBert {
        parts.push(replace(" {2,}", " "));
    }
    // XLNetTokenizer strips accents whatever keep_accents says
    let keeps = *class != Class::XlNet && settings.flag("keep_accents", *class == Class::RemBert)?;
    if !keeps {
        parts.extend([plain("NFKD"), plain("StripAccents")]);
    }
    if settings.flag("do_lower_case", *class == Class::Albert)? {
        parts.push(plain("Lowercase"));
    }
    parts.extend(mapped);
    Ok(parts)
}

pub(super) fn metaspace(scheme: &str, split: bool) -> Value {
    json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split})
}

/// Where a Metaspace adds a space, in the words of the crate.
fn scheme(class: &Class, settings: &TokenizerSettings) -> Result<&'static str, DataError> {
    let spaced = settings.flag("add_prefix_space", true)?;
    Ok(match class {
        Class::T5 => "always",
        // XLNetTokenizer takes add_prefix_space for given
        Class::XlNet => "always",
        _ if spaced => "always",
        Class::DebertaV2 => "first",
        _ => "never",
    })
}

/// The pre-tokenizer.
pub(super) fn pre_tokenizer(class: &Class, settings: &TokenizerSettings) -> Result<Value, DataError> {
    let all = |parts: Vec<Value>| json!({"type": "Sequence", "pretokenizers": parts});
    Ok(match class {
        Class::Bert | Class::Mpnet | Class::Herbert => json!({"type": "BertPreTokenizer"}),
        Class::Roberta | Class::Luke | Class::Deberta => json!({
            "type": "ByteLevel", "add_prefix_space": settings.flag("add_prefix_space", false)?, "trim_offsets": true,
            "use_regex": true,
        }),
        Class::XlmRoberta | Class::Camembert | Class::T5 | Class::Albert | Class::XlNet => {
            all(vec![json!({"type": "WhitespaceSplit"}), metaspace(scheme(class, settings)?, true)])
        }
        Class::DebertaV2 => {
            let punctuation = json!({"type": "Punctuation", "behavior": "Isolated"});
            let splits = settings.flag("split_by_punct", false)?;
            let parts = splits.then_some(punctuation).into_iter().chain([metaspace(scheme(class, settings)?, true)]);
            all(parts.collect())
        }
        Class::RemBert | Class::BigBird => metaspace(scheme(class, settings)?, true),
        Class::General | Class::Other(_) => Value::Null,
    })
}

/// The decoder, for programs that read an exported tokenizer.
pub(super) fn decoder(class: &Class, settings: &TokenizerSettings) -> Result<Value, DataError> {
    Ok(match class {
        Class::Bert | Class::Mpnet => json!({"type": "WordPiece", "prefix": "##", "cleanup": true}),
        Class::Herbert => json!({"type": "BPEDecoder", "suffix": "</w>"}),
        Class::Roberta | Class::Luke | Class::Deberta => {
            json!({"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true})
        }
        Class::General | Class::Other(_) => Value::Null,
        _ => metaspace(scheme(class, settings)?, true),
    })
}

/// What stands around a sentence, in the order of a template: special tokens by name and type, and sequences.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slot<'a> {
    Special(&'a str, u8),
    Text(&'static str, u8),
}

/// A `TemplateProcessing` for one sentence and for two. `tokens`: the special tokens by name and number.
pub(super) fn template(single: &[Slot<'_>], pair: &[Slot<'_>], tokens: &[(&str, u64)]) -> Value {
    let slot = |slot: &Slot<'_>| match slot {
        Slot::Special(name, kind) => json!({"SpecialToken": {"id": name, "type_id": kind}}),
        Slot::Text(name, kind) => json!({"Sequence": {"id": name, "type_id": kind}}),
    };
    let slots = |all: &[Slot<'_>]| all.iter().map(slot).collect::<Vec<_>>();
    let entry = |(name, id): &(&str, u64)| ((*name).to_owned(), json!({"id": name, "ids": [id], "tokens": [name]}));
    let tokens: serde_json::Map<String, Value> = tokens.iter().map(entry).collect();
    json!({"type": "TemplateProcessing", "single": slots(single), "pair": slots(pair), "special_tokens": tokens})
}
