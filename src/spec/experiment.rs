//! An experiment: the settings that all jobs share and the matrix that varies them, checked as a whole.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Settings;
use super::evaluate::EvaluationSet;
use super::fault::Fault;
use super::keys::KeyPath;
use super::matrix::{Cell, Matrix};
use super::problem::{Place, Problem};
use super::select::Select;
use super::wants::{unmet, written};

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
    /// How winners are chosen; none: every job is scored as it says.
    pub select: Option<Select>,
    /// Further sets that each trained model is scored on, in the order of the file.
    pub evaluate: Vec<EvaluationSet>,
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
    problems.extend(unmet(base, matrix));
    problems
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
        for row in matrix.includes.iter().filter(|row| row.cells.iter().all(|cell| cell.key() != key)) {
            let problem = Problem::at(fault.clone(), &row.place, format!("this job has no `{key}`"));
            problems.push(problem.help(format!("give it here, or a default for all in [{}]", key.table())));
        }
    }
    problems
}
