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
    uses: Uses,
    /// Sets the key to that of the defaults, which are given.
    reset: Reset,
}

type Uses = fn(&Settings) -> bool;
type Reset = fn(&mut Settings, Settings);

const fn adapting(key: &'static str, variant: &'static str, uses: Uses, reset: Reset) -> Rule {
    Rule { key, selector: "model.adapt", variant, uses, reset }
}

const fn scheduled(key: &'static str, variant: &'static str, uses: Uses, reset: Reset) -> Rule {
    Rule { key, selector: "train.schedule", variant, uses, reset }
}

const fn averaged(key: &'static str, variant: &'static str, uses: Uses, reset: Reset) -> Rule {
    Rule { key, selector: "train.average", variant, uses, reset }
}

const RULES: [Rule; 12] = [
    adapting(
        "model.last_layers",
        "\"last\"",
        |s| s.model.adapt == Adapt::Last,
        |s, of| s.model.last_layers = of.model.last_layers,
    ),
    adapting(
        "model.lora_rank",
        "\"lora\"",
        |s| s.model.adapt == Adapt::Lora,
        |s, of| s.model.lora.rank = of.model.lora.rank,
    ),
    adapting(
        "model.lora_alpha",
        "\"lora\"",
        |s| s.model.adapt == Adapt::Lora,
        |s, of| s.model.lora.alpha = of.model.lora.alpha,
    ),
    adapting(
        "model.lora_dropout",
        "\"lora\"",
        |s| s.model.adapt == Adapt::Lora,
        |s, of| s.model.lora.dropout = of.model.lora.dropout,
    ),
    adapting(
        "model.lora_targets",
        "\"lora\"",
        |s| s.model.adapt == Adapt::Lora,
        |s, of| s.model.lora.targets = of.model.lora.targets,
    ),
    scheduled(
        "train.schedule_power",
        "\"polynomial\"",
        |s| s.train.schedule == Schedule::Polynomial,
        |s, of| s.train.schedule_power = of.train.schedule_power,
    ),
    scheduled(
        "train.schedule_cycles",
        "\"cosine_with_restarts\"",
        |s| s.train.schedule == Schedule::CosineWithRestarts,
        |s, of| s.train.schedule_cycles = of.train.schedule_cycles,
    ),
    scheduled(
        "train.min_learning_rate",
        "\"cosine\" or \"polynomial\"",
        |s| s.train.schedule.ends_above_zero(),
        |s, of| s.train.min_learning_rate = of.train.min_learning_rate,
    ),
    scheduled(
        "train.decay_steps",
        "\"warmup_stable_decay\"",
        |s| s.train.schedule == Schedule::WarmupStableDecay,
        |s, of| s.train.decay = of.train.decay,
    ),
    scheduled(
        "train.decay_ratio",
        "\"warmup_stable_decay\"",
        |s| s.train.schedule == Schedule::WarmupStableDecay,
        |s, of| s.train.decay = of.train.decay,
    ),
    averaged(
        "train.ema_decay",
        "\"ema\"",
        |s| s.train.average == Average::Ema,
        |s, of| s.train.ema_decay = of.train.ema_decay,
    ),
    averaged(
        "train.average_steps",
        "\"last\"",
        |s| s.train.average == Average::Last,
        |s, of| s.train.average_steps = of.train.average_steps,
    ),
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
    for rule in &RULES {
        if !(rule.uses)(settings) {
            (rule.reset)(settings, Settings::default());
        }
    }
}
