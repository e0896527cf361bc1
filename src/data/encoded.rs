//! Sentences as pieces, packed end to end without padding. Must not know where sentences come from.

use std::ops::Range;

use rayon::prelude::*;

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
    /// Tokenises `sentences` on all threads, keeping their order, cut at `max_length` pieces.
    ///
    /// A word's first piece carries its tag; the other pieces and the special ones carry none. A sentence without
    /// words is its special pieces.
    ///
    /// # Errors
    /// [`DataError::TooShort`], [`DataError::Tokenise`]
    pub fn new(sentences: &[&Sentence], tokenizer: &Tokenizer, max_length: usize) -> Result<Self, DataError> {
        Self::labelled(sentences, tokenizer, max_length, None)
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
        Self::labelled(sentences, tokenizer, max_length, inside.as_deref())
    }

    /// `insides`: the tag of a word's later pieces, by the tag of the word; none: they carry no tag.
    fn labelled(
        sentences: &[&Sentence],
        tokenizer: &Tokenizer,
        max_length: usize,
        insides: Option<&[u16]>,
    ) -> Result<Self, DataError> {
        let cutting = tokenizer.cutting_at(max_length)?;
        let parts: Result<Vec<Part>, DataError> =
            sentences.par_iter().enumerate().map(|(at, sentence)| Part::new(at, sentence, &cutting, insides)).collect();
        let mut encoded = Self { starts: vec![0], seen_starts: vec![0], ..Self::default() };
        for part in parts? {
            encoded.push(part);
        }
        Ok(encoded)
    }

    fn push(&mut self, part: Part) {
        self.ids.extend_from_slice(&part.ids);
        self.labels.extend_from_slice(&part.labels);
        self.words_seen.extend_from_slice(&part.words_seen);
        self.first_pieces.extend_from_slice(&part.first_pieces);
        self.starts.push(self.ids.len());
        self.seen_starts.push(self.words_seen.len());
        self.words.push(part.words);
        self.truncated.push(part.truncated);
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
    pub fn labelled_pieces(&self, at: usize) -> usize {
        self.labels[self.pieces(at)].iter().filter(|label| **label != NO_LABEL).count()
    }

    /// Words that tokenise to nothing or are cut off, over all sentences.
    pub fn unseen_words(&self) -> usize {
        let words: usize = self.words.iter().map(|words| *words as usize).sum();
        words - self.words_seen.len()
    }

    /// Sentences of which pieces were cut off.
    pub fn truncated_sentences(&self) -> usize {
        self.truncated.iter().filter(|truncated| **truncated).count()
    }
}

/// One sentence encoded.
struct Part {
    ids: Vec<u32>,
    labels: Vec<i32>,
    words_seen: Vec<u32>,
    first_pieces: Vec<u32>,
    words: u32,
    truncated: bool,
}

impl Part {
    fn new(at: usize, sentence: &Sentence, tokenizer: &Tokenizer, insides: Option<&[u16]>) -> Result<Self, DataError> {
        let encoding = tokenizer.encode(at, &sentence.words)?;
        let (mut words_seen, mut first_pieces) = (Vec::with_capacity(sentence.words.len()), Vec::new());
        let mut before = None;
        let label_of = |(piece, word): (u32, &Option<u32>)| {
            let begins = *word != before;
            before = *word;
            let Some(word) = word else { return NO_LABEL };
            let tag = sentence.tags[*word as usize];
            if begins {
                words_seen.push(*word);
                first_pieces.push(piece);
                return i32::from(tag);
            }
            insides.map_or(NO_LABEL, |insides| i32::from(insides[usize::from(tag)]))
        };
        let labels = (0..).zip(encoding.get_word_ids()).map(label_of).collect();
        Ok(Self {
            ids: encoding.get_ids().to_vec(),
            labels,
            words_seen,
            first_pieces,
            words: u32::try_from(sentence.words.len()).expect("a sentence has fewer than 2^32 words"),
            truncated: !encoding.get_overflowing().is_empty(),
        })
    }
}
