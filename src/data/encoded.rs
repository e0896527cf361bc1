//! Sentences as subword tokens, packed end to end without padding.

use std::ops::Range;

use super::word_tokens::WordTokens;
use super::{DataError, Labels, Sentence, Tokenizer};
use crate::spec::LabelPieces;

/// The label of a token without a tag.
pub const NO_LABEL: i32 = -1;

/// Encoded sentences of one split, packed: sentence i is tokens `starts[i]..starts[i + 1]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encoded {
    /// `[tokens]`: ids in the vocabulary, special tokens included.
    pub ids: Vec<u32>,
    /// `[sentences + 1]`: where each sentence begins, and the total number of tokens.
    pub starts: Vec<usize>,
    /// `[tokens]`: the tag of the token's word, or [`NO_LABEL`].
    pub labels: Vec<i32>,
    /// `[scored words]`: index in its sentence of each word that has a token.
    pub scored_words: Vec<u32>,
    /// `[scored words]`: index in its sentence of the word's first token, which predicts its tag.
    pub first_tokens: Vec<u32>,
    /// `[sentences + 1]`: where each sentence begins in `scored_words`, and its total length.
    pub scored_starts: Vec<usize>,
    /// `[sentences]`: number of words, unscored ones included.
    pub words: Vec<u32>,
    /// `[sentences]`: whether tokens were cut off.
    pub truncated: Vec<bool>,
}

impl Encoded {
    /// Tokenizes `sentences` on all threads in their order; cuts them at `max_length` tokens, special ones included.
    ///
    /// A word's first token has its tag; its other tokens and the special ones have none. A sentence without words has only
    /// special tokens.
    ///
    /// # Errors
    /// [`DataError::TooShort`], [`DataError::Tokenize`]
    pub fn new(sentences: &[&Sentence], tokenizer: &Tokenizer, max_length: usize) -> Result<Self, DataError> {
        Self::labeled(sentences, tokenizer, max_length, None)
    }

    /// [`Self::new`] for training: `tagged` says which tokens of a word have its tag. With all of them, those after the first
    /// of a word tagged B-X have I-X, if the set has it, as with `label_all_tokens` of transformers' run_ner.py.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn for_training(
        sentences: &[&Sentence],
        tokenizer: &Tokenizer,
        max_length: usize,
        tagged: LabelPieces,
        labels: &Labels,
    ) -> Result<Self, DataError> {
        let inside = match tagged {
            LabelPieces::First => None,
            LabelPieces::All => Some(labels.insides()),
        };
        Self::labeled(sentences, tokenizer, max_length, inside.as_deref())
    }

    /// `insides`: the tag of a word's later tokens, by the tag of the word; none: they have no tag.
    fn labeled(
        sentences: &[&Sentence],
        tokenizer: &Tokenizer,
        max_length: usize,
        insides: Option<&[u16]>,
    ) -> Result<Self, DataError> {
        let room = tokenizer.room(max_length)?;
        let words = WordTokens::new(sentences, tokenizer)?;
        let mut encoded = Self { starts: vec![0], scored_starts: vec![0], ..Self::default() };
        let mut first = 0;
        for sentence in sentences {
            let numbers = first..first + sentence.words.len();
            first = numbers.end;
            encoded.push_special(tokenizer.before());
            let truncated = encoded.push_words(sentence, numbers.map(|word| words.of(word)), room, insides);
            encoded.push_special(tokenizer.after());
            encoded.end_sentence(sentence, truncated);
        }
        Ok(encoded)
    }

    fn push_special(&mut self, ids: &[u32]) {
        self.ids.extend_from_slice(ids);
        self.labels.resize(self.ids.len(), NO_LABEL);
    }

    /// Appends those of a sentence's tokens that fit into `room`; returns whether some were cut off.
    fn push_words<'p>(
        &mut self,
        sentence: &Sentence,
        tokens: impl Iterator<Item = &'p [u32]>,
        room: usize,
        insides: Option<&[u16]>,
    ) -> bool {
        let start = self.starts[self.starts.len() - 1];
        let (mut left, mut truncated) = (room, false);
        for ((word, tag), tokens) in (0..).zip(&sentence.tags).zip(tokens) {
            let fitting = &tokens[..tokens.len().min(left)];
            truncated |= fitting.len() < tokens.len();
            left -= fitting.len();
            if !fitting.is_empty() {
                self.scored_words.push(word);
                self.first_tokens.push(number(self.ids.len() - start));
                self.labels.push(i32::from(*tag));
                self.ids.extend_from_slice(fitting);
                let inside = insides.map_or(NO_LABEL, |insides| i32::from(insides[usize::from(*tag)]));
                self.labels.resize(self.ids.len(), inside);
            }
        }
        truncated
    }

    fn end_sentence(&mut self, sentence: &Sentence, truncated: bool) {
        self.starts.push(self.ids.len());
        self.scored_starts.push(self.scored_words.len());
        self.words.push(number(sentence.words.len()));
        self.truncated.push(truncated);
    }

    /// Number of sentences.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no sentence.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The first `sentences` of them.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn first(&self, sentences: usize) -> Self {
        let (tokens, seen) = (self.starts[sentences], self.scored_starts[sentences]);
        Self {
            ids: self.ids[..tokens].to_vec(),
            starts: self.starts[..=sentences].to_vec(),
            labels: self.labels[..tokens].to_vec(),
            scored_words: self.scored_words[..seen].to_vec(),
            first_tokens: self.first_tokens[..seen].to_vec(),
            scored_starts: self.scored_starts[..=sentences].to_vec(),
            words: self.words[..sentences].to_vec(),
            truncated: self.truncated[..sentences].to_vec(),
        }
    }

    /// The tokens of sentence `at`.
    pub fn tokens(&self, at: usize) -> Range<usize> {
        self.starts[at]..self.starts[at + 1]
    }

    /// The words of sentence `at` that have a token, in order.
    pub fn scored_words(&self, at: usize) -> &[u32] {
        &self.scored_words[self.scored_starts[at]..self.scored_starts[at + 1]]
    }

    /// The first token of each of [`Self::scored_words`], as an index in the sentence.
    pub fn first_tokens(&self, at: usize) -> &[u32] {
        &self.first_tokens[self.scored_starts[at]..self.scored_starts[at + 1]]
    }

    /// Number of tokens of sentence `at` with a label.
    pub fn labeled_tokens(&self, at: usize) -> usize {
        self.labels[self.tokens(at)].iter().filter(|label| **label != NO_LABEL).count()
    }

    /// Number of words that are cut off or tokenize to nothing: they get no prediction.
    pub fn unscored_words(&self) -> usize {
        let words: usize = self.words.iter().map(|words| *words as usize).sum();
        words - self.scored_words.len()
    }

    /// Number of sentences of which tokens were cut off.
    pub fn truncated_sentences(&self) -> usize {
        self.truncated.iter().filter(|truncated| **truncated).count()
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a sentence has fewer than 2^32 words and tokens")
}
