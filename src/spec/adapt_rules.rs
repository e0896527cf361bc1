//! Keys of one way to adapt a model: a job that sets one adapts so, and of the jobs that have it from the base some do. A
//! grid over `model.adapt` may thus set them once; each job drops those that it does not use.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::keys::KeyPath;
use super::matrix::{Cell, Matrix};
use super::problem::{Place, Problem};
use super::requirements::{included, points, written};
use super::{Adapt, Settings, Value};

/// The key that says how.
const ADAPT: &str = "model.adapt";

/// Each key, and how the jobs adapt that use it.
const KEYS: [(&str, Adapt); 5] = [
    ("model.last_layers", Adapt::Last),
    ("model.lora_rank", Adapt::Lora),
    ("model.lora_alpha", Adapt::Lora),
    ("model.lora_dropout", Adapt::Lora),
    ("model.lora_targets", Adapt::Lora),
];

/// Keys that no job uses, or that vary among jobs of which some do not.
pub(super) fn problems(base: &BTreeMap<KeyPath, Cell>, matrix: &Matrix) -> Vec<Problem> {
    let path = |text| KeyPath::parse(text).expect("the rules name known keys");
    let mut problems = Vec::new();
    for (name, adapt) in KEYS {
        let (key, both) = (path(name), [path(name), path(ADAPT)]);
        let mut report = |place: &Place, jobs| {
            let fault = Fault::OtherAdapt { key: name, adapt: adapt.name(), jobs };
            let help = format!("write `adapt = \"{adapt}\"` in [model]; if it varies, vary both in one [[matrix.zip]]");
            problems.push(Problem::at(fault, place, "no other adapting has it").help(help));
        };
        let points = points(base, matrix, &both);
        let includes: Vec<_> = matrix.includes.iter().map(|row| (row, included(base, row, &both))).collect();
        let of_base = points.iter().chain(includes.iter().map(|(_, settings)| settings));
        let away = |value: Option<Value>| value != key.default();
        match written(key, base, matrix) {
            Some(place) if matrix.axis_keys().all(|axis| axis != key) => {
                let (mut sets, mut uses) = (false, false);
                for settings in of_base {
                    sets |= away(settings.get(key));
                    uses |= settings.model.adapt == adapt;
                }
                if sets && !uses {
                    report(place, "all jobs have");
                }
            }
            Some(place) => {
                let is_unmet = |settings: &Settings| away(settings.get(key)) && settings.model.adapt != adapt;
                if points.iter().any(is_unmet) {
                    report(place, "some jobs have");
                }
            }
            None => {}
        }
        for (row, settings) in includes {
            let own = row.cells.iter().find(|cell| cell.key() == key);
            if let Some(cell) = own.filter(|_| away(settings.get(key)) && settings.model.adapt != adapt) {
                report(&cell.key_place, "this job has");
            }
        }
    }
    problems
}
