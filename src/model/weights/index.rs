//! `model.safetensors.index.json` and `pytorch_model.bin.index.json`: which shard has which tensor.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::error::{WeightsError, shown};

/// An index; what else it says (`metadata`) does not matter here.
#[derive(Debug, Deserialize)]
pub(super) struct Index {
    weight_map: BTreeMap<String, String>,
}

impl Index {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, WeightsError> {
        serde_json::from_slice(bytes).map_err(|error| WeightsError::Index { what: error.to_string() })
    }

    /// Whether the tensor counts that `shard` has under `name`: not if the index says that it is in another.
    pub(super) fn takes(&self, name: &str, shard: &str) -> bool {
        self.weight_map.get(name).is_none_or(|place| place == shard)
    }

    /// Whether the index names `shard`.
    pub(super) fn names(&self, shard: &str) -> bool {
        self.weight_map.values().any(|place| place == shard)
    }

    /// Checks that the shards are there, and every tensor in its own; `has`: tensor, shard.
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
