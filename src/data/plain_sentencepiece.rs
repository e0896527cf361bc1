//! A tokenizer from a SentencePiece model whose class is none that transformers knows: by the model's own settings, written
//! as a `tokenizer.json` (`SpmConverter.build_tokenizer_from_spm_proto`, `TokenizersBackend._convert_from_sentencepiece`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::DataError;
use super::class_parts::{Slot, metaspace, precompiled, replace, sequence, template};
use super::sentencepiece::{PieceKind, SentencePiece};
use super::special_tokens::{Token, TokenizerSettings};
use super::vocabulary::{Tokens, merges_of};

/// The content of the `tokenizer.json` of a model.
///
/// # Errors
/// An invalid setting.
pub(super) fn plain(model: &SentencePiece, settings: &TokenizerSettings, file: &str) -> Result<Value, DataError> {
    let names = names(model, settings);
    let tokens: Vec<(String, f64)> = names.iter().cloned().zip(model.pieces.iter().map(|piece| piece.score)).collect();
    let numbers = Tokens::Scored(tokens.clone()).numbers();
    let user_defined: Vec<&String> = of_kind(model, &names, PieceKind::UserDefined);
    let body = if model.is_bpe {
        json!({"type": "BPE", "dropout": null, "unk_token": model.unknown_name, "continuing_subword_prefix": null,
               "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": model.byte_fallback,
               "ignore_merges": !user_defined.is_empty(),
               "vocab": numbers.by_name.iter().collect::<BTreeMap<_, _>>(), "merges": merges_of(model, &names)})
    } else {
        json!({"type": "Unigram", "unk_id": model.unknown, "vocab": tokens, "byte_fallback": model.byte_fallback})
    };
    let [begin, end] = model.boundaries.clone();
    let own = [("bos_token", begin), ("eos_token", end), ("unk_token", model.unknown_name.clone())];
    let own: Vec<(&str, Token)> = own.into_iter().filter_map(|(key, name)| Some((key, Token::plain(&name?)))).collect();
    let special = settings.special(&own);
    let control = of_kind(model, &names, PieceKind::Control)
        .into_iter()
        .map(|name| Token { is_plain: false, ..Token::plain(name) });
    let added = settings.added_raw(&numbers, &special, &control.collect::<Vec<_>>(), model.adds_dummy_prefix);
    let mut around = Vec::new();
    for (flag, key) in [("add_bos_token", "bos_token"), ("add_eos_token", "eos_token")] {
        if settings.flag(flag, false)?
            && let Some(name) = special.name(key)
        {
            let lacking = || DataError::NoToken { file: file.to_owned(), key, token: name.to_owned() };
            around.push((flag, (name, added.number(name, &numbers).ok_or_else(lacking)?)));
        }
    }
    let slots = |flag: &'static str| {
        around.iter().filter(move |(known, _)| *known == flag).map(|(_, (name, _))| Slot::Special(name, 0))
    };
    let one =
        |text| slots("add_bos_token").chain([Slot::Text(text, 0)]).chain(slots("add_eos_token")).collect::<Vec<_>>();
    let tokens: Vec<(&str, u64)> = around.iter().map(|(_, token)| *token).collect();
    let scheme = if settings.flag("legacy", true)? { "always" } else { "first" };
    Ok(json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": added.entries(),
        "normalizer": normalizer(model, scheme),
        "pre_tokenizer": pre_tokenizer(model, scheme, &user_defined),
        "post_processor": template(&one("A"), &[one("A"), one("B")].concat(), &tokens),
        "decoder": decoder(model),
        "model": body,
    }))
}

/// The pieces by the names that settings give them; of BPE alone.
fn names(model: &SentencePiece, settings: &TokenizerSettings) -> Vec<String> {
    let renamed = |at: usize| settings.listed().get(&(at as u64)).filter(|_| model.is_bpe);
    let kept =
        |name: &str| model.pieces.iter().enumerate().any(|(at, piece)| piece.text == name && renamed(at).is_none());
    let name = |at: usize, text: &String| match renamed(at) {
        Some(token) if !kept(&token.content) => token.content.clone(),
        _ => text.clone(),
    };
    model.pieces.iter().enumerate().map(|(at, piece)| name(at, &piece.text)).collect()
}

fn of_kind<'n>(model: &SentencePiece, names: &'n [String], kind: PieceKind) -> Vec<&'n String> {
    model.pieces.iter().zip(names).filter(|(piece, _)| piece.kind == kind).map(|(_, name)| name).collect()
}

fn normalizer(model: &SentencePiece, scheme: &str) -> Value {
    let mut parts: Vec<Value> = model.charsmap.as_deref().map(precompiled).into_iter().collect();
    if model.removes_extra_spaces {
        parts.extend([replace(r"\A +| +\z", ""), replace(" {2,}", " ")]);
    }
    if model.escapes_spaces {
        parts.push(json!({"type": "Replace", "pattern": {"String": " "}, "content": "▁"}));
    }
    if model.adds_dummy_prefix && scheme == "always" {
        parts.push(replace(r"\A▁", "▁▁"));
    }
    sequence(parts)
}

fn pre_tokenizer(model: &SentencePiece, scheme: &str, user_defined: &[&String]) -> Value {
    let mut parts = Vec::new();
    if model.adds_dummy_prefix {
        parts.push(metaspace(scheme, false));
    }
    if !user_defined.is_empty() {
        let mut pieces = user_defined.to_vec();
        pieces.sort_by_key(|piece| std::cmp::Reverse(piece.chars().count()));
        let pattern: Vec<String> = pieces.into_iter().map(|piece| escaped(piece)).collect();
        parts.push(
            json!({"type": "Split", "pattern": {"Regex": pattern.join("|")}, "behavior": "Isolated", "invert": false}),
        );
    }
    if parts.is_empty() { Value::Null } else { json!({"type": "Sequence", "pretokenizers": parts}) }
}

fn decoder(model: &SentencePiece) -> Value {
    let plain = |kind: &str| json!({"type": kind});
    let mut parts = vec![json!({"type": "Replace", "pattern": {"String": "▁"}, "content": " "})];
    if model.byte_fallback {
        parts.push(plain("ByteFallback"));
    }
    if model.adds_dummy_prefix {
        parts.extend([plain("Fuse"), json!({"type": "Strip", "content": " ", "start": 1, "stop": 0})]);
    } else if model.byte_fallback {
        parts.push(plain("Fuse"));
    }
    json!({"type": "Sequence", "decoders": parts})
}

/// A text as a pattern that matches it.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|letter| letter.is_ascii_punctuation().then_some('\\').into_iter().chain([letter])).collect()
}
