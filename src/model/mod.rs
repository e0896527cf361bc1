//! A checkpoint: its configuration, its weights by name, and the layout of its parameters.

mod activation;
mod attention;
mod biases;
pub mod builtin;
mod config;
mod error;
mod family;
pub mod head;
mod keys;
mod layout;
mod names;
mod raw_config;
mod raw_keys;
mod raw_positions;
mod role;
pub mod saved;
mod weights;

pub use activation::Activation;
pub use attention::{Convolution, LayerAttention, Relative};
pub use biases::Biases;
pub use config::{CRF_KEY, Config, HeadLayer, Initial, TRAINING_KEY};
pub use error::ModelError;
pub use family::Family;
pub use head::Head;
pub use layout::{
    ALIGNMENT, ConvolutionSpans, CrfSpans, EmbeddingSpans, HeadSpans, LayerSpans, Layout, LinearSpans, NormSpans,
    Parameter, RelativeSpans, Span,
};
pub use role::Role;
pub use weights::{Checkpoint, Loaded, Number, Stored, WeightsError};
