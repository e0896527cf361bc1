//! A tagged sentence and the tag set.

/// A word-split sentence with a tag for each word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The words as in the data; a word may be empty or invisible.
    pub words: Vec<String>,
    /// The tag of each word, as an index into [`Labels`].
    pub tags: Vec<u16>,
}

/// The tag set: O, B-X and I-X. A tag's number is its index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels(Vec<String>);

impl Labels {
    /// The tag set of `names`; the error is the first name that is not O, B-X or I-X, or that occurs twice.
    pub fn new(names: Vec<String>) -> Result<Self, String> {
        let bad = names.iter().enumerate().find(|(at, name)| !is_tag(name) || names[..*at].contains(name));
        match bad {
            Some((_, name)) => Err(name.clone()),
            None => Ok(Self(names)),
        }
    }

    /// The names in order.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Number of tags.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no tag.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of tag number `tag`.
    ///
    /// # Panics
    /// If the number is not in the set; those of [`Sentence::tags`] are.
    pub fn name(&self, tag: u16) -> &str {
        &self.0[usize::from(tag)]
    }

    /// This set's tags, then those of `other` that it lacks, in their order; and the number in the union of each tag of
    /// `other`. Predictions in this set's tags keep their numbers, and gold tags of `other` are compared by name.
    ///
    /// An entity of a type that this set lacks is never predicted and counts as a false negative. A predicted entity of a
    /// type that `other` lacks counts as a false positive.
    pub fn union(&self, other: &Self) -> (Self, Vec<u16>) {
        let mut names = self.0.clone();
        names.extend(other.0.iter().filter(|name| self.index(name).is_none()).cloned());
        let union = Self(names);
        let number = |name: &String| union.index(name).expect("the union has every tag of both");
        let numbers = other.0.iter().map(number).collect();
        (union, numbers)
    }

    /// For each tag, the tag of a word's later tokens: I-X for B-X if the set has it, else the tag itself.
    pub(super) fn insides(&self) -> Vec<u16> {
        let inside = |name: &String| name.strip_prefix("B-").and_then(|kind| self.index(&format!("I-{kind}")));
        (0..).zip(&self.0).map(|(tag, name)| inside(name).unwrap_or(tag)).collect()
    }

    /// The number of the tag called `name`.
    pub fn index(&self, name: &str) -> Option<u16> {
        self.0.iter().position(|known| known == name).and_then(|at| u16::try_from(at).ok())
    }
}

/// Whether `name` is O, B-X or I-X with a type X.
pub(super) fn is_tag(name: &str) -> bool {
    name == "O" || matches!(name.split_once('-'), Some(("B" | "I", kind)) if is_type(kind))
}

/// Whether `kind` can be a type: it has no white space, which separates tags in predictions.
pub(super) fn is_type(kind: &str) -> bool {
    !kind.is_empty() && !kind.contains(char::is_whitespace)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn labels(names: &[&str]) -> Labels {
        Labels::new(names.iter().map(|name| (*name).to_owned()).collect()).unwrap()
    }

    #[test]
    fn a_union_keeps_the_numbers_of_the_first_set_and_tells_those_of_the_other() {
        let model = labels(&["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]);
        let gold = labels(&["B-MISC", "I-MISC", "O", "B-LOC", "I-LOC"]);
        let (union, numbers) = model.union(&gold);
        assert_eq!(union, labels(&["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-MISC", "I-MISC"]));
        assert_eq!(numbers, [5, 6, 0, 3, 4]);
        assert_eq!(model.union(&model), (model.clone(), vec![0, 1, 2, 3, 4]));
    }
}
