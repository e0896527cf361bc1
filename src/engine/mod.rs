//! The encoder forward and backward, and the optimizer, over flat buffers on a device.
//!
//! candle's tensors hold the memory; the passes are written out here, since candle's autograd cuts gradients at its
//! fused operations and allocates at every one. Knows nothing of words, files or experiments.

mod arena;
mod batch;
pub mod cpu;
pub mod cuda;
mod device;
mod encoder;
#[expect(clippy::module_inception, reason = "the engine is what the module is about")]
mod engine;
mod error;
mod features;
mod head;
mod late_rows;
mod masks;
mod operations;
mod optimizer;
mod sequence;
mod taken;
mod workspace;

pub use batch::{Asked, Batch, NO_CLASS, NO_LABEL, NO_SEAT, Which, attention_weights};
pub use device::Device;
pub use engine::{Engine, NUMERICS_VERSION};
pub use error::EngineError;
pub use features::Features;
pub use masks::Masks;
pub use optimizer::{AdamW, Rates};
pub use sequence::Sequence;
pub use taken::Taken;
pub use workspace::{Capacity, planned_bytes};
