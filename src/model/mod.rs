//! A checkpoint: its configuration, its weights by name, and the layout of its parameters.

mod activation;
pub mod adapters;
mod attention;
mod biases;
pub mod builtin;
mod config;
mod error;
mod family;
pub mod head;
mod keys;
mod layout;
mod named_groups;
mod names;
mod raw_config;
mod raw_keys;
mod raw_positions;
mod role;
pub mod saved;
mod spans;
mod tensor_names;
mod weights;

pub use activation::Activation;
pub use attention::{Convolution, LayerAttention, Relative};
pub use biases::Biases;
pub use config::{CRF_KEY, Config, HeadLayer, Initial, TRAINING_KEY};
pub use error::ModelError;
pub use family::Family;
pub use head::Head;
pub use layout::{ALIGNMENT, Layout, Parameter};
pub use named_groups::{GroupError, check_groups, named_group};
pub use role::Role;
pub use spans::{
    AdapterSpans, ConvolutionSpans, CrfSpans, EmbeddingSpans, HeadSpans, LayerSpans, LinearSpans, NormSpans,
    RelativeSpans, Span,
};
pub use weights::{Checkpoint, Loaded, Number, Stored, WeightsError};
