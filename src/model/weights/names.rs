//! Old names of tensors, and the prefix of a checkpoint's encoder.

use std::collections::BTreeMap;

use crate::model::config::Config;
use crate::model::layout::Layout;

/// The current name of a tensor with an old name: the norms' `gamma` and `beta` are `weight` and `bias`.
pub(super) fn current(name: &str) -> Option<String> {
    let (rest, last) = name.rsplit_once('.')?;
    match last {
        "gamma" => Some(format!("{rest}.weight")),
        "beta" => Some(format!("{rest}.bias")),
        _ => None,
    }
}

/// The prefix with which most of the encoder's tensors are found; of equal ones, the longest.
pub(super) fn prefix<T>(config: &Config, layout: &Layout, tensors: &BTreeMap<String, T>) -> &'static str {
    let bare: Vec<String> = layout
        .parameters
        .iter()
        .filter(|parameter| parameter.role.is_encoder() && !parameter.role.is_lora())
        .map(|parameter| config.family.bare_tensor(parameter.role, parameter.layer))
        .collect();
    let found = |prefix: &str| bare.iter().filter(|name| tensors.contains_key(&format!("{prefix}{name}"))).count();
    let prefixes = config.family.prefixes;
    prefixes.iter().copied().max_by_key(|prefix| (found(prefix), prefix.len())).unwrap_or_default()
}
