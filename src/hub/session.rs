//! One fetch: files from the lock, the cache or the hub, complete and checked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::cache::{CachedRepository, is_commit};
use super::check::Check;
use super::local;
use super::need::{Need, RoleFiles, without_idle_settings};
use super::repository::{Hub, Repository};
use super::stop::Stop;
use super::variables::{VariableError, Variables};
use super::{FetchEvent, FetchOptions, FetchProblem, InputFile, Lock, Origin, RelativeName};
use crate::spec::{JobModel, Source};

/// The files of a repository at a commit.
struct Listing {
    commit: String,
    /// The name to request it by: the commit, or a `refs/...` that points to it now.
    revision: String,
    names: Vec<RelativeName>,
    sizes: BTreeMap<RelativeName, u64>,
}

/// The state of one call of [`super::fetch`].
pub(super) struct Session<'a, 'r> {
    lock: &'a Lock,
    options: FetchOptions<'a>,
    stop: Stop<'a>,
    /// An error here matters only if the hub is needed.
    variables: Result<Variables, VariableError>,
    hub: Option<Hub>,
    /// Why the hub cannot be reached, once that is known.
    unreachable: Option<String>,
    files: BTreeMap<(Origin, RelativeName), InputFile>,
    /// Files that were not in the cache.
    pub(super) downloaded: BTreeSet<(Origin, RelativeName)>,
    report: &'r mut dyn FnMut(FetchEvent<'_>),
}

impl<'a, 'r> Session<'a, 'r> {
    pub(super) fn new(lock: &'a Lock, options: FetchOptions<'a>, report: &'r mut dyn FnMut(FetchEvent<'_>)) -> Self {
        let elsewhere = |cache: &Path| Variables::read().map(|read| Variables { cache: cache.to_owned(), ..read });
        Self {
            lock,
            options,
            stop: Stop(options.stop),
            variables: options.cache.map_or_else(Variables::read, elsewhere),
            downloaded: BTreeSet::new(),
            hub: None,
            unreachable: None,
            files: BTreeMap::new(),
            report,
        }
    }

    /// The commit, if any, and the files of `need`.
    pub(super) fn fetch(&mut self, need: &Need) -> Result<(Option<String>, RoleFiles), Vec<FetchProblem>> {
        let local = match &need.source {
            Source::Builtin(name) => local::builtin(need, name, self.options.builtins),
            Source::Folder { path, .. } => local::folder(need, path, self.stop),
            Source::Job(job) => match &job.model {
                JobModel::Of { folder, .. } => local::folder(need, folder, self.stop),
                JobModel::Missing { why } => Err(FetchProblem::NoModel { why: why.clone() }),
                JobModel::Unknown => Err(FetchProblem::NoModel { why: "the job was not looked up".to_owned() }),
            },
            Source::Hub(_) => return self.hub_files(need).map(|(commit, files)| (Some(commit), files)),
        };
        local.map(|files| (None, files)).map_err(|problem| vec![problem])
    }

    /// How the user can go online; none if the session is online.
    fn offline(&self) -> Option<&'static str> {
        let by_environment = self.variables.as_ref().ok().and_then(|variables| variables.offline);
        match (self.options.offline || self.options.cache.is_some(), by_environment) {
            (true, _) => Some("remove --offline"),
            (false, Some("HF_HUB_OFFLINE")) => Some("unset HF_HUB_OFFLINE"),
            (false, Some(_)) => Some("unset TRANSFORMERS_OFFLINE"),
            (false, None) => None,
        }
    }

    fn repository(&mut self, origin: &Origin) -> Result<Repository, FetchProblem> {
        if let Some(hub) = &self.hub {
            return Ok(hub.repository(origin));
        }
        let variables = self.variables.clone()?;
        if let Some(text) = &variables.notice {
            (self.report)(FetchEvent::Notice { text });
        }
        let hub = self.hub.insert(Hub::new(&variables));
        Ok(hub.repository(origin))
    }

    fn hub_files(&mut self, need: &Need) -> Result<(String, RoleFiles), Vec<FetchProblem>> {
        let alone = |problem| vec![problem];
        let repository = self.repository(&need.origin).map_err(alone)?;
        let listing = self.listing(need, &repository).map_err(alone)?;
        let content = |index: &RelativeName| {
            let file = self.file_once(need, &repository, &listing, index)?;
            Ok(std::fs::read(&file.path).ok())
        };
        let roles = need.indexed_roles(&listing.names, content).map_err(alone)?;
        self.count_missing(need, &repository, &listing, roles.iter().map(|(_, name)| name));
        let (mut files, mut problems) = (Vec::new(), Vec::new());
        for (role, name) in roles {
            match self.file_once(need, &repository, &listing, &name) {
                Ok(file) => files.push((role, file)),
                Err(problem) => problems.push(problem),
            }
            if problems.last().is_some_and(FetchProblem::ends_all) {
                break;
            }
        }
        if problems.is_empty() { Ok((listing.commit, without_idle_settings(need, files))) } else { Err(problems) }
    }

    /// Reports how much there is to fetch.
    fn count_missing<'n>(
        &mut self,
        need: &Need,
        repository: &Repository,
        listing: &Listing,
        names: impl Iterator<Item = &'n RelativeName>,
    ) {
        let snapshot = repository.cached.snapshot(&listing.commit);
        let is_missing = |name: &&RelativeName| {
            !self.files.contains_key(&(need.origin.clone(), (*name).clone())) && !snapshot.join(name.as_str()).exists()
        };
        let missing: BTreeSet<&RelativeName> = names.filter(is_missing).collect();
        if !missing.is_empty() {
            let bytes = missing.iter().filter_map(|name| listing.sizes.get(*name)).sum();
            (self.report)(FetchEvent::Missing { files: missing.len(), bytes });
        }
    }

    /// One file; later calls for the same file return the first result.
    fn file_once(
        &mut self,
        need: &Need,
        repository: &Repository,
        listing: &Listing,
        name: &RelativeName,
    ) -> Result<InputFile, FetchProblem> {
        let key = (need.origin.clone(), name.clone());
        if let Some(file) = self.files.get(&key) {
            return Ok(file.clone());
        }
        let file = self.file(need, repository, listing, name)?;
        self.files.insert(key, file.clone());
        Ok(file)
    }

    /// The listing from the lock if it pins all files needed; else, offline, from the cache; else from the hub.
    fn listing(&mut self, need: &Need, repository: &Repository) -> Result<Listing, FetchProblem> {
        let pinned = self.lock.inputs.get(&need.origin).filter(|_| !self.options.update);
        let commit = pinned.and_then(|pinned| pinned.commit.clone());
        if let (Some(pinned), Some(commit)) = (pinned, &commit) {
            let names: Vec<RelativeName> = pinned.files.keys().cloned().collect();
            if need.roles(&names).is_ok() && !need.may_lack_settings(&names) {
                let sizes = pinned.files.iter().map(|(name, file)| (name.clone(), file.size)).collect();
                return Ok(Listing { commit: commit.clone(), revision: commit.clone(), names, sizes });
            }
        }
        let cache = &repository.hub.variables.cache;
        if let Some(remedy) = self.offline() {
            let missing = |missing| FetchProblem::NotCached { missing, cache: cache.clone(), remedy };
            return cached_listing(need, &repository.cached, commit).map_err(missing);
        }
        (self.report)(FetchEvent::Listing { id: &need.origin.id });
        self.current(need, repository, commit.clone()).map_err(|problem| match problem {
            FetchProblem::Unreachable { endpoint, reason, .. }
                if cached_listing(need, &repository.cached, commit).is_ok() =>
            {
                FetchProblem::OnlyCached { endpoint, reason }
            }
            other => other,
        })
    }

    /// The hub's listing at the pinned commit, else at the current one of the revision.
    fn current(
        &mut self,
        need: &Need,
        repository: &Repository,
        pinned: Option<String>,
    ) -> Result<Listing, FetchProblem> {
        let asked = RelativeName::parse(&need.origin.revision).ok_or(FetchProblem::NoRevision)?;
        let stop = self.stop;
        let current = match (&pinned, asked.starts_with("refs/")) {
            (Some(_), false) => None,
            _ => Some(request(&mut self.unreachable, repository, || repository.commit(&asked, stop))?),
        };
        let commit = pinned.or_else(|| current.clone()).expect("a commit is pinned or asked for");
        let by_name = asked.starts_with("refs/") && current.as_ref() == Some(&commit);
        let revision = if by_name { asked.to_string() } else { commit.clone() };
        let sizes: BTreeMap<RelativeName, u64> =
            request(&mut self.unreachable, repository, || repository.list(&revision, stop))?.into_iter().collect();
        if current.as_ref() == Some(&commit) && asked.as_str() != commit {
            repository.cached.remember(&asked, &commit)?;
        }
        Ok(Listing { commit, revision, names: sizes.keys().cloned().collect(), sizes })
    }

    /// One file, from the cache if it is complete there, else from the hub.
    fn file(
        &mut self,
        need: &Need,
        repository: &Repository,
        listing: &Listing,
        name: &RelativeName,
    ) -> Result<InputFile, FetchProblem> {
        let pinned = self
            .lock
            .inputs
            .get(&need.origin)
            .filter(|pinned| !self.options.update && pinned.commit.as_ref() == Some(&listing.commit));
        let size = listing.sizes.get(name).copied();
        let check = Check { size, pin: pinned.and_then(|pinned| pinned.files.get(name)), stop: self.stop };
        let (cached, offline) = (&repository.cached, self.offline());
        if cached.snapshot(&listing.commit).join(name.as_str()).exists() {
            match checked(&check, cached, &listing.commit, name) {
                Ok(file) => return Ok(file),
                Err(FetchProblem::Cut { file, reason }) if offline.is_some() => {
                    return Err(FetchProblem::Damaged { file, reason });
                }
                Err(FetchProblem::Cut { .. }) => cached.discard(&listing.commit, name)?,
                Err(other) => return Err(other),
            }
        } else if let Some(remedy) = offline {
            let cache = repository.hub.variables.cache.clone();
            return Err(FetchProblem::NotCached { missing: name.to_string(), cache, remedy });
        }
        let revision = self.revision(need, repository, listing)?;
        (self.report)(FetchEvent::Started { file: name, bytes: size });
        let file = match self.download(repository, &revision, &listing.commit, name, &check) {
            Err(FetchProblem::Cut { .. }) => self.download(repository, &revision, &listing.commit, name, &check),
            other => other,
        }?;
        self.downloaded.insert((need.origin.clone(), name.clone()));
        Ok(file)
    }

    /// The name to request a file by: a `refs/...` if it still points to the commit, else the commit.
    fn revision(&mut self, need: &Need, repository: &Repository, listing: &Listing) -> Result<String, FetchProblem> {
        let (asked, stop) = (&need.origin.revision, self.stop);
        if listing.revision != listing.commit || !asked.starts_with("refs/") {
            return Ok(listing.revision.clone());
        }
        let asked = RelativeName::parse(asked).ok_or(FetchProblem::NoRevision)?;
        let current = request(&mut self.unreachable, repository, || repository.commit(&asked, stop))?;
        Ok(if current == listing.commit { asked.to_string() } else { listing.commit.clone() })
    }

    fn download(
        &mut self,
        repository: &Repository,
        revision: &str,
        commit: &str,
        name: &RelativeName,
        check: &Check<'_>,
    ) -> Result<InputFile, FetchProblem> {
        let (stop, report) = (self.stop, &mut *self.report);
        request(&mut self.unreachable, repository, || repository.download(revision, commit, name, stop, report))?;
        match checked(check, &repository.cached, commit, name) {
            Ok(file) => {
                (self.report)(FetchEvent::Finished { file: name });
                Ok(file)
            }
            Err(problem @ FetchProblem::Interrupted) => Err(problem),
            Err(problem) => {
                repository.cached.discard(commit, name)?;
                Err(problem)
            }
        }
    }
}

/// Sends a request unless the hub is known to be unreachable; remembers in `unreachable` if it is.
fn request<T>(
    unreachable: &mut Option<String>,
    repository: &Repository,
    send: impl FnOnce() -> Result<T, FetchProblem>,
) -> Result<T, FetchProblem> {
    if let Some(reason) = unreachable {
        return Err(repository.hub.web.unreachable(reason.clone()));
    }
    let answer = send();
    if let Err(FetchProblem::Unreachable { reason, .. }) = &answer {
        *unreachable = Some(reason.clone());
    }
    answer
}

/// A file of a snapshot, checked.
fn checked(
    check: &Check<'_>,
    cached: &CachedRepository,
    commit: &str,
    name: &RelativeName,
) -> Result<InputFile, FetchProblem> {
    let snapshot = cached.snapshot(commit);
    if !cached.holds(&snapshot.join(name.as_str())) {
        let reason = "it is a link out of the cache".to_owned();
        return Err(FetchProblem::Cut { file: name.to_string(), reason });
    }
    check.file(&snapshot, name)
}

/// The cache's listing of a revision; the error is what the cache lacks.
fn cached_listing(need: &Need, cached: &CachedRepository, pinned: Option<String>) -> Result<Listing, String> {
    let asked = &need.origin.revision;
    let commit = match pinned {
        Some(commit) => commit,
        None if is_commit(asked) => asked.clone(),
        None => cached.commit(asked).ok_or_else(|| asked.clone())?,
    };
    let snapshot: PathBuf = cached.snapshot(&commit);
    let names = local::listing(&snapshot).map_err(|_| commit.clone())?;
    if need.roles(&names).is_err() {
        return Err(need.described());
    }
    Ok(Listing { revision: commit.clone(), commit, names, sizes: BTreeMap::new() })
}
