//! The hub: listings through the crate `hf-hub`, and downloads into the shared cache. All waits have a time limit and can
//! be stopped. Callers check that files are complete.

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;

use hf_hub::repository::{RepoTreeEntry, RepoTypeDataset, RepoTypeModel};
use hf_hub::{HFClient, HFClientSync, HFError, HFRepositorySync, HFResult, split_id};
use tokio::runtime;

use super::cache::{CachedRepository, is_commit};
use super::stop::Stop;
use super::transfer::Transfer;
use super::variables::Variables;
use super::web::{RETRIES, Web, last_cause, reason};
use super::{FetchEvent, FetchProblem, Kind, Origin, RelativeName};

/// The clients of one hub.
#[derive(Clone)]
pub(super) struct Hub {
    client: HFClientSync,
    pub(super) web: Web,
    pub(super) variables: Variables,
}

/// A client of the crate `hf-hub` that reads no environment variable itself.
pub(super) fn client(variables: &Variables, retries: u32) -> HFResult<HFClientSync> {
    // a token that fits no header is not sent; without one the client would look for a token itself
    let token = variables.token.clone().unwrap_or_else(|| "\n".to_owned());
    let builder = HFClient::builder().endpoint(&variables.endpoint).cache_dir(&variables.cache).token(token);
    HFClientSync::from_inner(builder.retry_max_attempts(retries as usize).build()?)
}

impl Hub {
    pub(super) fn new(variables: &Variables) -> Result<Self, FetchProblem> {
        let client = client(variables, RETRIES).map_err(|error| FetchProblem::Refused { answer: error.to_string() })?;
        Ok(Self { client, web: Web::new(variables)?, variables: variables.clone() })
    }

    pub(super) fn repository(&self, origin: &Origin) -> Repository {
        let (owner, name) = split_id(&origin.id);
        let (handle, prefix) = match origin.kind {
            Kind::Data => (Handle::Data(self.client.dataset(owner, name)), "datasets/"),
            Kind::Model => (Handle::Model(self.client.model(owner, name)), ""),
        };
        let cached = CachedRepository::new(&self.variables.cache, origin);
        Repository { handle, path: format!("{prefix}{}", origin.id), cached, hub: self.clone() }
    }

    /// The problem that an error of the client stands for.
    fn problem(&self, error: HFError) -> FetchProblem {
        let elsewhere = |answer: String| FetchProblem::NotAHub { endpoint: self.variables.endpoint.clone(), answer };
        match error {
            HFError::Request { source, .. } if source.is_decode() && self.variables.is_elsewhere => {
                elsewhere("not the JSON of a hub".to_owned())
            }
            HFError::Request { source, .. } => self.web.unreachable(last_cause(&source)),
            HFError::Forbidden { context } => FetchProblem::Gated { reason: reason(context.server_message) },
            HFError::AuthRequired { context } if context.error_code.as_deref() == Some("GatedRepo") => {
                FetchProblem::Gated { reason: reason(context.server_message) }
            }
            // a hub gives an error code with its 404
            HFError::RevisionNotFound { context: Some(context), .. }
            | HFError::RepoNotFound { context: Some(context), .. }
                if self.variables.is_elsewhere && !is_a_hubs(context.error_code.as_deref()) =>
            {
                elsewhere(format!("HTTP {}", context.status))
            }
            HFError::RevisionNotFound { context: Some(context), .. }
                if context.error_code.as_deref() == Some("RepoNotFound") =>
            {
                FetchProblem::NoRepository
            }
            HFError::RepoNotFound { context: Some(context), .. }
                if context.error_code.as_deref() == Some("RevisionNotFound") =>
            {
                FetchProblem::NoRevision
            }
            HFError::RevisionNotFound { .. } => FetchProblem::NoRevision,
            HFError::AuthRequired { .. } | HFError::RepoNotFound { .. } => FetchProblem::NoRepository,
            HFError::Io(source) => FetchProblem::disk(&self.variables.cache, source),
            other => FetchProblem::Refused { answer: other.to_string() },
        }
    }
}

/// Whether the error code of a 404 is one of a hub, not of some other server.
fn is_a_hubs(code: Option<&str>) -> bool {
    code.is_some_and(|code| ["RepoNotFound", "RevisionNotFound", "EntryNotFound"].contains(&code))
}

#[derive(Clone)]
enum Handle {
    Data(HFRepositorySync<RepoTypeDataset>),
    Model(HFRepositorySync<RepoTypeModel>),
}

/// One repository and its folder in the cache.
pub(super) struct Repository {
    handle: Handle,
    /// Its path in addresses, such as `datasets/OWNER/NAME`.
    path: String,
    pub(super) cached: CachedRepository,
    pub(super) hub: Hub,
}

impl Repository {
    pub(super) fn commit(&self, revision: &str, stop: Stop<'_>) -> Result<String, FetchProblem> {
        let (handle, revision) = (self.handle.clone(), revision.to_owned());
        let commit = self.answer(stop, move || match handle {
            Handle::Data(handle) => handle.info().revision(revision).send().map(|info| info.sha),
            Handle::Model(handle) => handle.info().revision(revision).send().map(|info| info.sha),
        })?;
        let commit = commit.filter(|commit| is_commit(commit));
        commit.ok_or_else(|| FetchProblem::Refused { answer: "no commit for the revision".to_owned() })
    }

    /// Every file at `revision` and its size in bytes. Names that lead out of the repository's folder are left out.
    pub(super) fn list(&self, revision: &str, stop: Stop<'_>) -> Result<Vec<(RelativeName, u64)>, FetchProblem> {
        let (handle, revision) = (self.handle.clone(), revision.to_owned());
        let entries = self.answer(stop, move || match handle {
            Handle::Data(handle) => handle.list_tree().revision(revision).recursive(true).send(),
            Handle::Model(handle) => handle.list_tree().revision(revision).recursive(true).send(),
        })?;
        let file = |entry| match entry {
            RepoTreeEntry::File { path, size, .. } => Some((RelativeName::parse(&path)?, size)),
            RepoTreeEntry::Directory { .. } => None,
        };
        Ok(entries.into_iter().filter_map(file).collect())
    }

    fn answer<T: Send + 'static>(
        &self,
        stop: Stop<'_>,
        ask: impl FnOnce() -> HFResult<T> + Send + 'static,
    ) -> Result<T, FetchProblem> {
        let (sender, receiver) = mpsc::channel();
        // the thread is abandoned at the time limit: a blocked resolver cannot be interrupted
        thread::spawn(move || sender.send(ask()));
        let limit = self.hub.variables.answer;
        match stop.receive(&receiver, limit) {
            Ok(answer) => answer.map_err(|error| self.hub.problem(error)),
            Err(error) => Err(self.hub.web.wait_problem(error, "no answer", limit)),
        }
    }

    /// Downloads a file into the cache; resumes a partial download.
    pub(super) fn download(
        &self,
        revision: &str,
        commit: &str,
        name: &RelativeName,
        stop: Stop<'_>,
        report: &mut dyn FnMut(FetchEvent<'_>),
    ) -> Result<PathBuf, FetchProblem> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|source| FetchProblem::disk(&self.hub.variables.cache, source))?;
        let web = &self.hub.web;
        let url = web.address(&self.path, revision, name);
        let transfer = Transfer { web, cached: &self.cached, url, name, commit, stop };
        let path = runtime.block_on(transfer.run(report));
        // without waiting for a blocked resolver
        runtime.shutdown_background();
        path
    }
}
