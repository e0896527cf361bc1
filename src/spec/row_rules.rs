//! Keys that say which rows are used, and that do not go together: folds without a fold, weights of other languages.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::keys::KeyPath;
use super::matrix::{Cell, Matrix};
use super::problem::Problem;
use super::requirements::{included, points, written};
use super::{Data, Languages, Size};

/// The keys that the rules are about.
const KEYS: [&str; 8] = [
    "data.validation",
    "data.validation_seed",
    "data.stratify",
    "data.folds",
    "data.fold",
    "data.language",
    "data.language_weights",
    "data.train_size",
];

/// What is wrong: the key at fault, the fault, what to do.
type Finding = (&'static str, Fault, &'static str);

/// Problems of the keys of some jobs, each once.
pub(super) fn problems(base: &BTreeMap<KeyPath, Cell>, matrix: &Matrix) -> Vec<Problem> {
    let keys = KEYS.map(|key| KeyPath::parse(key).expect("the rules name known keys"));
    let mut problems: Vec<Problem> = Vec::new();
    for settings in points(base, matrix, &keys) {
        for (key, fault, help) in findings(&settings.data) {
            let place = KeyPath::parse(key).and_then(|key| written(key, base, matrix));
            let problem = match place {
                Some(place) => Problem::at(fault, place, "this one"),
                None => Problem::placeless(fault),
            };
            add(&mut problems, problem.help(help));
        }
    }
    for row in &matrix.includes {
        for (_, fault, help) in findings(&included(base, row, &keys).data) {
            let known = problems.iter().any(|problem| problem.fault == fault);
            if !known {
                add(&mut problems, Problem::at(fault, &row.place, "in this job").help(help));
            }
        }
    }
    problems
}

fn add(problems: &mut Vec<Problem>, problem: Problem) {
    if !problems.contains(&problem) {
        problems.push(problem);
    }
}

fn findings(data: &Data) -> Vec<Finding> {
    let needs = |key, needed| Fault::NeedsKey { key, needed };
    let mut found = Vec::new();
    if data.validation.is_some() && data.folds.is_some() {
        let fault = Fault::Rivals { key: "data.validation", rival: "data.folds" };
        found.push(("data.folds", fault, "both make the validation split of training rows: keep one"));
    }
    match (data.folds, data.fold) {
        (Some(_), None) => {
            let help = "under [matrix] write a run for each fold, `data.fold = [0, 1, ...]`, or choose one in [data]";
            found.push(("data.folds", needs("data.folds", "data.fold"), help));
        }
        (None, Some(_)) => {
            found.push(("data.fold", needs("data.fold", "data.folds"), "set `folds` in [data] to the number of folds"));
        }
        (Some(folds), Some(fold)) if fold >= folds => {
            found.push(("data.fold", Fault::NoSuchFold { fold, folds }, "folds are counted from 0"));
        }
        _ => {}
    }
    let keys = [
        ("data.stratify", data.stratify),
        ("data.validation_seed", data.validation_seed != Data::default().validation_seed),
    ];
    for (key, _) in keys.into_iter().filter(|(_, is_set)| *is_set && !data.is_carved()) {
        found.push((key, needs(key, "data.validation"), "set `validation` or `folds` in [data], or remove this"));
    }
    found.extend(of_weights(data));
    found
}

fn of_weights(data: &Data) -> Option<Finding> {
    let key = "data.language_weights";
    if data.language_weights.is_empty() {
        return None;
    }
    let languages = data.language.as_ref().map(Languages::names).unwrap_or_default();
    let is_named = |name: &String| data.language_weights.contains_key(name);
    if languages.len() < 2 || languages.len() != data.language_weights.len() || !languages.iter().all(is_named) {
        let names: Vec<&str> = data.language_weights.keys().map(String::as_str).collect();
        let languages = if languages.is_empty() { "none".to_owned() } else { languages.join(", ") };
        let fault = Fault::OtherLanguages { names: names.join(", "), languages };
        return Some((key, fault, "give every language of the list a weight, and no other; or remove it"));
    }
    (data.train_size == Size::All).then_some((key, Fault::DividesAll, "set `train_size` in [data] to a number of rows"))
}
