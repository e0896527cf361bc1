//! Hashes of a job's inputs that are known without the network.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

use super::locked::pinned_job;
use super::need::{Need, hashes};
use super::pins::{PinnedPart, pinned_parts};
use super::stop::Stop;
use super::{Builtin, InputFile, Lock, Origin, Pinned, local};
use crate::hash::{InputHashes, Sha256};
use crate::spec::{Settings, Source};

type RoleHashes = BTreeMap<String, Sha256>;

/// Hashes from a lock, from folders and of built-ins; each input is looked up once.
pub struct KnownHashes<'a> {
    lock: &'a Lock,
    builtins: &'a [Builtin],
    stop: Stop<'a>,
    seen: BTreeMap<Need, Found>,
}

/// What is known about an input.
#[derive(Default)]
struct Found {
    /// None if the lock does not pin all files, or a folder lacks one.
    roles: Option<RoleHashes>,
    /// A folder's files that differ from the lock.
    changed: Vec<String>,
    /// A folder's files as they are now.
    local: Pinned,
}

impl<'a> KnownHashes<'a> {
    /// Nothing is looked up yet.
    pub fn new(lock: &'a Lock, builtins: &'a [Builtin]) -> Self {
        Self { lock, builtins, stop: Stop::default(), seen: BTreeMap::new() }
    }

    /// With a flag that stops the hashing of large folders; what is not hashed by then is unknown.
    #[must_use]
    pub fn until(self, stop: &'a AtomicBool) -> Self {
        Self { stop: Stop(Some(stop)), ..self }
    }

    /// The hashes for a job's key; none if the lock does not pin all its files, or a folder lacks one.
    pub fn of(&mut self, settings: &Settings) -> Option<InputHashes> {
        let data = self.roles(Need::data(settings))?;
        let model = self.roles(Need::model(settings))?;
        Some(InputHashes { data, model })
    }

    /// The local files of a job that differ from the lock: `./corpus/train.txt`.
    pub fn changed(&mut self, settings: &Settings) -> Vec<String> {
        let needs = [Need::data(settings), Need::model(settings)];
        needs.into_iter().flat_map(|need| self.found(need).changed.clone()).collect()
    }

    /// Pins of the local files looked up so far, as they are now.
    pub fn local(&self) -> Lock {
        let mut lock = Lock::default();
        for (need, found) in self.seen.iter().filter(|(_, found)| !found.local.files.is_empty()) {
            lock.inputs.entry(need.origin.clone()).or_default().join(&found.local);
        }
        lock
    }

    fn roles(&mut self, need: Need) -> Option<RoleHashes> {
        self.found(need).roles.clone()
    }

    fn found(&mut self, need: Need) -> &Found {
        let (lock, builtins, stop) = (self.lock, self.builtins, self.stop);
        self.seen.entry(need).or_insert_with_key(|need| look_up(need, lock, builtins, stop).unwrap_or_default())
    }
}

impl Lock {
    /// [`KnownHashes::of`] for one job.
    pub fn hashes(&self, settings: &Settings, builtins: &[Builtin]) -> Option<InputHashes> {
        KnownHashes::new(self, builtins).of(settings)
    }

    /// The part of the lock that `jobs` use; inputs that are no longer in an experiment leave its lock.
    #[must_use]
    pub fn only<'j>(&self, jobs: impl IntoIterator<Item = &'j Settings>) -> Self {
        let needs: BTreeSet<Need> = jobs.into_iter().flat_map(|job| [Need::data(job), Need::model(job)]).collect();
        let mut part = Self { environments: self.environments.clone(), ..Self::default() };
        for need in needs {
            if let Source::Hub(_) = need.source {
                for part_of in pinned_parts(self, &need).unwrap_or_default() {
                    let pins = part.inputs.entry(part_of.need.origin.clone()).or_default();
                    pins.commit.clone_from(&part_of.pinned.commit);
                    let files = part_of.roles.into_iter();
                    pins.files.extend(files.map(|(_, name)| (name.clone(), part_of.pinned.files[&name].clone())));
                    let key = part_of.need.layout_key().and_then(|key| part_of.pinned.splits.get_key_value(&key));
                    pins.splits.extend(key.map(|(key, splits)| (key.clone(), splits.clone())));
                }
                continue;
            }
            let found = match need.source {
                Source::Job(_) => pinned_job(self, &need.origin),
                _ => self.inputs.get_key_value(&need.origin),
            };
            let Some((origin, pinned)) = found else { continue };
            let names = need.pinned_names(&pinned.files);
            let used = match need.source {
                Source::Builtin(_) => names,
                Source::Folder { .. } | Source::Hub(_) | Source::Job(_) => {
                    need.pinned_roles(pinned).unwrap_or_default().into_iter().map(|(_, name)| name).collect()
                }
            };
            let pins = part.inputs.entry(origin.clone()).or_default();
            pins.commit.clone_from(&pinned.commit);
            let key = need.layout_key().and_then(|key| pinned.splits.get_key_value(&key));
            pins.splits.extend(key.map(|(key, splits)| (key.clone(), splits.clone())));
            let files = used.into_iter().map(|name| (name.clone(), pinned.files[&name].clone()));
            pins.files.extend(files);
        }
        part
    }
}

/// The job, if the lock pins another training of it.
fn trained_otherwise(lock: &Lock, origin: &Origin) -> Vec<String> {
    let is_pinned = lock.inputs.keys().any(|known| known.kind == origin.kind && known.id == origin.id);
    if is_pinned { vec![origin.id.clone()] } else { Vec::new() }
}

/// The hashes that a lock pins.
fn pinned(need: &Need, pinned: &Pinned) -> Option<Found> {
    let roles = need.pinned_roles(pinned).ok()?.into_iter();
    let roles = hashes(roles.map(|(role, name)| (role, pinned.files[&name].sha256.clone())));
    Some(Found { roles: Some(roles), ..Found::default() })
}

fn look_up(need: &Need, lock: &Lock, builtins: &[Builtin], stop: Stop<'_>) -> Option<Found> {
    let (mut changed, mut pins) = (Vec::new(), Pinned::default());
    let files = match &need.source {
        Source::Builtin(name) => local::builtin(need, name, builtins).ok()?,
        Source::Folder { path, written } => {
            let files = local::folder(need, path, stop).ok()?;
            let pinned = |name: &str| lock.inputs.get(&need.origin)?.files.get(name);
            let differs = |file: &&InputFile| pinned(&file.name).is_some_and(|pinned| pinned.sha256 != file.sha256);
            let hashed = files.iter().filter(|(role, _)| role != "readme").map(|(_, file)| file);
            let name = |file: &InputFile| format!("{}/{}", written.trim_end_matches('/'), file.name);
            changed = hashed.filter(differs).map(name).collect();
            pins.add(need, &files);
            files
        }
        Source::Hub(_) => {
            let parts = pinned_parts(lock, need).ok()?;
            let roles = parts.iter().flat_map(PinnedPart::hashes);
            return Some(Found { roles: Some(hashes(roles)), ..Found::default() });
        }
        // its files may not be written yet, or the job may be on another machine: the key of its training stands for them
        Source::Job(_) => match pinned_job(lock, &need.origin) {
            Some((_, pins)) => return pinned(need, pins),
            None => return Some(Found { changed: trained_otherwise(lock, &need.origin), ..Found::default() }),
        },
    };
    let roles = hashes(files.into_iter().map(|(role, file)| (role, file.sha256)));
    Some(Found { roles: Some(roles), changed, local: pins })
}
