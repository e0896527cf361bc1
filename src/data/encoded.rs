//! Sentences as pieces, packed end to end without padding. Must not know where sentences come from.

use std::ops::Range;

use super::word_pieces::WordPieces;
use super::{DataError, Labels, Sentence, Tokenizer};
use crate::spec::LabelPieces;

/// The label of a piece that carries no tag.
pub const NO_LABEL: i32 = -1;

/// Encoded sentences of one split, packed: sentence i is pieces `starts[i]..starts[i + 1]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encoded {
    /// `[pieces]`: numbers in the vocabulary, special pieces included.
    pub ids: Vec<u32>,
    /// `[sentences + 1]`: where each sentence begins, and the number of pieces.
    pub starts: Vec<usize>,
    /// `[pieces]`: the tag of the piece's word, or [`NO_LABEL`].
    pub labels: Vec<i32>,
    /// `[seen words]`: each word that has a piece, counted in its sentence.
    pub words_seen: Vec<u32>,
    /// `[seen words]`: its first piece, counted in its sentence, special ones included. That piece predicts its tag.
    pub first_pieces: Vec<u32>,
    /// `[sentences + 1]`: where each sentence begins in `words_seen`, and its length.
    pub seen_starts: Vec<usize>,
    /// `[sentences]`: number of words, unseen ones included.
    pub words: Vec<u32>,
    /// `[sentences]`: whether pieces were cut off.
    pub truncated: Vec<bool>,
}

impl Encoded {
    /// Tokenizes `sentences` on all threads, keeping their order, cut at `max_length` pieces, special ones included.
    ///
    /// A word's first piece carries its tag; the other pieces and the special ones carry none. A sentence without
    /// words is its special pieces.
    ///
    /// # Errors
    /// [`DataError::TooShort`], [`DataError::Tokenize`]
    pub fn new(sentences: &[&Sentence], tokenizer: &Tokenizer, max_length: usize) -> Result<Self, DataError> {
        Self::labeled(sentences, tokenizer, max_length, None)
    }

    /// [`Self::new`] for training: which pieces of a word carry its tag, `pieces` says. Of all, those after the first
    /// of a word tagged B-X carry I-X, where the set has it, as `label_all_tokens` of transformers' run_ner.py has it.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn for_training(
        sentences: &[&Sentence],
        tokenizer: &Tokenizer,
        max_length: usize,
        pieces: LabelPieces,
        labels: &Labels,
    ) -> Result<Self, DataError> {
        let inside = match pieces {
            LabelPieces::First => None,
            LabelPieces::All => Some(labels.insides()),
        };
        Self::labeled(sentences, tokenizer, max_length, inside.as_deref())
    }

    /// `insides`: the tag of a word's later pieces, by the tag of the word; none: they carry no tag.
    fn labeled(
        sentences: &[&Sentence],
        tokenizer: &Tokenizer,
        max_length: usize,
        insides: Option<&[u16]>,
    ) -> Result<Self, DataError> {
        let room = tokenizer.room(max_length)?;
        let words = WordPieces::new(sentences, tokenizer)?;
        let mut encoded = Self { starts: vec![0], seen_starts: vec![0], ..Self::default() };
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

    /// Appends what fits of a sentence's words into `room` pieces; whether something was cut off.
    fn push_words<'p>(
        &mut self,
        sentence: &Sentence,
        pieces: impl Iterator<Item = &'p [u32]>,
        room: usize,
        insides: Option<&[u16]>,
    ) -> bool {
        let start = self.starts[self.starts.len() - 1];
        let (mut left, mut truncated) = (room, false);
        for ((word, tag), pieces) in (0..).zip(&sentence.tags).zip(pieces) {
            let fitting = &pieces[..pieces.len().min(left)];
            truncated |= fitting.len() < pieces.len();
            left -= fitting.len();
            if !fitting.is_empty() {
                self.words_seen.push(word);
                self.first_pieces.push(number(self.ids.len() - start));
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
        self.seen_starts.push(self.words_seen.len());
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
        let (pieces, seen) = (self.starts[sentences], self.seen_starts[sentences]);
        Self {
            ids: self.ids[..pieces].to_vec(),
            starts: self.starts[..=sentences].to_vec(),
            labels: self.labels[..pieces].to_vec(),
            words_seen: self.words_seen[..seen].to_vec(),
            first_pieces: self.first_pieces[..seen].to_vec(),
            seen_starts: self.seen_starts[..=sentences].to_vec(),
            words: self.words[..sentences].to_vec(),
            truncated: self.truncated[..sentences].to_vec(),
        }
    }

    /// Pieces of sentence `at`.
    pub fn pieces(&self, at: usize) -> Range<usize> {
        self.starts[at]..self.starts[at + 1]
    }

    /// The words of sentence `at` that have a piece, in order.
    pub fn seen_words(&self, at: usize) -> &[u32] {
        &self.words_seen[self.seen_starts[at]..self.seen_starts[at + 1]]
    }

    /// The first piece of each of [`Self::seen_words`], counted from the sentence's beginning.
    pub fn first_pieces(&self, at: usize) -> &[u32] {
        &self.first_pieces[self.seen_starts[at]..self.seen_starts[at + 1]]
    }

    /// Pieces of sentence `at` with a label.
    pub fn labeled_pieces(&self, at: usize) -> usize {
        self.labels[self.pieces(at)].iter().filter(|label| **label != NO_LABEL).count()
    }

    /// Words that tokenize to nothing or are cut off, over all sentences.
    pub fn unseen_words(&self) -> usize {
        let words: usize = self.words.iter().map(|words| *words as usize).sum();
        words - self.words_seen.len()
    }

    /// Sentences of which pieces were cut off.
    pub fn truncated_sentences(&self) -> usize {
        self.truncated.iter().filter(|truncated| **truncated).count()
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a sentence has fewer than 2^32 words and pieces")
}
