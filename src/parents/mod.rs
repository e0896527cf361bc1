//! Jobs whose trained models are checkpoints of other jobs: looked up by their names, and written as folders that are read
//! like any checkpoint. It trains nothing.

mod look_up;
mod provide;

pub use look_up::look_up;
pub use provide::{has_original, provide, with_parents};
