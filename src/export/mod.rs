//! A trained job as a folder that transformers and this program load as a checkpoint: configuration, weights, tokenizer.
//! It trains nothing and knows no terminal.

mod checkpoint;
mod configuration;
mod error;
mod facts;
mod folder;
mod tokenizer;
mod weights;

pub use checkpoint::{WEIGHTS, write_checkpoint};
pub use error::ExportError;
pub use facts::Facts;
pub use folder::{ExportedFile, Target};
