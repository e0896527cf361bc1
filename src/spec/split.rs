//! The parts of a data set by name, and which of them a job's settings read. Must not know where they lie.

use std::fmt;

use super::{Data, Size};

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

    /// The split's name in files, roles, columns and messages.
    pub const fn name(self) -> &'static str {
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

impl Data {
    /// How many rows of a split are taken.
    pub fn size(&self, split: Split) -> Size {
        match split {
            Split::Train => self.train_size,
            Split::Validation => self.validation_size,
            Split::Test => self.test_size,
        }
    }

    /// The split whose files hold the rows that a job takes as its `split`; none where it takes none. Only the test rows
    /// may come from another split than theirs: see [`Data::test_split`]. Test rows are read, though not scored, where
    /// training sentences that are among them are left out.
    pub fn origin(&self, split: Split) -> Option<Split> {
        let origin = if split == Split::Test { self.test_split } else { split };
        let compared = split == Split::Test && self.drop_test_overlap;
        (self.size(split) != Size::Rows(0) || compared).then_some(origin)
    }

    /// Whether anything is read from the files of a split.
    pub fn reads(&self, split: Split) -> bool {
        Split::ALL.into_iter().any(|taken| self.origin(taken) == Some(split))
    }
}
