//! Averages of the weights of several steps.

use crate::words::words;

words! {
    /// Which average of the weights of a training is scored and saved.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Average {
        /// None: the weights after the last step are.
        Off => "none",
        /// An exponential moving average over all steps.
        Ema => "ema",
        /// The mean over the last steps.
        Last => "last",
    }
}
