//! The encoder forward and backward, and the optimizer, over flat buffers on a device.
//!
//! candle's tensors hold the memory; the passes are written out here, since candle's autograd cuts gradients at its
//! fused operations and allocates at every one. Knows nothing of words, files or experiments.

mod activations;
mod adamw;
mod adapter_workspace;
mod adapters;
mod averaging;
mod backend;
mod batch;
mod batch_sizes;
mod convolution;
pub mod cpu;
pub mod crf;
pub mod cuda;
mod decoder;
mod device;
mod encoder;
#[expect(clippy::module_inception, reason = "the engine is what the module is about")]
mod engine;
mod error;
#[cfg(test)]
mod failing;
mod features;
mod layer;
mod learning;
mod mask;
mod masks;
mod model_plan;
mod operations;
mod pass;
mod plain;
mod product;
mod relative;
mod rotary;
mod sentences;
mod sequence;
mod squares;
mod step_stats;
mod target;
mod weight_average;
mod workspace;

pub use adamw::{AdamW, Rates, TrainingState, Update};
pub use averaging::Averaging;
pub use batch::{
    Batch, Distances, NO_CLASS, NO_LABEL, NO_POSITION, Selected, TokenPositions, Tokens, attention_weights,
};
pub use decoder::Decoder;
pub use device::Device;
pub use engine::{Engine, NUMERICS_VERSION};
pub use error::EngineError;
#[cfg(test)]
pub use failing::StepsLeft;
pub use features::Features;
pub use learning::Learns;
pub use mask::Mask;
pub use masks::Masks;
pub use model_plan::planned_bytes;
pub use operations::EmbeddingTables;
pub use product::{Shape, Write};
pub use sequence::Sequence;
pub use step_stats::StepStats;
pub use target::{Loss, Target};
pub use workspace::Capacity;
