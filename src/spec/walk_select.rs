//! The walk through `[select]`: a score's name and a list of keys.

use super::Value;
use super::fault::Fault;
use super::form::Form;
use super::keys::KeyPath;
use super::names::{help_for_key, nearest};
use super::problem::{Located, Place, Problem};
use super::select::{NEVER_OVER, ScoreName, SelectDraft};
use super::tree::{Content, Entries, Node};
use super::walk::Walker;
use crate::metrics::Metric;
use crate::words::Word;

/// The keys of `[select]`.
const KEYS: [&str; 4] = ["by", "over", "first_rung", "reduction_factor"];

/// What `first_rung` takes: steps.
pub(super) const FIRST_RUNG: [Form; 1] = [Form::Whole { least: 1 }];

/// What `reduction_factor` takes.
pub(super) const REDUCTION_FACTOR: [Form; 1] = [Form::Whole { least: 2 }];

impl Walker {
    /// `[select]`, whose header is at `place`.
    pub(super) fn select(&mut self, place: &Place, entries: &Entries) -> SelectDraft {
        let mut draft =
            SelectDraft { place: place.clone(), by: None, over: Vec::new(), first_rung: None, reduction_factor: None };
        for (key, node) in entries {
            match key.value.as_str() {
                "by" => draft.by = self.score_name(node),
                "over" => draft.over = self.over(node),
                "first_rung" => draft.first_rung = self.whole("select.first_rung", &FIRST_RUNG, node),
                "reduction_factor" => {
                    draft.reduction_factor = self.whole("select.reduction_factor", &REDUCTION_FACTOR, node);
                }
                other => {
                    let whereabouts = "in [select]".to_owned();
                    let fault = Fault::UnknownKey { key: other.to_owned(), whereabouts };
                    let help = match nearest(other, KEYS.into_iter()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("the keys of [select] are {}", KEYS.join(", ")),
                    };
                    self.problems.push(Problem::at(fault, &key.place, "no such key").help(help));
                }
            }
        }
        // a misspelled `over` is reported as such
        if entries.iter().all(|(key, _)| nearest(&key.value, KEYS.into_iter()) != Some("over")) {
            let problem = Problem::at(Fault::Missing { key: "select.over" }, place, "this key has no default");
            self.problems.push(problem.help("list the keys to select, as in `over = [\"train.learning_rate\"]`"));
        }
        let entry = |name: &str| entries.iter().find(|(key, _)| key.value == name);
        if let (Some((key, _)), None) = (entry("reduction_factor"), entry("first_rung")) {
            let fault = Fault::Missing { key: "select.first_rung" };
            let problem = Problem::at(fault, &key.place, "this says how many go on at a rung");
            self.problems.push(problem.help("write `first_rung = 100`: the steps after which jobs are first compared"));
        }
        draft
    }

    fn whole(&mut self, key: &str, forms: &[Form], node: &Node) -> Option<u64> {
        self.value(key, forms, node).map(|value| value.whole())
    }

    fn score_name(&mut self, node: &Node) -> Option<Located<ScoreName>> {
        let Content::Scalar(Value::Text(name)) = &node.content else {
            let fault = Fault::WrongType { key: "select.by".to_owned(), expected: "a score's name".to_owned() };
            let problem = Problem::at(fault, &node.place, format!("this is {}", node.kind()));
            self.problems.push(problem.help("as in `by = \"validation_entity_f1\"`"));
            return None;
        };
        if let Some(value) = ScoreName::parse(name) {
            return Some(Located { value, place: node.place.clone() });
        }
        let problem = match name.strip_prefix("test_").and_then(Metric::of_word) {
            Some(metric) => {
                Problem::at(Fault::ChoosesOnTest { name: name.clone() }, &node.place, "a test score").help(format!(
                    "the best of several test scores is too high because it was picked for being high; write \
                 \"validation_{metric}\": then only the winner is scored on the test set"
                ))
            }
            None => {
                let known: Vec<String> = ScoreName::all().map(|score| score.to_string()).collect();
                let whole = format!("validation_{name}");
                let near = ScoreName::parse(&whole).map(|_| whole.as_str());
                let help = match near.or_else(|| nearest(name, known.iter().map(String::as_str))) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => format!("the scores are {}", known.join(", ")),
                };
                Problem::at(Fault::NoSuchScore { name: name.clone() }, &node.place, "no such score").help(help)
            }
        };
        self.problems.push(problem);
        None
    }

    fn over(&mut self, node: &Node) -> Vec<Located<KeyPath>> {
        let Content::List(nodes) = &node.content else {
            let fault = Fault::WrongType { key: "select.over".to_owned(), expected: "a list of keys".to_owned() };
            let problem = Problem::at(fault, &node.place, format!("this is {}", node.kind()));
            self.problems.push(problem.help("as in `over = [\"train.learning_rate\"]`"));
            return Vec::new();
        };
        if nodes.is_empty() {
            let problem = Problem::at(Fault::EmptyOver, &node.place, "no key");
            self.problems.push(problem.help("list a key to select, or remove [select]"));
        }
        let mut keys: Vec<Located<KeyPath>> = Vec::new();
        for node in nodes {
            match self.key_over(node) {
                Ok(key) if keys.iter().any(|known| known.value == key) => {
                    let fault = Fault::OverTwice { key: key.as_str() };
                    self.problems.push(Problem::at(fault, &node.place, "again here").help("remove one"));
                }
                Ok(key) => keys.push(Located { value: key, place: node.place.clone() }),
                Err(problem) => self.problems.push(problem),
            }
        }
        keys
    }

    fn key_over(&self, node: &Node) -> Result<KeyPath, Problem> {
        let Content::Scalar(Value::Text(path)) = &node.content else {
            let fault = Fault::WrongType { key: "select.over".to_owned(), expected: "a list of keys".to_owned() };
            let problem = Problem::at(fault, &node.place, format!("this is {}", node.kind()));
            return Err(problem.help("a key is text, as in \"train.learning_rate\""));
        };
        let Some(key) = KeyPath::parse(path) else {
            let fault = Fault::UnknownKey { key: path.clone(), whereabouts: "in `select.over`".to_owned() };
            return Err(Problem::at(fault, &node.place, "no such key").help(help_for_path(path)));
        };
        match NEVER_OVER.iter().find(|(never, ..)| *never == path) {
            Some((_, why, instead)) => {
                Err(Problem::at(Fault::NeverOver { key: key.as_str() }, &node.place, *why).help(*instead))
            }
            None => Ok(key),
        }
    }
}

/// What to do about a path that is no key's.
fn help_for_path(path: &str) -> String {
    let whole = KeyPath::all().find(|known| known.name() == path);
    match (whole, nearest(path, KeyPath::all().map(KeyPath::as_str)), path.rsplit_once('.')) {
        (Some(known), _, _) => format!("its full name is `{known}`"),
        (None, Some(near), _) => format!("did you mean \"{near}\"?"),
        (None, None, Some((table, name))) => help_for_key(name, table),
        (None, None, None) => "write the table too, as in \"train.learning_rate\"".to_owned(),
    }
}
