//! The walk through `[matrix]`: lists for axes and zips, single values for excludes and includes.

use super::fault::Fault;
use super::keys::KeyPath;
use super::matrix::{Axis, AxisList, Cell, Matrix, Row};
use super::problem::{Located, Place, Problem};
use super::tree::{Content, Entries, Node};
use super::walk::{Found, Walker};

impl Walker {
    /// `[matrix]`: axes and zips in the order of the text, excludes, includes.
    pub(super) fn matrix(&mut self, entries: &Entries) -> Matrix {
        let mut matrix = Matrix::default();
        let mut plain = Vec::new();
        for (key, node) in entries {
            match key.value.as_str() {
                "zip" => {
                    for (place, entries) in self.rows("zip", node) {
                        let found = self.keys("", entries);
                        let lists = found.iter().filter_map(|found| self.list(found)).collect();
                        matrix.axes.push(Axis { lists, zip: true, place });
                    }
                }
                "exclude" => matrix.excludes = self.varied("exclude", node),
                "include" => matrix.includes = self.varied("include", node),
                _ => plain.push((key.clone(), node.clone())),
            }
        }
        for found in self.keys("", &plain) {
            let place = found.1.clone();
            let lists: Vec<AxisList> = self.list(&found).into_iter().collect();
            if !lists.is_empty() {
                matrix.axes.push(Axis { lists, zip: false, place });
            }
        }
        matrix.axes.sort_by_key(|axis| axis.place.span.start);
        self.problems.extend(matrix.problems());
        matrix
    }

    /// The rows of the excludes or includes.
    fn varied(&mut self, part: &'static str, node: &Node) -> Vec<Row> {
        let mut rows = Vec::new();
        for (place, entries) in self.rows(part, node) {
            let found = self.keys("", entries);
            let cells = found.iter().filter_map(|found| self.varied_cell(found)).collect();
            rows.push(Row { cells, place });
        }
        rows
    }

    /// The tables of `[[matrix.zip]]`, `[[matrix.exclude]]` or `[[matrix.include]]`.
    fn rows<'n>(&mut self, part: &'static str, node: &'n Node) -> Vec<(Place, &'n Entries)> {
        let nodes = match &node.content {
            Content::List(nodes) => nodes.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let is_list = matches!(node.content, Content::List(_));
        let mut rows = Vec::new();
        for row in nodes {
            match &row.content {
                Content::Table(entries) if is_list && entries.is_empty() => {
                    let problem = Problem::at(Fault::EmptyRow { part }, &row.place, "no key below");
                    self.problems.push(problem.help("add keys, or remove it"));
                }
                Content::Table(entries) if is_list => rows.push((row.place.clone(), entries.as_slice())),
                _ => {
                    let problem = Problem::at(
                        Fault::NotTables { table: format!("matrix.{part}") },
                        &row.place,
                        "not a list of tables",
                    );
                    self.problems.push(problem.help(format!("write `[[matrix.{part}]]`, once for each {part}")));
                }
            }
        }
        rows
    }

    /// A key of an exclude or include, which has to affect results.
    fn varied_cell(&mut self, found: &Found<'_>) -> Option<Cell> {
        self.may_vary(found.0, &found.1).then(|| self.cell(found))?
    }

    fn may_vary(&mut self, key: KeyPath, place: &Place) -> bool {
        let may = key.affects_results();
        if !may {
            let help = format!("jobs that differ only in it are one job; write it in [{}]", key.table());
            let fault = Fault::NotAnAxis { key: key.as_str() };
            self.problems.push(Problem::at(fault, place, "the same for every job").help(help));
        }
        may
    }

    /// A key with the list of its values.
    pub(super) fn list(&mut self, (key, key_place, node): &Found<'_>) -> Option<AxisList> {
        if !self.may_vary(*key, key_place) {
            return None;
        }
        let Content::List(nodes) = &node.content else {
            let help = match node.value() {
                Ok(value) => format!(
                    "write `{} = [{}]`, or move the key to [{}] if it does not vary",
                    key,
                    value.to_toml(),
                    key.table()
                ),
                Err(_) => format!("write `{key} = [...]`"),
            };
            let fault = Fault::AxisNotList { key: key.as_str() };
            self.problems.push(Problem::at(fault, &node.place, format!("this is {}", node.kind())).help(help));
            return None;
        };
        let settings = nodes
            .iter()
            .filter_map(|node| Some(Located { value: self.setting(*key, node)?, place: node.place.clone() }))
            .collect::<Vec<_>>();
        // A value that does not fit is reported; without the list, its length is not reported too.
        (settings.len() == nodes.len()).then(|| AxisList {
            key: *key,
            key_place: key_place.clone(),
            settings,
            place: node.place.clone(),
        })
    }
}
