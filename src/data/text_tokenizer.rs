//! A checkpoint's tokenizer for whole text: its tokens, and its words with where they stand. It must not know what is
//! predicted of them.
//!
//! Which tokens continue a word is decided as in transformers' `TokenClassificationPipeline.gather_pre_entities` with
//! `aggregation_strategy="first"`, oddities included:
//! - where continuations have a mark in the vocabulary (`##` of WordPiece), a token continues a word if it has another
//!   number of characters than its text;
//! - else if there is no space (U+0020) at the token's first character or before it;
//! - an unknown token always begins a word.

use serde::Deserialize;

use super::tokenizer_text::TokenizerText;
use super::{DataError, Tokenizer};
use crate::hub::InputFile;
use crate::spec::TokenizerRules;

/// A tokenizer for text that is not split into words.
#[derive(Debug, Clone)]
pub struct TextTokenizer {
    tokenizer: Tokenizer,
    /// Whether the vocabulary marks continuations.
    marks_continuations: bool,
    unknown: Option<u32>,
}

/// The tokens of a text, without special ones around them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextTokens {
    /// `[tokens]`: ids in the vocabulary.
    pub ids: Vec<u32>,
    /// The words, in order.
    pub words: Vec<TextWord>,
}

/// A word of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextWord {
    /// Index of its first token, which predicts its tag.
    pub first_token: usize,
    /// Its first character in the text, counted from 0.
    pub start: usize,
    /// The character after its last one.
    pub end: usize,
}

impl TextTokenizer {
    /// Reads the tokenizer among a checkpoint's files, as [`Tokenizer::load`] does: a text begins as the sentences
    /// of the training did, with a prefix space where the tokenizer is byte-level.
    ///
    /// # Errors
    /// As there.
    pub fn load(files: &[InputFile], rules: TokenizerRules) -> Result<Self, DataError> {
        let stored = TokenizerText::read(files, rules)?;
        let tokenizer = Tokenizer::of_text(&stored)?;
        Self::new(tokenizer, &stored.text).map_err(|reason| stored.bad(reason))
    }

    /// The tokenizer in the content of a `tokenizer.json`.
    ///
    /// # Errors
    /// The parser's message.
    pub fn from_json(text: &[u8]) -> Result<Self, String> {
        Self::new(Tokenizer::from_json(text)?, text)
    }

    fn new(tokenizer: Tokenizer, text: &[u8]) -> Result<Self, String> {
        let Parts { model } = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let named = model.unk_token.as_deref().and_then(|name| tokenizer.number(name));
        // byte-level vocabularies need no unknown token, yet their checkpoints have one that a text may spell
        let usual = || ["<unk>", "[UNK]"].into_iter().find_map(|name| tokenizer.number(name));
        let unknown = named.or(model.unk_id).or_else(usual);
        let marks_continuations = model.continuing_subword_prefix.is_some_and(|mark| !mark.is_empty());
        Ok(Self { tokenizer, marks_continuations, unknown })
    }

    /// The tokenizer itself: special tokens, room beside them.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The tokens and words of a text.
    ///
    /// # Errors
    /// The tokenizer's message.
    pub fn tokens(&self, text: &str) -> Result<TextTokens, String> {
        let encoding = self.tokenizer.encoding(text)?;
        let letters: Vec<char> = if self.marks_continuations { Vec::new() } else { text.chars().collect() };
        let continues = |id: u32, token: &str, (start, end): (usize, usize)| match self.marks_continuations {
            _ if Some(id) == self.unknown => false,
            true => token.chars().count() != end.saturating_sub(start),
            false => start > 0 && !letters[start - 1..letters.len().min(start + 1)].contains(&' '),
        };
        let mut words: Vec<TextWord> = Vec::new();
        let tokens = encoding.get_ids().iter().zip(encoding.get_tokens()).zip(encoding.get_offsets());
        for (first_token, ((id, token), (start, end))) in tokens.enumerate() {
            match words.last_mut() {
                Some(word) if continues(*id, token, (*start, *end)) => word.end = *end,
                _ => words.push(TextWord { first_token, start: *start, end: *end }),
            }
        }
        Ok(TextTokens { ids: encoding.get_ids().to_vec(), words })
    }
}

/// What decides where words begin.
#[derive(Debug, Deserialize)]
struct Parts {
    model: Model,
}

#[derive(Debug, Deserialize)]
struct Model {
    unk_token: Option<String>,
    unk_id: Option<u32>,
    continuing_subword_prefix: Option<String>,
}
