//! The one table of keys. A new key of the experiment file is one field in `settings` and one entry here: reading,
//! checking, messages, labels, the resolved file, the schema, job keys and the identity of what jobs share follow from it.

mod data;
mod forms;
mod model;
mod save;
mod train;

use std::sync::LazyLock;

use super::known_key::KnownKey;

/// Every key of the experiment file's tables, in the order in which they are shown.
pub(super) static KEYS: LazyLock<Vec<&'static KnownKey>> = LazyLock::new(|| {
    let tables = [data::KEYS, model::KEYS, train::KEYS, save::KEYS];
    tables.into_iter().flatten().collect()
});
