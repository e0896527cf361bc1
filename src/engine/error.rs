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

/// What in an error of a driver or library says that another GPU would fail, too: too little memory, or what the program asks
/// for. Their names begin with `CUDA_ERROR_` or `CUBLAS_STATUS_`.
const NOT_OF_THE_GPU: [&str; 12] = [
    "OUT_OF_MEMORY",
    "ALLOC_FAILED",
    "INVALID_VALUE",
    "INVALID_IMAGE",
    "INVALID_PTX",
    "UNSUPPORTED_PTX",
    "NO_BINARY_FOR_GPU",
    "LAUNCH_OUT_OF_RESOURCES",
    "NOT_SUPPORTED",
    "its memory is full",
    "library is missing",
    "without the feature",
];

impl EngineError {
    /// Whether the GPU is the cause: it is lost, its driver fails, or what ran on it broke its context, after which nothing of
    /// this process runs there. A kernel at fault does that, too; then it fails on the next GPU as well.
    pub fn is_of_gpu(&self) -> bool {
        let text = match self {
            Self::Gpu(text) => text.clone(),
            Self::Device(error) => error.to_string(),
            Self::Shape(_) | Self::Memory { .. } | Self::GpuMemory { .. } => return false,
            Self::NotFinite { .. } | Self::LogitsNotFinite { .. } => return false,
        };
        !NOT_OF_THE_GPU.iter().any(|other| text.contains(other))
    }

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

    /// The texts are cudarc's, by its `Debug` of a driver's error.
    #[test]
    fn a_lost_gpu_is_not_a_full_one_nor_a_program_that_asks_for_too_much() {
        let gpu = |text: &str| EngineError::Gpu(text.to_owned()).is_of_gpu();
        for lost in [
            "DriverError(CUDA_ERROR_ECC_UNCORRECTABLE, \"uncorrectable ECC error encountered\")",
            "DriverError(CUDA_ERROR_ILLEGAL_ADDRESS, \"an illegal memory access was encountered\")",
            "DriverError(CUDA_ERROR_LAUNCH_FAILED, \"unspecified launch failure\")",
            "DriverError(CUDA_ERROR_DEVICE_UNAVAILABLE, \"CUDA-capable device(s) is/are busy or unavailable\")",
            "DriverError(CUDA_ERROR_UNKNOWN, \"unknown error\")",
            "CublasError(CUBLAS_STATUS_EXECUTION_FAILED)",
        ] {
            assert!(gpu(lost), "{lost}");
        }
        for other in [
            "DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")",
            "CublasError(CUBLAS_STATUS_ALLOC_FAILED)",
            "DriverError(CUDA_ERROR_NO_BINARY_FOR_GPU, \"no kernel image is available for execution on the device\")",
            "its memory is full: another process uses it",
            "a CUDA library is missing",
            "cuda:1: this program was built without the feature `cuda`",
        ] {
            assert!(!gpu(other), "{other}");
        }
        assert!(!EngineError::GpuMemory { bytes: 1 }.is_of_gpu());
        assert!(!EngineError::NotFinite { what: "loss", step: 2 }.is_of_gpu());
    }

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
