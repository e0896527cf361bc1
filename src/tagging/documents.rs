//! Documents as they are read, in chunks: what is there without waiting. It must not know what becomes of them.

use std::io::Read;

use crate::data::{Line, LineReader, TokenLine, TokenLines};
use crate::spec;

use super::document::{Content, Document};
use super::error::InputError;
use super::input_format::InputFormat;
use super::json_document::document;

/// Documents that were read together.
#[derive(Debug)]
pub struct Chunk {
    /// In order; none only in the last chunk.
    pub documents: Vec<Document>,
    /// Whether it is the last, and why reading ended, if not at the input's end.
    pub end: Option<Result<(), InputError>>,
}

/// Reads documents.
#[derive(Debug)]
pub struct Documents<R> {
    lines: LineReader<R>,
    format: InputFormat,
    tokens: TokenLines,
    /// The words of a sentence that has not ended, and the line where it began.
    sentence: Vec<String>,
    begins: usize,
}

impl<R: Read> Documents<R> {
    /// The documents of `source`, which messages call `name`. Columns are those of the data of `settings`.
    pub fn new(name: &str, source: R, format: InputFormat, settings: &spec::Data) -> Self {
        let (lines, tokens) = (LineReader::new(name, source), TokenLines::new(settings));
        Self { lines, format, tokens, sentence: Vec::new(), begins: 0 }
    }

    /// As messages call the input.
    pub fn name(&self) -> &str {
        self.lines.file()
    }

    /// Waits for a document, and takes along those that are in memory by then.
    pub fn chunk(&mut self) -> Chunk {
        let mut documents = Vec::new();
        loop {
            let read = match self.lines.line() {
                Ok(Some(line)) => self.document(line),
                Ok(None) => {
                    documents.extend(self.sentence());
                    return Chunk { documents, end: Some(Ok(())) };
                }
                Err(error) => Err(error.into()),
            };
            match read {
                Ok(read) => documents.extend(read),
                Err(error) => return Chunk { documents, end: Some(Err(error)) },
            }
            if !documents.is_empty() && !self.lines.has_line() {
                return Chunk { documents, end: None };
            }
        }
    }

    /// The document that ends with `line`.
    fn document(&mut self, line: Line) -> Result<Option<Document>, InputError> {
        Ok(match self.format {
            InputFormat::Text => Some(Document::plain(line.number, Content::Text(line.text))),
            InputFormat::Words => {
                let words = line.text.split_whitespace().map(str::to_owned).collect();
                Some(Document::plain(line.number, Content::Words(words)))
            }
            InputFormat::Jsonl if line.text.trim().is_empty() => None,
            InputFormat::Jsonl => {
                let bad = |problem| InputError::Json { file: self.name().to_owned(), line: line.number, problem };
                Some(document(line.number, &line.text).map_err(bad)?)
            }
            InputFormat::Conll => match self.tokens.read(self.lines.file(), &line, !self.sentence.is_empty())? {
                TokenLine::End => self.sentence(),
                TokenLine::Skipped => None,
                TokenLine::Word(word) => {
                    if self.sentence.is_empty() {
                        self.begins = line.number;
                    }
                    self.sentence.push(word.to_owned());
                    None
                }
            },
        })
    }

    /// The sentence that ends here, if one does.
    fn sentence(&mut self) -> Option<Document> {
        let words = std::mem::take(&mut self.sentence);
        (!words.is_empty()).then(|| Document::plain(self.begins, Content::Words(words)))
    }
}
