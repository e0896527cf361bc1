//! What of a job's inputs is on this machine already. It must not ask the hub.

use std::path::PathBuf;

use super::cache::{Shelf, is_commit};
use super::need::{Cast, Need, data_inputs, model_inputs};
use super::origin::described;
use super::session::Session;
use super::variables::Variables;
use super::{Builtin, DataInputs, Event, FetchError, InputFile, Lock, Options, local};
use crate::spec::{Settings, Source};

/// Where the cache of this process lies, to look into.
pub struct Cache(Option<PathBuf>);

impl Cache {
    /// As the environment says.
    pub fn of_environment() -> Self {
        Self(Variables::read().ok().map(|variables| variables.cache))
    }

    /// The file `name` of a job's checkpoint: of the commit that `lock` pins, else of the one that the revision stood for
    /// when it was last asked for. None where the checkpoint is not of the hub, or the cache lacks the file.
    pub fn checkpoint_file(&self, settings: &Settings, lock: &Lock, name: &str) -> Option<PathBuf> {
        let (shelf, snapshot) = self.snapshot(&Need::model(settings), lock)?;
        let path = snapshot.join(name);
        (path.is_file() && shelf.holds(&path)).then_some(path)
    }

    /// The weight files of a job's checkpoint, where all of them are on this machine: in a folder, or in the cache as
    /// [`Cache::checkpoint_file`] looks there.
    pub fn weights(&self, settings: &Settings, lock: &Lock) -> Option<Vec<PathBuf>> {
        let need = Need::model(settings);
        let (shelf, root) = match &need.source {
            Source::Builtin(_) => return None,
            Source::Folder { path, .. } => (None, path.clone()),
            Source::Hub(_) => self.snapshot(&need, lock).map(|(shelf, snapshot)| (Some(shelf), snapshot))?,
        };
        let roles = local::roles(&need, &root).ok()?.into_iter();
        let weights = roles.filter(|(role, _)| role.starts_with("weights/")).map(|(_, name)| root.join(name.as_str()));
        let weights: Vec<PathBuf> = weights.collect();
        weights.iter().all(|path| shelf.as_ref().is_none_or(|shelf| shelf.holds(path))).then_some(weights)
    }

    /// Where the cache has a repository of the hub: at the commit that `lock` pins, else at the one that the revision stood
    /// for when it was last asked for.
    fn snapshot(&self, need: &Need, lock: &Lock) -> Option<(Shelf, PathBuf)> {
        let Source::Hub(_) = &need.source else { return None };
        let shelf = Shelf::new(self.0.as_ref()?, &need.origin);
        let pinned = lock.inputs.get(&need.origin).and_then(|pinned| pinned.commit.clone());
        let asked = &need.origin.revision;
        let commit = pinned.or_else(|| Some(asked.clone()).filter(|asked| is_commit(asked)));
        let commit = commit.or_else(|| shelf.commit(asked)).filter(|commit| is_commit(commit))?;
        let snapshot = shelf.snapshot(&commit);
        Some((shelf, snapshot))
    }
}

/// What a folder or the program's own lacks of what a job needs, or has in its place, where the beginnings of files tell.
pub fn missing_locally(settings: &Settings, builtins: &[Builtin]) -> Option<FetchError> {
    [Need::data(settings), Need::model(settings)].into_iter().find_map(|need| {
        let problem = match &need.source {
            Source::Hub(_) => return None,
            Source::Builtin(name) => local::builtin(&need, name, builtins).err()?,
            Source::Folder { path, .. } => local::problem(&need, path)?,
        };
        Some(need.error(&described(&need.origin), problem, None))
    })
}

/// The files of a job's data set, as far as they are on this machine; none where one is not.
pub fn data_at_hand(settings: &Settings, lock: &Lock, builtins: &[Builtin]) -> Option<DataInputs> {
    Some(data_inputs(&at_hand(&Need::data(settings), lock, builtins)?))
}

/// What a job's tokenizer is made of, as far as it is on this machine; none where a file is not, or where the program has
/// it in itself.
pub fn tokenizer_at_hand(settings: &Settings, lock: &Lock, builtins: &[Builtin]) -> Option<Vec<InputFile>> {
    let need = Need::tokenizer(settings);
    if let Source::Builtin(_) = need.source {
        return None;
    }
    Some(model_inputs(&at_hand(&need, lock, builtins)?).of_tokenizer())
}

fn at_hand(need: &Need, lock: &Lock, builtins: &[Builtin]) -> Option<Cast> {
    let options = Options { offline: true, builtins, ..Options::default() };
    let mut ignored = |_: Event<'_>| {};
    Some(Session::new(lock, options, &mut ignored).cast(need).ok()?.1)
}
