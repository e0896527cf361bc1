//! A key by its path, a key with its value, and settings read and written by them. The keys themselves are in `table`.

use std::fmt;
use std::path::Path;

use super::form::{self, Mismatch};
use super::known_key::{Affects, KnownKey};
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
        KEYS[self.0]
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

    /// The default; none: required, or unset.
    pub fn default(self) -> Option<Value> {
        Settings::default().get(self)
    }

    /// The key with a value as a file or an argument has it; relative paths start at `folder`.
    ///
    /// # Errors
    /// What the key takes instead.
    pub fn read(self, value: &Value, folder: &Path) -> Result<Setting, Mismatch> {
        Ok(Setting { key: self, value: form::read(self.known().forms, value, folder)? })
    }

    /// Whether jobs that differ in this key alone may differ in their results.
    pub fn affects_results(self) -> bool {
        self.known().affects != Affects::Nothing
    }

    /// Whether scores are averaged over its values.
    pub fn is_averaged(self) -> bool {
        self.known().averaged
    }
}

/// A key with a value that it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    key: KeyPath,
    value: Value,
}

impl Setting {
    /// The key.
    pub fn key(&self) -> KeyPath {
        self.key
    }

    /// The value.
    pub fn value(&self) -> &Value {
        &self.value
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

    /// A key with its value; none for one that is not set and has no default.
    pub fn setting(&self, key: KeyPath) -> Option<Setting> {
        Some(Setting { key, value: self.get(key)? })
    }

    /// Sets a key.
    pub fn set(&mut self, setting: &Setting) {
        (setting.key.known().set)(self, &setting.value);
    }

    /// The keys that are set with their values, in the order of the table.
    pub fn entries(&self) -> impl Iterator<Item = (KeyPath, Value)> + '_ {
        KeyPath::all().filter_map(|key| Some((key, self.get(key)?)))
    }

    /// A text that is equal for equal jobs and for no others: every key that is set.
    pub fn identity(&self) -> String {
        self.identity_of(|_| true)
    }

    /// The part of [`Settings::identity`] that is of these keys. A folder counts as where it is, not as it is written.
    pub fn identity_of(&self, chosen: impl Fn(Affects) -> bool) -> String {
        let text = |value: Value| match value {
            Value::Source(Source::Folder { path, .. }) => format!("{}", path.display()),
            Value::Source(Source::Job(job)) => job.address,
            other => other.to_toml(),
        };
        let entries = self.entries().filter(|(key, _)| chosen(key.known().affects));
        entries.map(|(key, value)| format!("{key}={}\n", text(value))).collect()
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
    use crate::spec::{Form, Range};

    /// Values that a form takes, as a file has them: of words each, of numbers the bounds.
    fn samples(form: Form) -> Vec<Value> {
        match form {
            Form::Boolean => vec![false.into(), true.into()],
            Form::Whole { least } => vec![least.into(), (least + 7).into(), u64::MAX.into()],
            Form::Number(Range::Share | Range::Factor) => vec![0.25.into(), 1.0.into()],
            Form::Number(Range::Positive | Range::NotNegative | Range::Fraction | Range::Open) => {
                vec![0.25.into(), 0.75.into()]
            }
            Form::Words(words) => words.iter().map(|word| (*word).into()).collect(),
            Form::Text => vec!["a text".into(), "another".into()],
            Form::Type => vec!["PER".into()],
            Form::Languages => vec!["es".into(), Value::List(vec!["es".into(), "it".into()])],
            Form::Column => vec![3_usize.into(), "ner_tags".into()],
            Form::TextOrTexts => vec!["a.conll".into(), Value::List(vec!["a".into(), "b".into()])],
            Form::Texts => vec![Value::List(vec!["a".into(), "b".into()])],
            Form::SomeOf(words) => words.iter().map(|word| Value::List(vec![(*word).into()])).collect(),
            Form::Groups => {
                let name = ("match".to_owned(), Value::from("*.bias"));
                let group = |number: &str, value: f64| {
                    let mut entries = vec![name.clone(), (number.to_owned(), value.into())];
                    entries.sort_by(|one, other| one.0.cmp(&other.0));
                    Value::List(vec![Value::Map(entries)])
                };
                vec![group("learning_rate", 1e-4), group("weight_decay", 0.0), Value::List(Vec::new())]
            }
            Form::Tags => vec![Value::List(vec!["O".into(), "B-X".into()])],
            Form::Source => vec!["owner/name".into(), "./folder".into(), "builtin:es".into()],
            Form::Checkpoint => vec!["owner/name".into(), "results/es:base".into(), "0123456789ab".into()],
            Form::Map { names, holds } => {
                let names = if names.is_empty() { &["A", "B"][..] } else { names };
                let map = |name: &&str, value| Value::Map(vec![((*name).to_owned(), value)]);
                names.iter().flat_map(|name| samples(*holds).into_iter().map(move |value| map(name, value))).collect()
            }
        }
    }

    /// Settings that a key takes: at least one for each word of each of its forms.
    fn settings_of(key: KeyPath) -> Vec<Setting> {
        let samples = key.known().forms.iter().copied().flat_map(samples);
        samples.map(|sample| key.read(&sample, Path::new("")).unwrap_or_else(|no| panic!("{key}: {no:?}"))).collect()
    }

    /// The defaults, with the number of validation rows given: its default depends on other keys.
    fn base() -> Settings {
        let mut settings = Settings::default();
        settings.data.validation_size = Some(settings.data.size(crate::spec::Split::Validation));
        settings
    }

    #[test]
    fn every_default_is_a_value_that_its_key_takes() {
        for key in KeyPath::all() {
            if let Some(default) = Settings::default().setting(key) {
                assert_eq!(key.read(default.value(), Path::new("")).as_ref(), Ok(&default), "{key}");
            }
        }
    }

    #[test]
    fn every_default_can_be_set_and_got_back() {
        for key in KeyPath::all() {
            let mut settings = Settings::default();
            if let Some(default) = settings.setting(key) {
                settings.set(&default);
                assert!(settings.entries().eq(Settings::default().entries()), "{key}");
            }
        }
    }

    #[test]
    fn every_word_and_kind_of_value_of_every_key_is_got_back_as_it_was_set() {
        for key in KeyPath::all() {
            for setting in settings_of(key) {
                let mut settings = base();
                settings.set(&setting);
                assert_eq!(settings.setting(key).as_ref(), Some(&setting), "{key}");
                let changed: Vec<KeyPath> =
                    KeyPath::all().filter(|k| settings.get(*k) != k.default() && *k != key).collect();
                let rivals = |k: &KeyPath| ["warmup", "decay"].iter().any(|both| k.name().starts_with(both));
                assert!(changed.iter().all(rivals), "{key} also changed {changed:?}");
            }
        }
    }

    #[test]
    fn the_identity_of_a_part_has_the_keys_of_that_part_alone() {
        for key in KeyPath::all() {
            let default = key.default();
            let other = settings_of(key).into_iter().find(|setting| Some(setting.value()) != default.as_ref());
            let mut settings = base();
            settings.set(&other.unwrap_or_else(|| panic!("{key} has no other value than its default")));
            for known in KeyPath::all() {
                let part = |settings: &Settings| settings.identity_of(|affects| affects == known.known().affects);
                let is_part = key.known().affects == known.known().affects;
                assert_eq!(part(&settings) != part(&Settings::default()), is_part, "{key} in the part of {known}");
            }
            assert_ne!(settings.identity(), Settings::default().identity(), "{key}");
        }
    }

    #[test]
    fn no_key_is_listed_twice() {
        for key in KeyPath::all() {
            assert_eq!(KeyPath::parse(key.as_str()), Some(key));
        }
    }
}
