//! A checkpoint: its configuration, its weights by name, and where each parameter lies.

pub mod builtin;
mod config;
mod error;
mod family;
pub mod head;
mod keys;
mod layout;
mod names;
pub mod saved;
mod weights;

pub use config::{Activation, Config};
pub use error::ModelError;
pub use family::Family;
pub use head::Head;
pub use layout::{ALIGNMENT, EmbeddingSpans, LayerSpans, Layout, LinearSpans, NormSpans, Parameter, Role, Span};
pub use weights::{Checkpoint, Loaded, Number, Stored, WeightsError};
