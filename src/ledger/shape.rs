//! The shape of a training: the settings on which the time of a step depends. It knows no time.

use std::fmt;

use crate::spec::{KeyPath, Settings};

/// The keys, beside the environment, that trainings of one pace have in common.
const KEYS: [&str; 10] = [
    "data.dataset",
    "data.language",
    "model.checkpoint",
    "model.revision",
    "model.max_length",
    "model.freeze",
    "train.batch_size",
    "train.gradient_accumulation",
    "train.precision",
    "train.cache_features",
];

/// More of them, left out at their defaults, so that shapes on disk hold.
const LATER_KEYS: [&str; 4] = ["model.window", "model.stride", "model.adapt", "model.last_layers"];

/// What trainings whose steps take equally long have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape(String);

impl Shape {
    /// Of a training with these settings.
    pub fn of(settings: &Settings) -> Self {
        let set = |key: &'static str| KeyPath::parse(key).and_then(|key| Some((key, settings.get(key)?)));
        let later = LATER_KEYS.into_iter().filter_map(set).filter(|(key, value)| key.default().as_ref() != Some(value));
        let all = KEYS.into_iter().filter_map(set).chain(later);
        let parts: Vec<String> = all.map(|(key, value)| format!("{}={value}", key.name())).collect();
        Self(parts.join(", "))
    }

    /// As files name it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
