//! The keys of a checkpoint's `config.json`, and their values by kind.

use serde_json::{Map, Value};

use super::activation::Activation;
use super::family::Family;
use super::keys::Entry;

/// The keys and values of config.json, and the family that defines them.
pub(super) struct RawConfig<'a> {
    pub family: &'static Family,
    pub keys: &'a Map<String, Value>,
}

impl RawConfig<'_> {
    pub(super) fn flag(&self, key: &str, default: bool) -> Result<bool, String> {
        match self.keys.get(key) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => value.as_bool().ok_or_else(|| format!("{key} = {value} is neither true nor false")),
        }
    }

    pub(super) fn size(&self, entry: Entry<usize>) -> Result<usize, String> {
        let Some(value) = self.keys.get(entry.key) else { return Ok(entry.default) };
        let size = value.as_u64().and_then(|size| usize::try_from(size).ok());
        size.ok_or_else(|| format!("{} = {value} is not a whole number; correct it", entry.key))
    }

    pub(super) fn number(&self, entry: Entry<f64>) -> Result<f64, String> {
        let Some(value) = self.keys.get(entry.key) else { return Ok(entry.default) };
        value.as_f64().ok_or_else(|| format!("{} = {value} is not a number; correct it", entry.key))
    }

    pub(super) fn activation(&self, Entry { key, default }: Entry<&'static str>) -> Result<Activation, String> {
        let name = self.keys.get(key).map_or(Some(default), Value::as_str);
        name.and_then(Activation::named).ok_or_else(|| {
            let found = self.keys.get(key).map_or_else(|| default.to_owned(), Value::to_string);
            format!("{key} = {found} is not supported, only gelu, gelu_new, relu and silu")
        })
    }
}
