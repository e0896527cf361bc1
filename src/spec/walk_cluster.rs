//! The walk through `[cluster]`, and through a user's file, which has the same keys: texts and counts.

use super::Value;
use super::cluster::{Cluster, KEYS};
use super::fault::Fault;
use super::form::{Form, describe};
use super::names::nearest;
use super::problem::{Located, Problem};
use super::tree::{Content, Entries, Node};
use super::walk::Walker;

impl Walker {
    /// `[cluster]`, or the keys of a user's file. `whereabouts`: which of them, for messages.
    pub(super) fn cluster(&mut self, entries: &Entries, whereabouts: &str) -> Cluster {
        let mut cluster = Cluster::default();
        for (key, node) in entries {
            let Some((name, forms, _)) = KEYS.iter().find(|(name, ..)| *name == key.value) else {
                self.unknown_of_cluster(key, whereabouts);
                continue;
            };
            if let Some(value) = self.of_cluster(name, forms, node) {
                cluster.set(name, &value);
            }
        }
        cluster
    }

    fn of_cluster(&mut self, name: &str, forms: &[Form], node: &Node) -> Option<Value> {
        let path = format!("cluster.{name}");
        if matches!(node.content, Content::List(_)) && !forms.contains(&Form::Texts) {
            let fault = Fault::WrongType { key: path, expected: describe(forms) };
            self.problems.push(Problem::at(fault, &node.place, "this is a list").help("write one value"));
            return None;
        }
        let value = self.value(&path, forms, node)?;
        // a line break would end the line of the batch script
        if name != "setup" && has_controls(&value) {
            let fault = Fault::WrongType { key: path, expected: "text in one line".to_owned() };
            self.problems.push(Problem::at(fault, &node.place, "this has a line break or a control character"));
            return None;
        }
        Some(value)
    }

    fn unknown_of_cluster(&mut self, key: &Located<String>, whereabouts: &str) {
        let fault = Fault::UnknownKey { key: key.value.clone(), whereabouts: format!("in {whereabouts}") };
        let help = match (key.value.as_str(), nearest(&key.value, KEYS.iter().map(|(name, ..)| *name))) {
            ("cluster", _) => "write its keys without `[cluster]`".to_owned(),
            ("mem", _) => "use `memory`".to_owned(),
            ("cpus_per_task" | "cpus-per-task" | "cores" | "threads", _) => "use `cpus`".to_owned(),
            ("gpus", _) => "write `gres = \"gpu:1\"`, or `options = [\"--gpus=1\"]`".to_owned(),
            (_, Some(near)) => format!("did you mean `{near}`?"),
            (_, None) => {
                let names: Vec<&str> = KEYS.iter().map(|(name, ..)| *name).collect();
                format!("the keys of {whereabouts} are {}; other options of sbatch go into `options`", names.join(", "))
            }
        };
        self.problems.push(Problem::at(fault, &key.place, "no such key").help(help));
    }
}

fn has_controls(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.contains(char::is_control),
        Value::List(values) => values.iter().any(has_controls),
        _ => false,
    }
}
