//! Sentences as subword tokens, packed end to end without padding.

use std::ops::Range;

use super::windows::{best_window, windows};
use super::word_tokens::WordTokens;
use super::{DataError, Labels, Sentence, Tokenizer};
use crate::spec::{InputLength, LabelPieces};

/// The label of a token without a tag.
pub const NO_LABEL: i32 = -1;

/// Encoded sentences of one split, packed. What a model reads at a time is a window: a whole sentence, the part of it that
/// is not cut off, or one of several windows over it. Window i is tokens `starts[i]..starts[i + 1]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Encoded {
    /// `[tokens]`: ids in the vocabulary, special tokens included.
    pub ids: Vec<u32>,
    /// `[windows + 1]`: where each window begins, and the total number of tokens.
    pub starts: Vec<usize>,
    /// `[tokens]`: the tag of the token's word where this window answers for it, or [`NO_LABEL`].
    pub labels: Vec<i32>,
    /// `[scored words]`: index in its sentence of each word that has a token, by the window that answers for it.
    pub scored_words: Vec<u32>,
    /// `[scored words]`: index in its window of the word's first token, which predicts its tag.
    pub first_tokens: Vec<u32>,
    /// `[windows + 1]`: where each window begins in `scored_words`, and its total length.
    pub scored_starts: Vec<usize>,
    /// `[sentences + 1]`: where each sentence begins among the windows, and their number.
    pub sentence_starts: Vec<usize>,
    /// `[sentences]`: number of words, unscored ones included.
    pub words: Vec<u32>,
    /// `[sentences]`: whether tokens were cut off.
    pub truncated: Vec<bool>,
}

/// The tokens of one sentence without special ones, as far as they are read.
#[derive(Default)]
struct Whole {
    ids: Vec<u32>,
    labels: Vec<i32>,
    /// Each word with a token, and its first one.
    words: Vec<(u32, usize)>,
    truncated: bool,
}

impl Encoded {
    /// Tokenizes `sentences` on all threads in their order. Longer ones are cut off, or read in windows, as `length` says.
    ///
    /// A word's first token has its tag, in the window where this token has most context; its other tokens and the special
    /// ones have none. A sentence without words has only special tokens.
    ///
    /// # Errors
    /// [`DataError::TooShort`], [`DataError::NoStep`], [`DataError::Tokenize`]
    pub fn new(
        sentences: &[&Sentence],
        tokenizer: &Tokenizer,
        length: impl Into<InputLength>,
    ) -> Result<Self, DataError> {
        Self::labeled(sentences, tokenizer, length.into(), None)
    }

    /// [`Self::new`] for training: `tagged` says which tokens of a word have its tag. With all of them, those after the first
    /// of a word tagged B-X have I-X, if the set has it, as with `label_all_tokens` of transformers' run_ner.py.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn for_training(
        sentences: &[&Sentence],
        tokenizer: &Tokenizer,
        length: impl Into<InputLength>,
        tagged: LabelPieces,
        labels: &Labels,
    ) -> Result<Self, DataError> {
        let inside = match tagged {
            LabelPieces::First => None,
            LabelPieces::All => Some(labels.insides()),
        };
        Self::labeled(sentences, tokenizer, length.into(), inside.as_deref())
    }

    /// `insides`: the tag of a word's later tokens, by the tag of the word; none: they have no tag.
    fn labeled(
        sentences: &[&Sentence],
        tokenizer: &Tokenizer,
        length: InputLength,
        insides: Option<&[u16]>,
    ) -> Result<Self, DataError> {
        let room = tokenizer.room(length)?;
        let stride = length.stride(room);
        let words = WordTokens::new(sentences, tokenizer)?;
        let starts = || vec![0];
        let mut encoded =
            Self { starts: starts(), scored_starts: starts(), sentence_starts: starts(), ..Self::default() };
        let (mut first, mut whole) = (0, Whole::default());
        for sentence in sentences {
            let numbers = first..first + sentence.words.len();
            first = numbers.end;
            let most = if stride.is_some() { usize::MAX } else { room };
            whole.fill(sentence, numbers.map(|word| words.of(word)), most, insides);
            encoded.push_windows(&whole, tokenizer, &windows(whole.ids.len(), room, stride.unwrap_or_default()));
            encoded.sentence_starts.push(encoded.windows());
            encoded.words.push(number(sentence.words.len()));
            encoded.truncated.push(whole.truncated);
        }
        Ok(encoded)
    }

    /// Appends the windows over a sentence, one if it has no tokens. Each word has its labels in one of them.
    fn push_windows(&mut self, whole: &Whole, tokenizer: &Tokenizer, windows: &[Range<usize>]) {
        let empty = 0..0;
        let windows = if windows.is_empty() { std::slice::from_ref(&empty) } else { windows };
        let mut words = whole.words.iter().enumerate().peekable();
        for (at, window) in windows.iter().enumerate() {
            let start = self.ids.len();
            self.push_special(tokenizer.before());
            let first = self.ids.len();
            self.ids.extend_from_slice(&whole.ids[window.clone()]);
            self.labels.resize(self.ids.len(), NO_LABEL);
            // windows answer for words in their order, each by where its first token stands
            while let Some((index, (word, token))) = words.next_if(|(_, (_, token))| best_window(windows, *token) == at)
            {
                self.scored_words.push(*word);
                self.first_tokens.push(number(first - start + token - window.start));
                let end = whole.words.get(index + 1).map_or(whole.ids.len(), |(_, next)| *next).min(window.end);
                let labels = &mut self.labels[first + token - window.start..first + end - window.start];
                labels.copy_from_slice(&whole.labels[*token..end]);
            }
            self.push_special(tokenizer.after());
            self.starts.push(self.ids.len());
            self.scored_starts.push(self.scored_words.len());
        }
    }

    fn push_special(&mut self, ids: &[u32]) {
        self.ids.extend_from_slice(ids);
        self.labels.resize(self.ids.len(), NO_LABEL);
    }

    /// Number of sentences.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no sentence.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Number of windows: that of the sentences, unless long ones have several.
    pub fn windows(&self) -> usize {
        self.starts.len() - 1
    }

    /// The windows of sentence `at`.
    pub fn windows_of(&self, at: usize) -> Range<usize> {
        self.sentence_starts[at]..self.sentence_starts[at + 1]
    }

    /// The sentence of window `at`.
    pub fn sentence_of(&self, at: usize) -> usize {
        self.sentence_starts.partition_point(|start| *start <= at) - 1
    }

    /// The first `sentences` of them.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn first(&self, sentences: usize) -> Self {
        let windows = self.sentence_starts[sentences];
        let (tokens, seen) = (self.starts[windows], self.scored_starts[windows]);
        Self {
            ids: self.ids[..tokens].to_vec(),
            starts: self.starts[..=windows].to_vec(),
            labels: self.labels[..tokens].to_vec(),
            scored_words: self.scored_words[..seen].to_vec(),
            first_tokens: self.first_tokens[..seen].to_vec(),
            scored_starts: self.scored_starts[..=windows].to_vec(),
            sentence_starts: self.sentence_starts[..=sentences].to_vec(),
            words: self.words[..sentences].to_vec(),
            truncated: self.truncated[..sentences].to_vec(),
        }
    }

    /// The tokens of window `at`.
    pub fn tokens(&self, at: usize) -> Range<usize> {
        self.starts[at]..self.starts[at + 1]
    }

    /// The words that window `at` answers for, in order.
    pub fn scored_words(&self, at: usize) -> &[u32] {
        &self.scored_words[self.scored_starts[at]..self.scored_starts[at + 1]]
    }

    /// The first token of each of [`Self::scored_words`], as an index in the window.
    pub fn first_tokens(&self, at: usize) -> &[u32] {
        &self.first_tokens[self.scored_starts[at]..self.scored_starts[at + 1]]
    }

    /// Number of tokens of window `at` with a label.
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

impl Whole {
    /// Takes the tokens of a sentence's words, `most` at most.
    fn fill<'p>(
        &mut self,
        sentence: &Sentence,
        tokens: impl Iterator<Item = &'p [u32]>,
        most: usize,
        insides: Option<&[u16]>,
    ) {
        let Self { ids, labels, words, truncated } = self;
        ids.clear();
        labels.clear();
        words.clear();
        *truncated = false;
        for ((word, tag), tokens) in (0..).zip(&sentence.tags).zip(tokens) {
            let fitting = &tokens[..tokens.len().min(most - ids.len())];
            *truncated |= fitting.len() < tokens.len();
            if !fitting.is_empty() {
                words.push((word, ids.len()));
                labels.push(i32::from(*tag));
                ids.extend_from_slice(fitting);
                let inside = insides.map_or(NO_LABEL, |insides| i32::from(insides[usize::from(*tag)]));
                labels.resize(ids.len(), inside);
            }
        }
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a sentence has fewer than 2^32 words and tokens")
}
