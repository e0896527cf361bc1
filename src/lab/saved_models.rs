//! How much disk the models of a plan need, and whether `save.models = "auto"` saves them.

use std::collections::BTreeMap;

use crate::hub::{Cache, Lock};
use crate::model::{Config, Layout};
use crate::plan::Plan;
use crate::spec::{Model, SaveModels, Settings, Source};

use super::advice::Advice;
use super::configuration::config_at_hand;

/// Bytes that all models of a plan may take together under `save.models = "auto"`.
const MODELS_AUTO: u64 = 10_000_000_000;

/// Bytes of the parameters that learn in a model over this configuration, as they are stored.
pub(super) fn learned_bytes(config: Config, model: &Model) -> u64 {
    /// More classes than tag sets have: their share of the bytes is small.
    const CLASSES: usize = 16;
    let frozen = model.frozen(config.layers);
    let layout = Layout::new(&config.with_adapter(model.adapter()), CLASSES);
    (layout.len - layout.learning_from(frozen)) as u64 * size_of::<f32>() as u64
}

/// Whether what all jobs of a plan learn fits the automatic limit together, those that are done included. A checkpoint
/// whose configuration `config_of` does not know takes no part.
pub(super) fn models_fit(plan: &Plan, config_of: impl Fn(&Settings) -> Option<Config>) -> bool {
    bytes_of(plan, config_of) <= MODELS_AUTO
}

fn bytes_of(plan: &Plan, config_of: impl Fn(&Settings) -> Option<Config>) -> u64 {
    let mut configs: BTreeMap<(&Source, &str), Option<Config>> = BTreeMap::new();
    let bytes = plan.jobs.iter().map(|job| {
        let model = &job.settings.model;
        let config = configs.entry((&model.checkpoint, &model.revision)).or_insert_with(|| config_of(&job.settings));
        config.clone().map_or(0, |config| learned_bytes(config, model))
    });
    bytes.sum()
}

/// Where the models of a plan are too large together for any to be saved by itself. Checkpoints whose configuration is
/// not on this machine take no part.
pub fn unsaved_models(plan: &Plan, selection: &[usize], cache: &Cache, lock: &Lock) -> Option<Advice> {
    let bytes = bytes_of(plan, |settings| config_at_hand(settings, cache, lock)?.ok());
    let jobs = selection.iter().copied().filter(|job| plan.jobs[*job].settings.save.models == SaveModels::Auto);
    let jobs: Vec<usize> = jobs.collect();
    if bytes <= MODELS_AUTO || jobs.is_empty() {
        return None;
    }
    let gigabytes = |bytes: u64| format!("{:.1} GB", bytes as f64 / 1e9);
    let what = format!(
        "models are not saved: together they need {}, and save.models = \"auto\" saves at most {}",
        gigabytes(bytes),
        gigabytes(MODELS_AUTO)
    );
    let remedy = "set save.models = \"all\" to score them later without training again".to_owned();
    Some(Advice { what, remedy, jobs })
}
