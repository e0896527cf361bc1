//! The parts of a data set by name. Must not know where they lie, or who reads them.

use crate::words::words;

words! {
    /// A part of a data set.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Split {
        /// What is learned from.
        Train => "train",
        /// What choices are made on.
        Validation => "validation",
        /// What is reported.
        Test => "test",
    }
}
