//! Keys of one variant: of a way to adapt, of a schedule, of an average. A job that sets such a key has that variant, and of
//! the jobs that have the key from the base some do. A grid over variants may thus set their keys once; each job drops
//! those that it does not use.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::keys::KeyPath;
use super::matrix::{Cell, Matrix};
use super::problem::{Place, Problem};
use super::requirements::{included, points, written};
use super::{Adapt, Average, Schedule, Settings};

/// A key, the variant that has it, and whether a job is of that variant.
struct Rule {
    key: &'static str,
    selector: &'static str,
    /// As a file writes it.
    variant: &'static str,
    uses: fn(&Settings) -> bool,
}

const fn adapting(key: &'static str, variant: &'static str, uses: fn(&Settings) -> bool) -> Rule {
    Rule { key, selector: "model.adapt", variant, uses }
}

const fn scheduled(key: &'static str, variant: &'static str, uses: fn(&Settings) -> bool) -> Rule {
    Rule { key, selector: "train.schedule", variant, uses }
}

const fn averaged(key: &'static str, variant: &'static str, uses: fn(&Settings) -> bool) -> Rule {
    Rule { key, selector: "train.average", variant, uses }
}

const RULES: [Rule; 12] = [
    adapting("model.last_layers", "\"last\"", |s| s.model.adapt == Adapt::Last),
    adapting("model.lora_rank", "\"lora\"", |s| s.model.adapt == Adapt::Lora),
    adapting("model.lora_alpha", "\"lora\"", |s| s.model.adapt == Adapt::Lora),
    adapting("model.lora_dropout", "\"lora\"", |s| s.model.adapt == Adapt::Lora),
    adapting("model.lora_targets", "\"lora\"", |s| s.model.adapt == Adapt::Lora),
    scheduled("train.schedule_power", "\"polynomial\"", |s| s.train.schedule == Schedule::Polynomial),
    scheduled("train.schedule_cycles", "\"cosine_with_restarts\"", |s| {
        s.train.schedule == Schedule::CosineWithRestarts
    }),
    scheduled("train.min_learning_rate", "\"cosine\" or \"polynomial\"", |s| s.train.schedule.ends_above_zero()),
    scheduled("train.decay_steps", "\"warmup_stable_decay\"", |s| s.train.schedule == Schedule::WarmupStableDecay),
    scheduled("train.decay_ratio", "\"warmup_stable_decay\"", |s| s.train.schedule == Schedule::WarmupStableDecay),
    averaged("train.ema_decay", "\"ema\"", |s| s.train.average == Average::Ema),
    averaged("train.average_steps", "\"last\"", |s| s.train.average == Average::Last),
];

/// Keys that no job uses, or that vary among jobs of which some do not.
pub(super) fn problems(base: &BTreeMap<KeyPath, Cell>, matrix: &Matrix) -> Vec<Problem> {
    RULES.iter().flat_map(|rule| violations(rule, base, matrix)).collect()
}

fn violations(rule: &Rule, base: &BTreeMap<KeyPath, Cell>, matrix: &Matrix) -> Vec<Problem> {
    let path = |text| KeyPath::parse(text).expect("the rules name known keys");
    let (key, both) = (path(rule.key), [path(rule.key), path(rule.selector)]);
    let sets = |settings: &Settings| settings.get(key) != key.default();
    let is_unmet = |settings: &Settings| sets(settings) && !(rule.uses)(settings);
    let points = points(base, matrix, &both);
    let includes: Vec<_> = matrix.includes.iter().map(|row| (row, included(base, row, &both))).collect();
    let mut problems = Vec::new();
    match written(key, base, matrix) {
        Some(place) if matrix.axis_keys().all(|axis| axis != key) => {
            let all = || points.iter().chain(includes.iter().map(|(_, settings)| settings));
            if all().any(sets) && !all().any(rule.uses) {
                problems.push(rule.problem(place, "no job has it"));
            }
        }
        Some(place) if points.iter().any(is_unmet) => problems.push(rule.problem(place, "some jobs do not have it")),
        _ => {}
    }
    for (row, settings) in &includes {
        let own = row.cells.iter().find(|cell| cell.key() == key);
        if let Some(cell) = own.filter(|_| is_unmet(settings)) {
            problems.push(rule.problem(&cell.key_place, "this job does not have it"));
        }
    }
    problems
}

impl Rule {
    fn problem(&self, place: &Place, jobs: &'static str) -> Problem {
        let Self { key, selector, variant, .. } = *self;
        let (table, name) = selector.split_once('.').expect("a key has a table");
        let help = format!("write `{name} = {variant}` in [{table}]; if it varies, vary both in one [[matrix.zip]]");
        Problem::at(Fault::NeedsVariant { key, selector, variant, jobs }, place, "this is of no use elsewhere")
            .help(help)
    }
}

/// Sets the keys of other variants than a job's own to their defaults: they change nothing.
pub(crate) fn drop_unused(settings: &mut Settings) {
    let Settings { model: of_model, train: of_train, .. } = Settings::default();
    let (model, train) = (&mut settings.model, &mut settings.train);
    if model.adapt != Adapt::Lora {
        model.lora = of_model.lora;
    }
    if model.adapt != Adapt::Last {
        model.last_layers = of_model.last_layers;
    }
    if train.schedule != Schedule::Polynomial {
        train.schedule_power = of_train.schedule_power;
    }
    if train.schedule != Schedule::CosineWithRestarts {
        train.schedule_cycles = of_train.schedule_cycles;
    }
    if !train.schedule.ends_above_zero() {
        train.min_learning_rate = of_train.min_learning_rate;
    }
    if train.schedule != Schedule::WarmupStableDecay {
        train.decay = of_train.decay;
    }
    if train.average != Average::Ema {
        train.ema_decay = of_train.ema_decay;
    }
    if train.average != Average::Last {
        train.average_steps = of_train.average_steps;
    }
}
