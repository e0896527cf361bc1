//! What changed of a setting between the two sides: keys, input files, environment. It must not know scores.

use std::collections::{BTreeMap, BTreeSet};

use crate::hash::{InputHashes, Sha256};
use crate::hub::Lock;
use crate::results::{Record, ScoredSplit};
use crate::spec::{Affects, KeyPath};

use super::pairing::Values;

/// What changed of a setting.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// The keys whose values differ, in the order of the table of keys.
    pub keys: Vec<KeyChange>,
    /// The roles of the input files whose content differs though no key names another file: `train`, `weights`.
    pub files: Vec<String>,
    /// The environments, if they differ.
    pub environments: Option<[String; 2]>,
}

/// A key whose value differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyChange {
    /// Its dotted name.
    pub key: String,
    /// Both values; `none` for an unset one.
    pub values: [String; 2],
}

impl KeyChange {
    /// The key's last part, or its dotted name if another key has the same last part.
    pub fn name(&self) -> &str {
        let Some(key) = KeyPath::parse(&self.key) else { return &self.key };
        let is_alone = KeyPath::all().filter(|other| other.name() == key.name()).count() == 1;
        if is_alone { key.name() } else { key.as_str() }
    }
}

impl Changes {
    /// Whether settings or input files changed; environments apart.
    pub fn is_of_settings(&self) -> bool {
        !self.keys.is_empty() || !self.files.is_empty()
    }

    /// What both have.
    #[must_use]
    pub fn shared_with(mut self, other: &Self) -> Self {
        self.keys.retain(|key| other.keys.contains(key));
        self.files.retain(|role| other.files.contains(role));
        self.environments = self.environments.filter(|both| other.environments.as_ref() == Some(both));
        self
    }

    /// What `other` lacks.
    #[must_use]
    pub fn without(mut self, other: &Self) -> Self {
        self.keys.retain(|key| !other.keys.contains(key));
        self.files.retain(|role| !other.files.contains(role));
        self.environments = self.environments.filter(|both| other.environments.as_ref() != Some(both));
        self
    }
}

/// The keys that both sides know and whose values differ.
pub(super) fn key_changes(a: &Values, b: &Values) -> Vec<KeyChange> {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
    let differs = |(key, old): (&String, &Option<String>)| {
        let new = b.get(key).filter(|new| *new != old)?;
        Some(KeyChange { key: key.clone(), values: [text(old), text(new)] })
    };
    let mut changes: Vec<KeyChange> = a.iter().filter_map(differs).collect();
    let place = |key: &str| KeyPath::all().position(|known| known.as_str() == key).unwrap_or(usize::MAX);
    changes.sort_by_key(|change| place(&change.key));
    changes
}

/// The precision that the runs were computed in, where it differs and no key says so.
pub(super) fn precision_change(a: &[&Record], b: &[&Record], keys: &[KeyChange]) -> Option<KeyChange> {
    const KEY: &str = "train.precision";
    let of = |side: &[&Record]| {
        let all: BTreeSet<&str> = side.iter().filter_map(|record| record.outcome.precision.as_deref()).collect();
        all.into_iter().collect::<Vec<_>>().join(" + ")
    };
    let values = [of(a), of(b)];
    let is_known = values.iter().all(|value| !value.is_empty());
    let is_news = is_known && values[0] != values[1] && keys.iter().all(|change| change.key != KEY);
    is_news.then(|| KeyChange { key: KEY.to_owned(), values })
}

/// The roles of the files that differ, without those of inputs that a changed key names.
pub(super) fn file_changes(a: &InputHashes, b: &InputHashes, keys: &[KeyChange]) -> Vec<String> {
    let names = |wanted: Affects| {
        let affects = |change: &KeyChange| Some(KeyPath::parse(&change.key)?.known().affects);
        keys.iter().any(|change| affects(change) == Some(wanted))
    };
    let mut roles = Vec::new();
    if !names(Affects::DataFiles) {
        roles.extend(differing_roles(&a.data, &b.data));
    }
    if !names(Affects::ModelFiles) {
        roles.extend(differing_roles(&a.model, &b.model));
    }
    roles
}

/// Whether the files that a split's score is computed from differ; `is_set`: they are those of an evaluation set.
pub(super) fn scored_file_changed(a: &InputHashes, b: &InputHashes, split: ScoredSplit, is_set: bool) -> Option<bool> {
    let of = |side: &InputHashes| {
        let files = side.data.iter().filter(|(role, _)| is_set || kind(role) == split.name());
        files.map(|(_, hash)| hash.clone()).collect::<Vec<Sha256>>()
    };
    let (a, b) = (of(a), of(b));
    (!a.is_empty() && !b.is_empty()).then(|| a != b)
}

/// The roles, without their numbers, of the files that differ and are known on both sides.
fn differing_roles(a: &BTreeMap<String, Sha256>, b: &BTreeMap<String, Sha256>) -> Vec<String> {
    if a.is_empty() || b.is_empty() {
        return Vec::new();
    }
    let roles: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let kinds =
        |side: &BTreeMap<String, Sha256>| side.keys().map(|role| kind(role).to_owned()).collect::<BTreeSet<_>>();
    let known: BTreeSet<String> = kinds(a).intersection(&kinds(b)).cloned().collect();
    let differ = roles.into_iter().filter(|role| a.get(*role) != b.get(*role)).map(|role| kind(role).to_owned());
    differ.filter(|role| known.contains(role)).collect::<BTreeSet<_>>().into_iter().collect()
}

/// `train` of `train/0`.
fn kind(role: &str) -> &str {
    role.split('/').next().unwrap_or(role)
}

/// The environments of two sides by name, with what differs where names are equal; none if nothing differs.
pub(super) fn environment_change(a: (&[&Record], &Lock), b: (&[&Record], &Lock)) -> Option<[String; 2]> {
    let names =
        |side: &[&Record]| side.iter().map(|record| record.outcome.environment.clone()).collect::<BTreeSet<String>>();
    let (of_a, of_b) = (names(a.0), names(b.0));
    let defined = |lock: &Lock, name: &str| lock.environments.get(name).cloned();
    let differ = |name: &String| {
        let both = defined(a.1, name).zip(defined(b.1, name));
        both.is_some_and(|(a, b)| a != b)
    };
    let redefined: BTreeSet<&String> = of_a.intersection(&of_b).filter(|name| differ(name)).collect();
    if of_a.is_empty() || of_b.is_empty() || (of_a == of_b && redefined.is_empty()) {
        return None;
    }
    let described = |names: &BTreeSet<String>, own: &Lock, other: &Lock| {
        let described = |name: &String| {
            if !redefined.contains(name) {
                return name.clone();
            }
            let (own, other) = (defined(own, name).unwrap_or_default(), defined(other, name).unwrap_or_default());
            let differ = own.iter().filter(|(part, value)| other.get(*part) != Some(value));
            differ.fold(name.clone(), |text, (part, value)| format!("{text} {part} {value}"))
        };
        names.iter().map(described).collect::<Vec<_>>().join(" + ")
    };
    Some([described(&of_a, a.1, b.1), described(&of_b, b.1, a.1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, Option<&str>)]) -> Values {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned))).collect()
    }

    #[test]
    fn keys_that_only_one_side_knows_are_no_change() {
        let a = values(&[("train.learning_rate", Some("5e-5")), ("data.language", None), ("train.epochs", Some("3"))]);
        let b = values(&[("train.learning_rate", Some("1e-4")), ("data.language", Some("es"))]);
        let found = key_changes(&a, &b);
        let shown: Vec<_> = found.iter().map(|change| (change.name(), change.values.join(" -> "))).collect();
        assert_eq!(shown, [("language", "none -> es".to_owned()), ("learning_rate", "5e-5 -> 1e-4".to_owned())]);
        let revision = KeyChange { key: "model.revision".to_owned(), values: Default::default() };
        assert_eq!(revision.name(), "model.revision");
    }

    #[test]
    fn files_that_a_changed_key_names_are_not_listed() {
        let hashes = |text: &str| {
            let of = |roles: [&str; 2]| roles.map(|role| (role.to_owned(), Sha256::of(text))).into();
            InputHashes { data: of(["test/0", "train/0"]), model: of(["weights/0", "weights/1"]) }
        };
        let (a, b) = (hashes("a"), hashes("b"));
        assert_eq!(file_changes(&a, &b, &[]), ["test", "train", "weights"]);
        let dataset = KeyChange { key: "data.dataset".to_owned(), values: Default::default() };
        assert_eq!(file_changes(&a, &b, &[dataset]), ["weights"]);
        assert_eq!(file_changes(&a, &InputHashes::default(), &[]), [""; 0]);
        assert_eq!(scored_file_changed(&a, &b, ScoredSplit::Test, false), Some(true));
        assert_eq!(scored_file_changed(&a, &b, ScoredSplit::Validation, false), None);
    }
}
