//! The format of torch.save since torch 1.6: a zip file with a pickle, `ROOT/data.pkl`, and storages, `ROOT/data/KEY`.

use std::collections::BTreeMap;

use super::error::WeightsError;
use super::pickle::Pickle;
use super::state_dict::{storages, tensors};
use super::stored::Stored;
use super::zip;

/// The tensors of `file` by name; none for entries that are not tensors.
pub(super) fn read(file: &[u8]) -> Result<BTreeMap<String, Option<Stored>>, WeightsError> {
    let entries = zip::entries(file)?;
    let mut roots = entries.keys().filter_map(|name| name.strip_suffix("data.pkl")).filter(|root| root.ends_with('/'));
    let (Some(root), None) = (roots.next(), roots.next()) else {
        return Err(WeightsError::malformed("the archive has no data.pkl, or several"));
    };
    let entry = |name: &str| entries.get(format!("{root}{name}").as_str()).cloned();
    if entry("byteorder").is_some_and(|place| &file[place] != b"little") {
        return Err(WeightsError::BigEndian);
    }
    let pickle = Pickle::read(&file[entry("data.pkl").expect("its root was taken from it")])?;
    let mut places = BTreeMap::new();
    for (key, declared) in storages(&pickle)? {
        let place = entry(&format!("data/{key}")).unwrap_or_default();
        declared.check(key, place.len())?;
        places.insert(key, place);
    }
    tensors(&pickle, &places)
}
