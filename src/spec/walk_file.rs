//! From a tree to a draft: every table of one text.

use std::collections::BTreeMap;

use super::Value;
use super::cluster::Cluster;
use super::evaluate::EvaluationSet;
use super::fault::Fault;
use super::keys::{KeyPath, tables};
use super::matrix::{Cell, Matrix};
use super::names::TOP_KEYS;
use super::problem::{Located, Place, Problem};
use super::select::SelectDraft;
use super::tree::{Content, Node};
use super::walk::Walker;

/// What one file contains.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// `name`, `title` and `extends`.
    pub(super) top: BTreeMap<String, Located<String>>,
    /// The keys of the tables.
    pub(super) base: BTreeMap<KeyPath, Cell>,
    pub(super) matrix: Option<Matrix>,
    pub(super) select: Option<SelectDraft>,
    pub(super) evaluate: Option<Vec<Located<EvaluationSet>>>,
    pub(super) cluster: Cluster,
    /// The tables' headers.
    pub(super) headers: BTreeMap<String, Place>,
}

impl Walker {
    /// A whole file.
    pub(super) fn draft(&mut self, root: &Node) -> Draft {
        let mut draft = Draft::default();
        let Content::Table(entries) = &root.content else { return draft };
        for (key, node) in entries {
            let name = key.value.as_str();
            match &node.content {
                _ if TOP_KEYS.contains(&name) => self.top(&mut draft, key, node),
                _ if name == "evaluate" => draft.evaluate = Some(self.evaluations(node)),
                Content::Table(entries) if name == "matrix" => draft.matrix = Some(self.matrix(entries)),
                Content::Table(entries) if name == "select" => draft.select = Some(self.select(&node.place, entries)),
                Content::Table(entries) if name == "cluster" => draft.cluster = self.cluster(entries, "[cluster]"),
                Content::Table(entries) if tables().contains(&name) => {
                    draft.headers.insert(name.to_owned(), node.place.clone());
                    for found in self.keys(name, entries) {
                        if let Some(cell) = self.cell(&found) {
                            draft.base.insert(cell.key(), cell);
                        }
                    }
                }
                Content::Table(_) => self.unknown_table(name, &key.place),
                Content::List(rows) if rows.iter().any(|row| matches!(row.content, Content::Table(_))) => {
                    self.unknown_table(name, &key.place);
                }
                _ if ["matrix", "select", "cluster"].contains(&name) || tables().contains(&name) => {
                    self.not_a_table(name, &node.place)
                }
                _ => self.unknown(name, "", &key.place, node),
            }
        }
        draft
    }

    fn top(&mut self, draft: &mut Draft, key: &Located<String>, node: &Node) {
        match &node.content {
            Content::Scalar(Value::Text(text)) if !text.trim().is_empty() => {
                let place = node.place.clone();
                draft.top.insert(key.value.clone(), Located { value: text.clone(), place });
            }
            _ => {
                let fault = Fault::WrongType { key: key.value.clone(), expected: "text".to_owned() };
                let label = if node.kind() == "text" { "this is empty" } else { "this is not text" };
                self.problems.push(Problem::at(fault, &node.place, label).help("put the text in quotes"));
            }
        }
    }
}
