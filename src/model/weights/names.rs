//! Old names of tensors, and the prefix of a checkpoint's encoder.

use std::collections::BTreeMap;

use crate::model::config::Config;
use crate::model::layout::Layout;

use super::stored::Stored;

/// Tensors by name: index of the file and the tensor in it; none for entries that are not tensors.
pub(super) type Named = BTreeMap<String, (usize, Option<Stored>)>;

/// The current name of a tensor with an old name: the norms' `gamma` and `beta` are `weight` and `bias`.
pub(super) fn current(name: &str) -> Option<String> {
    let (rest, last) = name.rsplit_once('.')?;
    match last {
        "gamma" => Some(format!("{rest}.weight")),
        "beta" => Some(format!("{rest}.bias")),
        _ => None,
    }
}

/// `tensors`, by name the index of a file and a tensor in it, with those that a family's checkpoints have under other names,
/// or several in one, under the names of transformers.
pub(super) fn translated(config: &Config, tensors: &Named) -> Named {
    let mut all = tensors.clone();
    for (pattern, roles) in config.family.stored {
        let layers = if pattern.contains("{}") { (0..config.own_layers()).map(Some).collect() } else { vec![None] };
        for (prefix, layer) in
            config.family.prefixes.iter().flat_map(|prefix| layers.iter().map(move |layer| (prefix, *layer)))
        {
            let at = layer.map_or(String::new(), |layer| layer.to_string());
            let name = format!("{prefix}{}", pattern.replace("{}", &at));
            let Some((file, Some(stored))) = all.get(&name) else { continue };
            let (file, Some(parts)) = (*file, stored.split(roles.len())) else { continue };
            all.remove(&name);
            for (role, part) in roles.iter().zip(parts) {
                all.insert(format!("{prefix}{}", config.family.bare_tensor(*role, layer)), (file, Some(part)));
            }
        }
    }
    all
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
