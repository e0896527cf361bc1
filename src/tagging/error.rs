//! What can go wrong while text is tagged.

use thiserror::Error;

use crate::data::{DataError, LineError, TextError};
use crate::engine::EngineError;
use crate::metrics::MetricsError;
use crate::trained::TrainedJobError;

/// Why an input cannot be read on. What stands before it is tagged.
#[derive(Debug, Error)]
pub enum InputError {
    /// A line that is no text.
    #[error(transparent)]
    Line(#[from] LineError),
    /// A line with other columns than those before.
    #[error(transparent)]
    Columns(#[from] TextError),
    /// A line that is no document in JSON.
    #[error("{file}:{line}: {problem}")]
    Json {
        /// The input's name.
        file: String,
        /// Counted from 1.
        line: usize,
        /// What is wrong, and what to write.
        problem: String,
    },
    /// Text that the tokenizer does not take.
    #[error(
        "{file}:{line}: the tokenizer fails on this text: {reason}; remove it, or use a job with another checkpoint"
    )]
    Tokenize {
        /// The input's name.
        file: String,
        /// The line where the document begins.
        line: usize,
        /// The tokenizer's message.
        reason: String,
    },
}

/// Why text is not tagged.
#[derive(Debug, Error)]
pub enum TaggingError {
    /// The input.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The model.
    #[error(transparent)]
    Job(#[from] TrainedJobError),
    /// Its tokenizer, or `model.max_length`.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Its tags.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// The device.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
