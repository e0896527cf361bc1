//! New text tagged with a job's trained model: read as it comes, cut into windows, tagged in batches. It prints nothing,
//! and knows no format of answers.

mod document;
mod documents;
mod encoder;
mod entities;
mod error;
mod input_format;
mod json_document;
mod stream;
mod tagged;
mod tagger;

pub use document::{Content, Document, Field};
pub use documents::{Chunk, Documents};
pub use encoder::Encoder;
pub use entities::TaggedEntity;
pub use error::{InputError, TaggingError};
pub use input_format::InputFormat;
pub use stream::tag_all;
pub use tagged::{Tagged, TaggedWord};
pub use tagger::{Answer, Tagger};
