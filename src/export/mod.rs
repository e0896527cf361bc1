//! A trained job as a folder that transformers and this program load as a checkpoint: configuration, weights, tokenizer.
//! It trains nothing and knows no terminal.

mod checkpoint;
mod configuration;
mod error;
mod tokenizer;
mod weights;

pub use checkpoint::write_checkpoint;
pub use error::ExportError;
