//! One call of `fetch`: from the lock, the cache or the hub to files that are whole. Must not know jobs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::check::{Check, discard};
use super::local;
use super::need::{Cast, Need};
use super::repository::{Hub, Repository};
use super::{Event, InputFile, Lock, Options, Origin, Problem};
use crate::files;
use crate::spec::Source;

/// What a repository holds at a commit.
struct Listing {
    commit: String,
    /// The name to ask by: the commit, or a `refs/...` that stands for it now.
    revision: String,
    names: Vec<String>,
    sizes: BTreeMap<String, u64>,
}

/// The state of one call of [`fetch`].
pub(super) struct Session<'a, 'r> {
    lock: &'a Lock,
    options: Options<'a>,
    offline: bool,
    hub: Option<Hub>,
    /// Why the hub cannot be reached, once that is known.
    unreachable: Option<String>,
    files: BTreeMap<(Origin, String), InputFile>,
    report: &'r mut dyn FnMut(Event<'_>),
}

impl<'a, 'r> Session<'a, 'r> {
    pub(super) fn new(
        lock: &'a Lock,
        options: Options<'a>,
        offline: bool,
        report: &'r mut dyn FnMut(Event<'_>),
    ) -> Self {
        Self { lock, options, offline, hub: None, unreachable: None, files: BTreeMap::new(), report }
    }

    /// The commit and the files of a need.
    pub(super) fn cast(&mut self, need: &Need) -> Result<(Option<String>, Cast), Vec<Problem>> {
        let local = match &need.source {
            Source::Builtin(name) => local::builtin(need, name, self.options.builtins),
            Source::Folder { path, .. } => local::folder(need, path),
            Source::Hub(_) => return self.hub_cast(need).map(|(commit, cast)| (Some(commit), cast)),
        };
        local.map(|cast| (None, cast)).map_err(|problem| vec![problem])
    }

    fn repository(&mut self, origin: &Origin) -> Result<Repository, Problem> {
        let hub = match &self.hub {
            Some(hub) => hub.clone(),
            None => Hub::new().map_err(|error| Problem::Refused { answer: error.to_string() })?,
        };
        let repository = hub.repository(origin);
        self.hub = Some(hub);
        Ok(repository)
    }

    fn hub_cast(&mut self, need: &Need) -> Result<(String, Cast), Vec<Problem>> {
        let alone = |problem| vec![problem];
        let repository = self.repository(&need.origin).map_err(alone)?;
        let listing = self.listing(need, &repository).map_err(alone)?;
        let roles = need.roles(&listing.names).map_err(|error| vec![Problem::Layout(error)])?;
        let (mut cast, mut problems) = (Vec::new(), Vec::new());
        for (role, name) in roles {
            match self.file_once(need, &repository, &listing, &name) {
                Ok(file) => cast.push((role, file)),
                Err(problem) => problems.push(problem),
            }
            if matches!(problems.last(), Some(Problem::Unreachable { .. })) {
                break;
            }
        }
        if problems.is_empty() { Ok((listing.commit, cast)) } else { Err(problems) }
    }

    /// One file, which several jobs may need.
    fn file_once(
        &mut self,
        need: &Need,
        repository: &Repository,
        listing: &Listing,
        name: &str,
    ) -> Result<InputFile, Problem> {
        let key = (need.origin.clone(), name.to_owned());
        if let Some(file) = self.files.get(&key) {
            return Ok(file.clone());
        }
        let file = self.file(need, repository, listing, name)?;
        self.files.insert(key, file.clone());
        Ok(file)
    }

    /// From the lock where it pins all that is needed, else from the cache when offline, else from the hub.
    fn listing(&mut self, need: &Need, repository: &Repository) -> Result<Listing, Problem> {
        let pinned = self.lock.inputs.get(&need.origin).filter(|_| !self.options.update);
        let commit = pinned.and_then(|pinned| pinned.commit.clone());
        if let (Some(pinned), Some(commit)) = (pinned, &commit) {
            let names: Vec<String> = pinned.files.keys().cloned().collect();
            if need.roles(&names).is_ok() {
                let sizes = pinned.files.iter().map(|(name, file)| (name.clone(), file.size)).collect();
                return Ok(Listing { commit: commit.clone(), revision: commit.clone(), names, sizes });
            }
        }
        if self.offline {
            return cached_listing(need, repository, commit);
        }
        (self.report)(Event::Listing { id: &need.origin.id });
        let asked = &need.origin.revision;
        let current = match (&commit, asked.starts_with("refs/")) {
            (Some(_), false) => None,
            _ => Some(self.online(repository, || repository.commit(asked))?),
        };
        let commit = commit.or_else(|| current.clone()).expect("a commit is pinned or asked for");
        let by_name = asked.starts_with("refs/") && current.as_ref() == Some(&commit);
        let revision = if by_name { asked.clone() } else { commit.clone() };
        let sizes: BTreeMap<String, u64> =
            self.online(repository, || repository.list(&revision))?.into_iter().collect();
        if current.as_ref() == Some(&commit) && *asked != commit {
            remember(&repository.reference(asked), &commit)?;
        }
        Ok(Listing { commit, revision, names: sizes.keys().cloned().collect(), sizes })
    }

    /// Asks the hub unless it is known to be out of reach.
    fn online<T>(&mut self, repository: &Repository, ask: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
        if let Some(reason) = &self.unreachable {
            return Err(repository.hub.unreachable(reason.clone()));
        }
        let answer = ask();
        if let Err(Problem::Unreachable { reason, .. }) = &answer {
            self.unreachable = Some(reason.clone());
        }
        answer
    }

    /// One file, from the cache if it is whole there, else from the hub.
    fn file(
        &mut self,
        need: &Need,
        repository: &Repository,
        listing: &Listing,
        name: &str,
    ) -> Result<InputFile, Problem> {
        let pinned = self
            .lock
            .inputs
            .get(&need.origin)
            .filter(|pinned| !self.options.update && pinned.commit.as_ref() == Some(&listing.commit));
        let check =
            Check { size: listing.sizes.get(name).copied(), pin: pinned.and_then(|pinned| pinned.files.get(name)) };
        let snapshot = repository.snapshot(&listing.commit);
        if snapshot.join(name).exists() {
            match check.file(&snapshot, name) {
                Ok(file) => return Ok(file),
                Err(Problem::Cut { file, reason }) if self.offline => return Err(Problem::Damaged { file, reason }),
                Err(Problem::Cut { .. }) => discard(&snapshot.join(name))?,
                Err(other) => return Err(other),
            }
        } else if self.offline {
            let cache = repository.hub.cache.clone();
            return Err(Problem::NotCached { missing: name.to_owned(), cache });
        }
        let revision = self.revision(need, repository, listing)?;
        let first = self.download(repository, &revision, &snapshot, name, &check);
        match first {
            Err(Problem::Cut { .. }) => self.download(repository, &revision, &snapshot, name, &check),
            other => other,
        }
    }

    /// The name to ask for a file by: a `refs/...` as long as it stands for the commit, else the commit.
    fn revision(&mut self, need: &Need, repository: &Repository, listing: &Listing) -> Result<String, Problem> {
        let asked = &need.origin.revision;
        if listing.revision != listing.commit || !asked.starts_with("refs/") {
            return Ok(listing.revision.clone());
        }
        let current = self.online(repository, || repository.commit(asked))?;
        Ok(if current == listing.commit { asked.clone() } else { listing.commit.clone() })
    }

    fn download(
        &mut self,
        repository: &Repository,
        revision: &str,
        snapshot: &Path,
        name: &str,
        check: &Check<'_>,
    ) -> Result<InputFile, Problem> {
        if let Some(reason) = &self.unreachable {
            return Err(repository.hub.unreachable(reason.clone()));
        }
        (self.report)(Event::Started { file: name, bytes: check.size });
        let result = repository.download(revision, name, self.report);
        if let Err(Problem::Unreachable { reason, .. }) = &result {
            self.unreachable = Some(reason.clone());
        }
        let path = result?;
        if path != snapshot.join(name) {
            let reason = format!("{revision} moved on while it was fetched");
            return Err(Problem::Cut { file: name.to_owned(), reason });
        }
        match check.file(snapshot, name) {
            Ok(file) => {
                (self.report)(Event::Finished { file: name });
                Ok(file)
            }
            Err(problem) => {
                discard(&path)?;
                Err(problem)
            }
        }
    }
}

/// Writes which commit a branch stood for where Python looks for it offline.
fn remember(reference: &Path, commit: &str) -> Result<(), Problem> {
    let failed = |source| Problem::Disk { path: reference.to_owned(), source };
    if let Some(folder) = reference.parent() {
        files::create_folder(folder).map_err(failed)?;
    }
    files::replace(reference, commit.as_bytes()).map_err(failed)
}

/// What the cache has of a revision.
fn cached_listing(need: &Need, repository: &Repository, pinned: Option<String>) -> Result<Listing, Problem> {
    let asked = &need.origin.revision;
    let missing =
        |missing: &str| Problem::NotCached { missing: missing.to_owned(), cache: repository.hub.cache.clone() };
    let is_commit = asked.len() == 40 && asked.bytes().all(|byte| byte.is_ascii_hexdigit());
    let commit = match pinned {
        Some(commit) => commit,
        None if is_commit => asked.clone(),
        None => fs::read_to_string(repository.reference(asked)).map_err(|_| missing(asked))?.trim().to_owned(),
    };
    let snapshot: PathBuf = repository.snapshot(&commit);
    let names = local::listing(&snapshot).map_err(|_| missing(&commit))?;
    if need.roles(&names).is_err() {
        return Err(missing(&need.described()));
    }
    Ok(Listing { revision: commit.clone(), commit, names, sizes: BTreeMap::new() })
}
