//! A JSON object a line: `{"tokens": ["Ana", "lee"], "ner_tags": ["B-PER", "O"]}`. Must not know tag sets.
//!
//! The words are under the first of `tokens` and `words` that is there, the tags under the first of `ner_tags`, `tags`
//! and `labels`, as names or as numbers. Other keys are not looked at, empty lines are skipped.

use serde_json::{Map, Value};

use super::rows::{Lines, Place, RawRows, RawTags, text_of};
use super::{DataError, TextError, TextFault};
use crate::hub::InputFile;

const TOKENS: [&str; 2] = ["tokens", "words"];
const TAGS: [&str; 3] = ["ner_tags", "tags", "labels"];

/// Reads every line of `file`.
///
/// # Errors
/// A line that is no JSON object, lacks a key or has other values than lists of text or numbers; lists of unequal
/// length; names in some rows and numbers in others.
pub(super) fn read(file: &InputFile) -> Result<RawRows, DataError> {
    let text = text_of(file)?;
    let (mut words, mut tags, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    for (at, text) in text.split('\n').enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line = Line::parse(&file.name, at + 1, text)?;
        let (row, row_tags) = (line.words()?, line.tags()?);
        if row.len() != row_tags.len() {
            let (file, place) = (file.name.clone(), Place::Line(at + 1));
            return Err(DataError::UnequalLengths { file, place, words: row.len(), tags: row_tags.len() });
        }
        words.push(row);
        tags.push(row_tags);
        lines.push(at + 1);
    }
    if words.is_empty() {
        return Err(TextError::of(&file.name, TextFault::NoSentence).into());
    }
    let tags = of_one_kind(&file.name, tags, &lines)?;
    Ok(RawRows { file: file.name.clone(), words, tags, features: None, lines: Lines::OfRows(lines), note: None })
}

/// The tags of one row.
enum RowTags {
    /// An empty list is of either kind.
    Empty,
    Numbers(Vec<i64>),
    Names(Vec<String>),
}

impl RowTags {
    fn len(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Numbers(tags) => tags.len(),
            Self::Names(tags) => tags.len(),
        }
    }
}

/// The rows as the first that has tags has them.
fn of_one_kind(file: &str, rows: Vec<RowTags>, lines: &[usize]) -> Result<RawTags, TextError> {
    let numbers = rows.iter().find(|row| row.len() > 0).is_some_and(|row| matches!(row, RowTags::Numbers(_)));
    let mut tags = if numbers { RawTags::Numbers(Vec::new()) } else { RawTags::Names(Vec::new()) };
    for (row, line) in rows.into_iter().zip(lines) {
        match (&mut tags, row) {
            (RawTags::Numbers(all), RowTags::Numbers(row)) => all.push(row),
            (RawTags::Numbers(all), RowTags::Empty) => all.push(Vec::new()),
            (RawTags::Names(all), RowTags::Names(row)) => all.push(row),
            (RawTags::Names(all), RowTags::Empty) => all.push(Vec::new()),
            (_, row) => {
                let found = if matches!(row, RowTags::Names(_)) { "names" } else { "numbers" };
                return Err(TextError::at(file, *line, TextFault::MixedTags { found }));
            }
        }
    }
    Ok(tags)
}

/// One line of a file.
struct Line<'f> {
    file: &'f str,
    number: usize,
    object: Map<String, Value>,
}

impl<'f> Line<'f> {
    fn parse(file: &'f str, number: usize, text: &str) -> Result<Self, TextError> {
        let broken = |reason| TextError::at(file, number, TextFault::NotJson { reason });
        match serde_json::from_str(text) {
            Ok(Value::Object(object)) => Ok(Self { file, number, object }),
            Ok(_) => Err(broken("it is another value".to_owned())),
            Err(error) => {
                // the parser counts lines within the line
                let text = error.to_string();
                let reason = text.split(" at line ").next().unwrap_or(&text);
                Err(broken(format!("{reason} at column {}", error.column())))
            }
        }
    }

    /// The list under the first of `keys` that is there.
    fn list(&self, keys: &[&'static str]) -> Result<(&'static str, &[Value]), TextError> {
        let found = keys.iter().find_map(|key| Some((*key, self.object.get(*key)?)));
        let Some((key, value)) = found else {
            let found: Vec<String> = self.object.keys().map(|key| format!("`{key}`")).collect();
            let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
            let needed = keys.join("` or `");
            return Err(TextError::at(self.file, self.number, TextFault::MissingKey { needed, found }));
        };
        value.as_array().map(|list| (key, list.as_slice())).ok_or_else(|| self.wrong(key))
    }

    fn wrong(&self, key: &'static str) -> TextError {
        let needed = if TOKENS.contains(&key) { "a list of text" } else { "a list of text, or of whole numbers" };
        TextError::at(self.file, self.number, TextFault::NotList { key, needed })
    }

    fn words(&self) -> Result<Vec<String>, TextError> {
        let (key, list) = self.list(&TOKENS)?;
        texts(list).ok_or_else(|| self.wrong(key))
    }

    fn tags(&self) -> Result<RowTags, TextError> {
        let (key, list) = self.list(&TAGS)?;
        if list.is_empty() {
            return Ok(RowTags::Empty);
        }
        let numbers = || list.iter().map(Value::as_i64).collect::<Option<Vec<i64>>>();
        let tags = texts(list).map(RowTags::Names).or_else(|| numbers().map(RowTags::Numbers));
        tags.ok_or_else(|| self.wrong(key))
    }
}

fn texts(list: &[Value]) -> Option<Vec<String>> {
    list.iter().map(|value| value.as_str().map(str::to_owned)).collect()
}
