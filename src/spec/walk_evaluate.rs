//! The walk through `[[evaluate]]`: the keys of `[data]` that say what is read and how, and the set's own keys.

use super::evaluate::{EvaluationSet, OWN};
use super::fault::Fault;
use super::form::{Form, describe};
use super::keys::{KeyPath, Setting};
use super::names::{help_for_key, nearest};
use super::problem::{Located, Place, Problem};
use super::tree::{Content, Entries, Node};
use super::walk::Walker;
use super::{Size, Split, Value};

/// The valid keys of one set.
struct Draft {
    name: Option<String>,
    data: Vec<Setting>,
    split: Split,
    size: Size,
}

impl Walker {
    /// Every `[[evaluate]]`, in the order of the text. `evaluate = []`: none, whatever the base has.
    pub(super) fn evaluations(&mut self, node: &Node) -> Vec<Located<EvaluationSet>> {
        let not_tables = |place: &Place| {
            let fault = Fault::NotTables { table: "evaluate".to_owned() };
            Problem::at(fault, place, "not a list of tables").help("write `[[evaluate]]`, once for each set")
        };
        let Content::List(nodes) = &node.content else {
            self.problems.push(not_tables(&node.place));
            return Vec::new();
        };
        let mut sets = Vec::new();
        for row in nodes {
            match &row.content {
                Content::Table(entries) if entries.is_empty() => {
                    let problem = Problem::at(Fault::EmptySet, &row.place, "no key below");
                    let help =
                        "say how it differs from the job's own test rows: set a `language`, `dataset` or `split`";
                    self.problems.push(problem.help(help));
                }
                Content::Table(entries) => sets.extend(self.evaluation(&row.place, entries)),
                _ => self.problems.push(not_tables(&row.place)),
            }
        }
        sets
    }

    /// One set; none if it has a problem, so that no problem that follows is reported.
    fn evaluation(&mut self, place: &Place, entries: &Entries) -> Option<Located<EvaluationSet>> {
        let problems = self.problems.len();
        let mut draft = Draft { name: None, data: Vec::new(), split: Split::Test, size: Size::All };
        for (key, node) in entries {
            self.set_key(&mut draft, key, node);
        }
        draft.data.sort_by_key(Setting::key);
        let Draft { name, data, split, size } = draft;
        let name = name.unwrap_or_else(|| EvaluationSet::default_name(&data, split));
        let sound = self.problems.len() == problems;
        sound.then(|| Located { value: EvaluationSet { name, data, split, size }, place: place.clone() })
    }

    fn set_key(&mut self, draft: &mut Draft, key: &Located<String>, node: &Node) {
        let name = key.value.as_str();
        if let Some(known) = EvaluationSet::keys().find(|known| known.name() == name) {
            draft.data.extend(self.set_setting(known, node));
        } else if let Some((_, forms, _)) = OWN.into_iter().find(|(own, ..)| *own == name) {
            let Some(value) = self.set_value(name, forms, node) else { return };
            match name {
                "split" => draft.split = value.word(),
                "size" => draft.size = value.size(),
                _ => draft.name = self.set_name(&value, &node.place),
            }
        } else if KeyPath::parse(&format!("data.{name}")).is_some() {
            let fault = Fault::NotOfASet { key: name.to_owned() };
            self.problems.push(Problem::at(fault, &key.place, "only for jobs").help(help_for_job_key(name)));
        } else {
            let fault = Fault::UnknownKey { key: name.to_owned(), whereabouts: "in [[evaluate]]".to_owned() };
            self.problems.push(Problem::at(fault, &key.place, "no such key").help(help_for_set_key(name)));
        }
    }

    /// A key of `[data]` with its value, which messages name as the set does.
    fn set_setting(&mut self, key: KeyPath, node: &Node) -> Option<Setting> {
        let (path, forms) = (path(key.name()), EvaluationSet::forms(key));
        self.not_a_list(&path, forms, node)?;
        self.checked(&path, forms, node, |value, folder| key.read(value, folder))
    }

    /// A value checked against what a key of a set takes.
    fn set_value(&mut self, name: &str, forms: &[Form], node: &Node) -> Option<Value> {
        let path = path(name);
        self.not_a_list(&path, forms, node)?;
        self.value(&path, forms, node)
    }

    /// None for a list: a set has one value for each key.
    fn not_a_list(&mut self, path: &str, forms: &[Form], node: &Node) -> Option<()> {
        let Content::List(_) = node.content else { return Some(()) };
        let fault = Fault::WrongType { key: path.to_owned(), expected: describe(forms) };
        let problem = Problem::at(fault, &node.place, "this is a list");
        self.problems.push(problem.help("write `[[evaluate]]` once for each set"));
        None
    }

    /// A name that fits into a cell of a table.
    fn set_name(&mut self, name: &Value, place: &Place) -> Option<String> {
        let name = name.text();
        if name.trim() == name && !name.contains(char::is_control) {
            return Some(name);
        }
        let fault = Fault::BadSetName { name: name.clone() };
        let problem = Problem::at(fault, place, "not a name");
        self.problems.push(problem.help("write it in one line, without spaces at its ends"));
        None
    }
}

/// A set's key as messages name it.
fn path(name: &str) -> String {
    format!("evaluate.{name}")
}

/// The help for a key of `[data]` that is not one of a set.
fn help_for_job_key(name: &str) -> String {
    match name {
        "test_size" | "validation_size" | "train_size" => {
            "use `size`: how many rows of the set's split are scored".to_owned()
        }
        "labels" => {
            "remove it: the model predicts the tags that it learned, and gold tags are compared by name".to_owned()
        }
        _ => "remove it: no model is trained on a set".to_owned(),
    }
}

/// The help for an unknown key of a set.
fn help_for_set_key(name: &str) -> String {
    let here: Vec<&str> = EvaluationSet::keys().map(KeyPath::name).chain(OWN.map(|(own, ..)| own)).collect();
    if let Some(near) = nearest(name, here.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    match help_for_key(name, "data") {
        help if help.starts_with("the keys") => format!("the keys of [[evaluate]] are {}", here.join(", ")),
        help => help,
    }
}
