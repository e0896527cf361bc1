//! Weight files: safetensors and both formats of torch.save, as one file or in shards.

mod archive;
mod checkpoint;
mod error;
mod file;
mod index;
mod legacy;
mod names;
mod pickle;
mod state_dict;
mod stored;
mod zip;

pub use checkpoint::{Checkpoint, Loaded};
pub use error::WeightsError;
pub use stored::{Number, Stored};
