//! Results folders that are shown together: a name for each, its experiment, its tags. It must not know what is shown.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::hub::{Kind, Lock};
use crate::results::{ReadTags, Record, ResultsError, ScoredSplit, Snapshot, TagNames, Tags};
use crate::spec::{self, Experiment};

/// A results folder, or a table alone.
pub struct Source {
    /// What tables call it.
    pub name: String,
    /// Its experiment.toml; none where it is missing or cannot be read.
    pub experiment: Option<Experiment>,
    /// What its scores are computed on: the data files that lock.toml pins; empty where that is unknown.
    pub data: String,
    /// Its files; none where they cannot be read.
    snapshot: Option<Snapshot>,
    names: TagNames,
}

impl Source {
    /// A snapshot under a name. An experiment.toml that cannot be read is a notice of the snapshot's.
    ///
    /// # Errors
    /// What the system or git says.
    pub fn new(name: String, mut snapshot: Snapshot) -> Result<Self, ResultsError> {
        let experiment = match snapshot.file("experiment.toml")? {
            None => None,
            Some(content) => {
                let file = PathBuf::from(&snapshot.name).join("experiment.toml");
                let read = spec::read(&file, &String::from_utf8_lossy(&content)).ok();
                if read.is_none() {
                    let lost = "[select] and settings that all of its rows share are not shown";
                    snapshot.notices.push(format!("{} is not valid here; {lost}", file.display()));
                }
                read
            }
        };
        let data = pinned_data(&snapshot)?.unwrap_or_default();
        Ok(Self { name, experiment, data, snapshot: Some(snapshot), names: TagNames::default() })
    }

    /// The folder of an experiment that is at hand; `snapshot`: its files, if they can be read.
    pub fn of_experiment(experiment: &Experiment, snapshot: Option<Snapshot>) -> Self {
        let (name, experiment) = (experiment.name.clone(), Some(experiment.clone()));
        Self { data: String::new(), name, experiment, snapshot, names: TagNames::default() }
    }

    /// Its files.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    /// Whether winners are selected on the validation split.
    pub fn selects(&self) -> bool {
        self.experiment.as_ref().is_some_and(|experiment| experiment.select.is_some())
    }

    /// The keys of the matrix, dotted, in their order.
    pub fn axes(&self) -> Vec<&'static str> {
        let Some(Experiment { matrix, .. }) = &self.experiment else { return Vec::new() };
        let included = matrix.includes.iter().flat_map(|row| row.cells.iter().map(spec::Cell::key));
        let mut axes: Vec<&str> = Vec::new();
        for key in matrix.axis_keys().chain(included).map(spec::KeyPath::as_str) {
            if !axes.contains(&key) {
                axes.push(key);
            }
        }
        axes
    }

    /// The settings that its rows start from, as cell texts by dotted name: those that bear on results.
    pub fn base(&self) -> BTreeMap<String, String> {
        let entries = self.experiment.iter().flat_map(|experiment| experiment.base.entries());
        let known = entries.filter(|(key, _)| key.affects_results());
        known.map(|(key, value)| (key.as_str().to_owned(), value.to_string())).collect()
    }

    /// The tags of a row on a split; none where there are none that can be used.
    ///
    /// # Errors
    /// What the system or git says.
    pub fn tags(
        &mut self,
        record: &Record,
        set: Option<&str>,
        split: ScoredSplit,
    ) -> Result<Option<ReadTags>, ResultsError> {
        let Some(snapshot) = &mut self.snapshot else { return Ok(None) };
        match snapshot.tags(&mut self.names, record, set, split)? {
            Tags::Read(read) if read.agrees => Ok(Some(read)),
            _ => Ok(None),
        }
    }

    /// The tags of all files so far.
    pub fn names(&self) -> &TagNames {
        &self.names
    }
}

/// The hashes of all data files that lock.toml pins; none without a lock that can be read.
fn pinned_data(snapshot: &Snapshot) -> Result<Option<String>, ResultsError> {
    let Some(content) = snapshot.file("lock.toml")? else { return Ok(None) };
    let Ok(lock) = Lock::parse(&String::from_utf8_lossy(&content)) else { return Ok(None) };
    let data = lock.inputs.iter().filter(|(origin, _)| origin.kind == Kind::Data);
    let hashes = data.flat_map(|(_, pinned)| pinned.files.values().map(|file| file.sha256.as_str().to_owned()));
    Ok(Some(hashes.collect::<Vec<_>>().join(" ")))
}

/// The shortest ends of paths that tell them apart: `grid`, or `before/grid` and `after/grid`.
pub fn source_names(paths: &[PathBuf]) -> Vec<String> {
    let parts = |path: &Path| -> Vec<String> {
        let named = path.components().filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => None,
        });
        named.collect()
    };
    let all: Vec<Vec<String>> = paths.iter().map(|path| parts(path)).collect();
    let end = |parts: &[String], count: usize| parts[parts.len().saturating_sub(count)..].join("/");
    let name = |(at, own): (usize, &Vec<String>)| {
        let is_alone = |count: &usize| {
            all.iter().enumerate().all(|(other, parts)| other == at || end(parts, *count) != end(own, *count))
        };
        end(own, (1..own.len().max(1)).find(is_alone).unwrap_or(own.len()))
    };
    all.iter().enumerate().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_shortest_end_of_a_path_that_is_no_others() {
        let names = |paths: &[&str]| source_names(&paths.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(names(&["results/grid"]), ["grid"]);
        assert_eq!(names(&["/a/b/grid", "other"]), ["grid", "other"]);
        assert_eq!(names(&["before/grid/", "./after/grid", "es"]), ["before/grid", "after/grid", "es"]);
    }
}
