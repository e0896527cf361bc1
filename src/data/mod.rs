//! Sentences and tags: read, subset, tokenised, packed.

pub mod builtin;
mod columns;
mod corpus;
mod encoded;
mod error;
mod sentence;
mod statistics;
mod tag_names;
mod tokenizer;

pub use crate::spec::Split;
pub use corpus::Corpus;
pub use encoded::{Encoded, NO_LABEL};
pub use error::DataError;
pub use sentence::{Labels, Sentence};
pub use statistics::{Lengths, SplitStatistics, Statistics, test_in_train};
pub use tokenizer::Tokenizer;
