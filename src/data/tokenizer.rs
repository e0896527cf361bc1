//! A checkpoint's tokeniser over word-split sentences, as transformers' fast tokenisers run it. Must not know tags.

use std::fs;

use serde_json::{Value, json};
use tokenizers::{EncodeInput, Encoding, InputSequence, TruncationParams};

use super::{DataError, wordpiece};
use crate::hub::InputFile;

/// A tokeniser that cuts at its `max_length` and never pads.
#[derive(Debug, Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
    special: usize,
}

impl Tokenizer {
    /// Reads the tokeniser among a checkpoint's files: `tokenizer.json`, else WordPiece from `vocab.txt` and the settings
    /// beside it.
    ///
    /// Truncation and padding stored in a `tokenizer.json` are dropped, and a byte-level one gets its prefix space, which
    /// word-split input needs.
    ///
    /// # Errors
    /// No such file, or one that is no tokeniser; settings that cannot be followed.
    pub fn load(files: &[InputFile]) -> Result<Self, DataError> {
        let Some(file) = wordpiece::file(files, "tokenizer.json") else {
            let json = wordpiece::tokenizer_json(files)?;
            let file = || "vocab.txt".to_owned();
            return Self::from_json(json.as_bytes()).map_err(|reason| DataError::BadTokenizer { file: file(), reason });
        };
        let text = fs::read(&file.path).map_err(|source| DataError::Unreadable { file: file.name.clone(), source })?;
        Self::from_json(&text).map_err(|reason| DataError::BadTokenizer { file: file.name.clone(), reason })
    }

    /// Takes the content of a `tokenizer.json`; the error is what its parser says.
    ///
    /// # Errors
    /// The text is no tokeniser of the crate `tokenizers`.
    pub fn from_json(text: &[u8]) -> Result<Self, String> {
        let mut json: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        for part in ["pre_tokenizer", "post_processor"] {
            if let Some(part) = json.get_mut(part) {
                add_prefix_space(part);
            }
        }
        let text = serde_json::to_vec(&json).map_err(|error| error.to_string())?;
        let mut inner = tokenizers::Tokenizer::from_bytes(text).map_err(|error| error.to_string())?;
        inner.with_padding(None);
        inner.with_truncation(None).map_err(|error| error.to_string())?;
        let special = inner.encode("", true).map_err(|error| error.to_string())?.len();
        Ok(Self { inner, special })
    }

    /// Number of special pieces around a sentence.
    pub fn special_pieces(&self) -> usize {
        self.special
    }

    /// Number of pieces that the tokeniser knows, added ones included.
    pub fn vocabulary_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// The same tokeniser, cutting sentences at `max_length` pieces, special ones included.
    ///
    /// # Errors
    /// [`DataError::TooShort`]
    pub fn cutting_at(&self, max_length: usize) -> Result<Self, DataError> {
        if max_length <= self.special {
            return Err(DataError::TooShort { max_length, special: self.special });
        }
        let mut cutting = self.clone();
        let truncation = TruncationParams { max_length, ..TruncationParams::default() };
        cutting.inner.with_truncation(Some(truncation)).expect("there is room beside the special pieces");
        Ok(cutting)
    }

    /// The pieces of one sentence, special ones included; `sentence` is its index, for the message.
    ///
    /// # Errors
    /// [`DataError::Tokenise`]
    pub(super) fn encode(&self, sentence: usize, words: &[String]) -> Result<Encoding, DataError> {
        let input = EncodeInput::Single(InputSequence::from(words));
        // `encode_fast` would leave out which word a piece belongs to.
        self.inner.encode(input, true).map_err(|error| DataError::Tokenise { sentence, reason: error.to_string() })
    }
}

/// Sets `add_prefix_space` wherever a byte-level part of the tokeniser has it, as transformers does for word-split
/// input (`PreTrainedTokenizerFast`, `is_split_into_words`).
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
