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
        "needs {:.1} GB of memory, more than was free: lower train.batch_size or model.max_length, or run fewer at a time with --jobs",
        *bytes as f64 / 1e9
    )]
    Memory {
        /// What the job needs: a function of its settings, its data and its checkpoint.
        bytes: usize,
    },
    /// A GPU has too little memory. The text stands in the job's row, so that it names what the job needs and not what
    /// happened to be free.
    #[error(
        "needs {:.1} GB of GPU memory, more than was free; lower train.batch_size or model.max_length, or run fewer at a time with --jobs",
        *bytes as f64 / 1e9
    )]
    GpuMemory {
        /// What the job needs: a function of its settings and its checkpoint.
        bytes: usize,
    },
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
