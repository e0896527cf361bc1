//! Reads a state dict from a pickle of torch.save: tensors by name, as views of storages.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::error::{WeightsError, shown};
use super::pickle::{Global, Object, Pickle, Value};
use super::stored::{Number, Stored, whole};

/// Most keys in a message.
const NAMED: usize = 12;

/// A storage as the pickle declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) number: Number,
    /// Number of elements.
    pub(super) len: usize,
}

impl Declared {
    /// Size of the storage in bytes.
    pub(super) fn bytes(self, key: &str) -> Result<usize, WeightsError> {
        let beyond = || WeightsError::malformed(format!("storage {} is larger than any file", shown(key)));
        self.len.checked_mul(self.number.bytes()).ok_or_else(beyond)
    }

    /// Checks that a storage has its declared size; `found`: its size in bytes.
    pub(super) fn check(self, key: &str, found: usize) -> Result<(), WeightsError> {
        let declared = self.bytes(key)?;
        if declared == found {
            return Ok(());
        }
        Err(WeightsError::Storage { key: shown(key), found: found as u64, declared: declared as u64 })
    }
}

/// All storages in a pickle, by key.
pub(super) fn storages<'a>(pickle: &Pickle<'a>) -> Result<BTreeMap<&'a str, Declared>, WeightsError> {
    let mut all = BTreeMap::new();
    for object in &pickle.objects {
        let Object::Outside(description) = object else { continue };
        let (key, declared) = storage(pickle, *description)?;
        if *all.entry(key).or_insert(declared) != declared {
            return Err(WeightsError::malformed(format!("storage {} has two different declarations", shown(key))));
        }
    }
    Ok(all)
}

/// `("storage", type, key, device, length)`; the format before 1.6 adds a view, which is always `None`.
fn storage<'a>(pickle: &Pickle<'a>, description: Value<'a>) -> Result<(&'a str, Declared), WeightsError> {
    let parts = match pickle.tuple(description) {
        Some([parts @ .., Value::Nothing]) | Some(parts) => parts,
        None => &[],
    };
    match parts {
        [Value::Text("storage"), Value::Global(Global::Storage(number)), Value::Text(key), _, Value::Int(len)] => {
            Ok((key, Declared { number: *number, len: whole(&shown(key), *len)? }))
        }
        _ => Err(WeightsError::malformed("a storage has an unknown description")),
    }
}

/// The tensors of a state dict by name; none for its other entries. `places`: the byte range of each storage in the file,
/// checked against [`storages`].
pub(super) fn tensors<'a>(
    pickle: &Pickle<'a>,
    places: &BTreeMap<&'a str, Range<usize>>,
) -> Result<BTreeMap<String, Option<Stored>>, WeightsError> {
    let Some(entries) = pickle.dict(pickle.root) else {
        return Err(WeightsError::Wrapped { keys: "no dictionary".to_owned() });
    };
    let nested = entries.iter().any(|(_, value)| pickle.dict(*value).is_some());
    let mut found = BTreeMap::new();
    for (key, value) in entries {
        let Value::Text(name) = *key else { return Err(wrapped(entries)) };
        let tensor = match call(pickle, *value) {
            Some((Global::Tensor, arguments)) => Some(tensor(pickle, name, arguments, places)?),
            _ => None,
        };
        found.insert(name, tensor);
    }
    if nested || found.values().all(Option::is_none) {
        return Err(wrapped(entries));
    }
    // copied only now, so that a key that is repeated a million times is copied once
    Ok(found.into_iter().map(|(name, tensor)| (name.to_owned(), tensor)).collect())
}

/// A stored call and its arguments; for a parameter, that of its tensor.
fn call<'p, 'a>(pickle: &'p Pickle<'a>, value: Value<'a>) -> Option<(Global, &'p [Value<'a>])> {
    let Object::Call(global, arguments) = pickle.object(value)? else { return None };
    let arguments = pickle.tuple(*arguments)?;
    match (global, arguments.first()) {
        (Global::Parameter, Some(inner)) => match pickle.object(*inner)? {
            Object::Call(Global::Tensor, arguments) => Some((Global::Tensor, pickle.tuple(*arguments)?)),
            _ => None,
        },
        _ => Some((*global, arguments)),
    }
}

fn tensor<'a>(
    pickle: &Pickle<'a>,
    name: &str,
    arguments: &[Value<'a>],
    places: &BTreeMap<&'a str, Range<usize>>,
) -> Result<Stored, WeightsError> {
    let name = shown(name);
    let [source, Value::Int(offset), shape, strides, ..] = arguments else {
        return Err(WeightsError::Tensor { name, what: "has an unknown description" });
    };
    let Some(Object::Outside(description)) = pickle.object(*source) else {
        return Err(WeightsError::Tensor { name, what: "has no storage" });
    };
    let (key, declared) = storage(pickle, *description)?;
    let place = &places[key];
    let sizes = |value| -> Result<Vec<usize>, WeightsError> {
        let values = pickle.tuple(value).unwrap_or_default().iter();
        // many tensors may share a tuple, so copies of a long one could take any amount of memory
        values.take(DIMENSIONS).map(|value| integer(&name, *value)).collect()
    };
    Stored::view(declared.number, (place.start, declared.len), whole(&name, *offset)?, sizes(*shape)?, sizes(*strides)?)
        .map_err(|what| WeightsError::Tensor { name, what })
}

/// One more than [`Stored::view`] accepts.
const DIMENSIONS: usize = 9;

fn integer(name: &str, value: Value<'_>) -> Result<usize, WeightsError> {
    match value {
        Value::Int(number) => whole(name, number),
        _ => Err(WeightsError::Tensor { name: name.to_owned(), what: "has a size that is not an integer" }),
    }
}

fn wrapped(entries: &[(Value<'_>, Value<'_>)]) -> WeightsError {
    let names: BTreeSet<&str> =
        entries.iter().filter_map(|(key, _)| if let Value::Text(name) = key { Some(*name) } else { None }).collect();
    let mut named: Vec<String> = names.iter().take(NAMED).map(|name| format!("`{}`", shown(name))).collect();
    if names.len() > named.len() {
        named.push(format!("and {} more", names.len() - named.len()));
    }
    let keys = if named.is_empty() { "no named tensor".to_owned() } else { named.join(", ") };
    WeightsError::Wrapped { keys }
}
