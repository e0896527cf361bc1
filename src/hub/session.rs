//! One call of `fetch`: from the lock, the cache or the hub to files that are whole. Must not know jobs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::cache::{Shelf, is_commit};
use super::check::Check;
use super::local;
use super::need::{Cast, Need, settled};
use super::repository::{Hub, Repository};
use super::stop::Stop;
use super::variables::{VariableError, Variables};
use super::{Event, InputFile, Lock, Options, Origin, Problem, RelativeName};
use crate::spec::Source;

/// What a repository holds at a commit.
struct Listing {
    commit: String,
    /// The name to ask by: the commit, or a `refs/...` that stands for it now.
    revision: String,
    names: Vec<RelativeName>,
    sizes: BTreeMap<RelativeName, u64>,
}

/// The state of one call of [`fetch`].
pub(super) struct Session<'a, 'r> {
    lock: &'a Lock,
    options: Options<'a>,
    stop: Stop<'a>,
    /// What matters only where a hub is needed.
    variables: Result<Variables, VariableError>,
    hub: Option<Hub>,
    /// Why the hub cannot be reached, once that is known.
    unreachable: Option<String>,
    files: BTreeMap<(Origin, RelativeName), InputFile>,
    report: &'r mut dyn FnMut(Event<'_>),
}

impl<'a, 'r> Session<'a, 'r> {
    pub(super) fn new(lock: &'a Lock, options: Options<'a>, report: &'r mut dyn FnMut(Event<'_>)) -> Self {
        Self {
            lock,
            options,
            stop: Stop(options.stop),
            variables: Variables::read(),
            hub: None,
            unreachable: None,
            files: BTreeMap::new(),
            report,
        }
    }

    /// The commit and the files of a need.
    pub(super) fn cast(&mut self, need: &Need) -> Result<(Option<String>, Cast), Vec<Problem>> {
        let local = match &need.source {
            Source::Builtin(name) => local::builtin(need, name, self.options.builtins),
            Source::Folder { path, .. } => local::folder(need, path, self.stop),
            Source::Hub(_) => return self.hub_cast(need).map(|(commit, cast)| (Some(commit), cast)),
        };
        local.map(|cast| (None, cast)).map_err(|problem| vec![problem])
    }

    /// What keeps the program from asking the hub, as the user would undo it.
    fn offline(&self) -> Option<&'static str> {
        let by_environment = self.variables.as_ref().ok().and_then(|variables| variables.offline);
        match (self.options.offline, by_environment) {
            (true, _) => Some("leave --offline out"),
            (false, Some("HF_HUB_OFFLINE")) => Some("unset HF_HUB_OFFLINE"),
            (false, Some(_)) => Some("unset TRANSFORMERS_OFFLINE"),
            (false, None) => None,
        }
    }

    fn repository(&mut self, origin: &Origin) -> Result<Repository, Problem> {
        if let Some(hub) = &self.hub {
            return Ok(hub.repository(origin));
        }
        let variables = self.variables.clone()?;
        if let Some(text) = &variables.notice {
            (self.report)(Event::Notice { text });
        }
        let hub = self.hub.insert(Hub::new(&variables)?);
        Ok(hub.repository(origin))
    }

    fn hub_cast(&mut self, need: &Need) -> Result<(String, Cast), Vec<Problem>> {
        let alone = |problem| vec![problem];
        let repository = self.repository(&need.origin).map_err(alone)?;
        let listing = self.listing(need, &repository).map_err(alone)?;
        let content = |index: &RelativeName| {
            let file = self.file_once(need, &repository, &listing, index)?;
            Ok(std::fs::read(&file.path).ok())
        };
        let roles = need.indexed_roles(&listing.names, content).map_err(alone)?;
        self.count_missing(need, &repository, &listing, roles.iter().map(|(_, name)| name));
        let (mut cast, mut problems) = (Vec::new(), Vec::new());
        for (role, name) in roles {
            match self.file_once(need, &repository, &listing, &name) {
                Ok(file) => cast.push((role, file)),
                Err(problem) => problems.push(problem),
            }
            if problems.last().is_some_and(Problem::ends_all) {
                break;
            }
        }
        if problems.is_empty() { Ok((listing.commit, settled(cast))) } else { Err(problems) }
    }

    /// Reports how much there is to fetch.
    fn count_missing<'n>(
        &mut self,
        need: &Need,
        repository: &Repository,
        listing: &Listing,
        names: impl Iterator<Item = &'n RelativeName>,
    ) {
        let snapshot = repository.shelf.snapshot(&listing.commit);
        let is_missing = |name: &&RelativeName| {
            !self.files.contains_key(&(need.origin.clone(), (*name).clone())) && !snapshot.join(name.as_str()).exists()
        };
        let missing: BTreeSet<&RelativeName> = names.filter(is_missing).collect();
        if !missing.is_empty() {
            let bytes = missing.iter().filter_map(|name| listing.sizes.get(*name)).sum();
            (self.report)(Event::Missing { files: missing.len(), bytes });
        }
    }

    /// One file, which several jobs may need.
    fn file_once(
        &mut self,
        need: &Need,
        repository: &Repository,
        listing: &Listing,
        name: &RelativeName,
    ) -> Result<InputFile, Problem> {
        let key = (need.origin.clone(), name.clone());
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
            let names: Vec<RelativeName> = pinned.files.keys().cloned().collect();
            if need.roles(&names).is_ok() {
                let sizes = pinned.files.iter().map(|(name, file)| (name.clone(), file.size)).collect();
                return Ok(Listing { commit: commit.clone(), revision: commit.clone(), names, sizes });
            }
        }
        let cache = &repository.hub.variables.cache;
        if let Some(remedy) = self.offline() {
            let missing = |missing| Problem::NotCached { missing, cache: cache.clone(), remedy };
            return cached_listing(need, &repository.shelf, commit).map_err(missing);
        }
        (self.report)(Event::Listing { id: &need.origin.id });
        self.current(need, repository, commit.clone()).map_err(|problem| match problem {
            Problem::Unreachable { endpoint, reason, .. }
                if cached_listing(need, &repository.shelf, commit).is_ok() =>
            {
                Problem::OnlyCached { endpoint, reason }
            }
            other => other,
        })
    }

    /// What the hub lists at the commit that is pinned, or at the one that the revision stands for now.
    fn current(&mut self, need: &Need, repository: &Repository, pinned: Option<String>) -> Result<Listing, Problem> {
        let asked = RelativeName::parse(&need.origin.revision).ok_or(Problem::NoRevision)?;
        let stop = self.stop;
        let current = match (&pinned, asked.starts_with("refs/")) {
            (Some(_), false) => None,
            _ => Some(self.online(repository, || repository.commit(&asked, stop))?),
        };
        let commit = pinned.or_else(|| current.clone()).expect("a commit is pinned or asked for");
        let by_name = asked.starts_with("refs/") && current.as_ref() == Some(&commit);
        let revision = if by_name { asked.to_string() } else { commit.clone() };
        let sizes: BTreeMap<RelativeName, u64> =
            self.online(repository, || repository.list(&revision, stop))?.into_iter().collect();
        if current.as_ref() == Some(&commit) && asked.as_str() != commit {
            repository.shelf.remember(&asked, &commit)?;
        }
        Ok(Listing { commit, revision, names: sizes.keys().cloned().collect(), sizes })
    }

    /// Asks the hub unless it is known to be out of reach.
    fn online<T>(&mut self, repository: &Repository, ask: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
        if let Some(reason) = &self.unreachable {
            return Err(repository.hub.web.unreachable(reason.clone()));
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
        name: &RelativeName,
    ) -> Result<InputFile, Problem> {
        let pinned = self
            .lock
            .inputs
            .get(&need.origin)
            .filter(|pinned| !self.options.update && pinned.commit.as_ref() == Some(&listing.commit));
        let size = listing.sizes.get(name).copied();
        let check = Check { size, pin: pinned.and_then(|pinned| pinned.files.get(name)), stop: self.stop };
        let (shelf, offline) = (&repository.shelf, self.offline());
        if shelf.snapshot(&listing.commit).join(name.as_str()).exists() {
            match checked(&check, shelf, &listing.commit, name) {
                Ok(file) => return Ok(file),
                Err(Problem::Cut { file, reason }) if offline.is_some() => {
                    return Err(Problem::Damaged { file, reason });
                }
                Err(Problem::Cut { .. }) => shelf.discard(&listing.commit, name)?,
                Err(other) => return Err(other),
            }
        } else if let Some(remedy) = offline {
            let cache = repository.hub.variables.cache.clone();
            return Err(Problem::NotCached { missing: name.to_string(), cache, remedy });
        }
        let revision = self.revision(need, repository, listing)?;
        (self.report)(Event::Started { file: name, bytes: size });
        match self.download(repository, &revision, &listing.commit, name, &check) {
            Err(Problem::Cut { .. }) => self.download(repository, &revision, &listing.commit, name, &check),
            other => other,
        }
    }

    /// The name to ask for a file by: a `refs/...` as long as it stands for the commit, else the commit.
    fn revision(&mut self, need: &Need, repository: &Repository, listing: &Listing) -> Result<String, Problem> {
        let (asked, stop) = (&need.origin.revision, self.stop);
        if listing.revision != listing.commit || !asked.starts_with("refs/") {
            return Ok(listing.revision.clone());
        }
        let asked = RelativeName::parse(asked).ok_or(Problem::NoRevision)?;
        let current = self.online(repository, || repository.commit(&asked, stop))?;
        Ok(if current == listing.commit { asked.to_string() } else { listing.commit.clone() })
    }

    fn download(
        &mut self,
        repository: &Repository,
        revision: &str,
        commit: &str,
        name: &RelativeName,
        check: &Check<'_>,
    ) -> Result<InputFile, Problem> {
        if let Some(reason) = &self.unreachable {
            return Err(repository.hub.web.unreachable(reason.clone()));
        }
        let result = repository.download(revision, commit, name, self.stop, self.report);
        if let Err(Problem::Unreachable { reason, .. }) = &result {
            self.unreachable = Some(reason.clone());
        }
        result?;
        match checked(check, &repository.shelf, commit, name) {
            Ok(file) => {
                (self.report)(Event::Finished { file: name });
                Ok(file)
            }
            Err(problem @ Problem::Interrupted) => Err(problem),
            Err(problem) => {
                repository.shelf.discard(commit, name)?;
                Err(problem)
            }
        }
    }
}

/// A file of a snapshot, whole and in the cache.
fn checked(check: &Check<'_>, shelf: &Shelf, commit: &str, name: &RelativeName) -> Result<InputFile, Problem> {
    let snapshot = shelf.snapshot(commit);
    if !shelf.holds(&snapshot.join(name.as_str())) {
        let reason = "it is a link that leads out of the cache".to_owned();
        return Err(Problem::Cut { file: name.to_string(), reason });
    }
    check.file(&snapshot, name)
}

/// What the cache has of a revision; else what it lacks.
fn cached_listing(need: &Need, shelf: &Shelf, pinned: Option<String>) -> Result<Listing, String> {
    let asked = &need.origin.revision;
    let commit = match pinned {
        Some(commit) => commit,
        None if is_commit(asked) => asked.clone(),
        None => shelf.commit(asked).ok_or_else(|| asked.clone())?,
    };
    let snapshot: PathBuf = shelf.snapshot(&commit);
    let names = local::listing(&snapshot).map_err(|_| commit.clone())?;
    if need.roles(&names).is_err() {
        return Err(need.described());
    }
    Ok(Listing { revision: commit.clone(), commit, names, sizes: BTreeMap::new() })
}
