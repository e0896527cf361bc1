//! What can go wrong in the engine.

/// A failure of the engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// candle or its device refused.
    #[error("the device refused an operation: {0}")]
    Device(#[from] candle_core::Error),
    /// A loss or gradient that is no number.
    #[error(
        "the {what} is not finite at step {step}: lower train.learning_rate, or set train.max_grad_norm or train.warmup_steps"
    )]
    NotFinite {
        /// "loss", "gradient norm" or "loss of an evaluation".
        what: &'static str,
        /// The step, from 1.
        step: u64,
    },
}
