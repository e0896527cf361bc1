//! How documents stand in a file. It must not read one.

use std::path::Path;

use crate::words::words;

words! {
    /// How documents stand in a file.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum InputFormat {
        /// A line is a document; the checkpoint's tokenizer finds the words.
        Text => "text",
        /// A line is a sentence; white space separates the words.
        Words => "words",
        /// A line is a token, in the first of maybe several columns; a blank line ends a sentence.
        Conll => "conll",
        /// A line is a JSON object with `text` or `tokens`.
        Jsonl => "jsonl",
    }
}

impl InputFormat {
    /// By the ending of a file's name; none: it says nothing.
    pub fn of_file(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "txt" => Some(Self::Text),
            "conll" | "conllu" | "iob" | "iob2" | "bio" | "tsv" => Some(Self::Conll),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            _ => None,
        }
    }
}
