//! How a training can end early.

use crate::engine::EngineError;

/// A training that did not reach its end.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The observer asked to stop.
    #[error("interrupted")]
    Interrupted,
}
