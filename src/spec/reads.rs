//! Which splits of a data set a job's settings read.

use super::{Data, Size, Split};

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
