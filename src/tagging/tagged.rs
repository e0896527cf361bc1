//! A document with its answers. It must not know how they are shown.

use super::document::{Content, Document};
use super::encoder::{EncodedDocument, EncodedWord};
use super::entities::{TaggedEntity, entities};
use super::tagger::Answer;

/// A document with its answers. Offsets count characters (Unicode scalar values, as Python does) from 0.
#[derive(Debug)]
pub struct Tagged {
    /// As it was read.
    pub document: Document,
    /// Its text; words are joined by spaces.
    pub text: String,
    /// Its words; of a text those that the tokenizer finds.
    pub words: Vec<TaggedWord>,
    /// Its entities, in order.
    pub entities: Vec<TaggedEntity>,
}

/// A word with its tag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TaggedWord {
    /// Its first character.
    pub start: usize,
    /// The character after its last one.
    pub end: usize,
    /// Its tag; none: the model does not see the word.
    pub answer: Option<Answer>,
}

impl Tagged {
    /// `answers`: one for each word.
    pub(super) fn new(encoded: EncodedDocument, answers: &[Option<Answer>], labels: &[String]) -> Self {
        let EncodedDocument { document, words, .. } = encoded;
        let entities = entities(&words, answers, labels);
        let word = |(word, answer): (&EncodedWord, &Option<Answer>)| TaggedWord {
            start: word.start,
            end: word.end,
            answer: *answer,
        };
        let words = words.iter().zip(answers).map(word).collect();
        let text = match &document.content {
            Content::Text(text) => text.clone(),
            Content::Words(words) => words.join(" "),
        };
        Self { document, text, words, entities }
    }

    /// The first word that the model does not see.
    pub fn unseen(&self) -> Option<&TaggedWord> {
        self.words.iter().find(|word| word.answer.is_none())
    }
}
