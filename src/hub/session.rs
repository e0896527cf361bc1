//! One fetch: files from the lock, the cache or the hub, complete and checked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::cache::CachedRepository;
use super::check::Check;
use super::layout::LayoutError;
use super::listing::{Listing, cached_listing};
use super::local;
use super::need::{CONVERTED, Need, RoleFiles, without_idle_settings};
use super::pins::pinned_parts;
use super::repository::{Hub, Repository};
use super::stop::Stop;
use super::variables::{VariableError, Variables};
use super::{FetchEvent, FetchOptions, FetchProblem, InputFile, Kind, Lock, Origin, RelativeName};
use crate::spec::{JobModel, Source};

/// The files of a need from one repository and revision, or from a folder or built-in.
pub(super) struct FetchedPart {
    /// The part of the need.
    pub(super) need: Need,
    /// The commit; none of a folder or a built-in.
    pub(super) commit: Option<String>,
    pub(super) files: RoleFiles,
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
    /// The loading scripts of data sets that were listed.
    scripts: BTreeMap<Origin, String>,
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
            scripts: BTreeMap::new(),
            downloaded: BTreeSet::new(),
            hub: None,
            unreachable: None,
            files: BTreeMap::new(),
            report,
        }
    }

    /// The files of `need`, which may come from two revisions of a repository.
    pub(super) fn fetch(&mut self, need: &Need) -> Result<Vec<FetchedPart>, Vec<FetchProblem>> {
        let local = match &need.source {
            Source::Builtin(name) => local::builtin(need, name, self.options.builtins),
            Source::Folder { path, .. } => local::folder(need, path, self.stop),
            Source::Job(job) => match &job.model {
                JobModel::Of { folder, .. } => local::folder(need, folder, self.stop),
                JobModel::Missing { why } => Err(FetchProblem::NoModel { why: why.clone() }),
                JobModel::Unknown => Err(FetchProblem::NoModel { why: "the job was not looked up".to_owned() }),
            },
            Source::Hub(_) => return self.hub_parts(need),
        };
        let whole = |files| vec![FetchedPart { need: need.clone(), commit: None, files }];
        local.map(whole).map_err(|problem| vec![problem])
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

    /// The files of a need of the hub: from its own revision, else, where that has a loading script in place of data, from
    /// the hub's conversion to Parquet.
    fn hub_parts(&mut self, need: &Need) -> Result<Vec<FetchedPart>, Vec<FetchProblem>> {
        let Some(conversion) = need.conversion() else { return self.with_class_names(need) };
        let pinned = pinned_parts(self.lock, need).unwrap_or_default();
        if !self.options.update && pinned.first().is_some_and(|part| part.need == conversion) {
            return self.with_class_names(&conversion);
        }
        match self.hub_files(need) {
            Err(problems) if self.offline().is_some() => self.with_class_names(&conversion).map_err(|_| problems),
            Err(problems) => match (self.scripts.get(&need.origin).cloned(), &problems[..]) {
                (Some(script), [FetchProblem::Layout(LayoutError::Data(lacks))]) if lacks.lacks_data() => {
                    self.converted(&conversion, script, lacks.in_short())
                }
                _ => Err(problems),
            },
            Ok(part) => Ok(vec![part]),
        }
    }

    /// The files of the hub's conversion of a data set that has the loading script `script`.
    fn converted(
        &mut self,
        conversion: &Need,
        script: String,
        lacks: String,
    ) -> Result<Vec<FetchedPart>, Vec<FetchProblem>> {
        let parts = self.with_class_names(conversion).map_err(|problems| match problems[..] {
            [FetchProblem::NoRevision] => vec![FetchProblem::NoConversion { script: script.clone(), lacks }],
            _ => problems,
        })?;
        let text = format!(
            "{}: the main branch has the loading script {script}, which is not run; using the hub's conversion to Parquet ({CONVERTED})",
            conversion.origin.id
        );
        (self.report)(FetchEvent::Notice { text: &text });
        Ok(parts)
    }

    /// The files of a need; of a conversion also what names its classes on the main branch.
    fn with_class_names(&mut self, need: &Need) -> Result<Vec<FetchedPart>, Vec<FetchProblem>> {
        let part = self.hub_files(need)?;
        let Some(names) = need.class_names() else { return Ok(vec![part]) };
        let is_pinned = |origin: &Origin| !self.options.update && self.lock.inputs.contains_key(origin);
        if is_pinned(&need.origin) && !is_pinned(&names.origin) {
            return Ok(vec![part]);
        }
        match self.hub_files(&names) {
            Ok(names) if names.files.is_empty() => Ok(vec![part]),
            Ok(names) => Ok(vec![part, names]),
            // a conversion may name its classes itself
            Err(problems) if self.offline().is_some() || matches!(problems[..], [FetchProblem::NoRevision]) => {
                Ok(vec![part])
            }
            Err(problems) => Err(problems),
        }
    }

    fn hub_files(&mut self, need: &Need) -> Result<FetchedPart, Vec<FetchProblem>> {
        let alone = |problem| vec![problem];
        let repository = self.repository(&need.origin).map_err(alone)?;
        let listing = self.listing(need, &repository).map_err(alone)?;
        if let Some(script) = listing.names.iter().find(|name| name.ends_with(".py") && !name.contains('/')) {
            self.scripts.insert(need.origin.clone(), script.to_string());
        }
        let readme = match listing.names.iter().find(|name| name.as_str() == "README.md" && need.reads_configs()) {
            Some(readme) if listing.roles.is_none() => {
                let file = self.file_once(need, &repository, &listing, readme).map_err(alone)?;
                std::fs::read_to_string(&file.path).ok()
            }
            _ => None,
        };
        let content = |index: &RelativeName| {
            let file = self.file_once(need, &repository, &listing, index)?;
            Ok(std::fs::read(&file.path).ok())
        };
        let roles = match &listing.roles {
            Some(roles) => roles.clone(),
            None => need.indexed_roles(&listing.names, readme.as_deref(), content).map_err(alone)?,
        };
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
        let part = || FetchedPart {
            need: need.clone(),
            commit: Some(listing.commit),
            files: without_idle_settings(need, files),
        };
        if problems.is_empty() { Ok(part()) } else { Err(problems) }
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
            if let Some(roles) = need.pinned_roles(pinned).ok().filter(|_| !need.may_lack_settings(&names)) {
                let sizes = pinned.files.iter().map(|(name, file)| (name.clone(), file.size)).collect();
                let roles = Some(roles).filter(|_| need.origin.kind == Kind::Data);
                return Ok(Listing { commit: commit.clone(), revision: commit.clone(), names, sizes, roles });
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
        Ok(Listing { commit, revision, names: sizes.keys().cloned().collect(), sizes, roles: None })
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
