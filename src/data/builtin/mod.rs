//! `builtin:es`: a Spanish corpus generated from templates and names, and its WordPiece tokenizer.
//!
//! It checks the whole program without a network; it is not a benchmark.

mod generate;
mod names;
mod splitmix;
mod templates;
mod vocabulary;

pub use vocabulary::{text_tokenizer, tokenizer, tokenizer_json};

use super::{Corpus, Labels, Split};
use crate::hub::{Builtin, BuiltinFile, Kind};

/// The tag set of `builtin:es`, in WikiANN's order.
const TAGS: [&str; 7] = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"];

/// The built-in data set as an input, with the content that is hashed.
pub const DATA: Builtin = Builtin { kind: Kind::Data, name: "es", files: files_of_es };

/// The corpus `builtin:NAME`; none if there is none.
pub fn corpus(name: &str) -> Option<Corpus> {
    (name == DATA.name).then(|| {
        let labels = Labels::new(TAGS.map(str::to_owned).to_vec()).expect("the tags are O, B-X and I-X");
        Corpus::new(labels, Split::ALL.map(generate::split))
    })
}

/// Each split as text: a word and its tag per line, a blank line after each sentence.
fn files_of_es() -> Vec<BuiltinFile> {
    Split::ALL
        .into_iter()
        .map(|split| {
            let mut text = String::new();
            for sentence in generate::split(split) {
                for (word, tag) in sentence.words.iter().zip(&sentence.tags) {
                    text.push_str(&format!("{word}\t{}\n", TAGS[usize::from(*tag)]));
                }
                text.push('\n');
            }
            BuiltinFile { role: format!("{split}/0"), name: format!("{split}.tsv"), bytes: text.into_bytes() }
        })
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_corpus_is_the_same_every_time() {
        assert_eq!(corpus("es"), corpus("es"));
        assert_eq!(corpus("xx"), None);
        let sizes = Split::ALL.map(|split| corpus("es").unwrap().split(split).len());
        assert_eq!(sizes, [3000, 500, 1000]);
    }

    #[test]
    fn some_words_change_their_type_with_the_context() {
        let corpus = corpus("es").unwrap();
        let train = corpus.split(Split::Train);
        let types_of = |wanted: &str| -> HashSet<&str> {
            let tagged = train.iter().flat_map(|sentence| sentence.words.iter().zip(&sentence.tags));
            tagged.filter(|(word, _)| *word == wanted).map(|(_, tag)| &corpus.labels.name(*tag)[2..]).collect()
        };
        assert_eq!(types_of("Santiago"), HashSet::from(["PER", "ORG", "LOC"]));
        assert_eq!(types_of("Toledo"), HashSet::from(["PER", "ORG", "LOC"]));
        assert_eq!(types_of("Betis"), HashSet::from(["ORG"]));
    }

    #[test]
    fn the_test_split_has_names_that_training_never_shows() {
        let corpus = corpus("es").unwrap();
        let words = |split| -> HashSet<&String> { corpus.split(split).iter().flat_map(|s| &s.words).collect() };
        let (train, test) = (words(Split::Train), words(Split::Test));
        let new = test.difference(&train).filter(|word| word.starts_with(char::is_uppercase)).count();
        assert!(new > 30, "{new}");
    }

    #[test]
    fn every_tag_sequence_is_well_formed() {
        let corpus = corpus("es").unwrap();
        for sentence in Split::ALL.into_iter().flat_map(|split| corpus.split(split)) {
            assert_eq!(sentence.words.len(), sentence.tags.len());
            let mut before = "O";
            for tag in &sentence.tags {
                let tag = corpus.labels.name(*tag);
                if let Some(kind) = tag.strip_prefix("I-") {
                    assert_eq!(&before[2..], kind, "{sentence:?}");
                }
                before = tag;
            }
        }
    }
}
