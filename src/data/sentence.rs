//! A tagged sentence, the tag set and the names of the splits. Must not know files or tokenisers.

use std::fmt;

/// A word-split sentence with a tag for each word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The words as the data splits them; empty words and words of invisible characters occur.
    pub words: Vec<String>,
    /// One tag a word, as an index into [`Labels`].
    pub tags: Vec<u16>,
}

/// A part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Split {
    /// What is learnt from.
    Train,
    /// What choices are made on.
    Validation,
    /// What is reported.
    Test,
}

impl Split {
    /// Every split, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// The split's name in roles, columns and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The tag set in order: O, B-X and I-X. A tag's number is its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels(Vec<String>);

impl Labels {
    /// Takes the names as they are; `Err` holds the first that is neither O, B-X nor I-X, or that stands there twice.
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

    /// Whether there is no tag at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of tag number `tag`.
    ///
    /// # Panics
    /// If the number is outside the set; [`Sentence::tags`] never is.
    pub fn name(&self, tag: u16) -> &str {
        &self.0[usize::from(tag)]
    }

    /// The number of the tag called `name`.
    pub fn index(&self, name: &str) -> Option<u16> {
        self.0.iter().position(|known| known == name).and_then(|at| u16::try_from(at).ok())
    }
}

/// Whether `name` is O, B-X or I-X with a type X.
pub(super) fn is_tag(name: &str) -> bool {
    name == "O" || matches!(name.split_once('-'), Some(("B" | "I", kind)) if !kind.is_empty())
}
