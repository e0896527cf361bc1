//! A checkpoint's tokenizer for word-split sentences, equal to transformers' fast tokenizers.

use serde::Deserialize;
use serde_json::{Value, json};
use tokenizers::{EncodeInput, Encoding, InputSequence};

use super::DataError;
use super::guarded::guarded;
use super::tokenizer_text::TokenizerText;
use super::windows::room;
use crate::hub::{self, InputFile};
use crate::spec::{InputLength, TokenizerRules};

/// A tokenizer without truncation and padding.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    /// The special tokens before and after a sentence.
    around: [Vec<u32>; 2],
    /// Notices about how it was made.
    pub notices: Vec<String>,
    /// How it was made of a checkpoint's files; none of the program's own.
    pub origin: Option<TokenizerOrigin>,
}

/// How a tokenizer was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizerOrigin {
    /// The name of its class in transformers.
    pub class: String,
    /// How its files were read.
    pub rules: TokenizerRules,
    /// Whether it converts to lower case.
    pub lower_cases: bool,
}

impl Tokenizer {
    /// Reads the tokenizer among a checkpoint's files: `tokenizer.json`, else the vocabulary in another format, with its
    /// settings.
    ///
    /// Under [`TokenizerRules::File`] settings beside a `tokenizer.json` override its parts, as in transformers for the
    /// tokenizer's class, and a byte-level tokenizer gets the prefix space that word-split input needs. Truncation and
    /// padding are removed.
    ///
    /// # Errors
    /// A missing or invalid tokenizer, invalid settings.
    pub fn load(files: &[InputFile], rules: TokenizerRules) -> Result<Self, DataError> {
        Self::of_text(&TokenizerText::read(files, rules)?)
    }

    pub(super) fn of_text(stored: &TokenizerText) -> Result<Self, DataError> {
        let tokenizer = Self::with_rules(&stored.text, stored.rules).map_err(|reason| stored.bad(reason))?;
        let splitting: Splitting =
            serde_json::from_slice(&stored.text).map_err(|error| stored.bad(error.to_string()))?;
        let lower_cases = hub::lower_cases(&splitting.normalizer);
        let origin = TokenizerOrigin { class: stored.class.clone(), rules: stored.rules, lower_cases };
        Ok(Self { notices: stored.notices.clone(), origin: Some(origin), ..tokenizer })
    }

    /// The tokenizer of [`Self::load`] as one `tokenizer.json`, which needs no settings beside it. It is the checkpoint's
    /// own, byte for byte, where nothing overrides it.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn whole_file(files: &[InputFile], rules: TokenizerRules) -> Result<Vec<u8>, DataError> {
        let stored = TokenizerText::read(files, rules)?;
        let spaced = prepared(&stored.text, stored.rules).map_err(|reason| stored.bad(reason))?;
        let spaced = spaced.as_deref().unwrap_or(&stored.text);
        let plain = without_limits(spaced).map_err(|reason| stored.bad(reason))?;
        Ok(plain.unwrap_or_else(|| spaced.to_owned()))
    }

    /// The tokenizer in the content of a `tokenizer.json`, with the prefix space of word-split input.
    ///
    /// # Errors
    /// The parser's message.
    pub fn from_json(text: &[u8]) -> Result<Self, String> {
        Self::with_rules(text, TokenizerRules::File)
    }

    fn with_rules(text: &[u8], rules: TokenizerRules) -> Result<Self, String> {
        let changed = prepared(text, rules)?;
        let text = changed.as_deref().unwrap_or(text);
        checked(|| {
            let mut inner = tokenizers::Tokenizer::from_bytes(text).map_err(|error| error.to_string())?;
            inner.with_padding(None);
            inner.with_truncation(None).map_err(|error| error.to_string())?;
            let around = special_tokens(&inner)?;
            Ok(Self { inner, around, notices: Vec::new(), origin: None })
        })
    }

    /// Number of special tokens around a sentence.
    pub fn special_tokens(&self) -> usize {
        self.around.iter().map(Vec::len).sum()
    }

    /// The token of that number.
    pub fn token(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// The special tokens that begin every sentence.
    pub fn before(&self) -> &[u32] {
        &self.around[0]
    }

    /// The special tokens that end every sentence.
    pub fn after(&self) -> &[u32] {
        &self.around[1]
    }

    /// Size of the vocabulary, added tokens included.
    pub fn vocabulary_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// Number of tokens that fit into an input of this length beside the special ones.
    ///
    /// # Errors
    /// [`DataError::TooShort`], [`DataError::NoStep`]
    pub fn room(&self, length: InputLength) -> Result<usize, DataError> {
        room(length, self.special_tokens())
    }

    /// The tokens of a word; `sentence` is the index for messages.
    ///
    /// # Errors
    /// [`DataError::Tokenize`]
    pub(super) fn tokens(&self, sentence: usize, word: &str) -> Result<Vec<u32>, DataError> {
        let words = [word];
        let input = EncodeInput::Single(InputSequence::from(&words[..]));
        let encoding = checked(|| self.inner.encode_fast(input, false).map_err(|error| error.to_string()));
        let encoding = encoding.map_err(|reason| DataError::Tokenize { sentence, reason })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The tokens of a whole text, without special ones around them; offsets count characters.
    ///
    /// # Errors
    /// The tokenizer's message.
    pub(super) fn encoding(&self, text: &str) -> Result<Encoding, String> {
        checked(|| self.inner.encode_char_offsets(text, false).map_err(|error| error.to_string()))
    }

    /// The number of a token of the vocabulary.
    pub(super) fn number(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }
}

/// A `tokenizer.json` without the truncation and padding stored in it; none if it has none.
fn without_limits(text: &[u8]) -> Result<Option<Vec<u8>>, String> {
    #[derive(Deserialize)]
    struct Limits {
        #[serde(default)]
        truncation: Value,
        #[serde(default)]
        padding: Value,
    }
    let limits: Limits = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    if limits.truncation.is_null() && limits.padding.is_null() {
        return Ok(None);
    }
    let mut json: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    for limit in ["truncation", "padding"] {
        json[limit] = Value::Null;
    }
    serde_json::to_vec(&json).map(Some).map_err(|error| error.to_string())
}

/// Runs `work` of the crate `tokenizers`; a panic over an invalid file becomes an error.
fn checked<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    guarded(work).unwrap_or_else(|panic| Err(format!("its parts are inconsistent ({panic})")))
}

/// The special tokens before and after a sentence, found by post-processing one token.
fn special_tokens(inner: &tokenizers::Tokenizer) -> Result<[Vec<u32>; 2], String> {
    const WORD: Option<u32> = Some(0);
    let token: Encoding = [(0, String::new(), (0, 0), WORD, 0)].into_iter().collect();
    let encoding = inner.post_process(token, None, true).map_err(|error| error.to_string())?;
    let at: Vec<usize> =
        (0..).zip(encoding.get_word_ids()).filter(|(_, word)| **word == WORD).map(|(at, _)| at).collect();
    match (&at[..], encoding.get_ids()) {
        (&[at], ids) => Ok([ids[..at].to_vec(), ids[at + 1..].to_vec()]),
        _ => Err("its post_processor does not insert the sentence exactly once; correct it, or use another checkpoint"
            .to_owned()),
    }
}

/// The parts of a `tokenizer.json` that may need a prefix space, and the normalizer, which is checked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Splitting {
    #[serde(default)]
    normalizer: Value,
    #[serde(default)]
    pre_tokenizer: Value,
    #[serde(default)]
    post_processor: Value,
}

/// A `tokenizer.json` that is safe to read, with the prefix space in its byte-level parts under [`TokenizerRules::File`];
/// none if it stays as it is.
fn prepared(text: &[u8], rules: TokenizerRules) -> Result<Option<Vec<u8>>, String> {
    match rules {
        TokenizerRules::File => with_prefix_space(text),
        TokenizerRules::Transformers => {
            let stored: Splitting = serde_json::from_slice(text).map_err(|error| error.to_string())?;
            check_maps(&stored.normalizer).map(|()| None)
        }
    }
}

/// A `tokenizer.json` with the prefix space in its byte-level parts; none if it has no such parts, so that a large file is
/// rewritten only if necessary.
fn with_prefix_space(text: &[u8]) -> Result<Option<Vec<u8>>, String> {
    if let Ok(stored) = serde_json::from_slice::<Splitting>(text) {
        check_maps(&stored.normalizer)?;
        let mut spaced = stored.clone();
        add_prefix_space(&mut spaced.pre_tokenizer);
        add_prefix_space(&mut spaced.post_processor);
        if spaced == stored {
            return Ok(None);
        }
    }
    let mut json: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    json.get("normalizer").map_or(Ok(()), check_maps)?;
    for part in ["pre_tokenizer", "post_processor"] {
        if let Some(part) = json.get_mut(part) {
            add_prefix_space(part);
        }
    }
    serde_json::to_vec(&json).map(Some).map_err(|error| error.to_string())
}

/// Checks the length that a map of characters claims: the crate allocates it, and an allocation that fails would end the
/// program.
fn check_maps(normalizer: &Value) -> Result<(), String> {
    if let Some(map) = normalizer.get("precompiled_charsmap").and_then(Value::as_str)
        && first_number(map).is_some_and(|claimed| claimed as usize > map.len())
    {
        return Err("its precompiled_charsmap is truncated; fetch the file again".to_owned());
    }
    let parts = normalizer.get("normalizers").and_then(Value::as_array);
    parts.into_iter().flatten().try_for_each(check_maps)
}

/// The first four bytes of a text in base64, as a little-endian number.
fn first_number(base64: &str) -> Option<u32> {
    let six_bits = |letter: u8| {
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        letters.iter().position(|known| *known == letter)
    };
    let letters = base64.as_bytes().first_chunk::<6>()?;
    let bits = letters.iter().try_fold(0_u64, |bits, letter| Some(bits << 6 | six_bits(*letter)? as u64))?;
    Some(((bits >> 4) as u32).swap_bytes())
}

/// Sets `add_prefix_space` in all byte-level parts of the tokenizer, as transformers does for word-split input
/// (`PreTrainedTokenizerFast`, `is_split_into_words`).
fn add_prefix_space(part: &mut Value) {
    let byte_level = matches!(part.get("type").and_then(Value::as_str), Some("ByteLevel" | "RobertaProcessing"));
    if byte_level {
        part["add_prefix_space"] = json!(true);
    }
    for parts in ["pretokenizers", "processors"] {
        for part in part.get_mut(parts).and_then(Value::as_array_mut).into_iter().flatten() {
            add_prefix_space(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_that_claims_more_than_it_has_is_refused() {
        // Python: base64.b64encode(struct.pack("<I", 2000) + b"..")
        assert_eq!(first_number("0AcAAC4u"), Some(2000));
        assert_eq!(first_number("0AcA"), None);
        let map =
            json!({"normalizers": [{"type": "NFC"}, {"type": "Precompiled", "precompiled_charsmap": "0AcAAC4u"}]});
        check_maps(&map).expect_err("it is cut off");
        check_maps(&json!({"precompiled_charsmap": "AAAAAC4u"})).expect("an empty map");
    }
}
