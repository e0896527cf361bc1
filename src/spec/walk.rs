//! The walk through a table: keys and values are checked against the table of keys, and every problem is collected.

use std::path::{Path, PathBuf};

use super::Value;
use super::fault::Fault;
use super::form::{self, Form, Mismatch, describe};
use super::keys::{KeyPath, Setting, tables};
use super::matrix::Cell;
use super::names::{axis_meant, help_for_key, help_for_list, help_for_table, nearest};
use super::problem::{Place, Problem};
use super::tree::{Content, Entries, Node};

/// Walks trees of one folder, collecting problems.
#[derive(Debug)]
pub(super) struct Walker {
    /// What relative paths are relative to.
    pub(super) folder: PathBuf,
    /// The problems so far.
    pub(super) problems: Vec<Problem>,
}

/// A key of a tree: its place and its content.
pub(super) type Found<'n> = (KeyPath, Place, &'n Node);

impl Walker {
    pub(super) fn not_a_table(&mut self, name: &str, place: &Place) {
        let fault = Fault::NotATable { table: name.to_owned() };
        let help = format!("write its keys under a line `[{name}]`");
        self.problems.push(Problem::at(fault, place, "not a table").help(help));
    }

    pub(super) fn unknown_table(&mut self, name: &str, place: &Place) {
        let fault = Fault::UnknownTable { table: name.to_owned() };
        self.problems.push(Problem::at(fault, place, "no such table").help(help_for_table(name)));
    }

    pub(super) fn unknown(&mut self, key: &str, table: &str, place: &Place, node: &Node) {
        let whereabouts = if table.is_empty() { "before the first table".to_owned() } else { format!("in [{table}]") };
        let fault = Fault::UnknownKey { key: key.to_owned(), whereabouts };
        self.problems.push(Problem::at(fault, place, "no such key").help(match &node.content {
            Content::List(_) => help_for_list(key, table),
            _ => help_for_key(key, table),
        }));
    }

    /// The known keys below a table, dotted and nested alike, in the order of the text.
    pub(super) fn keys<'n>(&mut self, table: &str, entries: &'n Entries) -> Vec<Found<'n>> {
        let mut found = Vec::new();
        for (key, node) in entries {
            let path = if table.is_empty() { key.value.clone() } else { format!("{table}.{}", key.value) };
            let is_table = KeyPath::all().any(|known| known.table() == path);
            match (&node.content, KeyPath::parse(&path)) {
                (_, Some(known)) => found.push((known, key.place.clone(), node)),
                (Content::Table(inner), None) if is_table => found.extend(self.keys(&path, inner)),
                (_, None) if is_table => self.not_a_table(&path, &node.place),
                (Content::Table(_), None) if table.is_empty() => {
                    let fault = Fault::UnknownTable { table: format!("matrix.{path}") };
                    self.problems.push(Problem::at(fault, &key.place, "no such table").help(matrix_help(&path)));
                }
                _ if table.is_empty() => {
                    let fault = Fault::UnknownKey { key: path.clone(), whereabouts: "in [matrix]".to_owned() };
                    self.problems.push(Problem::at(fault, &key.place, "no such key").help(matrix_help(&path)));
                }
                _ => self.unknown(&key.value, table, &key.place, node),
            }
        }
        found.sort_by_key(|(_, place, _)| place.span.start);
        found
    }

    /// A key with one value, checked.
    pub(super) fn cell(&mut self, (key, key_place, node): &Found<'_>) -> Option<Cell> {
        let setting = self.setting(*key, node)?;
        Some(Cell { setting, key_place: key_place.clone(), place: node.place.clone() })
    }

    /// A value checked against what its key takes.
    pub(super) fn setting(&mut self, key: KeyPath, node: &Node) -> Option<Setting> {
        self.checked(key.as_str(), key.known().forms, node, |value, folder| key.read(value, folder))
    }

    /// A value checked against forms. `key`: its path, for messages.
    pub(super) fn value(&mut self, key: &str, forms: &[Form], node: &Node) -> Option<Value> {
        self.checked(key, forms, node, |value, folder| form::read(forms, value, folder))
    }

    /// A value read by `read`, which takes `forms`; the problem with it is collected. `key`: its path, for messages.
    pub(super) fn checked<T>(
        &mut self,
        key: &str,
        forms: &[Form],
        node: &Node,
        read: impl FnOnce(&Value, &Path) -> Result<T, Mismatch>,
    ) -> Option<T> {
        let read = node.value().ok().map(|value| (read(&value, &self.folder), value));
        let (mismatch, written) = match read {
            Some((Ok(read), _)) => return Some(read),
            Some((Err(mismatch), value)) => (Some(mismatch), Some(value)),
            None => (None, None),
        };
        let expected = describe(forms);
        let detail = mismatch.as_ref().and_then(|mismatch| mismatch.detail.clone());
        let problem = match (mismatch, written) {
            (Some(mismatch), Some(value)) if mismatch.same_type => {
                let label = detail.unwrap_or_else(|| unfit(&value).to_owned());
                let found = value.to_toml();
                Problem::at(Fault::OutOfRange { key: key.to_string(), expected, found }, &node.place, label)
            }
            _ => {
                let label = format!("this is {}", node.kind());
                Problem::at(Fault::WrongType { key: key.to_string(), expected }, &node.place, label)
            }
        };
        let help = value_help(key, forms, node);
        self.problems.push(Problem { help, ..problem });
        None
    }
}

/// The label under a value of the right type that its key does not take.
fn unfit(value: &Value) -> &'static str {
    if matches!(value, Value::Text(_)) { "not one of these" } else { "out of range" }
}

/// The help for a name in `[matrix]` that is not the beginning of a key.
fn matrix_help(name: &str) -> String {
    if let Some(axis) = axis_meant(name) {
        return format!("did you mean `{axis} = [...]`?");
    }
    if let Some(known) = KeyPath::all().find(|known| known.name() == name) {
        return format!("write the table too: `{known} = [...]`");
    }
    let parts = ["zip", "exclude", "include"];
    match nearest(name, tables().into_iter().chain(parts)) {
        Some(near) if parts.contains(&near) => format!("did you mean `[[matrix.{near}]]`?"),
        Some(near) => format!("did you mean `{near}`?"),
        None => "write the table too, as in `data.train_size = [1000, 3000]`".to_owned(),
    }
}

/// The help for a value that does not fit: the word that was meant, the number without quotes, the axis for a list.
fn value_help(key: &str, forms: &[Form], node: &Node) -> Option<String> {
    let name = key.rsplit('.').next().unwrap_or(key);
    let takes = |value: &Value| form::read(forms, value, "".as_ref()).is_ok();
    match &node.content {
        Content::Scalar(Value::Text(text)) => {
            let words = forms.iter().flat_map(|form| if let Form::Words(words) = form { *words } else { &[] });
            if let Some(word) = nearest(text, words.copied()) {
                return Some(format!("did you mean \"{word}\"?"));
            }
            let bare = match text.as_str() {
                "true" => Value::Boolean(true),
                "false" => Value::Boolean(false),
                other => Value::Float(other.parse().ok()?),
            };
            let fits = takes(&bare) || text.parse().is_ok_and(|whole| takes(&Value::Integer(whole)));
            fits.then(|| format!("write it without quotes: `{name} = {text}`"))
        }
        Content::List(_)
            if ![Form::Tags, Form::Texts, Form::Languages, Form::Groups].iter().any(|form| forms.contains(form)) =>
        {
            Some(format!("to vary it, write the list under [matrix]: `{key} = [...]`"))
        }
        Content::Scalar(value) if [&[Form::Text][..], &[Form::Languages]].contains(&forms) => {
            Some(format!("put it in quotes: `{name} = \"{value}\"`"))
        }
        Content::Scalar(Value::Integer(0)) if name == "freeze" => {
            Some("write \"embeddings\" to freeze only the embeddings, or false to train everything".to_owned())
        }
        _ => None,
    }
}
