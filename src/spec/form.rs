//! What a key takes: types and ranges as data, read once for checking, for messages and for the JSON Schema.

use std::path::Path;

use super::parameter_groups::ParameterGroup;
use super::source_form::{job_source, source};
use super::{Source, Value};

/// One of the forms a key's value may have. A key takes a value when one of its forms does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// `true` or `false`
    Boolean,
    /// A whole number from `least` to the largest u64.
    Whole {
        /// The smallest number taken.
        least: u64,
    },
    /// A number, fractional or whole, within a range.
    Number(Range),
    /// One of these words.
    Words(&'static [&'static str]),
    /// Text that is not empty.
    Text,
    /// Text without white space: an entity's type, or `O`.
    Type,
    /// A column: its place, counted from 1, or its name.
    Column,
    /// A configuration of a data set, or a list of several, each once.
    Languages,
    /// A list of texts, none of them empty.
    Texts,
    /// One text, or a list of at least one.
    TextOrTexts,
    /// A list of tags: `O`, `B-X`, `I-X`, each once.
    Tags,
    /// A list of some of these words, each once.
    SomeOf(&'static [&'static str]),
    /// Groups of parameters by their names.
    Groups,
    /// A folder, a repository of the hub, or `builtin:NAME`.
    Source,
    /// The same, or a job, whose trained model it is.
    Checkpoint,
    /// An inline table.
    Map {
        /// The names that it may have, at least one of them given; empty: any names, or none.
        names: &'static [&'static str],
        /// What each takes.
        holds: &'static Form,
    },
}

/// The range of a fractional number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// Above 0.
    Positive,
    /// 0 or more.
    NotNegative,
    /// Above 0 and below 1.
    Open,
    /// From 0 to below 1.
    Fraction,
    /// From 0 to 1.
    Share,
    /// Above 0, to 1.
    Factor,
}

impl Range {
    fn holds(self, number: f64) -> bool {
        number.is_finite()
            && match self {
                Self::Positive => number > 0.0,
                Self::NotNegative => number >= 0.0,
                Self::Open => number > 0.0 && number < 1.0,
                Self::Fraction => (0.0..1.0).contains(&number),
                Self::Share => (0.0..=1.0).contains(&number),
                Self::Factor => number > 0.0 && number <= 1.0,
            }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Positive => "a number above 0",
            Self::NotNegative => "a number from 0",
            Self::Open => "a number above 0 and below 1",
            Self::Fraction => "a number from 0 to below 1",
            Self::Share => "a number from 0 to 1",
            Self::Factor => "a number above 0, up to 1",
        }
    }
}

/// Reads a value against a key's forms. Numbers of fractional keys become [`Value::Float`], sources [`Value::Source`].
///
/// `folder`: what relative paths are relative to.
///
/// # Errors
/// No form takes the value.
pub(super) fn read(forms: &[Form], value: &Value, folder: &Path) -> Result<Value, Mismatch> {
    let mut reason = None;
    for form in forms {
        match take(*form, value, folder) {
            Ok(Some(read)) => return Ok(read),
            Ok(None) => {}
            Err(detail) => reason = Some(detail),
        }
    }
    let same_type = forms.iter().any(|form| form.has_type_of(value));
    Err(Mismatch { expected: describe(forms), same_type, detail: reason })
}

/// Why no form of a key takes a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What the key takes.
    pub expected: String,
    /// Whether the type is right, and the range or the word is wrong.
    pub same_type: bool,
    /// What exactly is wrong, if more is known.
    pub detail: Option<String>,
}

/// What a list of forms takes, in words.
pub(super) fn describe(forms: &[Form]) -> String {
    let words: Vec<String> = forms.iter().flat_map(Form::describe).collect();
    alternatives(&words)
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn alternatives(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

impl Form {
    fn describe(&self) -> Vec<String> {
        match self {
            Self::Boolean => vec!["true".to_owned(), "false".to_owned()],
            Self::Whole { least } => vec![format!("a whole number from {least}")],
            Self::Number(range) => vec![range.describe().to_owned()],
            Self::Words(words) => words.iter().map(|word| format!("\"{word}\"")).collect(),
            Self::Text => vec!["text".to_owned()],
            Self::Type => vec!["text without spaces".to_owned()],
            Self::Column => vec!["a whole number from 1".to_owned(), "a name".to_owned()],
            Self::Languages => vec!["text".to_owned(), "a list of texts".to_owned()],
            Self::Texts => vec!["a list of texts".to_owned()],
            Self::TextOrTexts => vec!["text".to_owned(), "a list of texts".to_owned()],
            Self::Tags => vec!["a list of tags such as [\"O\", \"B-PER\", \"I-PER\"]".to_owned()],
            Self::SomeOf(words) => vec![format!("a list of some of {}", words.join(", "))],
            Self::Groups => vec![ParameterGroup::DESCRIPTION.to_owned()],
            Self::Source => vec![
                "a hub id (\"owner/name\")".to_owned(),
                "a folder (\"./folder\")".to_owned(),
                "\"builtin:NAME\"".to_owned(),
            ],
            Self::Checkpoint => {
                let mut known = Self::Source.describe();
                known.push("a job (\"results/NAME:LABEL\")".to_owned());
                known
            }
            Self::Map { names: [], holds } => {
                vec![format!("a table of names of your choice, each with {}", holds.one())]
            }
            Self::Map { names, holds } => {
                vec![format!("a table of {}, each with {}", alternatives(&owned(names)), holds.one())]
            }
        }
    }

    /// The form in words, as one alternative.
    fn one(&self) -> String {
        alternatives(&self.describe())
    }

    fn has_type_of(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (Self::Boolean, Value::Boolean(_))
                | (Self::Whole { .. }, Value::Integer(_))
                | (Self::Number(_), Value::Integer(_) | Value::Float(_))
                | (Self::Words(_) | Self::Text | Self::Type | Self::Source | Self::Checkpoint, Value::Text(_))
                | (Self::Column, Value::Integer(_) | Value::Text(_))
                | (Self::Languages, Value::Text(_) | Value::Joined(_) | Value::List(_))
                | (Self::Tags | Self::Texts | Self::SomeOf(_) | Self::Groups, Value::List(_))
                | (Self::TextOrTexts, Value::Text(_) | Value::List(_))
                | (Self::Map { .. }, Value::Map(_))
        )
    }

    /// Whether its values may be lists.
    pub fn is_list(self) -> bool {
        matches!(self, Self::Tags | Self::Texts | Self::SomeOf(_) | Self::Groups | Self::Languages)
    }
}

/// The value in this form; none if it has another type; an error if its type fits and its content does not.
fn take(form: Form, value: &Value, folder: &Path) -> Result<Option<Value>, String> {
    match (form, value) {
        (Form::Boolean, Value::Boolean(_)) => Ok(Some(value.clone())),
        (Form::Whole { least }, Value::Integer(number)) => {
            Ok((i128::from(least)..=i128::from(u64::MAX)).contains(number).then(|| value.clone()))
        }
        (Form::Number(range), Value::Integer(number)) => Ok(number_in(range, *number as f64)),
        (Form::Number(range), Value::Float(number)) => Ok(number_in(range, *number)),
        (Form::Words(words), Value::Text(text)) => Ok(words.contains(&text.as_str()).then(|| value.clone())),
        (Form::Text, Value::Text(text)) if text.trim().is_empty() => Err("the text is empty".to_owned()),
        (Form::Text, Value::Text(_)) => Ok(Some(value.clone())),
        (Form::Type, Value::Text(text)) => {
            Ok((!text.is_empty() && !text.contains(char::is_whitespace)).then(|| value.clone()))
        }
        (Form::Column, Value::Integer(_)) => take(Form::Whole { least: 1 }, value, folder),
        (Form::Column, Value::Text(_)) => take(Form::Text, value, folder),
        (Form::Languages, Value::Text(_)) => take(Form::Text, value, folder),
        (Form::Languages, Value::Joined(_)) => Ok(Some(value.clone())),
        (Form::Languages, Value::List(names)) => languages(names).map(Some),
        (Form::Texts, Value::List(texts)) => {
            let is_text = |text: &Value| matches!(take(Form::Text, text, folder), Ok(Some(_)));
            let odd = texts.iter().find(|text| !is_text(text));
            odd.map_or_else(|| Ok(Some(value.clone())), |odd| Err(format!("{} is no text, or empty", odd.to_toml())))
        }
        (Form::TextOrTexts, Value::List(texts)) if texts.is_empty() => Err("the list is empty".to_owned()),
        (Form::TextOrTexts, Value::List(_)) => take(Form::Texts, value, folder),
        (Form::TextOrTexts, Value::Text(_)) => take(Form::Text, value, folder),
        (Form::Groups, Value::List(groups)) => ParameterGroup::read(groups).map(Some),
        (Form::Tags, Value::List(tags)) => check_tags(tags).map(|()| Some(value.clone())),
        (Form::SomeOf(words), Value::List(given)) => check_words(words, given).map(|()| Some(value.clone())),
        (Form::Source, Value::Text(text)) => source(text, folder).map(|source| Some(Value::Source(source))),
        (Form::Checkpoint, Value::Text(text)) => match job_source(text, folder)? {
            Some(job) => Ok(Some(Value::Source(Source::Job(job)))),
            None => take(Form::Source, value, folder),
        },
        (Form::Source | Form::Checkpoint, Value::Source(_)) => Ok(Some(value.clone())),
        (Form::Map { names, holds }, Value::Map(entries)) => map(names, holds, entries, folder).map(Some),
        _ => Ok(None),
    }
}

/// The entries of an inline table, each under a name that it may have.
fn map(names: &[&str], holds: &Form, entries: &[(String, Value)], folder: &Path) -> Result<Value, String> {
    if entries.is_empty() && !names.is_empty() {
        return Err(format!("the table is empty; it takes {}", alternatives(&owned(names))));
    }
    let entry = |(name, value): &(String, Value)| {
        if !names.is_empty() && !names.contains(&name.as_str()) {
            return Err(format!("`{name}` is not {}", alternatives(&owned(names))));
        }
        if name.trim().is_empty() {
            return Err("a name is empty".to_owned());
        }
        let read = read(std::slice::from_ref(holds), value, folder);
        read.map(|value| (name.clone(), value)).map_err(|wrong| format!("`{name}` takes {}", wrong.expected))
    };
    let mut entries: Vec<(String, Value)> = entries.iter().map(entry).collect::<Result<_, _>>()?;
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(Value::Map(entries))
}

/// A list of configurations; one alone is itself.
fn languages(names: &[Value]) -> Result<Value, String> {
    let mut seen: Vec<String> = Vec::new();
    for name in names {
        match take(Form::Type, name, Path::new("")) {
            Ok(Some(Value::Text(name))) if seen.contains(&name) => return Err(format!("\"{name}\" is listed twice")),
            Ok(Some(Value::Text(name))) => seen.push(name),
            _ => return Err(format!("{} is no name of a configuration", name.to_toml())),
        }
    }
    match &seen[..] {
        [] => Err("the list is empty".to_owned()),
        [one] => Ok(Value::Text(one.clone())),
        _ => Ok(Value::Joined(seen)),
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The number if the range holds it; -0 is 0.
fn number_in(range: Range, number: f64) -> Option<Value> {
    range.holds(number).then_some(Value::Float(number + 0.0))
}

fn check_tags(tags: &[Value]) -> Result<(), String> {
    let mut seen: Vec<&str> = Vec::new();
    for tag in tags {
        let Value::Text(tag) = tag else { return Err(format!("{tag} is not text")) };
        let typed = tag.strip_prefix("B-").or_else(|| tag.strip_prefix("I-"));
        if tag != "O" && typed.is_none_or(str::is_empty) {
            return Err(format!("\"{tag}\" is not a tag: tags are O, B-X and I-X"));
        }
        if seen.contains(&tag.as_str()) {
            return Err(format!("\"{tag}\" is listed twice"));
        }
        seen.push(tag);
    }
    if !seen.contains(&"O") {
        return Err("the tag O is missing".to_owned());
    }
    if seen.len() < 2 { Err("O is the only tag".to_owned()) } else { Ok(()) }
}

fn check_words(words: &[&str], given: &[Value]) -> Result<(), String> {
    let mut seen: Vec<&str> = Vec::new();
    for word in given {
        let Value::Text(word) = word else { return Err(format!("{word} is not text")) };
        if !words.contains(&word.as_str()) {
            return Err(format!("\"{word}\" is none of {}", words.join(", ")));
        }
        if seen.contains(&word.as_str()) {
            return Err(format!("\"{word}\" is listed twice"));
        }
        seen.push(word);
    }
    if seen.is_empty() { Err("the list is empty".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_taken_for_a_fractional_key() {
        let forms = [Form::Number(Range::NotNegative)];
        assert_eq!(read(&forms, &Value::Integer(3), Path::new("")), Ok(Value::Float(3.0)));
        assert_eq!(read(&forms, &Value::Float(-0.0), Path::new("")).map(|v| v.to_json()), Ok("0".to_owned()));
    }

    #[test]
    fn the_largest_seed_is_taken_and_the_next_is_not() {
        let forms = [Form::Whole { least: 0 }];
        let largest = Value::Integer(u64::MAX.into());
        assert_eq!(read(&forms, &largest, Path::new("")), Ok(largest.clone()));
        assert!(read(&forms, &Value::Integer(i128::from(u64::MAX) + 1), Path::new("")).is_err());
    }

    #[test]
    fn a_table_takes_its_names_and_what_each_holds() {
        const COLUMNS: [Form; 1] = [Form::Map { names: &["token", "tag"], holds: &Form::Column }];
        const TYPES: [Form; 1] = [Form::Map { names: &[], holds: &Form::Type }];
        let map = |entries: &[(&str, Value)]| {
            Value::Map(entries.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
        };
        let detail =
            |forms, value| read(forms, &value, Path::new("")).expect_err("it is wrong").detail.unwrap_or_default();
        let sorted = map(&[("tag", 3_usize.into()), ("token", 2_usize.into())]);
        let written = map(&[("token", 2_usize.into()), ("tag", 3_usize.into())]);
        let named = map(&[("tag", "labels".into()), ("token", "words".into())]);
        assert_eq!(read(&COLUMNS, &named, Path::new("")), Ok(named.clone()));
        assert_eq!(read(&COLUMNS, &written, Path::new("")), Ok(sorted));
        assert_eq!(detail(&COLUMNS, map(&[("tagg", 3_usize.into())])), "`tagg` is not token or tag");
        assert_eq!(detail(&COLUMNS, map(&[("tag", 0_usize.into())])), "`tag` takes a whole number from 1 or a name");
        assert_eq!(detail(&COLUMNS, map(&[])), "the table is empty; it takes token or tag");
        assert_eq!(read(&TYPES, &map(&[]), Path::new("")), Ok(map(&[])));
        assert_eq!(detail(&TYPES, map(&[("MISC", "a b".into())])), "`MISC` takes text without spaces");
        assert_eq!(describe(&COLUMNS), "a table of token or tag, each with a whole number from 1 or a name");
        assert_eq!(describe(&TYPES), "a table of names of your choice, each with text without spaces");
    }

    #[test]
    fn a_tag_set_has_o_and_each_tag_once() {
        let tags = |texts: &[&str]| check_tags(&texts.iter().map(|text| Value::from(*text)).collect::<Vec<_>>());
        assert_eq!(tags(&["O", "B-PER", "I-PER"]), Ok(()));
        for wrong in [&["O", "PER"][..], &["O", "B-"], &["B-PER", "I-PER"], &["O", "O"], &["O"]] {
            assert!(tags(wrong).is_err(), "{wrong:?} was taken");
        }
    }
}
