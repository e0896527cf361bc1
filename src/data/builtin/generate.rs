//! Generates the sentences of `builtin:es` from templates and names.

use super::names::{FIRST, LAST, MONTH, ORGANISATION, PLACE, TRADE};
use super::splitmix::SplitMix64;
use super::templates::{HELD_OUT, SHARED, TRAIN};
use crate::data::{Sentence, Split};

/// One in so many names does not occur in the training split.
const HELD_OUT_EVERY: usize = 7;

/// Tag numbers of B-X in the corpus's tag set; I-X is the next.
const PERSON: u16 = 1;
const ORG: u16 = 3;
const LOC: u16 = 5;

/// All sentences of a split.
pub(super) fn split(split: Split) -> Vec<Sentence> {
    let (rows, own) = match split {
        Split::Train => (3000, TRAIN),
        Split::Validation => (500, HELD_OUT),
        Split::Test => (1000, HELD_OUT),
    };
    (0..rows).map(|index| Filling::new(split, index).sentence(own)).collect()
}

/// A sentence in the making.
struct Filling {
    stream: SplitMix64,
    split: Split,
    words: Vec<String>,
    tags: Vec<u16>,
}

impl Filling {
    fn new(split: Split, index: u64) -> Self {
        let stream = SplitMix64::new(&format!("builtin:es/{split}"), index);
        Self { stream, split, words: Vec::new(), tags: Vec::new() }
    }

    fn sentence(mut self, own: &[&'static str]) -> Sentence {
        let at = self.stream.below(SHARED.len() + own.len());
        let template = SHARED.iter().chain(own).nth(at).expect("the draw is under the number of templates");
        for word in template.split(' ') {
            self.fill(word);
        }
        Sentence { words: self.words, tags: self.tags }
    }

    /// A name of `list`; held-out names only outside the training split.
    fn name(&mut self, list: &[&'static str]) -> &'static str {
        loop {
            let at = self.stream.below(list.len());
            if self.split != Split::Train || at % HELD_OUT_EVERY != HELD_OUT_EVERY - 1 {
                return list[at];
            }
        }
    }

    fn fill(&mut self, slot: &str) {
        match slot {
            "{PER}" => {
                let mut full = format!("{} {}", self.name(FIRST), self.name(LAST));
                if self.stream.below(4) == 0 {
                    full = format!("{full} {}", self.name(LAST));
                }
                self.entity(&full, PERSON);
            }
            "{GIVEN}" => {
                let name = self.name(FIRST);
                self.entity(name, PERSON);
            }
            "{SURNAME}" => {
                let name = self.name(LAST);
                self.entity(name, PERSON);
            }
            "{LOC}" => {
                let name = self.name(PLACE);
                self.entity(name, LOC);
            }
            "{CLUB}" => {
                let name = self.name(PLACE);
                self.entity(name, ORG);
            }
            "{ORG}" => {
                let pattern = self.stream.pick(ORGANISATION);
                let name = pattern.replace("{LOC}", self.name(PLACE)).replace("{LAST}", self.name(LAST));
                self.entity(&name, ORG);
            }
            word => self.plain(word),
        }
    }

    fn plain(&mut self, slot: &str) {
        let word = match slot {
            "{TRADE}" => self.stream.pick(TRADE).to_owned(),
            "{MONTH}" => self.stream.pick(MONTH).to_owned(),
            "{YEAR}" => (1850 + self.stream.below(170)).to_string(),
            "{NUMBER}" => (1 + self.stream.below(90)).to_string(),
            word => word.to_owned(),
        };
        self.words.push(word);
        self.tags.push(0);
    }

    fn entity(&mut self, name: &str, begin: u16) {
        for (at, word) in name.split(' ').enumerate() {
            self.words.push(word.to_owned());
            self.tags.push(if at == 0 { begin } else { begin + 1 });
        }
    }
}
