//! What can go wrong in the engine.

/// A failure of the engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// candle or its device failed.
    #[error("the device failed: {0}; check it with `runner doctor`, then run again")]
    Device(#[from] candle_core::Error),
    /// A GPU failed.
    #[error("the GPU failed: {0}; see `runner doctor`")]
    Gpu(String),
    /// The kernels do not support the shape of the model or of its batches.
    #[error("unsupported on GPU: {0}; use --device cpu")]
    Shape(String),
    /// Too little memory. The text goes into the job's row, so it names what the job needs, not what was free.
    #[error(
        "out of memory: the job needs {}, but less was free; lower train.batch_size or model.max_length, or run fewer at a time with --jobs",
        size(*bytes)
    )]
    Memory {
        /// What the job needs: it depends on its settings, data and checkpoint alone.
        bytes: usize,
    },
    /// Too little GPU memory. The text goes into the job's row, as that of [`EngineError::Memory`].
    #[error(
        "out of GPU memory: the job needs {}, but less was free; lower train.batch_size or model.max_length, or run fewer at a time with --jobs",
        size(*bytes)
    )]
    GpuMemory {
        /// What the job needs.
        bytes: usize,
    },
    /// A loss or gradient norm that is NaN or infinite.
    #[error("the {what} is not finite at step {step}: {}", blame(*step > u64::from(*what != EVALUATION)))]
    NotFinite {
        /// "loss", "gradient norm" or [`EVALUATION`].
        what: &'static str,
        /// The step, from 1; for an evaluation, the steps taken before it.
        step: u64,
    },
    /// Logits that are NaN or infinite, so that no class is the best.
    #[error("the logits are not finite after {steps} steps: {}", blame(*steps > 0))]
    LogitsNotFinite {
        /// Steps taken.
        steps: u64,
    },
}

/// The name of an evaluation's loss in [`EngineError::NotFinite`].
pub(super) const EVALUATION: &str = "loss of an evaluation";

/// As MB below 100 MB, so that a small model does not need "0.0 GB".
fn size(bytes: usize) -> String {
    match bytes {
        ..100_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// What to do about numbers that are not finite: before the first update only the weights can be at fault.
fn blame(trained: bool) -> &'static str {
    if trained {
        "lower train.learning_rate, or set train.max_grad_norm or train.warmup_steps"
    } else {
        "the loaded weights produce it before any update; choose another model.checkpoint or model.revision, or add --force to retrain a saved model"
    }
}

impl EngineError {
    /// Whether numbers are not finite because of the loaded weights.
    pub fn blames_weights(&self) -> bool {
        match self {
            Self::NotFinite { what, step } => *step <= u64::from(*what != EVALUATION),
            Self::LogitsNotFinite { steps } => *steps == 0,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_the_first_update_the_weights_are_to_blame() {
        let weights = [
            EngineError::NotFinite { what: "loss", step: 1 },
            EngineError::NotFinite { what: EVALUATION, step: 0 },
            EngineError::LogitsNotFinite { steps: 0 },
        ];
        let rate = [
            EngineError::NotFinite { what: "gradient norm", step: 2 },
            EngineError::NotFinite { what: EVALUATION, step: 1 },
            EngineError::LogitsNotFinite { steps: 1 },
        ];
        for (errors, blamed) in [(weights, true), (rate, false)] {
            for error in errors {
                assert_eq!(error.blames_weights(), blamed, "{error}");
                assert_eq!(error.to_string().contains("loaded weights"), blamed, "{error}");
            }
        }
    }
}
