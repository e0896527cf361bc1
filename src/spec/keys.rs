//! A key as others name it: its path, what it takes, how it is read from and written to settings. The keys themselves
//! stand in `table`.

use std::fmt;
use std::path::Path;

use super::form::{self, Mismatch};
use super::known_key::KnownKey;
use super::table::KEYS;
use super::{Settings, Source, Value};

/// One of the known keys. Ordered as in the table of keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPath(usize);

impl KeyPath {
    /// The key of this path, `table.key`.
    pub fn parse(path: &str) -> Option<Self> {
        KEYS.iter().position(|key| key.path == path).map(Self)
    }

    /// Every key, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..KEYS.len()).map(Self)
    }

    /// All that is known of the key.
    pub fn known(self) -> &'static KnownKey {
        &KEYS[self.0]
    }

    /// `table.key`
    pub fn as_str(self) -> &'static str {
        self.known().path
    }

    /// The last part: `key`.
    pub fn name(self) -> &'static str {
        self.as_str().rsplit_once('.').map_or(self.as_str(), |(_, name)| name)
    }

    /// All but the last part: `table`.
    pub fn table(self) -> &'static str {
        self.as_str().rsplit_once('.').map_or("", |(table, _)| table)
    }

    /// The value where nothing is written; none: required, or unset.
    pub fn default(self) -> Option<Value> {
        Settings::default().get(self)
    }

    /// A value read against what the key takes; relative paths start at `folder`.
    ///
    /// # Errors
    /// What the key takes instead.
    pub fn read(self, value: &Value, folder: &Path) -> Result<Value, Mismatch> {
        form::read(self.known().forms, value, folder)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Settings {
    /// The value of a key; none for one that is not set and has no default.
    pub fn get(&self, key: KeyPath) -> Option<Value> {
        (key.known().get)(self)
    }

    /// Sets a key. A relative path is taken from the current folder.
    ///
    /// # Errors
    /// What the key takes, where it does not take this value.
    pub fn set(&mut self, key: KeyPath, value: &Value) -> Result<(), Mismatch> {
        (key.known().set)(self, &key.read(value, Path::new(""))?);
        Ok(())
    }

    /// The settings as keys with their values, in the order of the table; what is unset is left out.
    pub fn entries(&self) -> impl Iterator<Item = (KeyPath, Value)> + '_ {
        KeyPath::all().filter_map(|key| Some((key, self.get(key)?)))
    }

    /// What tells a job from others: every key that is set. A folder counts as where it is, not as it is written.
    pub fn identity(&self) -> String {
        let text = |value: Value| match value {
            Value::Source(Source::Folder { path, .. }) => format!("{}", path.display()),
            other => other.to_toml(),
        };
        self.entries().map(|(key, value)| format!("{key}={}\n", text(value))).collect()
    }
}

/// The names of the tables, in the order of the table of keys: `data`, `model`, ...
pub fn tables() -> Vec<&'static str> {
    let mut tables = Vec::new();
    for table in KeyPath::all().map(KeyPath::table) {
        if !tables.contains(&table) {
            tables.push(table);
        }
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_that_its_key_takes() {
        for key in KeyPath::all() {
            if let Some(value) = key.default() {
                assert_eq!(key.read(&value, Path::new("")).as_ref(), Ok(&value), "{key}");
            }
        }
    }

    #[test]
    fn every_default_can_be_set_and_got_back() {
        for key in KeyPath::all() {
            let mut settings = Settings::default();
            if let Some(value) = key.default() {
                settings.set(key, &value).expect("the default fits");
                assert_eq!(settings, Settings::default(), "{key}");
            }
        }
    }

    #[test]
    fn every_key_is_written_where_it_is_read() {
        let samples: Vec<Value> = vec![
            Value::Integer(7),
            Value::Float(0.25),
            Value::Boolean(true),
            "embeddings".into(),
            "epoch".into(),
            "best".into(),
            "cosine".into(),
            "bf16".into(),
            "none".into(),
            Value::List(vec!["O".into(), "B-X".into()]),
            "owner/name".into(),
            Value::Map(vec![("train".to_owned(), "a.conll".into())]),
            Value::Map(vec![("tag".to_owned(), 3_usize.into())]),
            "iob1".into(),
            "all".into(),
        ];
        for key in KeyPath::all() {
            let mut settings = Settings::default();
            let other = samples
                .iter()
                .filter_map(|sample| key.read(sample, Path::new("")).ok())
                .find(|value| key.default().as_ref() != Some(value))
                .unwrap_or_else(|| panic!("no sample for {key}"));
            settings.set(key, &other).expect("it was read before");
            assert_eq!(settings.get(key), Some(other), "{key}");
            let changed: Vec<KeyPath> =
                KeyPath::all().filter(|k| settings.get(*k) != k.default() && *k != key).collect();
            assert!(changed.iter().all(|k| k.name().starts_with("warmup")), "{key} also changed {changed:?}");
        }
    }

    #[test]
    fn no_key_is_listed_twice() {
        for key in KeyPath::all() {
            assert_eq!(KeyPath::parse(key.as_str()), Some(key));
        }
    }
}
