//! Tagged documents as text, CoNLL or JSON lines. Each format keeps every character of a document: what would break it is
//! written as an escape, or is an error.

use crate::tagging::{Content, Tagged, TaggedEntity, TaggedWord};
use crate::words::words;

use super::alignment::is_unseen;
use super::page::Page;

words! {
    /// How tagged documents are written.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum TaggedFormat {
        /// Entities in brackets with their type: `[Ana PER] vive en [Lima LOC]`.
        Text => "text",
        /// A token and its tag a line, a blank line after each document.
        Conll => "conll",
        /// A JSON object a line, with offsets and scores.
        Jsonl => "jsonl",
    }
}

/// The tag of a word that the model does not see.
const OUTSIDE: &str = "O";

/// A document in `format`, with its line end; `labels` are the tags by number.
///
/// # Errors
/// A token that CoNLL cannot hold, and what to do.
pub fn tagged_document(tagged: &Tagged, labels: &[String], format: TaggedFormat, page: Page) -> Result<String, String> {
    match format {
        TaggedFormat::Text => Ok(marked(tagged, page)),
        TaggedFormat::Conll => conll(tagged, labels),
        TaggedFormat::Jsonl => Ok(json(tagged, labels)),
    }
}

/// The text with its entities in brackets.
fn marked(tagged: &Tagged, page: Page) -> String {
    let letters = Letters::of(&tagged.text);
    let (mut line, mut at) = (String::new(), 0);
    for TaggedEntity { kind, start, end, .. } in &tagged.entities {
        let (start, end) = ((*start).max(at), (*end).max(at));
        let (outside, inside) = (letters.slice(at, start), letters.slice(start, end));
        // some tokenizers count the space before a word as part of it
        let word = inside.trim();
        let before = inside.len() - inside.trim_start().len();
        let behind = if word.is_empty() { "" } else { &inside[before + word.len()..] };
        line += &escaped(outside);
        line += &escaped(&inside[..before]);
        line += &page.entity(&format!("[{} {}]", escaped(word), escaped(kind)));
        line += &escaped(behind);
        at = end;
    }
    line += &escaped(letters.slice(at, usize::MAX));
    line + "\n"
}

/// Text in which brackets are those of entities alone, and nothing moves a terminal's cursor.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '[' | ']' | '\\' => escaped.extend(['\\', letter]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push('\t'),
            letter if is_unseen(letter) => escaped.extend(letter.escape_unicode()),
            letter => escaped.push(letter),
        }
    }
    escaped
}

fn conll(tagged: &Tagged, labels: &[String]) -> Result<String, String> {
    let letters = Letters::of(&tagged.text);
    let is_text = matches!(tagged.document.content, Content::Text(_));
    let mut lines = String::new();
    for word in &tagged.words {
        let token = letters.slice(word.start, word.end);
        let token = if is_text { token.trim() } else { token };
        // of a text, what the tokenizer makes of white space alone is no token
        if is_text && token.is_empty() {
            continue;
        }
        let separates = |letter: char| matches!(letter, '\t' | '\n' | '\r');
        if token.is_empty() || token.contains(separates) {
            let what = if token.is_empty() { "is empty" } else { "has a tab or a line end" };
            return Err(format!("the token {token:?} {what}, which no line of CoNLL can hold; use --format jsonl"));
        }
        lines += &format!("{token}\t{}\n", tag(word, labels));
    }
    Ok(lines + "\n")
}

fn tag<'l>(word: &TaggedWord, labels: &'l [String]) -> &'l str {
    word.answer.map_or(OUTSIDE, |answer| &labels[usize::from(answer.tag)])
}

fn json(tagged: &Tagged, labels: &[String]) -> String {
    let letters = Letters::of(&tagged.text);
    let fields = &tagged.document.fields;
    let mut line: Vec<String> =
        fields.iter().map(|field| format!("{}:{}", quoted(&field.key), field.value.get())).collect();
    match &tagged.document.content {
        Content::Text(text) if fields.is_empty() => line.push(format!("\"text\":{}", quoted(text))),
        Content::Words(words) if fields.is_empty() => line.push(format!("\"tokens\":{}", list(words))),
        Content::Text(_) | Content::Words(_) => {}
    }
    if let Content::Words(_) = tagged.document.content {
        let tags: Vec<&str> = tagged.words.iter().map(|word| tag(word, labels)).collect();
        line.push(format!("\"tags\":{}", list(&tags)));
    }
    let entity = |TaggedEntity { kind, score, start, end }: &TaggedEntity| {
        let text = quoted(letters.slice(*start, *end));
        format!(r#"{{"type":{},"score":{score:.6},"start":{start},"end":{end},"text":{text}}}"#, quoted(kind))
    };
    let entities: Vec<String> = tagged.entities.iter().map(entity).collect();
    line.push(format!("\"entities\":[{}]", entities.join(",")));
    format!("{{{}}}\n", line.join(","))
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

fn list<S: AsRef<str>>(texts: &[S]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", texts.join(","))
}

/// A text by its characters.
struct Letters<'t> {
    text: &'t str,
    /// Where each character begins; none: each is a byte.
    starts: Option<Vec<usize>>,
}

impl<'t> Letters<'t> {
    fn of(text: &'t str) -> Self {
        let starts = (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
        Self { text, starts }
    }

    /// The characters from `start` to before `end`, or to the end of the text.
    fn slice(&self, start: usize, end: usize) -> &'t str {
        let byte = |letter: usize| match &self.starts {
            None => letter.min(self.text.len()),
            Some(starts) => starts.get(letter).copied().unwrap_or(self.text.len()),
        };
        &self.text[byte(start)..byte(end.max(start))]
    }
}
