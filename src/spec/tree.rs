//! A TOML text as a tree whose nodes know their places. It must not know any key.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Fault;
use super::problem::{Located, Place, Problem, SourceText};
use super::{MergeMark, Value};

/// A node of the tree.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// The value's text; for a table its header, or its first dotted key.
    pub(super) place: Place,
    /// The node's content.
    pub(super) content: Content,
}

/// What a node holds.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// Text, number, true or false.
    Scalar(Value),
    /// A list, or an array of tables.
    List(Vec<Node>),
    /// A table's keys, in the order of the text.
    Table(Vec<(Located<String>, Node)>),
    /// A kind of value that no key takes: a date, a number out of range.
    Foreign(&'static str),
}

/// A table's keys with what they hold, in the order of the text.
pub(super) type Entries = [(Located<String>, Node)];

impl Node {
    /// The node as a value; if it is none, its kind in words.
    pub(super) fn value(&self) -> Result<Value, &'static str> {
        match &self.content {
            Content::Scalar(value) => Ok(value.clone()),
            Content::List(nodes) => nodes.iter().map(Node::value).collect::<Result<_, _>>().map(Value::List),
            Content::Table(entries) => {
                let entry = |(name, node): &(Located<String>, Node)| Some((name.value.clone(), node.value().ok()?));
                let mut entries: Vec<_> = entries.iter().map(entry).collect::<Option<_>>().ok_or("a table")?;
                entries.sort_by(|one: &(String, Value), other| one.0.cmp(&other.0));
                Ok(Value::Map(entries))
            }
            Content::Foreign(kind) => Err(kind),
        }
    }

    /// The node's kind, in words.
    pub(super) fn kind(&self) -> &'static str {
        match &self.content {
            Content::Scalar(Value::Boolean(_)) => "a boolean",
            Content::Scalar(Value::Integer(_)) => "a whole number",
            Content::Scalar(Value::Float(_)) => "a fractional number",
            Content::Scalar(_) => "text",
            Content::List(_) => "a list",
            Content::Table(_) => "a table",
            Content::Foreign(kind) => kind,
        }
    }
}

/// A whole file.
///
/// # Errors
/// Every syntax error.
pub(super) fn parse(source: &Arc<SourceText>) -> Result<Node, Vec<Problem>> {
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    let reader = Reader { source, offset: 0 };
    if !errors.is_empty()
        && let Some(problem) = reader.unfinished_merge()
    {
        return Err(vec![problem]);
    }
    if !errors.is_empty() {
        return Err(errors.iter().map(|error| reader.syntax(error)).collect());
    }
    Ok(reader.table(table.get_ref(), table.span()))
}

/// The value in `span` of a text.
///
/// # Errors
/// The syntax error.
pub(super) fn parse_value(source: &Arc<SourceText>, span: Range<usize>) -> Result<Node, Problem> {
    let reader = Reader { source, offset: span.start };
    let value = DeValue::parse(&source.text[span]).map_err(|error| reader.syntax(&error))?;
    Ok(reader.node(&value))
}

struct Reader<'s> {
    source: &'s Arc<SourceText>,
    /// Where in the text the parsed part begins.
    offset: usize,
}

impl Reader<'_> {
    fn place(&self, span: Range<usize>) -> Place {
        Place { source: self.source.clone(), span: span.start + self.offset..span.end + self.offset }
    }

    /// The first mark of a merge. A line of only equals signs may be anything.
    fn unfinished_merge(&self) -> Option<Problem> {
        let MergeMark { line, mark } = MergeMark::find(self.source.text.as_bytes()).filter(|m| m.mark != "=======")?;
        let lines = self.source.text.split_inclusive('\n').take(line as usize - 1);
        let start = lines.map(str::len).sum();
        let problem = Problem::at(Fault::Merge { mark }, &self.place(start..start + mark.len()), "");
        Some(problem.help("take ours or theirs, then run again"))
    }

    fn syntax(&self, error: &toml::de::Error) -> Problem {
        let end = self.source.text.len();
        let span = error.span().unwrap_or(0..0);
        let (reason, label) = error.message().split_once(", ").unwrap_or((error.message(), "here"));
        let place = self.place(span.start.min(end)..span.end.min(end));
        let problem = Problem::at(Fault::Syntax { reason: reason.to_owned() }, &place, label);
        match reason {
            "string values must be quoted" => {
                let text = &place.source.text[place.span.clone()];
                problem.help(format!("put the text in quotes: \"{text}\""))
            }
            "duplicate key" => problem.help("a table has each key once: remove one"),
            _ => problem,
        }
    }

    fn node(&self, value: &Spanned<DeValue<'_>>) -> Node {
        let content = match value.get_ref() {
            DeValue::String(text) => Content::Scalar(Value::Text(text.clone().into_owned())),
            DeValue::Boolean(truth) => Content::Scalar(Value::Boolean(*truth)),
            DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Content::Scalar(Value::Integer(number)),
                Err(_) => Content::Foreign("a number out of range"),
            },
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => Content::Scalar(Value::Float(number)),
                Err(_) => Content::Foreign("a number out of range"),
            },
            DeValue::Datetime(_) => Content::Foreign("a date"),
            DeValue::Array(items) => Content::List(items.iter().map(|item| self.node(item)).collect()),
            DeValue::Table(table) => return self.table(table, value.span()),
        };
        Node { place: self.place(value.span()), content }
    }

    fn table(&self, table: &DeTable<'_>, span: Range<usize>) -> Node {
        let mut entries: Vec<(Located<String>, Node)> = table
            .iter()
            .map(|(key, value)| {
                let place = self.place(key.span());
                (Located { value: key.get_ref().clone().into_owned(), place }, self.node(value))
            })
            .collect();
        entries.sort_by_key(|(key, _)| key.place.span.start);
        Node { place: self.place(span), content: Content::Table(entries) }
    }
}
