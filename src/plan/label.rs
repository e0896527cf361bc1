//! Labels: the names of jobs within their experiment, and the texts of keys and values in them.

use super::job::{Job, Plan};
use crate::spec::{KeyPath, Row, Settings, Source, Value};

/// How the keys of a plan and their values are written in labels.
#[derive(Debug)]
pub(super) struct Labels {
    /// Keys with their names in labels: those of axes and zips, then those that includes add.
    names: Vec<(KeyPath, String)>,
    /// How many of them are keys of axes and zips.
    axes: usize,
    /// For each of them, how many of the last parts of a path distinguish the plan's folders.
    parts: Vec<usize>,
}

impl Labels {
    /// `varied`: the keys of axes and zips, of which there are `axes`, then those that includes add.
    pub(super) fn new<'s>(varied: &[KeyPath], axes: usize, jobs: impl Iterator<Item = &'s Settings> + Clone) -> Self {
        let parts = varied.iter().map(|key| parts_needed(*key, jobs.clone())).collect();
        Self { names: names(varied), axes, parts }
    }

    /// Every axis key with its value; for an include also the other keys that it sets. `base` if there is none.
    pub(super) fn of(&self, settings: &Settings, include: Option<&Row>) -> String {
        let sets = |key: KeyPath| include.is_some_and(|row| row.cells.iter().any(|cell| cell.key() == key));
        let mut shown = Vec::new();
        for (index, (key, name)) in self.names.iter().enumerate() {
            if index < self.axes || sets(*key) {
                let text = settings.get(*key).map(|value| self.value(index, &value));
                shown.push(format!("{name}={}", text.unwrap_or_else(|| "none".to_owned())));
            }
        }
        if shown.is_empty() { "base".to_owned() } else { shown.join(",") }
    }

    /// A value as labels show it. A folder is shown by the last parts of its path, which do not depend on its beginning.
    fn value(&self, index: usize, value: &Value) -> String {
        match value {
            Value::Source(Source::Folder { written, .. }) => format!("./{}", last_parts(written, self.parts[index])),
            // a comma would end the value
            Value::Source(Source::Job(job)) => job.written.replace(',', ";"),
            other => other.to_string(),
        }
    }
}

impl Plan {
    /// The keys in which jobs differ, except seeds, with their names in labels.
    pub fn axes(&self) -> Vec<(KeyPath, String)> {
        names(&self.varied).into_iter().filter(|(key, _)| !key.is_averaged()).collect()
    }

    /// A job's label without its seeds; `base` if nothing is left.
    pub fn unseeded_label(&self, job: &Job) -> String {
        let mut label = format!(",{},", job.label);
        for (key, name) in names(&self.varied).into_iter().filter(|(key, _)| key.is_averaged()) {
            if let Some(seed) = job.settings.get(key) {
                label = label.replacen(&format!(",{name}={seed},"), ",", 1);
            }
        }
        let rest = label.strip_prefix(',').map(|label| label.strip_suffix(',').unwrap_or(label));
        rest.filter(|rest| !rest.is_empty()).unwrap_or("base").to_owned()
    }
}

/// The keys' names: the last part, dotted where two would be equal.
pub(super) fn names(keys: &[KeyPath]) -> Vec<(KeyPath, String)> {
    keys.iter()
        .map(|key| {
            let alone = keys.iter().filter(|other| other.name() == key.name()).count() == 1;
            (*key, if alone { key.name() } else { key.as_str() }.to_owned())
        })
        .collect()
}

/// The last `count` parts of a path, except `.`, `..` and `~`.
fn last_parts(path: &str, count: usize) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | "." | ".." | "~")).collect();
    parts[parts.len().saturating_sub(count)..].join("/")
}

/// How many of the last parts distinguish the folders of one key.
fn parts_needed<'s>(key: KeyPath, jobs: impl Iterator<Item = &'s Settings>) -> usize {
    let mut folders: Vec<String> = Vec::new();
    for value in jobs.filter_map(|settings| settings.get(key)) {
        if let Value::Source(Source::Folder { written, .. }) = value
            && !folders.contains(&written)
        {
            folders.push(written);
        }
    }
    let longest = folders.iter().map(|folder| folder.split('/').count()).max().unwrap_or(1);
    let are_distinct = |count: &usize| {
        let mut shown: Vec<String> = folders.iter().map(|folder| last_parts(folder, *count)).collect();
        shown.sort();
        shown.windows(2).all(|pair| pair[0] != pair[1])
    };
    (1..longest).find(are_distinct).unwrap_or(longest)
}
