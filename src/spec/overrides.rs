//! `--set key=value`: settings from the command line, read as if a file that extends the experiment had them.

use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Value;
use super::fault::Fault;
use super::form::{Form, describe};
use super::keys::{KeyPath, tables};
use super::matrix::{Axis, Cell};
use super::names::{TOP_KEYS, axis_meant, help_for_key, help_for_table};
use super::problem::{Place, Problem, SourceText};
use super::tree::{Content, Node, parse_value};
use super::walk::Walker;

/// What the command line changes of an experiment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--set`, in the order given: `train.epochs=1`, `matrix.train.seed=[1,2]`.
    pub set: Vec<String>,
    /// `--name`
    pub name: Option<String>,
}

/// One override, read.
#[derive(Debug)]
pub(super) enum Override {
    /// A key of all jobs.
    Key(Cell),
    /// An axis, of one list.
    Axis(Axis),
}

impl Override {
    /// As the experiment's name has it: one spelling for each value, and only characters that a folder's name can have.
    fn as_name(&self) -> String {
        let text = match self {
            Self::Key(cell) => format!("{}={}", cell.key(), cell.value()),
            Self::Axis(axis) => {
                let list = &axis.lists[0];
                let values = list.settings.iter().map(|setting| setting.value.value().clone()).collect();
                format!("matrix.{}={}", list.key, Value::List(values))
            }
        };
        folder_name(&text)
    }
}

/// A text without the characters that a folder's name cannot have.
fn folder_name(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() || "._=-,[]+@~".contains(c) { c } else { '-' }).collect()
}

/// What all overrides add to the experiment's name; a long text is cut and ends with six digits of its hash.
pub(super) fn suffix(overrides: &[Override]) -> String {
    const LONGEST_BYTES: usize = 120;
    let whole: String = overrides.iter().map(|given| format!("+{}", given.as_name())).collect();
    if whole.len() <= LONGEST_BYTES {
        return whole;
    }
    let digits: String = Sha256::digest(&whole).iter().take(3).map(|byte| format!("{byte:02x}")).collect();
    format!("{}~{digits}", &whole[..whole.floor_char_boundary(LONGEST_BYTES)])
}

impl Overrides {
    /// An argument as a text that problems point into.
    pub(super) fn text(option: &str, argument: &str) -> Arc<SourceText> {
        Arc::new(SourceText { name: option.to_owned(), text: argument.to_owned() })
    }

    /// All arguments that can be read.
    pub(super) fn read(&self, problems: &mut Vec<Problem>) -> Vec<Override> {
        self.set.iter().filter_map(|argument| read(argument, problems)).collect()
    }
}

/// One argument. Folders are relative to the current one, as the shell completes them.
fn read(argument: &str, problems: &mut Vec<Problem>) -> Option<Override> {
    let source = Overrides::text("--set", argument);
    let place = |span| Place { source: source.clone(), span };
    let Some(equals) = argument.find('=') else {
        let problem = Problem::at(Fault::NoValue { what: "--set" }, &place(0..argument.len()), "no `=`");
        problems.push(problem.help("as in `--set train.epochs=1`"));
        return None;
    };
    let path = argument[..equals].trim();
    let key_place = place(0..argument[..equals].trim_end().len());
    let (is_axis, path) = path.strip_prefix("matrix.").map_or((false, path), |path| (true, path));
    let Some(key) = KeyPath::parse(path) else {
        problems.push(unknown(path, argument[equals + 1..].trim(), &key_place));
        return None;
    };
    let mut walker = Walker { folder: PathBuf::new(), problems: Vec::new() };
    let node = node(&source, equals + 1, key, is_axis);
    let given = if is_axis {
        let list = walker.list(&(key, key_place.clone(), &node));
        list.map(|list| Override::Axis(Axis { lists: vec![list], zip: false, place: key_place }))
    } else {
        let setting = walker.setting(key, &node);
        setting.map(|setting| Override::Key(Cell { setting, key_place, place: node.place.clone() }))
    };
    problems.append(&mut walker.problems);
    given
}

fn unknown(path: &str, value: &str, place: &Place) -> Problem {
    let of_a_set = path.split(['.', '[']).next() == Some("evaluate");
    let of_the_cluster = path.split('.').next() == Some("cluster");
    if of_the_cluster
        || TOP_KEYS.contains(&path)
        || path == "matrix"
        || path.split('.').next() == Some("select")
        || of_a_set
    {
        let help = match path {
            "name" => "use `--name`",
            _ if of_the_cluster => "give it to sbatch, as in `runner submit FILE -- --partition=gpu`",
            _ if of_a_set => "write `[[evaluate]]` in the file, or in one that extends it; no job runs again",
            _ => "write it in the file",
        };
        return Problem::at(Fault::NotSettable { key: path.to_owned() }, place, "not a key of a table").help(help);
    }
    let name = path.rsplit('.').next().unwrap_or(path);
    if let Some(above) = above(path) {
        let fault = Fault::UnknownKey { key: path.to_owned(), whereabouts: "in --set".to_owned() };
        let help = match takes_table(above) {
            Some(names) => {
                let name = if names.is_empty() || names.contains(&name) { name } else { names[0] };
                let bare = toml::from_str::<toml::Table>(&format!("value = {value}")).is_ok();
                let value = if bare { value.to_owned() } else { Value::Text(value.to_owned()).to_toml() };
                format!("set the whole table: `--set '{above}={{ {name} = {value} }}'`")
            }
            None => format!("`{above}` takes {}", describe(above.known().forms)),
        };
        return Problem::at(fault, place, "part of a key's value").help(help);
    }
    let whole = KeyPath::all().find(|known| known.name() == name);
    let help = match whole {
        Some(known) => format!("its full name is `{known}`"),
        None => axis_meant(name).map_or_else(|| help_for_path(path), |axis| format!("did you mean `matrix.{axis}`?")),
    };
    let fault = Fault::UnknownKey { key: path.to_owned(), whereabouts: "in --set".to_owned() };
    Problem::at(fault, place, "no such key").help(help)
}

/// The help for a path of no key: the key or table that its beginning may mean.
fn help_for_path(path: &str) -> String {
    let (table, name) = path.rsplit_once('.').unwrap_or(("", path));
    if table.is_empty() || tables().contains(&table) {
        return help_for_key(name, table);
    }
    let mut parts = path.split('.');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if tables().contains(&first) { help_for_key(second, first) } else { help_for_table(first) }
}

/// The key whose value a path leads into: `data.columns` for `data.columns.token`.
fn above(path: &str) -> Option<KeyPath> {
    path.rmatch_indices('.').find_map(|(at, _)| KeyPath::parse(&path[..at]))
}

/// The names in the table that a key takes, if it takes one; empty: any.
fn takes_table(key: KeyPath) -> Option<&'static [&'static str]> {
    key.known().forms.iter().find_map(|form| if let Form::Map { names, .. } = form { Some(*names) } else { None })
}

/// The value from byte `start` on: TOML, or bare text if the key takes text or it is no TOML.
fn node(source: &Arc<SourceText>, start: usize, key: KeyPath, is_axis: bool) -> Node {
    let text = &source.text[start..];
    let first = start + text.len() - text.trim_start().len();
    let end = first + text.trim().len();
    if is_axis && source.text[first..end].starts_with('[') && source.text[first..end].ends_with(']') {
        return list(source, first..end, key);
    }
    scalar(source, first..end, key)
}

fn scalar(source: &Arc<SourceText>, span: std::ops::Range<usize>, key: KeyPath) -> Node {
    let bare = || {
        let content = Content::Scalar(Value::Text(source.text[span.clone()].to_owned()));
        Node { place: Place { source: source.clone(), span: span.clone() }, content }
    };
    let takes = |node: &Node| node.value().is_ok_and(|value| key.read(&value, "".as_ref()).is_ok());
    match parse_value(source, span.clone()) {
        // a revision such as 1234567 or 1e5 is text, though TOML reads a number
        Ok(node) if !takes(&node) && takes(&bare()) => bare(),
        Ok(node) => node,
        Err(_) => bare(),
    }
}

/// A list whose texts may lack quotes, which a shell removes.
fn list(source: &Arc<SourceText>, span: std::ops::Range<usize>, key: KeyPath) -> Node {
    if let Ok(node) = parse_value(source, span.clone()) {
        return node;
    }
    let mut nodes = Vec::new();
    let mut start = span.start + 1;
    for item in source.text[span.start + 1..span.end - 1].split(',') {
        let first = start + item.len() - item.trim_start().len();
        nodes.push(scalar(source, first..first + item.trim().len(), key));
        start += item.len() + 1;
    }
    Node { place: Place { source: source.clone(), span }, content: Content::List(nodes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(argument: &str) -> String {
        let mut problems = Vec::new();
        let given = read(argument, &mut problems).unwrap_or_else(|| panic!("{problems:?}"));
        given.as_name()
    }

    #[test]
    fn one_value_gives_one_name_however_it_is_spelt() {
        assert_eq!(name_of("train.epochs=1"), "train.epochs=1");
        assert_eq!(name_of("train.epochs = 1.0"), "train.epochs=1");
        assert_eq!(name_of("train.learning_rate=0.00005"), "train.learning_rate=5e-5");
    }

    #[test]
    fn text_needs_no_quotes() {
        assert_eq!(name_of("data.language=de"), "data.language=de");
        assert_eq!(name_of("data.language=\"de\""), "data.language=de");
        assert_eq!(name_of("data.revision=1e5"), "data.revision=1e5");
        assert_eq!(name_of("matrix.data.language=[es, de]"), "matrix.data.language=[es,de]");
        assert_eq!(name_of("matrix.data.train_size=[10,\"all\"]"), "matrix.data.train_size=[10,all]");
    }

    #[test]
    fn a_name_has_nothing_that_a_folder_cannot_hold() {
        assert_eq!(
            name_of("model.checkpoint=google-bert/bert-base-cased"),
            "model.checkpoint=google-bert-bert-base-cased"
        );
        let long = format!("model.checkpoint=./{}", "a/".repeat(100));
        let given: Vec<Override> = read(&long, &mut Vec::new()).into_iter().collect();
        assert_eq!(suffix(&given).len(), 127);
    }
}
