//! Which splits of a data set a job reads.

use super::{Data, Size, Split};

impl Data {
    /// Whether the validation split is a part of the training split, so that the data set's own is not read.
    pub fn is_carved(&self) -> bool {
        self.validation.is_some() || self.folds.is_some()
    }

    /// How many rows of a split are used. A validation split that is carved from the training split is used whole unless
    /// the file says otherwise; one of the data set is not used.
    pub fn size(&self, split: Split) -> Size {
        match split {
            Split::Train => self.train_size,
            Split::Validation => {
                self.validation_size.unwrap_or(if self.is_carved() { Size::All } else { Size::Rows(0) })
            }
            Split::Test => self.test_size,
        }
    }

    /// The split whose files have the rows that a job uses as its `split`; none if it uses none, or makes it of others. Only
    /// the test rows may come from another split: see [`Data::test_split`]. Test rows that are not scored are read if
    /// training sentences among them are left out.
    pub fn origin(&self, split: Split) -> Option<Split> {
        if split == Split::Validation && self.is_carved() {
            return None;
        }
        let origin = if split == Split::Test { self.test_split } else { split };
        let compared = split == Split::Test && self.drop_test_overlap;
        (self.size(split) != Size::Rows(0) || compared).then_some(origin)
    }

    /// The same data with all rows of every split that is used, and no choice among them.
    #[must_use]
    pub fn whole(&self) -> Self {
        let all = |split| if self.size(split) == Size::Rows(0) { Size::Rows(0) } else { Size::All };
        let [train_size, validation_size, test_size] = Split::ALL.map(all);
        Self {
            train_size,
            validation_size: Some(validation_size),
            test_size,
            subset_seed: 0,
            language_weights: Default::default(),
            ..self.clone()
        }
    }

    /// Whether anything is read from the files of a split.
    pub fn reads(&self, split: Split) -> bool {
        Split::ALL.into_iter().any(|taken| self.origin(taken) == Some(split))
    }
}
