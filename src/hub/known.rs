//! What a job's inputs are known to be without touching the network. Must not fetch.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

use super::need::{Need, hashes};
use super::stop::Stop;
use super::{Builtin, InputFile, Lock, Pinned, PinnedFile, RelativeName, local};
use crate::hash::{InputHashes, Sha256};
use crate::spec::{Settings, Source};

type Roles = BTreeMap<String, Sha256>;

/// Answers from a lock, from folders and from the program; each input is looked at once.
pub struct KnownHashes<'a> {
    lock: &'a Lock,
    builtins: &'a [Builtin],
    stop: Stop<'a>,
    seen: BTreeMap<Need, Found>,
}

/// What is known of an input.
#[derive(Default)]
struct Found {
    /// None if the lock does not pin all of it, or a folder lacks it.
    roles: Option<Roles>,
    /// A folder's files that are not what the lock pins.
    changed: Vec<String>,
    /// A folder's files as they are.
    local: Pinned,
}

impl<'a> KnownHashes<'a> {
    /// Over a lock and what the program ships.
    pub fn new(lock: &'a Lock, builtins: &'a [Builtin]) -> Self {
        Self { lock, builtins, stop: Stop::default(), seen: BTreeMap::new() }
    }

    /// The same, which knows nothing more once `stop` is set: large folders take long to hash.
    #[must_use]
    pub fn until(self, stop: &'a AtomicBool) -> Self {
        Self { stop: Stop(Some(stop)), ..self }
    }

    /// The hashes for the key of a job; none if the lock does not pin all that it needs, or a folder lacks it.
    pub fn of(&mut self, settings: &Settings) -> Option<InputHashes> {
        let data = self.roles(Need::data(settings))?;
        let model = self.roles(Need::model(settings))?;
        Some(InputHashes { data, model })
    }

    /// The files of folders that a job reads and that are not what the lock pins: `./corpus/train.txt`.
    pub fn changed(&mut self, settings: &Settings) -> Vec<String> {
        let needs = [Need::data(settings), Need::model(settings)];
        needs.into_iter().flat_map(|need| self.found(need).changed.clone()).collect()
    }

    /// The files of all folders looked at, as they are.
    pub fn local(&self) -> Lock {
        let mut lock = Lock::default();
        for (need, found) in self.seen.iter().filter(|(_, found)| !found.local.files.is_empty()) {
            lock.inputs.entry(need.origin.clone()).or_default().files.extend(found.local.files.clone());
        }
        lock
    }

    fn roles(&mut self, need: Need) -> Option<Roles> {
        self.found(need).roles.clone()
    }

    fn found(&mut self, need: Need) -> &Found {
        let (lock, builtins, stop) = (self.lock, self.builtins, self.stop);
        self.seen.entry(need).or_insert_with_key(|need| look_up(need, lock, builtins, stop).unwrap_or_default())
    }
}

impl Lock {
    /// The hashes for the key of one job, as [`KnownHashes::of`]: local folders are hashed from the disk.
    pub fn hashes(&self, settings: &Settings, builtins: &[Builtin]) -> Option<InputHashes> {
        KnownHashes::new(self, builtins).of(settings)
    }

    /// The part of the lock that `jobs` use; inputs that left an experiment leave its lock too.
    #[must_use]
    pub fn only<'j>(&self, jobs: impl IntoIterator<Item = &'j Settings>) -> Self {
        let needs: BTreeSet<Need> = jobs.into_iter().flat_map(|job| [Need::data(job), Need::model(job)]).collect();
        let mut kept = Self { environments: self.environments.clone(), ..Self::default() };
        for need in needs {
            let Some(pinned) = self.inputs.get(&need.origin) else { continue };
            let names: Vec<RelativeName> = pinned.files.keys().cloned().collect();
            let used = match need.source {
                Source::Builtin(_) => names,
                Source::Folder { .. } | Source::Hub(_) => {
                    need.roles(&names).unwrap_or_default().into_iter().map(|(_, name)| name).collect()
                }
            };
            let place = kept.inputs.entry(need.origin).or_default();
            place.commit.clone_from(&pinned.commit);
            let files = used.into_iter().map(|name| (name.clone(), pinned.files[&name].clone()));
            place.files.extend(files);
        }
        kept
    }
}

fn look_up(need: &Need, lock: &Lock, builtins: &[Builtin], stop: Stop<'_>) -> Option<Found> {
    let (mut changed, mut pins) = (Vec::new(), Pinned::default());
    let cast = match &need.source {
        Source::Builtin(name) => local::builtin(need, name, builtins).ok()?,
        Source::Folder { path, written } => {
            let cast = local::folder(need, path, stop).ok()?;
            let pinned = |name: &str| lock.inputs.get(&need.origin)?.files.get(name);
            let differs = |file: &&InputFile| pinned(&file.name).is_some_and(|pinned| pinned.sha256 != file.sha256);
            let files = cast.iter().filter(|(role, _)| role != "readme").map(|(_, file)| file);
            let name = |file: &InputFile| format!("{}/{}", written.trim_end_matches('/'), file.name);
            changed = files.filter(differs).map(name).collect();
            let pin = |file: &InputFile| PinnedFile { sha256: file.sha256.clone(), size: file.size };
            let named = |file: &InputFile| RelativeName::parse(&file.name).expect("listings hold nothing else");
            pins.files = cast.iter().map(|(_, file)| (named(file), pin(file))).collect();
            cast
        }
        Source::Hub(_) => {
            let pinned = &lock.inputs.get(&need.origin)?.files;
            let names: Vec<RelativeName> = pinned.keys().cloned().collect();
            let roles = need.roles(&names).ok()?.into_iter();
            let roles = hashes(roles.map(|(role, name)| (role, pinned[&name].sha256.clone())));
            return Some(Found { roles: Some(roles), ..Found::default() });
        }
    };
    let roles = hashes(cast.into_iter().map(|(role, file)| (role, file.sha256)));
    Some(Found { roles: Some(roles), changed, local: pins })
}
