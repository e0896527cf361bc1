//! The parts of a data set by name. It must not know where they are, or who reads them.

use crate::words::words;

words! {
    /// A part of a data set.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Split {
        /// To train on.
        Train => "train",
        /// To select on.
        Validation => "validation",
        /// To report.
        Test => "test",
    }
}
