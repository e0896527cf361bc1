//! What is tagged as a whole: a line, a sentence. It must not know where it comes from.

use serde_json::value::RawValue;

/// A line of text, or a sentence that is split into words.
#[derive(Debug, Clone)]
pub struct Document {
    /// The line where it begins, from 1.
    pub line: usize,
    /// What is tagged.
    pub content: Content,
    /// The fields of the JSON object it comes from, in their order; the content is among them.
    pub fields: Vec<Field>,
}

/// What is tagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text as it is.
    Text(String),
    /// Words; one may be empty.
    Words(Vec<String>),
}

/// A field of a JSON object.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its key.
    pub key: String,
    /// Its value, byte by byte as it was read.
    pub value: Box<RawValue>,
}

impl Document {
    /// A document that is no JSON.
    pub(super) fn plain(line: usize, content: Content) -> Self {
        Self { line, content, fields: Vec::new() }
    }
}
