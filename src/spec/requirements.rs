//! Keys that require another key: evaluation during training requires validation rows, the best weights require scores,
//! cached features require a frozen encoder, constants of a loss require it, and what learns is said once. Every point of
//! the matrix and every include is checked; excludes are ignored.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::keys::KeyPath;
use super::matrix::{AxisList, Cell, Matrix, Row};
use super::problem::{Place, Problem};
use super::{Average, Keep, LossKind, Settings, Size, Split, Value, Window};

/// The key that says how many validation rows are scored.
pub(super) const ROWS: &str = "data.validation_size";
/// The keys that make the validation split of training rows.
const HELD_OUT: &str = "data.validation";
const FOLDS: &str = "data.folds";

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

const ADAPT: Requirement = Requirement {
    key: "model.adapt",
    required: "model.freeze",
    is_met: |freeze| *freeze == Value::Boolean(false),
    fault: |key| Fault::Frozen { key },
    label: "and so does `freeze`",
    help: "write `freeze = false` in [model], or remove `adapt`; if they vary, vary both in one [[matrix.zip]]",
};

const fn loss(key: &'static str, is_met: fn(&Value) -> bool, label: &'static str, help: &'static str) -> Requirement {
    let fault = |key| Fault::Unsuited { key, other: LOSS };
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

const WINDOW: &str = "model.window";

const REQUIREMENTS: [Requirement; 15] = [
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
    Requirement {
        key: "model.stride",
        required: WINDOW,
        is_met: |window| *window != Value::Boolean(false),
        fault: |key| Fault::NeedsKey { key, needed: WINDOW },
        label: "windows share these tokens, but some jobs have none",
        help: "write `window = true` in [model]; if it varies, vary both in one [[matrix.zip]]",
    },
    Requirement {
        key: "model.max_length",
        required: WINDOW,
        is_met: |window| matches!(window, Value::Boolean(_)),
        fault: |key| Fault::Rivals { key, rival: WINDOW },
        label: "a window of so many tokens takes its place",
        help: "write `window = true` for windows of max_length tokens, or remove `max_length`",
    },
    ADAPT,
];

const fn dice(key: &'static str) -> Requirement {
    loss(
        key,
        |loss| *loss == Value::from(LossKind::Dice),
        "only the Dice loss has it",
        "write `loss = \"dice\"` in [train]; if it varies, vary both in one [[matrix.zip]]",
    )
}

/// Two keys whose values do not all go together.
struct Pair {
    keys: [&'static str; 2],
    is_unmet: fn(&Settings) -> bool,
    fault: fn(&'static str, &'static str) -> Fault,
    label: &'static str,
    help: &'static str,
}

const PAIRS: [Pair; 5] = [
    Pair {
        keys: ["train.min_learning_rate", "train.learning_rate"],
        is_unmet: |settings| settings.train.min_learning_rate >= settings.train.learning_rate,
        fault: |key, other| Fault::NotBelow { key, other },
        label: "the rate falls to this",
        help: "lower it, or raise `learning_rate`; if one varies, vary both in one [[matrix.zip]]",
    },
    Pair {
        keys: [AVERAGE, "train.average_steps"],
        is_unmet: |settings| averages_last(settings) && settings.train.average_steps.is_none(),
        fault: |key, other| Fault::Needs { key, other },
        label: "over how many of the last steps?",
        help: "write `average_steps = n` in [train]; if `average` varies, vary both in one [[matrix.zip]]",
    },
    Pair {
        keys: [AVERAGE, "train.patience"],
        is_unmet: |settings| averages_last(settings) && settings.train.patience.is_some(),
        fault: |key, other| Fault::Unsuited { key, other },
        label: "a training that ends early has other last steps than planned",
        help: "remove `patience`, or write `average = \"ema\"`",
    },
    Pair {
        keys: [AVERAGE, "train.keep"],
        is_unmet: |settings| averages_last(settings) && settings.train.keep == Keep::Best,
        fault: |key, other| Fault::Unsuited { key, other },
        label: "the best weights may be from before the last steps, and no average",
        help: "remove `keep`, or write `average = \"ema\"`",
    },
    Pair {
        keys: ["model.stride", "model.window"],
        is_unmet: |Settings { model, .. }| matches!(model.window, Window::Tokens(tokens) if model.stride >= Some(tokens)),
        fault: |key, other| Fault::NotBelow { key, other },
        label: "windows that share all of their tokens do not advance",
        help: "lower it, or raise `window`; if one varies, vary both in one [[matrix.zip]]",
    },
];

/// The key of the average.
const AVERAGE: &str = "train.average";

fn averages_last(settings: &Settings) -> bool {
    settings.train.average == Average::Last
}

/// Keys whose requirement some job does not meet.
pub(super) fn unmet(base: &BTreeMap<KeyPath, Cell>, matrix: &Matrix) -> Vec<Problem> {
    let path = |text| KeyPath::parse(text).expect("requirements name known keys");
    let mut problems = Vec::new();
    for requirement in REQUIREMENTS {
        let (key, required) = (path(requirement.key), path(requirement.required));
        let keys = [key, required, path(HELD_OUT), path(FOLDS)];
        let is_unmet = |settings: &Settings| {
            let meets = settings.get(required).as_ref().is_some_and(requirement.is_met);
            settings.get(key) != key.default() && !meets
        };
        let places = violations(base, matrix, &keys, is_unmet);
        problems.extend(places.into_iter().map(|place| {
            Problem::at((requirement.fault)(requirement.key), place, requirement.label).help(requirement.help)
        }));
    }
    for Pair { keys: [key, other], is_unmet, fault, label, help } in PAIRS {
        let places = violations(base, matrix, &[path(key), path(other)], is_unmet);
        problems.extend(places.into_iter().map(|place| Problem::at(fault(key, other), place, label).help(help)));
    }
    problems
}

/// Where keys have values that `is_unmet` says do not go together: the place of the first key in the base or on its axis,
/// or else each include.
fn violations<'e>(
    base: &'e BTreeMap<KeyPath, Cell>,
    matrix: &'e Matrix,
    keys: &[KeyPath],
    is_unmet: impl Fn(&Settings) -> bool,
) -> Vec<&'e Place> {
    if let Some(place) = written(keys[0], base, matrix)
        && points(base, matrix, keys).iter().any(&is_unmet)
    {
        return vec![place];
    }
    let unmet = matrix.includes.iter().filter(|row| is_unmet(&included(base, row, keys)));
    let own = |row: &'e Row| row.cells.iter().find(|cell| cell.key() == keys[0]);
    unmet.map(|row| own(row).map_or(&row.place, |cell| &cell.key_place)).collect()
}

/// The places that make jobs without validation rows; an empty list: the default does.
pub(super) fn without_rows(base: &BTreeMap<KeyPath, Cell>, matrix: &Matrix) -> Option<Vec<Place>> {
    let keys = [ROWS, HELD_OUT, FOLDS].map(|text| KeyPath::parse(text).expect("it is a known key"));
    let key = keys[0];
    let is_unscored = |settings: &Settings| settings.data.size(Split::Validation) == Size::Rows(0);
    let mut places = Vec::new();
    let mut any = false;
    match list(matrix, key) {
        Some(list) => {
            let unscored = list.settings.iter().filter(|v| !is_number_of_rows(v.value.value()));
            places.extend(unscored.map(|value| value.place.clone()));
        }
        None if points(base, matrix, &keys).iter().any(is_unscored) => {
            any = true;
            places.extend(base.get(&key).map(|cell| cell.place.clone()));
        }
        None => {}
    }
    for row in matrix.includes.iter().filter(|row| is_unscored(&included(base, row, &keys))) {
        match row.cells.iter().find(|cell| cell.key() == key) {
            Some(cell) => places.push(cell.place.clone()),
            None if !any => places.push(row.place.clone()),
            None => {}
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

/// The settings of these keys alone that the points of the matrix have.
pub(super) fn points(base: &BTreeMap<KeyPath, Cell>, matrix: &Matrix, keys: &[KeyPath]) -> Vec<Settings> {
    let mut points = vec![of_base(base, keys)];
    for axis in &matrix.axes {
        let lists: Vec<&AxisList> = axis.lists.iter().filter(|list| keys.contains(&list.key)).collect();
        let Some(length) = lists.iter().map(|list| list.settings.len()).min() else { continue };
        let at = |point: &Settings, step: usize| {
            let mut point = point.clone();
            lists.iter().for_each(|list| point.set(&list.settings[step].value));
            point
        };
        points = points.iter().flat_map(|point| (0..length).map(|step| at(point, step))).collect();
    }
    points
}

/// The settings of these keys alone that an include has.
pub(super) fn included(base: &BTreeMap<KeyPath, Cell>, row: &Row, keys: &[KeyPath]) -> Settings {
    let mut settings = of_base(base, keys);
    let own = row.cells.iter().filter(|cell| keys.contains(&cell.key()));
    own.for_each(|cell| settings.set(&cell.setting));
    settings
}

fn of_base(base: &BTreeMap<KeyPath, Cell>, keys: &[KeyPath]) -> Settings {
    let mut settings = Settings::default();
    base.iter().filter(|(key, _)| keys.contains(key)).for_each(|(_, cell)| settings.set(&cell.setting));
    settings
}

fn list(matrix: &Matrix, key: KeyPath) -> Option<&AxisList> {
    matrix.lists().find(|list| list.key == key)
}
