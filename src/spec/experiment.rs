//! An experiment: the settings that all jobs share and the matrix that varies them, checked as a whole.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::fault::Fault;
use super::keys::KeyPath;
use super::matrix::{Cell, Matrix};
use super::problem::{Place, Problem};
use super::{Settings, Size, Value};

/// An experiment file, resolved: `extends` followed, overrides applied, defaults filled in, every value checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// The folder below `results/`: the file's `name`, else its stem, with the overrides, else what `--name` says.
    pub name: String,
    /// `title`
    pub title: Option<String>,
    /// What every job starts from.
    pub base: Settings,
    /// What varies.
    pub matrix: Matrix,
    /// The file, as the user gave it.
    pub file: PathBuf,
}

/// Keys of which one takes the other's place.
pub(super) const RIVALS: [(&str, &str); 1] = [("train.warmup_steps", "train.warmup_ratio")];

/// The other key of a pair of rivals.
pub(super) fn rival(key: KeyPath) -> Option<KeyPath> {
    let (one, other) = RIVALS.iter().find(|(one, other)| [*one, *other].contains(&key.as_str()))?;
    KeyPath::parse(if key.as_str() == *one { other } else { one })
}

/// What is wrong between keys: each is well by itself. `headers`: where the file's tables begin.
pub(super) fn conflicts(
    base: &BTreeMap<KeyPath, Cell>,
    matrix: &Matrix,
    headers: &BTreeMap<String, Place>,
    start: &Place,
) -> Vec<Problem> {
    let mut problems = missing(base, matrix, headers, start);
    for key in KeyPath::all() {
        let Some(rival) = rival(key).filter(|rival| *rival > key) else { continue };
        if let (Some(one), Some(other)) = (written(key, base, matrix), written(rival, base, matrix)) {
            let fault = Fault::Rivals { key: key.as_str(), rival: rival.as_str() };
            let problem = Problem::at(fault, one, "either this").also(other, "or this");
            problems.push(problem.help("both say how long the warm-up is: keep one"));
        }
    }
    let validates = |value: &Value| *value != Value::from(Size::Rows(0));
    let size = KeyPath::parse("data.validation_size").expect("it is a known key");
    let scored = base.get(&size).is_some_and(|cell| validates(&cell.value))
        || matrix.lists().any(|list| list.key == size && list.values.iter().all(|value| validates(&value.value)));
    for (key, cell) in base {
        let wants = ["train.evaluate_every", "train.keep", "train.patience"].contains(&key.as_str())
            && key.default().as_ref() != Some(&cell.value);
        if wants && !scored {
            let problem =
                Problem::at(Fault::NoValidation { key: key.as_str() }, &cell.key_place, "it wants validation rows");
            problems.push(problem.help("give `data.validation_size` a number of rows or \"all\""));
        }
    }
    problems
}

/// Where a key is written in the base or on an axis.
fn written<'e>(key: KeyPath, base: &'e BTreeMap<KeyPath, Cell>, matrix: &'e Matrix) -> Option<&'e Place> {
    let on_axis = matrix.lists().find(|list| list.key == key).map(|list| &list.key_place);
    base.get(&key).map(|cell| &cell.key_place).or(on_axis)
}

/// Required keys that neither the base nor an axis gives, and includes that would have to.
fn missing(
    base: &BTreeMap<KeyPath, Cell>,
    matrix: &Matrix,
    headers: &BTreeMap<String, Place>,
    start: &Place,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for key in KeyPath::all().filter(|key| key.known().required && !base.contains_key(key)) {
        let example = match key.as_str() {
            "data.dataset" => "unimelb-nlp/wikiann",
            _ => "google-bert/bert-base-multilingual-cased",
        };
        let help = format!("write `{} = \"{example}\"` in [{}], or a folder, or a builtin", key.name(), key.table());
        let fault = Fault::Missing { key: key.as_str() };
        if matrix.axis_keys().all(|axis| axis != key) {
            let problem = match headers.get(key.table()) {
                Some(place) => Problem::at(fault, place, "it has no default"),
                None => Problem::at(fault, start, format!("there is no [{}]", key.table())),
            };
            problems.push(problem.help(help));
            continue;
        }
        for row in matrix.includes.iter().filter(|row| row.cells.iter().all(|cell| cell.key != key)) {
            let problem = Problem::at(fault.clone(), &row.place, format!("this job has no `{key}`"));
            problems.push(problem.help(format!("give it here, or a default for all in [{}]", key.table())));
        }
    }
    problems
}
