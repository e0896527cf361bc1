//! Jobs as a table shows them, and what sets them apart: settings, folder, evaluation set, type.

use std::collections::BTreeMap;

use crate::results::{Ending, Failure, Record, SETTING_COLUMNS, is_averaged};

use super::source::Source;
use crate::analysis::averaged_label;

/// Keys that are not settings.
pub const EXPERIMENT: &str = "experiment";
/// The evaluation set.
pub const SET: &str = "set";
/// The entity type.
pub const TYPE: &str = "type";
/// What [`SET`] is for the test rows of a model's own data.
pub const OWN_TEST: &str = "own test";

const TEST_SIZE: &str = "data.test_size";

/// A job on the splits of its own data, or on an evaluation set.
#[derive(Debug, Clone)]
pub struct Case {
    /// The folder, by its place.
    pub source: usize,
    /// The evaluation set; none: its own splits.
    pub set: Option<String>,
    /// The job's label.
    pub label: String,
    /// Where it stands in the selection; none without [select].
    pub selected: Option<&'static str>,
    /// What sets it apart, as texts by key: dotted names of settings, [`EXPERIMENT`], [`SET`].
    pub values: BTreeMap<String, String>,
    /// What the scores of its folder are computed on.
    pub data: String,
    /// Its row; none if it has not run.
    pub record: Option<Record>,
}

/// Cases that differ in their seeds and folds alone: a row of a table.
#[derive(Debug, Clone)]
pub struct Group {
    /// The label of its jobs without seeds; `base` if nothing is left.
    pub label: String,
    /// What its cases share.
    pub values: BTreeMap<String, String>,
    /// The cases, in their order.
    pub cases: Vec<Case>,
}

/// A key that sets groups apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// Dotted, or one that is not a setting's.
    pub key: String,
    /// As a column is named: the last part, dotted where two would be equal.
    pub name: String,
}

impl Case {
    /// A row of a folder, on its own splits or on an evaluation set.
    pub fn of_row(source: usize, of: &Source, set: Option<&str>, record: Record) -> Self {
        let selects = of.selects() || record.selected.is_some();
        let selected = selects.then_some(match record.selected {
            Some(true) => "yes",
            Some(false) => "no",
            None => "open",
        });
        let (label, settings) = (record.label.clone(), record.settings.clone());
        let is_contradicted = |key: &String| of.snapshot().is_some_and(|snapshot| snapshot.contradicted.contains(key));
        let record = if is_contradicted(&record.outcome.key) { without_scores(record) } else { record };
        Self { record: Some(record), ..Self::of_job(source, of, set, selected, label, settings) }
    }

    /// A job that has not run.
    pub fn of_job(
        source: usize,
        of: &Source,
        set: Option<&str>,
        selected: Option<&'static str>,
        label: String,
        settings: BTreeMap<String, String>,
    ) -> Self {
        let mut values = of.base();
        values.extend(settings);
        if selected.is_some() && !of.axes().contains(&TEST_SIZE) {
            // 0 for jobs that were not selected, and no setting of theirs
            values.remove(TEST_SIZE);
        }
        values.insert(EXPERIMENT.to_owned(), of.name.clone());
        values.insert(SET.to_owned(), set.unwrap_or(OWN_TEST).to_owned());
        Self { source, set: set.map(str::to_owned), label, selected, values, data: of.data.clone(), record: None }
    }

    /// The types that its row knows.
    pub(super) fn kinds(&self) -> impl Iterator<Item = &str> {
        let splits = self.record.iter().filter_map(Record::measurements).flat_map(|measured| measured.splits.values());
        splits.flat_map(|scores| scores.entities.iter().map(|row| row.kind.as_str()))
    }
}

/// A row whose scores do not count, as its predictions give others.
fn without_scores(mut record: Record) -> Record {
    let (code, message) = ("other-predictions".to_owned(), "its predictions give other scores".to_owned());
    record.outcome.ending = Ending::Failed(Failure { code, message });
    record
}

/// The groups of cases, in the order of their first cases. `kept`: keys of seeds and folds that set them apart, too.
pub fn groups(cases: Vec<Case>, kept: &[String]) -> Vec<Group> {
    let mut places: BTreeMap<(usize, BTreeMap<String, String>), usize> = BTreeMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for case in cases {
        let is_kept = |key: &str| !is_averaged(key) || kept.iter().any(|kept| kept == key);
        let values = case.values.iter().filter(|(key, _)| is_kept(key));
        let values: BTreeMap<String, String> = values.map(|(key, text)| (key.clone(), text.clone())).collect();
        let place = *places.entry((case.source, values.clone())).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.cases.push(case),
            None => {
                let label =
                    if kept.is_empty() { averaged_label(&case.label, &case.values) } else { case.label.clone() };
                groups.push(Group { label, values, cases: vec![case] });
            }
        }
    }
    groups
}

/// Each group once for each type that its rows know.
pub(super) fn by_type(groups: Vec<Group>) -> Vec<Group> {
    let split = |group: Group| {
        let mut kinds: Vec<String> = group.cases.iter().flat_map(Case::kinds).map(str::to_owned).collect();
        kinds.sort();
        kinds.dedup();
        kinds.into_iter().map(move |kind| {
            let mut group = group.clone();
            group.values.insert(TYPE.to_owned(), kind);
            group
        })
    };
    groups.into_iter().flat_map(split).collect()
}

/// The keys in which groups differ, in the order of columns: experiment, set, the keys of the matrices, other settings,
/// type.
pub(super) fn axes(groups: &[Group], sources: &[Source]) -> Vec<Axis> {
    named(known_keys(groups, sources).into_iter().filter(|key| varies(groups, key)).collect())
}

/// Every key of some groups, in the order of columns.
pub(super) fn known_keys(groups: &[Group], sources: &[Source]) -> Vec<String> {
    let mut first: Vec<&str> = vec![EXPERIMENT, SET];
    first.extend(sources.iter().flat_map(Source::axes));
    first.extend(SETTING_COLUMNS.map(|(_, dotted)| dotted));
    let others = groups.iter().flat_map(|group| group.values.keys().map(String::as_str));
    let mut keys: Vec<&str> = Vec::new();
    for key in first.into_iter().chain(others.filter(|key| *key != TYPE)).chain([TYPE]) {
        if !keys.contains(&key) && groups.iter().any(|group| group.values.contains_key(key)) {
            keys.push(key);
        }
    }
    keys.into_iter().map(str::to_owned).collect()
}

/// Whether groups differ in a key.
pub(super) fn varies(groups: &[Group], key: &str) -> bool {
    groups.windows(2).any(|pair| pair[0].value(key) != pair[1].value(key))
}

/// Keys with the names of their columns.
pub(super) fn named(keys: Vec<String>) -> Vec<Axis> {
    let name = |key: &String| match keys.iter().filter(|other| last_part(other) == last_part(key)).count() {
        1 => last_part(key).to_owned(),
        _ => key.clone(),
    };
    let names: Vec<String> = keys.iter().map(name).collect();
    keys.into_iter().zip(names).map(|(key, name)| Axis { key, name }).collect()
}

fn last_part(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or_default()
}

impl Group {
    /// The text of a key; `none` for a setting that is not set.
    pub fn value(&self, key: &str) -> &str {
        self.values.get(key).map(String::as_str).filter(|text| !text.is_empty()).unwrap_or("none")
    }

    /// The type, if it is of one.
    pub fn kind(&self) -> Option<&str> {
        self.values.get(TYPE).map(String::as_str)
    }

    /// What it is called in a sentence: its values of the axes, or its label.
    pub fn name(&self, axes: &[Axis]) -> String {
        let parts: Vec<String> = axes.iter().map(|axis| format!("{}={}", axis.name, self.value(&axis.key))).collect();
        if parts.is_empty() { self.label.clone() } else { parts.join(",") }
    }

    /// Why none of its jobs ran to its end; none if one did.
    pub fn remark(&self) -> Option<String> {
        let records = || self.cases.iter().filter_map(|case| case.record.as_ref());
        if records().any(|record| record.measurements().is_some() && record.rung.is_none()) {
            return None;
        }
        if let Some(stopped) = records().find_map(Record::stopped) {
            return Some(stopped);
        }
        let code = records().find_map(Record::failure).map(|failure| failure.code.as_str());
        Some(code.map_or_else(|| NOT_RUN.to_owned(), |code| format!("failed: {}", in_words(code))))
    }
}

/// The remark of a group none of whose jobs has run.
pub const NOT_RUN: &str = "not run";

/// A failure's code as words.
fn in_words(code: &str) -> String {
    code.strip_prefix("data-").unwrap_or(code).replace('-', " ")
}
