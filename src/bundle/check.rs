//! Whether a bundle, or a cache folder, has everything that experiments need, with the right bytes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use super::contents::{HUB, LOCK};
use super::error::BundleError;
use super::fetched::{Inputs, fetch_locked};
use super::places::{EXPERIMENTS, plain};
use crate::experiment::{ExperimentError, Selected};
use crate::hub::{CacheNames, FetchError, FetchOptions, FetchProblem, FetchedInput, Lock};
use crate::ledger::BUILTINS;
use crate::results::{Layout, read_lock};
use crate::spec::{Source, experiment_files};

/// A bundle that is a folder, or a cache folder.
#[derive(Debug)]
pub struct Bundle {
    root: PathBuf,
    cache: PathBuf,
    /// None for a cache folder, which pins nothing.
    lock: Option<Lock>,
}

/// The copy of an experiment file in a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copied {
    /// It has equal text, and so have the files that it extends. A file in the bundle is its own copy.
    Equal(PathBuf),
    /// It has another text.
    Differs(PathBuf),
    /// There is none.
    Missing,
    /// A cache folder has none.
    NotABundle,
}

/// What a check found for an experiment.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// What is there, if everything is.
    pub inputs: Vec<FetchedInput>,
    /// What is missing or damaged, each in a line.
    pub lacks: Vec<String>,
    /// Whether a lock pins every file.
    pub pinned: bool,
}

impl Bundle {
    /// Opens a folder.
    ///
    /// # Errors
    /// No such folder; a damaged lock.
    pub fn open(folder: &Path) -> Result<Self, BundleError> {
        if !folder.is_dir() {
            return Err(BundleError::NoFolder(folder.to_owned()));
        }
        let file = folder.join(LOCK);
        let lock = match fs::read_to_string(&file) {
            Ok(text) => Some(Lock::parse(&text).map_err(|source| BundleError::Lock { file, source })?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(BundleError::disk(&file, error)),
        };
        // HF_HOME has the cache in it; HF_HUB_CACHE is the cache
        let below = folder.join(HUB);
        let cache = if lock.is_some() || below.is_dir() { below } else { folder.to_owned() };
        Ok(Self { root: folder.to_owned(), cache, lock })
    }

    /// The copy of an experiment file.
    pub fn copy_of(&self, file: &Path) -> Copied {
        if self.lock.is_none() {
            return Copied::NotABundle;
        }
        if plain(file).starts_with(plain(&self.root)) {
            return Copied::Equal(file.to_owned());
        }
        let mut copies = Vec::new();
        if let Some(name) = file.file_name() {
            find(&self.root.join(EXPERIMENTS), name, &mut copies);
        }
        copies.sort();
        let texts = texts(file);
        match copies.iter().find(|copy| self::texts(copy) == texts) {
            Some(equal) => Copied::Equal(equal.clone()),
            None => copies.pop().map_or(Copied::Missing, Copied::Differs),
        }
    }

    /// Looks for what the selected jobs read. `out`: where results are, whose lock pins what a cache folder has to have.
    /// None if it is stopped.
    ///
    /// # Errors
    /// A damaged lock.
    pub fn check(
        &self,
        selected: &Selected,
        out: &Path,
        stop: &AtomicBool,
    ) -> Result<Option<Checked>, ExperimentError> {
        let lock = match &self.lock {
            Some(lock) => lock.clone(),
            None => read_lock(&Layout::new(out.join(&selected.plan.experiment.name)))?,
        };
        let options = FetchOptions {
            offline: true,
            builtins: &BUILTINS,
            stop: Some(stop),
            cache: Some(&self.cache),
            ..FetchOptions::default()
        };
        match fetch_locked(selected, &lock, options, &mut |_| {}) {
            Ok(None) => Ok(None),
            Ok(Some(Inputs { inputs, lock: found })) => {
                let mut lacks: Vec<String> = inputs.iter().flat_map(|input| changed(input, &lock)).collect();
                lacks.extend(inputs.iter().filter_map(|input| self.branch(input)));
                if self.lock.is_some() {
                    let unpinned = found.inputs.keys().filter(|origin| !lock.inputs.contains_key(origin));
                    lacks.extend(unpinned.map(|origin| format!("{origin}: lock.toml of the bundle does not pin it")));
                }
                let pinned = found.inputs.keys().all(|origin| lock.inputs.contains_key(origin));
                Ok(Some(Checked { inputs, lacks, pinned }))
            }
            Err(ExperimentError::Fetch(errors)) => {
                let lacks = errors.iter().map(lack).collect();
                Ok(Some(Checked { lacks, ..Checked::default() }))
            }
            Err(error) => Err(error),
        }
    }
}

impl Bundle {
    /// The branch of an input that the cache does not name; without it, a run without a lock finds no commit.
    fn branch(&self, input: &FetchedInput) -> Option<String> {
        let Source::Hub(_) = input.source else { return None };
        let name = CacheNames::of(&input.origin).commit_of(&input.origin.revision)?;
        let is_there = self.cache.join(&name).is_file();
        (!is_there).then(|| format!("{}: {name} is missing", input.origin))
    }
}

/// The local files of an input that are not what the lock pins. Those of the hub are checked as they are read.
fn changed(input: &FetchedInput, lock: &Lock) -> Vec<String> {
    let Source::Folder { .. } = input.source else { return Vec::new() };
    let Some(pinned) = lock.inputs.get(&input.origin) else { return Vec::new() };
    let differs = |(name, file): &(&String, &crate::hub::InputFile)| {
        pinned.files.get(name.as_str()).is_some_and(|pinned| pinned.sha256 != file.sha256)
    };
    let files = input.files.iter().filter(differs);
    files
        .map(|(name, _)| format!("{}: {name} is damaged: its SHA-256 is not that of lock.toml", input.origin))
        .collect()
}

/// A missing or damaged input in a line.
fn lack(error: &FetchError) -> String {
    let input = &error.input;
    match &error.problem {
        FetchProblem::NotCached { missing, .. } => format!("{input}: {missing} is missing"),
        FetchProblem::Damaged { file, reason } => format!("{input}: {file} is damaged ({reason})"),
        FetchProblem::NotPinned { file, .. } => {
            format!("{input}: {file} is damaged: its SHA-256 is not that of lock.toml")
        }
        other => format!("{input}: {other}"),
    }
}

fn texts(file: &Path) -> Vec<Option<Vec<u8>>> {
    experiment_files(file).iter().map(|file| fs::read(&file.path).ok()).collect()
}

/// All files called `name` below `folder`. Links are not followed.
fn find(folder: &Path, name: &std::ffi::OsStr, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => find(&entry.path(), name, found),
            Ok(kind) if kind.is_file() && entry.file_name() == name => found.push(entry.path()),
            _ => {}
        }
    }
}
