//! The numbers that `runner data` shows about a data set.

use std::collections::HashSet;

use super::{Corpus, DataError, Encoded, Sentence, Split, Tokenizer, TokenizerOrigin};
use crate::spec::{self, InputLength};

/// One split as a job uses it.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitStatistics {
    /// The split.
    pub split: Split,
    /// Rows of the split.
    pub rows: usize,
    /// Rows that the job uses; the counts below are over these.
    pub used: usize,
    /// Rows without words.
    pub empty: usize,
    /// Words.
    pub words: usize,
    /// Number of words per tag, in the order of the tag set.
    pub tags: Vec<(String, usize)>,
    /// Tokens per sentence, without a limit of length.
    pub lengths: Lengths,
    /// Sentences of which tokens are cut off.
    pub truncated: usize,
    /// Windows in which the sentences are read; none: they are cut off.
    pub windows: Option<usize>,
    /// Words without a token.
    pub empty_words: usize,
    /// Words that are cut off.
    pub cut_words: usize,
    /// Rows with the words of an earlier one; rows without words do not count.
    pub repeats: usize,
    /// Tags I-X that follow no B-X or I-X.
    pub stray: usize,
    /// Words of control and format characters alone.
    pub control_words: usize,
}

/// Quantiles (nearest rank) of sentence lengths in tokens, special ones included; all 0 without sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lengths {
    /// The shortest.
    pub min: usize,
    /// Half are at most this long.
    pub median: usize,
    /// Nine in ten are at most this long.
    pub p90: usize,
    /// 99 in a hundred are at most this long.
    pub p99: usize,
    /// The longest.
    pub max: usize,
}

/// A data set as a job uses it.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// Train, validation, test; without splits of which no row is used.
    pub splits: Vec<SplitStatistics>,
    /// Number of test sentences that are also in the training subset; see [`test_in_train`].
    pub test_in_train: usize,
    /// How the tokenizer was made; none of the program's own.
    pub tokenizer: Option<TokenizerOrigin>,
    /// What was changed or skipped in reading, and what is to be known of the tokenizer, for the user.
    pub notes: Vec<String>,
}

impl Statistics {
    /// Counts over the rows that `settings` select.
    ///
    /// # Errors
    /// A size larger than its split; a sentence that the tokenizer cannot encode.
    pub fn new(
        corpus: &Corpus,
        settings: &spec::Data,
        tokenizer: &Tokenizer,
        length: InputLength,
    ) -> Result<Self, DataError> {
        let train = corpus.training(settings)?;
        let validation = corpus.first(Split::Validation, settings.size(Split::Validation))?;
        let test = corpus.first(Split::Test, settings.test_size)?;
        let test_in_train = test_in_train(&train, &test);
        let mut splits = Vec::new();
        for (split, sentences) in Split::ALL.into_iter().zip([train, validation, test]) {
            if !sentences.is_empty() {
                splits.push(of_split(corpus, split, &sentences, tokenizer, length)?);
            }
        }
        let notes = corpus.notes.iter().chain(&tokenizer.notices).cloned().collect();
        Ok(Self { splits, test_in_train, tokenizer: tokenizer.origin.clone(), notes })
    }
}

/// Number of test sentences with the same words as a training sentence; sentences without words do not count.
pub fn test_in_train(train: &[&Sentence], test: &[&Sentence]) -> usize {
    let known: HashSet<&[String]> = train.iter().map(|sentence| sentence.words.as_slice()).collect();
    test.iter().filter(|sentence| !sentence.words.is_empty() && known.contains(sentence.words.as_slice())).count()
}

fn of_split(
    corpus: &Corpus,
    split: Split,
    sentences: &[&Sentence],
    tokenizer: &Tokenizer,
    length: InputLength,
) -> Result<SplitStatistics, DataError> {
    let whole = Encoded::new(sentences, tokenizer, usize::MAX)?;
    let read = Encoded::new(sentences, tokenizer, length)?;
    let mut counts = vec![0; corpus.labels.len()];
    for tag in sentences.iter().flat_map(|sentence| &sentence.tags) {
        counts[usize::from(*tag)] += 1;
    }
    Ok(SplitStatistics {
        split,
        rows: corpus.split(split).len(),
        used: sentences.len(),
        empty: sentences.iter().filter(|sentence| sentence.words.is_empty()).count(),
        words: sentences.iter().map(|sentence| sentence.words.len()).sum(),
        tags: corpus.labels.names().iter().cloned().zip(counts).collect(),
        lengths: Lengths::of((0..whole.len()).map(|at| whole.tokens(at).len()).collect()),
        truncated: read.truncated_sentences(),
        windows: matches!(length, InputLength::Windows { .. }).then(|| read.windows()),
        empty_words: whole.unscored_words(),
        cut_words: read.unscored_words() - whole.unscored_words(),
        repeats: repeats(sentences),
        stray: sentences.iter().map(|sentence| stray(corpus, sentence)).sum(),
        control_words: sentences.iter().flat_map(|sentence| &sentence.words).filter(|word| is_control(word)).count(),
    })
}

fn repeats(sentences: &[&Sentence]) -> usize {
    let mut known = HashSet::new();
    sentences.iter().filter(|sentence| !sentence.words.is_empty() && !known.insert(&sentence.words[..])).count()
}

/// The tags I-X of a sentence that follow no tag of their type.
fn stray(corpus: &Corpus, sentence: &Sentence) -> usize {
    let kind = |tag: u16| corpus.labels.name(tag).split_once('-').map(|(_, kind)| kind);
    let mut before = None;
    let strays = sentence.tags.iter().filter(|tag| {
        let is_stray = corpus.labels.name(**tag).starts_with("I-") && before != kind(**tag);
        before = kind(**tag);
        is_stray
    });
    strays.count()
}

/// Whether a word has control and format characters alone.
fn is_control(word: &str) -> bool {
    let is_format = |letter: char| matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    !word.is_empty() && word.chars().all(|letter| letter.is_control() || is_format(letter))
}

impl Lengths {
    fn of(mut lengths: Vec<usize>) -> Self {
        lengths.sort_unstable();
        let Some(last) = lengths.len().checked_sub(1) else { return Self::default() };
        let rank = |percent: usize| lengths[(lengths.len() * percent).div_ceil(100).saturating_sub(1)];
        Self { min: lengths[0], median: rank(50), p90: rank(90), p99: rank(99), max: lengths[last] }
    }
}
