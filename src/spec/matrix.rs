//! The matrix of an experiment as written: axes, zips, excludes, includes, each with its places. Not its expansion.

use super::Value;
use super::fault::Fault;
use super::keys::{KeyPath, Setting};
use super::problem::{Located, Place, Problem};

/// `[matrix]`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    /// Axes and zips in the order of the file, the slowest first.
    pub axes: Vec<Axis>,
    /// `[[matrix.exclude]]`: jobs in which every key has this value are dropped.
    pub excludes: Vec<Row>,
    /// `[[matrix.include]]`: one job each, the base with these keys.
    pub includes: Vec<Row>,
}

/// One list, or the lists of a zip, which vary together.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// One for an axis; those of a zip have one length.
    pub lists: Vec<AxisList>,
    /// It is a `[[matrix.zip]]`, even if of one list.
    pub zip: bool,
    /// The key, or the zip's header.
    pub place: Place,
}

impl Axis {
    /// The number of its points; if the lists differ in length, of the longest.
    pub fn length(&self) -> usize {
        self.lists.iter().map(|list| list.settings.len()).max().unwrap_or(0)
    }
}

/// A key and the values it takes in turn.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisList {
    /// The key.
    pub key: KeyPath,
    /// Where the key is written.
    pub key_place: Place,
    /// The key's values in turn.
    pub settings: Vec<Located<Setting>>,
    /// The list.
    pub place: Place,
}

/// An exclude or an include.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its keys and values in the order of the file.
    pub cells: Vec<Cell>,
    /// Its header.
    pub place: Place,
}

/// A key with one value.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The key and its value.
    pub setting: Setting,
    /// Where the key is written.
    pub key_place: Place,
    /// Where the value is written.
    pub place: Place,
}

impl Cell {
    /// The key.
    pub fn key(&self) -> KeyPath {
        self.setting.key()
    }

    /// The value.
    pub fn value(&self) -> &Value {
        self.setting.value()
    }
}

impl Matrix {
    /// The keys of the axes and zips, in the order in which they vary.
    pub fn axis_keys(&self) -> impl Iterator<Item = KeyPath> + '_ {
        self.lists().map(|list| list.key)
    }

    /// The lists of the axes and zips, in the order in which they vary.
    pub fn lists(&self) -> impl Iterator<Item = &AxisList> {
        self.axes.iter().flat_map(|axis| &axis.lists)
    }

    /// Problems with the axes: a key on two of them, an empty one, a zip of unequal lists.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut seen: Vec<&AxisList> = Vec::new();
        for list in self.lists() {
            if let Some(first) = seen.iter().find(|other| other.key == list.key) {
                let fault = Fault::TwoAxes { key: list.key.as_str() };
                let problem = Problem::at(fault, &list.key_place, "again here").also(&first.key_place, "first here");
                problems.push(problem.help("keep one; to vary lists together, write them in one [[matrix.zip]]"));
            }
            seen.push(list);
            if list.settings.is_empty() {
                let fault = Fault::EmptyAxis { key: list.key.as_str() };
                problems.push(Problem::at(fault, &list.place, "no value").help("add a value, or remove the axis"));
            }
        }
        problems.extend(self.axes.iter().filter_map(unequal));
        problems
    }
}

/// A zip whose lists differ in length.
fn unequal(axis: &Axis) -> Option<Problem> {
    let lengths: Vec<usize> = axis.lists.iter().map(|list| list.settings.len()).collect();
    if lengths.windows(2).all(|pair| pair[0] == pair[1]) {
        return None;
    }
    let shown: Vec<String> = lengths.iter().map(usize::to_string).collect();
    let fault = Fault::UnequalZip { lengths: shown.join(" and ") };
    let mut lists = axis.lists.iter();
    let first = lists.next()?;
    let mut problem = Problem::at(fault, &first.place, count(first.settings.len()));
    for list in lists {
        problem = problem.also(&list.place, count(list.settings.len()));
    }
    Some(problem.help("the lists of a zip vary together: give each the same number of values"))
}

fn count(values: usize) -> String {
    if values == 1 { "1 value".to_owned() } else { format!("{values} values") }
}
