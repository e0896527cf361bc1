//! The pieces of words, each distinct word tokenized once. Must not know tags, special pieces, or where sentences are cut.
//!
//! Over word-split input the crate `tokenizers` runs its whole pipeline, from added tokens to the model, on each word
//! alone and joins what comes out (`TokenizerImpl::encode_single_sequence`), so a word's pieces are a function of the word.

use std::collections::HashMap;

use rayon::prelude::*;

use super::{DataError, Sentence, Tokenizer};

/// The words of some sentences, end to end, as pieces.
#[derive(Debug)]
pub(super) struct WordPieces {
    /// `[words]`: which distinct word each is, in the order of their first occurrence.
    numbers: Vec<u32>,
    /// `[distinct words]`: numbers in the vocabulary.
    pieces: Vec<Vec<u32>>,
}

impl WordPieces {
    /// Tokenizes the words of `sentences` on all threads.
    ///
    /// # Errors
    /// [`DataError::Tokenize`], of the first sentence with such a word.
    pub(super) fn new(sentences: &[&Sentence], tokenizer: &Tokenizer) -> Result<Self, DataError> {
        let count = sentences.iter().map(|sentence| sentence.words.len()).sum();
        let mut known: HashMap<&str, u32> = HashMap::with_capacity(count / 2);
        let (mut numbers, mut distinct) = (Vec::with_capacity(count), Vec::new());
        for (at, sentence) in sentences.iter().enumerate() {
            for word in &sentence.words {
                let number = *known.entry(word).or_insert_with(|| {
                    distinct.push((at, word.as_str()));
                    u32::try_from(distinct.len() - 1).expect("fewer than 2^32 distinct words")
                });
                numbers.push(number);
            }
        }
        let pieces: Vec<_> = distinct.par_iter().map(|(at, word)| tokenizer.pieces(*at, word)).collect();
        Ok(Self { numbers, pieces: pieces.into_iter().collect::<Result<_, _>>()? })
    }

    /// The pieces of word `at`, counted over all sentences; a word of nothing visible may have none.
    pub(super) fn of(&self, at: usize) -> &[u32] {
        &self.pieces[self.numbers[at] as usize]
    }
}
