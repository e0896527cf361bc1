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

pub use corpus::Corpus;
pub use encoded::{Encoded, NO_LABEL};
pub use error::DataError;
pub use sentence::{Labels, Sentence, Split};
pub use statistics::{Lengths, SplitStatistics, Statistics, test_in_train};
pub use tokenizer::Tokenizer;
