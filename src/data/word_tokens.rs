//! The subword tokens of words; each distinct word is tokenized once.
//!
//! For word-split input, the crate `tokenizers` runs its whole pipeline on each word alone and joins the results
//! (`TokenizerImpl::encode_single_sequence`), so a word's tokens depend only on the word.

use std::collections::HashMap;

use rayon::prelude::*;

use super::{DataError, Sentence, Tokenizer};

/// The tokens of all words of some sentences.
#[derive(Debug)]
pub(super) struct WordTokens {
    /// `[words]`: the index of each word among the distinct words, which are in order of first occurrence.
    numbers: Vec<u32>,
    /// `[distinct words]`: ids in the vocabulary.
    tokens: Vec<Vec<u32>>,
}

impl WordTokens {
    /// Tokenizes the words of `sentences` on all threads.
    ///
    /// # Errors
    /// [`DataError::Tokenize`] of the first sentence with such a word.
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
        let tokens: Vec<_> = distinct.par_iter().map(|(at, word)| tokenizer.tokens(*at, word)).collect();
        Ok(Self { numbers, tokens: tokens.into_iter().collect::<Result<_, _>>()? })
    }

    /// The tokens of word `at`, counted over all sentences; an empty or invisible word may have none.
    pub(super) fn of(&self, at: usize) -> &[u32] {
        &self.tokens[self.numbers[at] as usize]
    }
}
