//! A checkpoint: its configuration, its weights by name, and the layout of its parameters.

pub mod builtin;
mod config;
mod error;
mod family;
pub mod head;
mod keys;
mod layout;
mod names;
mod role;
pub mod saved;
mod weights;

pub use config::{Activation, Config, TRAINING_KEY};
pub use error::ModelError;
pub use family::Family;
pub use head::Head;
pub use layout::{ALIGNMENT, EmbeddingSpans, LayerSpans, Layout, LinearSpans, NormSpans, Parameter, Span};
pub use role::Role;
pub use weights::{Checkpoint, Loaded, Number, Stored, WeightsError};
