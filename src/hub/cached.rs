//! What of a job's inputs is on this machine already. It must not ask the hub.

use std::path::PathBuf;

use super::cache::{Shelf, is_commit};
use super::need::{Need, data_inputs};
use super::repository::described;
use super::session::Session;
use super::variables::Variables;
use super::{Builtin, DataInputs, Event, FetchError, Lock, Options, Problem, local};
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
        let Source::Hub(_) = &settings.model.checkpoint else { return None };
        let origin = Need::model(settings).origin;
        let shelf = Shelf::new(self.0.as_ref()?, &origin);
        let pinned = lock.inputs.get(&origin).and_then(|pinned| pinned.commit.clone());
        let commit = match pinned {
            Some(commit) => commit,
            None if is_commit(&origin.revision) => origin.revision,
            None => shelf.commit(&origin.revision)?,
        };
        let path = shelf.snapshot(&commit).join(name);
        (is_commit(&commit) && path.is_file() && shelf.holds(&path)).then_some(path)
    }
}

/// What a folder or the program's own lacks of what a job needs, where that can be told without reading a file.
pub fn missing_locally(settings: &Settings, builtins: &[Builtin]) -> Option<FetchError> {
    [Need::data(settings), Need::model(settings)].into_iter().find_map(|need| {
        let problem = match &need.source {
            Source::Hub(_) => return None,
            Source::Builtin(name) => local::builtin(&need, name, builtins).err()?,
            Source::Folder { path, .. } => match local::listing(path) {
                Ok(names) => Problem::Layout(need.roles(&names).err()?),
                Err(source) => Problem::disk(path, source),
            },
        };
        Some(FetchError { input: described(&need.origin), problem, folder: None })
    })
}

/// The files of a job's data set, as far as they are on this machine; none where one is not.
pub fn data_at_hand(settings: &Settings, lock: &Lock, builtins: &[Builtin]) -> Option<DataInputs> {
    let options = Options { offline: true, builtins, ..Options::default() };
    let mut ignored = |_: Event<'_>| {};
    let (_, cast) = Session::new(lock, options, &mut ignored).cast(&Need::data(settings)).ok()?;
    Some(data_inputs(&cast))
}
