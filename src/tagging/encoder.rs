//! Documents as tokens, with where each word stands. It must not know the model.

use crate::data::{DataError, Encoded, Sentence, TextTokenizer, TextWord, Tokenizer};
use crate::trained::{TrainedJob, TrainedJobError};

use super::document::{Content, Document};
use super::error::InputError;
use super::input_format::InputFormat;

/// The checkpoint's tokenizers that an input needs.
#[derive(Debug)]
pub struct Encoder {
    text: Option<TextTokenizer>,
    words: Option<Tokenizer>,
}

/// A document with its tokens.
#[derive(Debug)]
pub(super) struct EncodedDocument {
    pub(super) document: Document,
    /// `[tokens]`: without the special ones around them.
    pub(super) ids: Vec<u32>,
    /// Its words, in order.
    pub(super) words: Vec<EncodedWord>,
}

/// A word in the text of its document, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EncodedWord {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Index of the token that predicts its tag; none: the tokenizer makes nothing of the word.
    pub(super) first_token: Option<usize>,
}

impl Encoder {
    /// For documents of `format`.
    ///
    /// # Errors
    /// Everything that can be wrong with the tokenizer's files.
    pub fn new(job: &TrainedJob, format: InputFormat) -> Result<Self, TrainedJobError> {
        let (has_text, has_words) = match format {
            InputFormat::Text => (true, false),
            InputFormat::Words | InputFormat::Conll => (false, true),
            InputFormat::Jsonl => (true, true),
        };
        let text = has_text.then(|| job.text_tokenizer()).transpose()?;
        Ok(Self { text, words: has_words.then(|| job.tokenizer()).transpose()? })
    }

    /// The tokenizer itself: special tokens, room beside them.
    pub(super) fn tokenizer(&self) -> &Tokenizer {
        let of_text = self.text.as_ref().map(TextTokenizer::tokenizer);
        of_text.or(self.words.as_ref()).expect("an input has text or words")
    }

    /// The tokens of `documents`, up to the first that cannot be tokenized; `name` is that of the input.
    pub(super) fn encode(
        &self,
        documents: Vec<Document>,
        name: &str,
    ) -> (Vec<EncodedDocument>, Result<(), InputError>) {
        let mut encoded = Vec::with_capacity(documents.len());
        for document in documents {
            let line = document.line;
            match self.encode_one(document) {
                Ok(one) => encoded.push(one),
                Err(reason) => {
                    return (encoded, Err(InputError::Tokenize { file: name.to_owned(), line, reason }));
                }
            }
        }
        (encoded, Ok(()))
    }

    fn encode_one(&self, document: Document) -> Result<EncodedDocument, String> {
        let (ids, words) = match &document.content {
            Content::Text(text) => {
                let tokens = self.text.as_ref().expect("an input with text has its tokenizer").tokens(text)?;
                let word = |word: &TextWord| EncodedWord {
                    start: word.start,
                    end: word.end,
                    first_token: Some(word.first_token),
                };
                (tokens.ids, tokens.words.iter().map(word).collect())
            }
            Content::Words(words) => {
                let tokenizer = self.words.as_ref().expect("an input with words has their tokenizer");
                tokens_of(words, tokenizer)?
            }
        };
        Ok(EncodedDocument { document, ids, words })
    }
}

/// The tokens of a sentence, as a job's test sentences are tokenized, but not cut off.
fn tokens_of(words: &[String], tokenizer: &Tokenizer) -> Result<(Vec<u32>, Vec<EncodedWord>), String> {
    let sentence = Sentence { words: words.to_vec(), tags: vec![0; words.len()] };
    let reason = |error: DataError| match error {
        DataError::Tokenize { reason, .. } => reason,
        other => other.to_string(),
    };
    let encoded = Encoded::new(&[&sentence], tokenizer, usize::MAX).map_err(reason)?;
    let (before, after) = (tokenizer.before().len(), tokenizer.after().len());
    let ids = encoded.ids[before..encoded.ids.len() - after].to_vec();
    let mut start = 0;
    let mut spans: Vec<EncodedWord> = words
        .iter()
        .map(|word| {
            let end = start + word.chars().count();
            let span = EncodedWord { start, end, first_token: None };
            start = end + 1;
            span
        })
        .collect();
    for (word, first) in encoded.scored_words(0).iter().zip(encoded.first_tokens(0)) {
        spans[*word as usize].first_token = Some(*first as usize - before);
    }
    Ok((ids, spans))
}
