//! `runner errors`: the sentences that a job tagged wrongly, by kind and type, and what a second job fixed and broke.

mod addresses;
mod command;
mod formats;
mod screens;
mod wrong_use;

use std::sync::Arc;

use runner::answers::{Answers, ErrorFilter};
use runner::metrics::TagSet;
use runner::report::ErrorList;
use runner::results::{Gold, ReadTags};

const TAGS: [&str; 7] = ["O", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-PER", "I-PER"];

/// Words, gold tags and answers of made-up sentences; `-` is an unseen word.
const SENTENCES: [[&str; 4]; 7] = [
    // boundary
    ["Juan Carlos de Borbón visitó Madrid", "B-PER I-PER I-PER I-PER O B-LOC", "B-PER I-PER O B-PER O B-LOC", ""],
    // all right
    ["Nada que decir", "O O O", "O O O", ""],
    // type
    ["Madrid ganó en Sevilla", "B-ORG O O B-LOC", "B-LOC O O B-LOC", "B-ORG O O -"],
    // missed and spurious, wide letters, an accent of its own, an emoji
    ["京都市 y Orle\u{301}ans 🎉 con Ana", "B-LOC O B-LOC O O B-PER", "B-LOC O O B-ORG O B-PER", "O O B-LOC O O B-PER"],
    // both, and a word cut off
    ["el Real Madrid de siempre", "O B-ORG I-ORG O O", "O O B-LOC O -", "O B-ORG I-ORG O -"],
    // type again
    ["Madrid perdió", "B-ORG O", "B-LOC O", "B-PER O"],
    // broken by the second
    ["Ana y Eva", "B-PER O B-PER", "B-PER O B-PER", "B-PER O O"],
];

fn number(tag: &str) -> Option<u16> {
    (tag != "-").then(|| TAGS.iter().position(|name| *name == tag).expect("a tag of the set") as u16)
}

fn tags(text: &str) -> Vec<Option<u16>> {
    text.split(' ').map(number).collect()
}

/// The answers of the first job, or of the second where it has others.
fn answers(second: bool) -> Answers {
    let of = |[_, _, first, other]: &[&str; 4]| tags(if second && !other.is_empty() { other } else { first });
    let gold = SENTENCES.iter().map(|sentence| tags(sentence[1]).into_iter().flatten().collect()).collect();
    let seed = if second { 2 } else { 1 };
    let read = ReadTags {
        file: format!("predictions/seed={seed}.tags"),
        gold: Arc::new(Gold { file: "predictions/gold-0123456789ab.tags".to_owned(), sentences: gold }),
        predicted: SENTENCES.iter().map(of).collect(),
        agrees: true,
    };
    let set = TagSet::new(&TAGS.map(str::to_owned)).expect("valid names");
    Answers::new(format!("results/grid:seed={seed}"), "test split".to_owned(), set, read)
}

fn words() -> Vec<Vec<String>> {
    SENTENCES.iter().map(|sentence| sentence[0].split(' ').map(str::to_owned).collect()).collect()
}

/// Everything, with words.
fn whole() -> ErrorList {
    ErrorList { words: Some(words()), no_words: None, filter: ErrorFilter::default(), most: None }
}
