//! The shape of a training: the settings on which the time of a step depends. It knows no time.

use std::fmt;

use crate::spec::{KeyPath, Settings};

/// The keys, beside the environment, that trainings of one pace have in common.
const KEYS: [&str; 11] = [
    "data.dataset",
    "data.language",
    "model.checkpoint",
    "model.revision",
    "model.max_length",
    "model.freeze",
    "model.adapt",
    "train.batch_size",
    "train.gradient_accumulation",
    "train.precision",
    "train.cache_features",
];

/// What trainings whose steps take equally long have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape(String);

impl Shape {
    /// Of a training with these settings.
    pub fn of(settings: &Settings) -> Self {
        let set = KEYS.into_iter().filter_map(KeyPath::parse).filter_map(|key| Some((key, settings.get(key)?)));
        let parts: Vec<String> = set.map(|(key, value)| format!("{}={value}", key.name())).collect();
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
