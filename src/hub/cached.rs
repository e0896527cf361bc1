//! Inputs that are on this machine already; no request is sent.

use std::path::{Path, PathBuf};

use super::cache::{CachedRepository, is_commit};
use super::need::{Need, RoleFiles, data_inputs, model_inputs};
use super::origin::described;
use super::session::Session;
use super::variables::Variables;
use super::{Builtin, DataInputs, FetchError, FetchEvent, FetchOptions, InputFile, Lock, local};
use crate::spec::{Settings, Source};

/// The hub's cache, for lookups; empty if the environment variables are invalid.
pub struct Cache(Option<PathBuf>);

impl Cache {
    /// The cache that the environment variables name.
    pub fn of_environment() -> Self {
        Self(Variables::read().ok().map(|variables| variables.cache))
    }

    /// Where it lies; none if the environment variables are invalid.
    pub fn folder(&self) -> Option<&Path> {
        self.0.as_deref()
    }

    /// The file `name` of a job's checkpoint, at the commit that `lock` pins, else at the last known one of its revision.
    /// None if the checkpoint is not from the hub, or the cache lacks the file.
    pub fn checkpoint_file(&self, settings: &Settings, lock: &Lock, name: &str) -> Option<PathBuf> {
        let (cached, snapshot) = self.snapshot(&Need::model(settings), lock)?;
        let path = snapshot.join(name);
        (path.is_file() && cached.holds(&path)).then_some(path)
    }

    /// The weight files of a job's checkpoint, in a folder or in the cache; none unless all of them are there.
    pub fn weights(&self, settings: &Settings, lock: &Lock) -> Option<Vec<PathBuf>> {
        let need = Need::model(settings);
        let (cached, root) = match &need.source {
            Source::Builtin(_) => return None,
            Source::Folder { path, .. } => (None, path.clone()),
            Source::Job(job) => (None, job.folder()?.to_owned()),
            Source::Hub(_) => self.snapshot(&need, lock).map(|(cached, snapshot)| (Some(cached), snapshot))?,
        };
        let roles = local::roles(&need, &root).ok()?.into_iter();
        let weights = roles.filter(|(role, _)| role.starts_with("weights/")).map(|(_, name)| root.join(name.as_str()));
        let weights: Vec<PathBuf> = weights.collect();
        weights.iter().all(|path| cached.as_ref().is_none_or(|cached| cached.holds(path))).then_some(weights)
    }

    /// The folder of a repository in the cache, at the commit that `lock` pins, else at the last known one of its revision.
    fn snapshot(&self, need: &Need, lock: &Lock) -> Option<(CachedRepository, PathBuf)> {
        let Source::Hub(_) = &need.source else { return None };
        let cached = CachedRepository::new(self.0.as_ref()?, &need.origin);
        let pinned = lock.inputs.get(&need.origin).and_then(|pinned| pinned.commit.clone());
        let revision = &need.origin.revision;
        let commit = pinned.or_else(|| Some(revision.clone()).filter(|revision| is_commit(revision)));
        let commit = commit.or_else(|| cached.commit(revision)).filter(|commit| is_commit(commit))?;
        let snapshot = cached.snapshot(&commit);
        Some((cached, snapshot))
    }
}

/// The first problem of a job's local or built-in inputs, judged by names and the beginnings of files.
pub fn missing_locally(settings: &Settings, builtins: &[Builtin]) -> Option<FetchError> {
    [Need::data(settings), Need::model(settings)].into_iter().find_map(|need| {
        let problem = match &need.source {
            // the model of a job becomes files only when it is needed
            Source::Hub(_) | Source::Job(_) => return None,
            Source::Builtin(name) => local::known_builtin(&need, name, builtins).err()?,
            Source::Folder { path, .. } => local::problem(&need, path)?,
        };
        Some(need.error(&described(&need.origin), problem, None))
    })
}

/// The files of a job's data set; none unless all of them are on this machine.
pub fn data_on_disk(settings: &Settings, lock: &Lock, builtins: &[Builtin]) -> Option<DataInputs> {
    Some(data_inputs(&on_disk(&Need::data(settings), lock, builtins)?))
}

/// The files of a job's tokenizer; none unless all of them are on this machine, or if it is built in.
pub fn tokenizer_on_disk(settings: &Settings, lock: &Lock, builtins: &[Builtin]) -> Option<Vec<InputFile>> {
    let need = Need::tokenizer(settings);
    if let Source::Builtin(_) = need.source {
        return None;
    }
    Some(model_inputs(&on_disk(&need, lock, builtins)?).of_tokenizer())
}

fn on_disk(need: &Need, lock: &Lock, builtins: &[Builtin]) -> Option<RoleFiles> {
    let options = FetchOptions { offline: true, builtins, ..FetchOptions::default() };
    let mut ignored = |_: FetchEvent<'_>| {};
    let parts = Session::new(lock, options, &mut ignored).fetch(need).ok()?;
    Some(parts.into_iter().flat_map(|part| part.files).collect())
}
