//! A JSON object per line, or one array of objects: `{"tokens": ["Ana", "lee"], "ner_tags": ["B-PER", "O"]}`.
//!
//! The first object decides which keys have words and tags; every other must have them too. Tags are names or numbers.
//! Other keys are ignored, empty lines are skipped. One object is in memory at a time. If the first object has a text and
//! entities by characters in place of lists of words and tags, all are read as such (`span_rows`).

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::named_columns::{Holds, Pair, choose};
use super::rows::{Lines, RawRows, RawTags};
use super::span_rows::SpanKeys;
use super::spans::Aligner;
use super::text::{lines, text_of};
use super::{DataError, Location, TextError, TextFault};
use crate::hub::InputFile;
use crate::spec::{Columns, SpanEnds};

/// Reads every object of `file`.
///
/// # Errors
/// Not a JSON object, a missing key, values that are not lists of strings or numbers, lists of unequal length, names in
/// some rows and numbers in others.
pub(super) fn read(file: &InputFile, columns: Option<&Columns>, ends: SpanEnds) -> Result<RawRows, DataError> {
    let text = text_of(file)?;
    let mut objects = Objects {
        file: &file.name,
        columns,
        pair: None,
        spans: None,
        aligner: Aligner::new(&file.name, ends),
        words: Vec::new(),
        tags: Vec::new(),
        lines: None,
    };
    if text.trim_start().starts_with('[') {
        objects.array(&text)?;
    } else {
        objects.lines = Some(Vec::new());
        if let Err(error) = objects.by_line(&text) {
            let fault = if objects.words.is_empty() { object_of_rows(&text) } else { None };
            return Err(fault.map_or(error, |fault| TextError::of(&file.name, fault).into()));
        }
    }
    if objects.words.is_empty() {
        return Err(TextError::of(&file.name, TextFault::NoSentence).into());
    }
    objects.rows()
}

fn not_json(file: &str, place: Location, reason: String) -> TextError {
    TextError { file: file.to_owned(), place: Some(place), fault: TextFault::NotJson { reason } }
}

fn parsed(file: &str, place: Location, line: &str) -> Result<Value, TextError> {
    serde_json::from_str(line).map_err(|error| {
        // the parser counts lines within this line
        let text = error.to_string();
        let reason = text.split(" at line ").next().unwrap_or(&text);
        not_json(file, place, format!("{reason} at column {}", error.column()))
    })
}

/// The objects read so far.
struct Objects<'f> {
    file: &'f str,
    columns: Option<&'f Columns>,
    /// The keys, from the first object.
    pair: Option<Pair>,
    /// The keys of texts and entities, from the first object.
    spans: Option<SpanKeys>,
    aligner: Aligner<'f>,
    words: Vec<Vec<String>>,
    tags: Vec<RowTags>,
    /// The line of each object; none in an array.
    lines: Option<Vec<usize>>,
}

enum RowTags {
    /// An empty list fits both kinds.
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

/// The error of one object with all rows in it; none if the text is something else.
fn object_of_rows(text: &str) -> Option<TextFault> {
    let whole: Map<String, Value> = serde_json::from_str(text).ok()?;
    let lists = |holds: fn(&Value) -> bool| {
        let of = move |value: &Value| value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(holds));
        whole.iter().filter(move |(_, value)| of(value)).map(|(key, _)| key)
    };
    let keys: Vec<String> = lists(Value::is_object).map(|key| format!("`{key}`")).collect();
    if let Some(key) = lists(Value::is_object).next() {
        return Some(TextFault::OneObject { keys: keys.join(", "), key: key.clone() });
    }
    (lists(Value::is_array).count() > 1).then_some(TextFault::ListOfColumns)
}

impl Objects<'_> {
    /// Reads a text with an object per line.
    fn by_line(&mut self, text: &str) -> Result<(), DataError> {
        for (number, line) in (1..).zip(lines(text)).filter(|(_, line)| !line.trim().is_empty()) {
            let place = Location::Line(number);
            self.push(place, parsed(self.file, place, line)?)?;
        }
        Ok(())
    }

    /// Reads a text that is one array.
    fn array(&mut self, text: &str) -> Result<(), DataError> {
        let mut wrong = None;
        let mut parser = serde_json::Deserializer::from_str(text);
        let read = Elements { objects: self, wrong: &mut wrong }.deserialize(&mut parser).and_then(|()| parser.end());
        match (wrong, read) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(not_json(self.file, Location::Line(error.line()), error.to_string()).into()),
            (None, Ok(())) => Ok(()),
        }
    }

    fn push(&mut self, place: Location, value: Value) -> Result<(), DataError> {
        let Value::Object(object) = value else {
            return Err(not_json(self.file, place, "found another value".to_owned()).into());
        };
        if self.words.is_empty() {
            self.spans = SpanKeys::of(&object, self.columns);
        }
        let (words, tags) = match &self.spans {
            Some(keys) => {
                let not = |reason| TextError {
                    file: self.file.to_owned(),
                    place: Some(place),
                    fault: TextFault::NotSpans { reason },
                };
                let (text, spans) = keys.read(&object).map_err(not)?;
                let (words, tags) = self.aligner.tagged(place, text, &spans)?;
                (words, RowTags::Names(tags))
            }
            None => self.lists(place, object)?,
        };
        self.words.push(words);
        self.tags.push(tags);
        if let (Some(lines), Location::Line(line)) = (&mut self.lines, place) {
            lines.push(line);
        }
        Ok(())
    }

    /// The words and tags of an object with a list of each.
    fn lists(&mut self, place: Location, object: Map<String, Value>) -> Result<(Vec<String>, RowTags), DataError> {
        let pair = match &self.pair {
            Some(pair) => pair,
            None => {
                let found: Vec<(&str, Holds)> = object.iter().map(|(key, value)| (key.as_str(), held(value))).collect();
                self.pair.insert(choose(self.file, Some(place), self.columns, &found)?)
            }
        };
        let object = Object { file: self.file, place, object };
        let (words, tags) = (object.words(&pair.token)?, object.tags(&pair.tag)?);
        if words.len() != tags.len() {
            let (file, tags) = (self.file.to_owned(), tags.len());
            return Err(DataError::UnequalLengths { file, place, words: words.len(), tags });
        }
        Ok((words, tags))
    }

    /// The rows. The first tags decide whether tags are numbers or names.
    fn rows(self) -> Result<RawRows, DataError> {
        let numbers = self.tags.iter().find(|row| row.len() > 0).is_some_and(|row| matches!(row, RowTags::Numbers(_)));
        let mut tags = if numbers { RawTags::Numbers(Vec::new()) } else { RawTags::Names(Vec::new()) };
        for (at, row) in self.tags.into_iter().enumerate() {
            match (&mut tags, row) {
                (RawTags::Numbers(all), RowTags::Numbers(row)) => all.push(row),
                (RawTags::Numbers(all), RowTags::Empty) => all.push(Vec::new()),
                (RawTags::Names(all), RowTags::Names(row)) => all.push(row),
                (RawTags::Names(all), RowTags::Empty) => all.push(Vec::new()),
                (_, row) => {
                    let found = if matches!(row, RowTags::Names(_)) { "names" } else { "numbers" };
                    let place = self.lines.as_ref().map_or(Location::Row(at), |lines| Location::Line(lines[at]));
                    let fault = TextFault::MixedTags { found };
                    return Err(TextError { file: self.file.to_owned(), place: Some(place), fault }.into());
                }
            }
        }
        Ok(RawRows {
            file: self.file.to_owned(),
            words: self.words,
            tags,
            tag_column: self.pair.map(|pair| pair.tag),
            classes: None,
            lines: self.lines.map_or(Lines::None, Lines::OfRows),
            survey: None,
            notes: self.aligner.notes(),
        })
    }
}

/// Reads the elements of an array one by one.
struct Elements<'e, 'f> {
    objects: &'e mut Objects<'f>,
    /// The error of an element, which the parser's error type cannot hold.
    wrong: &'e mut Option<DataError>,
}

impl<'de> DeserializeSeed<'de> for Elements<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, parser: D) -> Result<(), D::Error> {
        parser.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(value) = elements.next_element::<Value>()? {
            if let Err(error) = self.objects.push(Location::Row(self.objects.words.len()), value) {
                *self.wrong = Some(error);
                return Err(A::Error::custom("invalid element"));
            }
        }
        Ok(())
    }
}

fn held(value: &Value) -> Holds {
    match value.as_array().map(Vec::as_slice) {
        Some([]) => Holds::Empty,
        Some(list) if list.iter().all(Value::is_string) => Holds::Texts,
        Some(list) if list.iter().all(Value::is_i64) => Holds::Numbers,
        _ => Holds::Other,
    }
}

/// One object of a file.
struct Object<'f> {
    file: &'f str,
    place: Location,
    object: Map<String, Value>,
}

impl Object<'_> {
    fn fault(&self, fault: TextFault) -> TextError {
        TextError { file: self.file.to_owned(), place: Some(self.place), fault }
    }

    fn list(&self, key: &str, needed: &'static str) -> Result<&[Value], TextError> {
        let Some(value) = self.object.get(key) else {
            let found: Vec<String> = self.object.keys().map(|key| format!("`{key}`")).collect();
            return Err(self.fault(TextFault::MissingKey { needed: key.to_owned(), found: found.join(", ") }));
        };
        value.as_array().map(Vec::as_slice).ok_or_else(|| self.wrong(key, needed))
    }

    fn wrong(&self, key: &str, needed: &'static str) -> TextError {
        self.fault(TextFault::NotList { key: key.to_owned(), needed })
    }

    fn words(&self, key: &str) -> Result<Vec<String>, TextError> {
        const NEEDED: &str = "a list of strings";
        texts(self.list(key, NEEDED)?).ok_or_else(|| self.wrong(key, NEEDED))
    }

    fn tags(&self, key: &str) -> Result<RowTags, TextError> {
        const NEEDED: &str = "a list of strings or integers";
        let list = self.list(key, NEEDED)?;
        if list.is_empty() {
            return Ok(RowTags::Empty);
        }
        let numbers = || list.iter().map(Value::as_i64).collect::<Option<Vec<i64>>>();
        let tags = texts(list).map(RowTags::Names).or_else(|| numbers().map(RowTags::Numbers));
        tags.ok_or_else(|| self.wrong(key, NEEDED))
    }
}

fn texts(list: &[Value]) -> Option<Vec<String>> {
    list.iter().map(|value| value.as_str().map(str::to_owned)).collect()
}
