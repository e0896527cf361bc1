//! The special tokens of transformers' tokenizer classes, with the flags that the classes give them.

use super::special_tokens::{SpecialTokens, Token, TokenizerSettings};
use crate::hub::TokenizerClass as Class;

/// The special tokens of a class: those of the settings, else its own.
pub(super) fn special(class: &Class, settings: &TokenizerSettings) -> SpecialTokens {
    let defaults: Vec<(&str, Token)> = names(class).iter().map(|(key, name)| (*key, Token::plain(name))).collect();
    let mut special = settings.special(&defaults);
    match class {
        // a plain name becomes AddedToken(name, lstrip=False, rstrip=False), which is looked for in normalized text
        Class::Mpnet | Class::BigBird => special.change_plain(|key, token| {
            (token.normalized, token.lstrip) = (true, key == "mask_token");
        }),
        Class::XlNet => special.change_plain(|key, token| {
            if key == "mask_token" {
                (token.normalized, token.lstrip) = (true, true);
            }
        }),
        Class::Camembert => special.change_plain(|key, token| token.lstrip = key == "mask_token"),
        _ => {}
    }
    special
}

/// Names of special tokens by their keys.
type Names = &'static [(&'static str, &'static str)];

/// `bos`, `eos`, `unk`, `sep`, `pad`, `cls` and `mask` with these names.
macro_rules! names {
    ($($key:ident: $name:literal),+) => {
        &[$((concat!(stringify!($key), "_token"), $name)),+]
    };
}

/// The keys of a class's special tokens with their default names.
fn names(class: &Class) -> Names {
    match class {
        Class::Bert => names!(unk: "[UNK]", sep: "[SEP]", pad: "[PAD]", cls: "[CLS]", mask: "[MASK]"),
        Class::Mpnet => {
            names!(bos: "<s>", eos: "</s>", unk: "[UNK]", sep: "</s>", pad: "<pad>", cls: "<s>", mask: "<mask>")
        }
        Class::Roberta | Class::Luke | Class::XlmRoberta | Class::Camembert => {
            names!(bos: "<s>", eos: "</s>", unk: "<unk>", sep: "</s>", pad: "<pad>", cls: "<s>", mask: "<mask>")
        }
        Class::Deberta | Class::DebertaV2 => {
            names!(bos: "[CLS]", eos: "[SEP]", unk: "[UNK]", sep: "[SEP]", pad: "[PAD]", cls: "[CLS]", mask: "[MASK]")
        }
        Class::Albert | Class::RemBert => {
            names!(bos: "[CLS]", eos: "[SEP]", unk: "<unk>", sep: "[SEP]", pad: "<pad>", cls: "[CLS]", mask: "[MASK]")
        }
        Class::T5 => names!(eos: "</s>", unk: "<unk>", pad: "<pad>"),
        Class::BigBird => {
            names!(bos: "<s>", eos: "</s>", unk: "<unk>", sep: "[SEP]", pad: "<pad>", cls: "[CLS]", mask: "[MASK]")
        }
        Class::XlNet => {
            names!(bos: "<s>", eos: "</s>", unk: "<unk>", sep: "<sep>", pad: "<pad>", cls: "<cls>", mask: "<mask>")
        }
        Class::Herbert => names!(unk: "<unk>", sep: "</s>", pad: "<pad>", cls: "<s>", mask: "<mask>"),
        Class::General | Class::Other(_) => &[],
    }
}

/// The further special tokens of a class. `given`: those that come with the vocabulary or the settings.
pub(super) fn further(class: &Class, settings: &TokenizerSettings, given: Option<Vec<Token>>) -> Vec<Token> {
    let plain = |names: &[&str]| names.iter().map(|name| Token::plain(name)).collect();
    match class {
        Class::Camembert => given.unwrap_or_else(|| plain(&["<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"])),
        Class::XlNet => given.unwrap_or_else(|| plain(&["<eop>", "<eod>"])),
        Class::T5 => {
            let mut given = given.unwrap_or_default();
            if !given.iter().any(|token| token.content.contains("<extra_id_")) {
                given.extend((0..extra_ids(settings)).map(|at| Token::plain(&format!("<extra_id_{at}>"))));
            }
            given
        }
        _ => given.unwrap_or_default(),
    }
}

/// The number of T5's sentinels.
pub(super) fn extra_ids(settings: &TokenizerSettings) -> u64 {
    settings.number("extra_ids").unwrap_or(100).min(10_000)
}
