//! Sentences as pieces, packed end to end without padding. Must not know where sentences come from.

use std::ops::Range;

use rayon::prelude::*;

use super::{DataError, Sentence, Tokenizer};

/// The label of a piece that carries no tag.
pub const NO_LABEL: i32 = -1;

/// Encoded sentences of one split, packed: sentence i is pieces `starts[i]..starts[i + 1]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encoded {
    /// `[pieces]`: numbers in the vocabulary, special pieces included.
    pub ids: Vec<u32>,
    /// `[sentences + 1]`: where each sentence begins, and the number of pieces.
    pub starts: Vec<usize>,
    /// `[pieces]`: the tag of the word that begins here, or [`NO_LABEL`].
    pub labels: Vec<i32>,
    /// `[labelled pieces]`: the word, counted in its sentence, of each piece with a label, in order of pieces.
    pub labelled_words: Vec<u32>,
    /// `[sentences + 1]`: where each sentence begins in `labelled_words`, and its length.
    pub label_starts: Vec<usize>,
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
        let cutting = tokenizer.cutting_at(max_length)?;
        let parts: Result<Vec<Part>, DataError> =
            sentences.par_iter().enumerate().map(|(at, sentence)| Part::new(at, sentence, &cutting)).collect();
        let mut encoded = Self { starts: vec![0], label_starts: vec![0], ..Self::default() };
        for part in parts? {
            encoded.push(part);
        }
        Ok(encoded)
    }

    fn push(&mut self, part: Part) {
        self.ids.extend_from_slice(&part.ids);
        self.labels.extend_from_slice(&part.labels);
        self.labelled_words.extend_from_slice(&part.labelled_words);
        self.starts.push(self.ids.len());
        self.label_starts.push(self.labelled_words.len());
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
        let (pieces, labelled) = (self.starts[sentences], self.label_starts[sentences]);
        Self {
            ids: self.ids[..pieces].to_vec(),
            starts: self.starts[..=sentences].to_vec(),
            labels: self.labels[..pieces].to_vec(),
            labelled_words: self.labelled_words[..labelled].to_vec(),
            label_starts: self.label_starts[..=sentences].to_vec(),
            words: self.words[..sentences].to_vec(),
            truncated: self.truncated[..sentences].to_vec(),
        }
    }

    /// Pieces of sentence `at`.
    pub fn pieces(&self, at: usize) -> Range<usize> {
        self.starts[at]..self.starts[at + 1]
    }

    /// The words of sentence `at` that carry a label, in order.
    pub fn seen_words(&self, at: usize) -> &[u32] {
        &self.labelled_words[self.label_starts[at]..self.label_starts[at + 1]]
    }

    /// Words that tokenise to nothing or are cut off, over all sentences.
    pub fn unseen_words(&self) -> usize {
        let words: usize = self.words.iter().map(|words| *words as usize).sum();
        words - self.labelled_words.len()
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
    labelled_words: Vec<u32>,
    words: u32,
    truncated: bool,
}

impl Part {
    fn new(at: usize, sentence: &Sentence, tokenizer: &Tokenizer) -> Result<Self, DataError> {
        let encoding = tokenizer.encode(at, &sentence.words)?;
        let mut labelled_words = Vec::with_capacity(sentence.words.len());
        let mut before = None;
        let label_of = |word: &Option<u32>| {
            let begins = *word != before;
            before = *word;
            match word {
                Some(word) if begins => {
                    labelled_words.push(*word);
                    i32::from(sentence.tags[*word as usize])
                }
                _ => NO_LABEL,
            }
        };
        let labels = encoding.get_word_ids().iter().map(label_of).collect();
        Ok(Self {
            ids: encoding.get_ids().to_vec(),
            labels,
            labelled_words,
            words: u32::try_from(sentence.words.len()).expect("a sentence has fewer than 2^32 words"),
            truncated: !encoding.get_overflowing().is_empty(),
        })
    }
}
