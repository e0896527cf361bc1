//! Keys that require another key: evaluation during training requires validation rows, the best weights require scores,
//! cached features require a frozen encoder, constants
//! of a loss require that loss. Every point of the matrix and every include is checked; excludes are ignored.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::keys::KeyPath;
use super::matrix::{AxisList, Cell, Matrix};
use super::problem::{Place, Problem};
use super::{LossKind, Size, Value};

/// The key that says how many validation rows are scored.
pub(super) const ROWS: &str = "data.validation_size";

/// A key that, away from its default, requires another key to have certain values.
struct Requirement {
    key: &'static str,
    required: &'static str,
    is_met: fn(&Value) -> bool,
    fault: fn(&'static str) -> Fault,
    label: &'static str,
    help: &'static str,
}

const fn rows(key: &'static str) -> Requirement {
    let help = "set `data.validation_size` to a number of rows or \"all\"";
    let fault = |key| Fault::NoValidation { key };
    Requirement { key, required: ROWS, is_met: is_number_of_rows, fault, label: "this needs validation rows", help }
}

const fn scores(key: &'static str, label: &'static str) -> Requirement {
    let help = "set `evaluate_every` in [train] to \"epoch\" or a number of steps";
    let fault = |key| Fault::NoEvaluation { key };
    Requirement { key, required: "train.evaluate_every", is_met: |_| true, fault, label, help }
}

const FROZEN: Requirement = Requirement {
    key: "train.cache_features",
    required: "model.freeze",
    is_met: |freeze| *freeze == Value::Boolean(true),
    fault: |key| Fault::NotFrozen { key },
    label: "while an encoder trains, its features change with every step",
    help: "write `freeze = true` in [model]; if it varies, vary both in one [[matrix.zip]]",
};

const fn loss(key: &'static str, is_met: fn(&Value) -> bool, label: &'static str, help: &'static str) -> Requirement {
    let fault = |key| Fault::OtherLoss { key };
    Requirement { key, required: LOSS, is_met, fault, label, help }
}

/// The key of the loss.
const LOSS: &str = "train.loss";

const PIECES: Requirement = Requirement {
    key: "data.label_pieces",
    required: LOSS,
    is_met: |loss| *loss != Value::from(LossKind::Crf),
    fault: |_| Fault::PiecesInChain,
    label: "a CRF is a chain of words, not of their pieces",
    help: "remove `label_pieces`; if it varies, vary `train.loss` with it in one [[matrix.zip]]",
};

const REQUIREMENTS: [Requirement; 12] = [
    rows("train.evaluate_every"),
    rows("train.keep"),
    rows("train.patience"),
    scores("train.keep", "the best needs scores to compare"),
    scores("train.patience", "this counts evaluations"),
    FROZEN,
    loss(
        "train.class_weights",
        |loss| *loss != Value::from(LossKind::Crf),
        "a CRF scores whole sentences: its words have no weights",
        "remove the weights; if they vary, vary `train.loss` with them in one [[matrix.zip]]",
    ),
    loss(
        "train.label_smoothing",
        |loss| *loss == Value::from(LossKind::CrossEntropy),
        "only cross-entropy is smoothed",
        "remove it, or write `loss = \"cross_entropy\"`; if it varies, vary both in one [[matrix.zip]]",
    ),
    loss(
        "train.focal_gamma",
        |loss| *loss == Value::from(LossKind::Focal),
        "only the focal loss has it",
        "write `loss = \"focal\"` in [train]; if it varies, vary both in one [[matrix.zip]]",
    ),
    dice("train.dice_alpha"),
    dice("train.dice_gamma"),
    PIECES,
];

const fn dice(key: &'static str) -> Requirement {
    loss(
        key,
        |loss| *loss == Value::from(LossKind::Dice),
        "only the Dice loss has it",
        "write `loss = \"dice\"` in [train]; if it varies, vary both in one [[matrix.zip]]",
    )
}

/// Keys whose requirement some job does not meet.
pub(super) fn unmet(base: &BTreeMap<KeyPath, Cell>, matrix: &Matrix) -> Vec<Problem> {
    let mut problems = Vec::new();
    for requirement in REQUIREMENTS {
        let path = |text| KeyPath::parse(text).expect("requirements name known keys");
        let (key, required) = (path(requirement.key), path(requirement.required));
        let is_unmet = |(value, other): &(Option<Value>, Option<Value>)| {
            *value != key.default() && !other.as_ref().is_some_and(requirement.is_met)
        };
        let mut report = |place: &Place| {
            problems.push(
                Problem::at((requirement.fault)(requirement.key), place, requirement.label).help(requirement.help),
            );
        };
        if let Some(place) = written(key, base, matrix)
            && together(base, matrix, key, required).iter().any(is_unmet)
        {
            report(place);
            continue;
        }
        for row in &matrix.includes {
            let own = row.cells.iter().find(|cell| cell.key() == key);
            let value = |key: KeyPath| {
                row.cells.iter().find(|c| c.key() == key).map(|c| c.value().clone()).or_else(|| of(base, key))
            };
            if is_unmet(&(value(key), value(required))) {
                report(own.map_or(&row.place, |cell| &cell.key_place));
            }
        }
    }
    problems
}

/// The places that make jobs without validation rows; an empty list: the default does.
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

/// The place of a key in the base or on an axis.
pub(super) fn written<'e>(key: KeyPath, base: &'e BTreeMap<KeyPath, Cell>, matrix: &'e Matrix) -> Option<&'e Place> {
    base.get(&key).map(|cell| &cell.key_place).or(list(matrix, key).map(|list| &list.key_place))
}

/// The pairs of values that two keys have in the points of the matrix.
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

/// The value in the base, or the default.
fn of(base: &BTreeMap<KeyPath, Cell>, key: KeyPath) -> Option<Value> {
    base.get(&key).map(|cell| cell.value().clone()).or_else(|| key.default())
}
