//! `model.safetensors.index.json` and `pytorch_model.bin.index.json`: the shard of each tensor.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::error::{WeightsError, shown};

/// An index; other keys (`metadata`) are ignored.
#[derive(Debug, Deserialize)]
pub(super) struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Index {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, WeightsError> {
        serde_json::from_slice(bytes).map_err(|error| WeightsError::Index { what: error.to_string() })
    }

    /// Whether the tensor `name` of `shard` is used: not if the index has it in another shard.
    pub(super) fn takes(&self, name: &str, shard: &str) -> bool {
        self.weight_map.get(name).is_none_or(|own| own == shard)
    }

    /// Whether the index names `shard`.
    pub(super) fn names(&self, shard: &str) -> bool {
        self.weight_map.values().any(|own| own == shard)
    }

    /// Checks that all shards exist and have their tensors; `has(tensor, shard)`.
    pub(super) fn check(&self, shards: &BTreeSet<&str>, has: impl Fn(&str, &str) -> bool) -> Result<(), WeightsError> {
        for shard in self.weight_map.values() {
            if !shards.contains(shard.as_str()) {
                return Err(WeightsError::NoShard { shard: shown(shard) });
            }
        }
        for (name, shard) in &self.weight_map {
            if !has(name, shard) {
                return Err(WeightsError::NotInShard { name: shown(name), shard: shown(shard) });
            }
        }
        Ok(())
    }
}
