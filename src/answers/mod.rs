//! A job's answers beside the gold tags: right and wrong entities, their kinds, and the words where they are on this
//! machine. It must not print.

#[expect(clippy::module_inception, reason = "what the module is about")]
mod answers;
mod entity_matches;
mod error_changes;
mod source_words;

pub use answers::{Answers, ErrorFilter};
pub use entity_matches::{ErrorKind, Match, MatchTally, entity_matches};
pub use error_changes::{Change, EntityChange, entity_changes};
pub use source_words::{NoWords, source_words};
