//! Sentences and tags: read, subset, tokenised, packed.

pub mod builtin;
mod conll;
mod corpus;
mod encoded;
mod error;
mod jsonl;
mod layout_of_columns;
mod parquet_file;
mod rows;
mod scheme;
mod sentence;
mod statistics;
mod tag_names;
mod tag_rewriting;
mod tag_set;
mod text_error;
mod tokenizer;
mod word_pieces;
mod wordpiece;

pub use crate::spec::Split;
pub use corpus::Corpus;
pub use encoded::{Encoded, NO_LABEL};
pub use error::DataError;
pub use rows::Place;
pub use sentence::{Labels, Sentence};
pub use statistics::{Lengths, SplitStatistics, Statistics, test_in_train};
pub use text_error::{TextError, TextFault};
pub use tokenizer::Tokenizer;
