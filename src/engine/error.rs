//! What can go wrong in the engine.

/// A failure of the engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// candle or its device refused.
    #[error("the device refused an operation: {0}")]
    Device(#[from] candle_core::Error),
    /// A GPU, or what runs in its place, refused.
    #[error("the GPU refused: {0}; `runner doctor` says what is there")]
    Gpu(String),
    /// The model or its batches are of a shape that the kernels do not take.
    #[error("the GPU's kernels take {0}; say --device cpu")]
    Shape(String),
    /// There is too little memory. The text stands in the job's row, so that it names what the job needs and not what
    /// happened to be free.
    #[error(
        "needs {} of memory, more than was free: lower train.batch_size or model.max_length, or run fewer at a time with --jobs",
        size(*bytes)
    )]
    Memory {
        /// What the job needs: a function of its settings, its data and its checkpoint.
        bytes: usize,
    },
    /// A GPU has too little memory. The text stands in the job's row, so that it names what the job needs and not what
    /// happened to be free.
    #[error(
        "needs {} of GPU memory, more than was free; lower train.batch_size or model.max_length, or run fewer at a time with --jobs",
        size(*bytes)
    )]
    GpuMemory {
        /// What the job needs: a function of its settings and its checkpoint.
        bytes: usize,
    },
    /// A loss or gradient that is no number.
    #[error("the {what} is not finite at step {step}: {}", blame(*step > u64::from(*what != EVALUATION)))]
    NotFinite {
        /// "loss", "gradient norm" or [`EVALUATION`].
        what: &'static str,
        /// The step, from 1; of an evaluation, the steps taken before it.
        step: u64,
    },
    /// Logits that are no numbers, of which no class is the best.
    #[error("the logits are not finite after {steps} steps: {}", blame(*steps > 0))]
    LogitsNotFinite {
        /// Steps taken.
        steps: u64,
    },
}

/// What the loss of an evaluation is called.
pub(super) const EVALUATION: &str = "loss of an evaluation";

/// In words; a small model's is not "0.0 GB".
fn size(bytes: usize) -> String {
    match bytes {
        ..100_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// What to do about numbers that are not finite: before the first update nothing but the weights can be at fault.
fn blame(trained: bool) -> &'static str {
    if trained {
        "lower train.learning_rate, or set train.max_grad_norm or train.warmup_steps"
    } else {
        "the weights as loaded give it, not the learning rate; choose another model.checkpoint or model.revision, or add --force if this model is kept from an earlier run"
    }
}

impl EngineError {
    /// Whether numbers are not finite, and the weights as loaded are to blame.
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
                assert_eq!(error.to_string().contains("weights as loaded"), blamed, "{error}");
            }
        }
    }
}
