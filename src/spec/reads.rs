//! Which splits of a data set a job reads.

use super::{Data, Size, Split};

impl Data {
    /// How many rows of a split are used.
    pub fn size(&self, split: Split) -> Size {
        match split {
            Split::Train => self.train_size,
            Split::Validation => self.validation_size,
            Split::Test => self.test_size,
        }
    }

    /// The split whose files have the rows that a job uses as its `split`; none if it uses none. Only the test rows may
    /// come from another split: see [`Data::test_split`]. Test rows that are not scored are read if training sentences
    /// among them are left out.
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
