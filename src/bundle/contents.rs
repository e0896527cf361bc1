//! What a bundle has in it, by name.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::BundleError;
use super::fetched::Inputs;
use super::places::{Places, plain};
use super::readme::readme;
use crate::experiment::Selected;
use crate::hub::{CacheNames, FetchedInput, InputFile, Kind, Lock};
use crate::spec::{Source, experiment_files};

/// The folder of the hub's cache in a bundle.
pub(super) const HUB: &str = "hub";
/// The pins.
pub(super) const LOCK: &str = "lock.toml";
/// The text for people.
pub(super) const README: &str = "README.txt";

/// A file of a bundle.
#[derive(Debug)]
pub(super) enum Content {
    Bytes(Vec<u8>),
    File(InputFile),
}

impl Content {
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(file) => file.size,
        }
    }
}

/// The files of a bundle, by name with `/`, sorted.
#[derive(Debug)]
pub struct Contents {
    pub(super) files: BTreeMap<String, Content>,
}

impl Contents {
    /// What `experiments` need: the hub's cache without links, the experiment files, the local files that they name, the
    /// pins of all, and how to use them.
    ///
    /// # Errors
    /// Paths that would not be there elsewhere; experiments that pin one input differently.
    pub fn of(experiments: &[(&Selected, &Inputs)]) -> Result<Self, BundleError> {
        let here = std::env::current_dir().map_err(|error| BundleError::disk(Path::new("."), error))?;
        let mut files = BTreeMap::new();
        let places = place(experiments, &here, &mut files)?;
        let mut lock = Lock::default();
        for input in experiments.iter().flat_map(|(_, inputs)| &inputs.inputs) {
            add_input(input, &places, &mut files)?;
        }
        for (_, inputs) in experiments {
            pin(&mut lock, &inputs.lock)?;
        }
        let names = experiments.iter().map(|(one, _)| places.name(&one.plan.experiment.file));
        let names = names.collect::<Result<Vec<_>, _>>()?;
        files.insert(README.to_owned(), Content::Bytes(readme(&names, &lock).into_bytes()));
        files.insert(LOCK.to_owned(), Content::Bytes(lock.to_toml().into_bytes()));
        Ok(Self { files })
    }

    /// How many files there are.
    pub fn count(&self) -> usize {
        self.files.len()
    }

    /// Their size in bytes.
    pub fn bytes(&self) -> u64 {
        self.files.values().map(Content::size).sum()
    }
}

/// Finds a place for each experiment file with what it extends, and for each folder, and adds the experiment files.
fn place(
    experiments: &[(&Selected, &Inputs)],
    here: &Path,
    files: &mut BTreeMap<String, Content>,
) -> Result<Places, BundleError> {
    let mut texts: Vec<PathBuf> = Vec::new();
    for (one, _) in experiments {
        for file in experiment_files(&one.plan.experiment.file) {
            if let Some(written) = file.extends.filter(|written| Path::new(written).is_absolute()) {
                return Err(BundleError::Absolute { file: file.path, key: "extends", written });
            }
            texts.push(file.path);
        }
    }
    let mut places = Places::new(&texts, here)?;
    for (one, inputs) in experiments {
        let file = &one.plan.experiment.file;
        for input in &inputs.inputs {
            if let Source::Job(job) = &input.source {
                return Err(BundleError::Job { file: file.clone(), job: job.written.clone() });
            }
            let Source::Folder { written, path } = &input.source else { continue };
            if !written.starts_with('.') {
                let key = if input.origin.kind == Kind::Data { "data.dataset" } else { "model.checkpoint" };
                return Err(BundleError::Absolute { file: file.clone(), key, written: written.clone() });
            }
            places.reach(file, path, path, here)?;
        }
    }
    for path in texts {
        let text = fs::read(&path).map_err(|error| BundleError::disk(&path, error))?;
        files.insert(places.name(&path)?, Content::Bytes(text));
    }
    Ok(places)
}

fn add_input(input: &FetchedInput, places: &Places, files: &mut BTreeMap<String, Content>) -> Result<(), BundleError> {
    match (&input.source, &input.commit) {
        (Source::Folder { path, .. }, _) => {
            for file in input.files.values() {
                files.insert(places.name(&plain(&path.join(&file.name)))?, Content::File(file.clone()));
            }
        }
        (Source::Hub(_), Some(commit)) => {
            let names = CacheNames::of(&input.origin);
            for (name, file) in &input.files {
                files.insert(format!("{HUB}/{}", names.file(commit, name)), Content::File(file.clone()));
            }
            if let Some(name) = names.commit_of(&input.origin.revision) {
                files.insert(format!("{HUB}/{name}"), Content::Bytes(commit.clone().into_bytes()));
            }
        }
        (Source::Hub(_) | Source::Builtin(_) | Source::Job(_), _) => {}
    }
    Ok(())
}

/// Adds pins, which must not contradict those that are there.
fn pin(lock: &mut Lock, other: &Lock) -> Result<(), BundleError> {
    for (origin, pinned) in &other.inputs {
        let Some(known) = lock.inputs.get(origin) else { continue };
        let differs = |problem| Err(BundleError::Differs { origin: origin.clone(), problem });
        if let (Some(one), Some(two)) = (&known.commit, &pinned.commit)
            && one != two
        {
            return differs(format!("commits {one} and {two}"));
        }
        let changed = pinned.files.iter().find(|(name, file)| known.files.get(*name).is_some_and(|one| one != *file));
        if let Some((name, _)) = changed {
            return differs(format!("in {name}"));
        }
    }
    lock.extend(other);
    Ok(())
}
