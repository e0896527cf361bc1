//! The format of torch.save before torch 1.6: five pickles in sequence (a magic number, a version, the machine, the state
//! dict, the keys of the storages), then the storages, each after its length.

use std::collections::BTreeMap;

use super::error::{WeightsError, shown};
use super::pickle::{Pickle, Value};
use super::state_dict::{storages, tensors};
use super::stored::Stored;

/// `MAGIC_NUMBER` of torch/serialization.py, 0x1950a86a20f9469cfc6c, little-endian.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// `PROTOCOL_VERSION` of torch/serialization.py.
const VERSION: i64 = 1001;

/// The tensors of `file` by name; none for entries that are not tensors.
pub(super) fn read(file: &[u8]) -> Result<BTreeMap<String, Option<Stored>>, WeightsError> {
    let mut rest = Rest { file, at: 0 };
    if rest.pickle()?.root != Value::Long(&MAGIC) {
        return Err(WeightsError::malformed("a pickle, but not of torch.save"));
    }
    if rest.pickle()?.root != Value::Int(VERSION) {
        return Err(WeightsError::malformed("an unknown version of the format"));
    }
    check_machine(&rest.pickle()?)?;
    let state = rest.pickle()?;
    let declared = storages(&state)?;
    let keys = rest.pickle()?;
    let keys = keys.list(keys.root).ok_or_else(|| WeightsError::malformed("it has no list of storages"))?;
    let mut places = BTreeMap::new();
    for key in keys {
        let known = if let Value::Text(key) = key { declared.get_key_value(key) } else { None };
        let (key, declared) = known.ok_or_else(|| WeightsError::malformed("a storage that no tensor uses"))?;
        let len = i64::from_le_bytes(rest.take(8)?.try_into().expect("eight bytes"));
        let bytes = declared.number.bytes() as u64;
        declared.check(key, usize::try_from((len.max(0) as u64).saturating_mul(bytes)).unwrap_or(usize::MAX))?;
        let start = rest.at;
        rest.take(declared.bytes(key)?)?;
        places.insert(*key, start..rest.at);
    }
    if let Some(missing) = declared.keys().find(|key| !places.contains_key(**key)) {
        return Err(WeightsError::malformed(format!("storage {} is missing", shown(missing))));
    }
    tensors(&state, &places)
}

fn check_machine(machine: &Pickle<'_>) -> Result<(), WeightsError> {
    let facts = machine.dict(machine.root).unwrap_or_default();
    match facts.iter().find(|(key, _)| *key == Value::Text("little_endian")) {
        Some((_, Value::Bool(true))) => Ok(()),
        Some((_, Value::Bool(false))) => Err(WeightsError::BigEndian),
        _ => Err(WeightsError::malformed("it has no byte order")),
    }
}

/// A file and how much of it was read.
struct Rest<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Rest<'a> {
    fn pickle(&mut self) -> Result<Pickle<'a>, WeightsError> {
        let pickle = Pickle::read(&self.file[self.at..])?;
        self.at += pickle.len;
        Ok(pickle)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], WeightsError> {
        let end = self.at.checked_add(len).filter(|end| *end <= self.file.len());
        let end = end.ok_or_else(|| WeightsError::malformed("a storage is truncated"))?;
        let taken = &self.file[self.at..end];
        self.at = end;
        Ok(taken)
    }
}
