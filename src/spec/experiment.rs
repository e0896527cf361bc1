//! An experiment: the settings that all jobs share and the matrix that varies them, checked as a whole.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Settings;
use super::cluster::Cluster;
use super::evaluate::EvaluationSet;
use super::fault::Fault;
use super::keys::KeyPath;
use super::matrix::{Cell, Matrix};
use super::problem::{Place, Problem};
use super::requirements::{unmet, written};
use super::row_rules;
use super::select::Select;
use super::variant_rules;

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
    /// How winners are selected; none: every job is scored on the splits that it names.
    pub select: Option<Select>,
    /// Evaluation sets that each trained model is scored on, in the order of the file.
    pub evaluate: Vec<EvaluationSet>,
    /// What a scheduler is asked for; it bears on no result.
    pub cluster: Cluster,
    /// The file, as the user gave it.
    pub file: PathBuf,
}

/// Two keys of which only one can be set.
struct Rivals {
    keys: [&'static str; 2],
    help: &'static str,
}

const RIVALS: [Rivals; 2] = [
    Rivals { keys: ["train.warmup_steps", "train.warmup_ratio"], help: "both set the length of the warm-up: keep one" },
    Rivals { keys: ["train.decay_steps", "train.decay_ratio"], help: "both set the length of the decay: keep one" },
];

/// The other key of a pair of rivals.
pub(super) fn rival(key: KeyPath) -> Option<KeyPath> {
    let Rivals { keys: [one, other], .. } = RIVALS.iter().find(|rivals| rivals.keys.contains(&key.as_str()))?;
    KeyPath::parse(if key.as_str() == *one { other } else { one })
}

/// Problems between keys that are valid by themselves. `headers`: where the file's tables begin.
pub(super) fn conflicts(
    base: &BTreeMap<KeyPath, Cell>,
    matrix: &Matrix,
    headers: &BTreeMap<String, Place>,
    start: &Place,
) -> Vec<Problem> {
    let mut problems = missing(base, matrix, headers, start);
    for Rivals { keys: [key, rival], help } in RIVALS {
        let place = |key| written(KeyPath::parse(key).expect("rivals are known keys"), base, matrix);
        if let (Some(one), Some(other)) = (place(key), place(rival)) {
            let problem = Problem::at(Fault::Rivals { key, rival }, one, "this one").also(other, "and this one");
            problems.push(problem.help(help));
        }
    }
    problems.extend(unmet(base, matrix));
    problems.extend(row_rules::problems(base, matrix));
    problems.extend(variant_rules::problems(base, matrix));
    problems
}

/// Required keys that are neither in the base nor on an axis, and includes that do not set them.
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
        let help =
            format!("write `{} = \"{example}\"` in [{}], or name a folder or a builtin", key.name(), key.table());
        let fault = Fault::Missing { key: key.as_str() };
        if matrix.axis_keys().all(|axis| axis != key) {
            let problem = match headers.get(key.table()) {
                Some(place) => Problem::at(fault, place, "this key has no default"),
                None => Problem::at(fault, start, format!("there is no [{}]", key.table())),
            };
            problems.push(problem.help(help));
            continue;
        }
        for row in matrix.includes.iter().filter(|row| row.cells.iter().all(|cell| cell.key() != key)) {
            let problem = Problem::at(fault.clone(), &row.place, format!("`{key}` is unset in this job"));
            problems.push(problem.help(format!("set it here, or for all jobs in [{}]", key.table())));
        }
    }
    problems
}
