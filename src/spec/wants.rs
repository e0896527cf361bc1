//! Keys that mean something only beside another: scoring while training wants validation rows, keeping the best weights
//! wants scores, keeping an encoder's features wants it frozen. Looks at every point of the matrix and every include; excludes are not taken into account.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::keys::KeyPath;
use super::matrix::{AxisList, Cell, Matrix};
use super::problem::{Place, Problem};
use super::{Size, Value};

/// The key that says how many validation rows are scored.
pub(super) const ROWS: &str = "data.validation_size";

/// A key, where it is not at its default, wants another key to have a value that serves.
struct Want {
    key: &'static str,
    wanted: &'static str,
    serves: fn(&Value) -> bool,
    fault: fn(&'static str) -> Fault,
    label: &'static str,
    help: &'static str,
}

const fn rows(key: &'static str) -> Want {
    let help = "give `data.validation_size` a number of rows or \"all\"";
    let fault = |key| Fault::NoValidation { key };
    Want { key, wanted: ROWS, serves: is_number_of_rows, fault, label: "it wants validation rows", help }
}

const fn scores(key: &'static str, label: &'static str) -> Want {
    let help = "write `evaluate_every = \"epoch\"` in [train], or a number of steps";
    let fault = |key| Fault::NoEvaluation { key };
    Want { key, wanted: "train.evaluate_every", serves: |_| true, fault, label, help }
}

const FROZEN: Want = Want {
    key: "train.cache_features",
    wanted: "model.freeze",
    serves: |freeze| *freeze == Value::Boolean(true),
    fault: |key| Fault::NotFrozen { key },
    label: "features of an encoder that learns change with every step",
    help: "write `freeze = true` in [model]; where it varies, vary both in one [[matrix.zip]]",
};

const WANTS: [Want; 6] = [
    rows("train.evaluate_every"),
    rows("train.keep"),
    rows("train.patience"),
    scores("train.keep", "the best of which?"),
    scores("train.patience", "it counts evaluations"),
    FROZEN,
];

/// The keys that want another which some job lacks.
pub(super) fn unmet(base: &BTreeMap<KeyPath, Cell>, matrix: &Matrix) -> Vec<Problem> {
    let mut problems = Vec::new();
    for want in WANTS {
        let path = |text| KeyPath::parse(text).expect("wants name known keys");
        let (key, wanted) = (path(want.key), path(want.wanted));
        let lacks = |(value, other): &(Option<Value>, Option<Value>)| {
            *value != key.default() && !other.as_ref().is_some_and(want.serves)
        };
        let mut report = |place: &Place| {
            problems.push(Problem::at((want.fault)(want.key), place, want.label).help(want.help));
        };
        if let Some(place) = written(key, base, matrix)
            && together(base, matrix, key, wanted).iter().any(lacks)
        {
            report(place);
            continue;
        }
        for row in &matrix.includes {
            let own = row.cells.iter().find(|cell| cell.key() == key);
            let value = |key: KeyPath| {
                row.cells.iter().find(|c| c.key() == key).map(|c| c.value().clone()).or_else(|| of(base, key))
            };
            if lacks(&(value(key), value(wanted))) {
                report(own.map_or(&row.place, |cell| &cell.key_place));
            }
        }
    }
    problems
}

/// Where jobs without validation rows come from: nothing written at all, or these places.
pub(super) fn without_rows(base: &BTreeMap<KeyPath, Cell>, matrix: &Matrix) -> Option<Vec<Place>> {
    let key = KeyPath::parse(ROWS).expect("it is a known key");
    let unscored = |value: Option<&Value>| !value.is_some_and(is_number_of_rows);
    let mut places = Vec::new();
    let mut any = false;
    match list(matrix, key) {
        Some(list) => {
            places.extend(
                list.settings.iter().filter(|v| unscored(Some(v.value.value()))).map(|value| value.place.clone()),
            );
        }
        None if unscored(of(base, key).as_ref()) => {
            any = true;
            places.extend(base.get(&key).map(|cell| cell.place.clone()));
        }
        None => {}
    }
    for row in &matrix.includes {
        match row.cells.iter().find(|cell| cell.key() == key) {
            Some(cell) if unscored(Some(cell.value())) => places.push(cell.place.clone()),
            None if unscored(of(base, key).as_ref()) && !any => places.push(row.place.clone()),
            _ => {}
        }
    }
    (any || !places.is_empty()).then_some(places)
}

/// A number of rows other than 0.
fn is_number_of_rows(value: &Value) -> bool {
    *value != Value::from(Size::Rows(0))
}

/// Where a key is written in the base or on an axis.
pub(super) fn written<'e>(key: KeyPath, base: &'e BTreeMap<KeyPath, Cell>, matrix: &'e Matrix) -> Option<&'e Place> {
    base.get(&key).map(|cell| &cell.key_place).or(list(matrix, key).map(|list| &list.key_place))
}

/// The values that two keys have together in the points of the matrix.
fn together(
    base: &BTreeMap<KeyPath, Cell>,
    matrix: &Matrix,
    one: KeyPath,
    other: KeyPath,
) -> Vec<(Option<Value>, Option<Value>)> {
    let values = |key| match list(matrix, key) {
        Some(list) => list.settings.iter().map(|setting| Some(setting.value.value().clone())).collect(),
        None => vec![of(base, key)],
    };
    let advance_together = |key| move |list: &&AxisList| list.key == key;
    let zipped = matrix.axes.iter().any(|axis| {
        axis.lists.iter().find(advance_together(one)).is_some()
            && axis.lists.iter().find(advance_together(other)).is_some()
    });
    let (ones, others): (Vec<Option<Value>>, Vec<Option<Value>>) = (values(one), values(other));
    if zipped {
        return ones.into_iter().zip(others).collect();
    }
    ones.iter().flat_map(|one| others.iter().map(|other| (one.clone(), other.clone()))).collect()
}

fn list(matrix: &Matrix, key: KeyPath) -> Option<&AxisList> {
    matrix.lists().find(|list| list.key == key)
}

/// What all jobs start from.
fn of(base: &BTreeMap<KeyPath, Cell>, key: KeyPath) -> Option<Value> {
    base.get(&key).map(|cell| cell.value().clone()).or_else(|| key.default())
}
