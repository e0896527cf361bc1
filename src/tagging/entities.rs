//! Entities from the tags of words, as transformers' `TokenClassificationPipeline.group_entities` makes them: B-X begins
//! an entity, I-X continues one of its type and else begins one. It knows no text.

use super::encoder::EncodedWord;
use super::tagger::Answer;

/// An entity.
#[derive(Debug, Clone, PartialEq)]
pub struct TaggedEntity {
    /// Its type.
    pub kind: String,
    /// The mean of its words' scores.
    pub score: f32,
    /// Its first character.
    pub start: usize,
    /// The character after its last one.
    pub end: usize,
}

/// The entities of a document. `labels` are the tags by number. A word without an answer ends an entity.
pub(super) fn entities(words: &[EncodedWord], answers: &[Option<Answer>], labels: &[String]) -> Vec<TaggedEntity> {
    let mut groups: Vec<Group> = Vec::new();
    let mut continues = false;
    for (at, answer) in answers.iter().enumerate() {
        let Some(Answer { tag, score }) = answer else {
            continues = false;
            continue;
        };
        let (begins, kind) = mark_and_type(&labels[usize::from(*tag)]);
        match groups.last_mut().filter(|group| continues && !begins && group.kind == kind) {
            Some(group) => group.take(at, *score),
            None => groups.push(Group { kind, first: at, last: at, sum: f64::from(*score), words: 1 }),
        }
        continues = true;
    }
    groups.into_iter().filter(|group| group.kind != "O").map(|group| group.entity(words)).collect()
}

/// Whether a tag begins an entity, and its type; that of O is O.
fn mark_and_type(tag: &str) -> (bool, &str) {
    match tag.strip_prefix("B-") {
        Some(kind) => (true, kind),
        None => (false, tag.strip_prefix("I-").unwrap_or(tag)),
    }
}

/// Words with one type in a row.
struct Group<'l> {
    kind: &'l str,
    first: usize,
    last: usize,
    sum: f64,
    words: u32,
}

impl Group<'_> {
    fn take(&mut self, word: usize, score: f32) {
        self.last = word;
        self.sum += f64::from(score);
        self.words += 1;
    }

    fn entity(&self, words: &[EncodedWord]) -> TaggedEntity {
        TaggedEntity {
            kind: self.kind.to_owned(),
            score: (self.sum / f64::from(self.words)) as f32,
            start: words[self.first].start,
            end: words[self.last].end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tags: &[&str]) -> Vec<String> {
        let labels = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"].map(str::to_owned);
        let answer = |tag: &&str| {
            let tag = labels.iter().position(|label| label == tag)?;
            Some(Answer { tag: u16::try_from(tag).ok()?, score: 0.5 })
        };
        let words: Vec<EncodedWord> =
            (0..tags.len()).map(|at| EncodedWord { start: 2 * at, end: 2 * at + 1, first_token: Some(at) }).collect();
        let answers: Vec<Option<Answer>> = tags.iter().map(answer).collect();
        entities(&words, &answers, &labels)
            .iter()
            .map(|one| format!("{} {}-{}", one.kind, one.start, one.end))
            .collect()
    }

    #[test]
    fn words_of_one_type_are_one_entity_up_to_the_next_beginning() {
        assert_eq!(of(&["B-PER", "I-PER", "O", "B-LOC"]), ["PER 0-3", "LOC 6-7"]);
        assert_eq!(of(&["B-PER", "B-PER", "I-PER"]), ["PER 0-1", "PER 2-5"]);
        assert_eq!(of(&["I-PER", "I-LOC", "I-LOC"]), ["PER 0-1", "LOC 2-5"]);
        assert_eq!(of(&["B-PER", "unseen", "I-PER"]), ["PER 0-1", "PER 4-5"]);
        assert_eq!(of(&["O", "O"]), [""; 0]);
    }
}
