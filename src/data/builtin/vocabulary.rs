//! The WordPiece vocabulary of `builtin:es` and its cased tokenizer.

use std::collections::BTreeMap;

use serde_json::json;

use crate::data::wordpiece::{Names, bert, plain_token};
use crate::data::{TextTokenizer, Tokenizer};

/// A word piece per line, numbered from 0; made from the training split by [`tests::vocabulary`].
const VOCABULARY: &str = include_str!("../../model/builtin/vocab.txt");

/// The content of the `tokenizer.json` of `builtin:tiny`: BERT's, cased, with accents.
pub fn tokenizer_json() -> String {
    let tokens: BTreeMap<String, u32> = VOCABULARY.lines().map(str::to_owned).zip(0..).collect();
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
    let added = special.map(|token| plain_token(tokens[token], token, true));
    let names = Names { unknown: "[UNK]", begin: "[CLS]", end: "[SEP]" };
    let normalizer = json!({"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                            "strip_accents": false, "lowercase": false});
    bert(&tokens, names, &added, &normalizer)
}

/// The tokenizer of `builtin:tiny`.
pub fn tokenizer() -> Tokenizer {
    Tokenizer::from_json(tokenizer_json().as_bytes()).expect("the program's own tokenizer is well formed")
}

/// The same for whole text.
pub fn text_tokenizer() -> TextTokenizer {
    TextTokenizer::from_json(tokenizer_json().as_bytes()).expect("the program's own tokenizer is well formed")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::data::builtin::corpus;
    use crate::data::{Encoded, Sentence, Split};
    use std::collections::BTreeSet;

    /// The most frequent of `counts`, ties by name.
    fn frequent(counts: BTreeMap<String, usize>, at_most: usize) -> Vec<String> {
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts.into_iter().take(at_most).map(|(token, _)| token).collect()
    }

    fn counted(tokens: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for token in tokens {
            *counts.entry(token).or_default() += 1;
        }
        counts
    }

    /// Substrings of two to four letters: beginnings where `begin`, else continuations.
    fn parts(words: &[&str], begin: bool) -> impl Iterator<Item = String> {
        words.iter().flat_map(move |word| {
            let letters: Vec<char> = word.chars().collect();
            let starts = if begin { 0..1 } else { 1..letters.len() };
            let cut = move |at: usize, size: usize| letters.get(at..at + size).map(|part| part.iter().collect());
            let prefix = if begin { "" } else { "##" };
            let sized = starts.flat_map(|at| (2..=4).map(move |size| (at, size)));
            sized
                .filter_map(move |(at, size)| cut(at, size))
                .map(move |part: String| format!("{prefix}{part}"))
                .collect::<Vec<_>>()
        })
    }

    /// Special tokens, letters, plain words, the most frequent names, frequent parts of the other names. Most names
    /// stay in parts, so that those kept back from training are made of parts that it has seen.
    fn vocabulary() -> String {
        let corpus = corpus("es").unwrap();
        let sentences: &[Sentence] = corpus.split(Split::Train);
        let tagged = || sentences.iter().flat_map(|sentence| sentence.words.iter().zip(&sentence.tags));
        let named: Vec<&str> = tagged().filter(|(_, tag)| **tag > 0).map(|(word, _)| word.as_str()).collect();
        let plain: BTreeSet<String> = tagged()
            .filter(|(word, tag)| **tag == 0 && word.chars().all(char::is_alphabetic))
            .map(|(word, _)| word.clone())
            .collect();
        let letters: BTreeSet<char> =
            ('0'..='9').chain('a'..='z').chain('A'..='Z').chain("áéíóúüñÁÉÍÓÚÜÑ.,;:()-'\"*#¿?¡!/".chars()).collect();
        let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(str::to_owned);
        let distinct: Vec<&str> = Vec::from_iter(BTreeSet::from_iter(named.iter().copied()));
        let mut seen = BTreeSet::new();
        let tokens = special
            .into_iter()
            .chain(letters.iter().map(char::to_string))
            .chain(letters.iter().filter(|letter| letter.is_alphanumeric()).map(|letter| format!("##{letter}")))
            .chain(plain)
            .chain(frequent(counted(named.iter().map(|name| (*name).to_owned())), 80))
            .chain(frequent(counted(parts(&distinct, true)), 200))
            .chain(frequent(counted(parts(&distinct, false)), 400));
        tokens.filter(|token| seen.insert(token.clone())).map(|token| token + "\n").collect()
    }

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/model/builtin/vocab.txt");

    #[test]
    #[ignore = "writes the vocabulary's file after the corpus has changed"]
    fn write_the_vocabulary() {
        std::fs::write(FILE, vocabulary()).unwrap();
    }

    #[test]
    fn the_vocabulary_is_that_of_the_training_split() {
        assert_eq!(VOCABULARY, vocabulary(), "run write_the_vocabulary");
        assert!(VOCABULARY.lines().count() <= 1500);
    }

    #[test]
    fn the_tokenizer_knows_every_word_of_the_corpus() {
        let corpus = corpus("es").unwrap();
        for split in Split::ALL {
            let sentences: Vec<&Sentence> = corpus.split(split).iter().collect();
            let encoded = Encoded::new(&sentences, &tokenizer(), 128).unwrap();
            assert_eq!(encoded.ids.iter().filter(|id| **id == 1).count(), 0, "{split}: unknown tokens");
            assert_eq!((encoded.unscored_words(), encoded.truncated_sentences()), (0, 0));
        }
    }

    #[test]
    fn capital_letters_and_accents_are_kept() {
        let encode = |word: &str| {
            let sentence = Sentence { words: vec![word.to_owned()], tags: vec![0] };
            Encoded::new(&[&sentence], &tokenizer(), 128).unwrap().ids
        };
        assert_ne!(encode("El"), encode("el"));
        assert_ne!(encode("rió"), encode("rio"));
    }
}
