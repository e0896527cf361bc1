//! Rows that cannot be parted as the settings say.

/// Why training rows cannot be parted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// A language has fewer training rows than its weight asks for.
    #[error(
        "data.language_weights asks for {asked} training rows of {language}, which has {there}; lower data.train_size or its weight"
    )]
    TooFewOfLanguage {
        /// The language.
        language: String,
        /// Rows that its weight asks for.
        asked: usize,
        /// Rows that there are.
        there: usize,
    },
    /// `data.validation` leaves no training rows.
    #[error("data.validation takes {asked} of the {rows} training rows, which leaves none to train on; lower it")]
    HeldOut {
        /// Rows that it takes.
        asked: usize,
        /// Rows of the training split.
        rows: usize,
    },
    /// More folds than rows.
    #[error("data.folds = {folds}, but the train split has {rows} rows; lower it")]
    Folds {
        /// `data.folds`
        folds: usize,
        /// Rows of the training split.
        rows: usize,
    },
}
