//! The hub: what it lists, through the crate `hf-hub`, and its files, into the cache that Python shares; all within time
//! limits, and stopped at once.
//!
//! Must not know what files are for, nor trust that they arrive whole.

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;

use hf_hub::repository::{RepoTreeEntry, RepoTypeDataset, RepoTypeModel};
use hf_hub::{HFClient, HFClientSync, HFError, HFRepositorySync, HFResult, split_id};
use tokio::runtime;

use super::cache::{Shelf, is_commit};
use super::stop::Stop;
use super::transfer::Transfer;
use super::variables::Variables;
use super::web::{RETRIES, Web, last_cause};
use super::{Event, Kind, Origin, Problem, RelativeName};

/// Clients with the environment's endpoint, cache and token.
#[derive(Clone)]
pub(super) struct Hub {
    client: HFClientSync,
    pub(super) web: Web,
    pub(super) variables: Variables,
}

/// A client of the crate that reads no variable by itself.
pub(super) fn client(variables: &Variables, retries: u32) -> HFResult<HFClientSync> {
    // what fits no header is not sent; without any the client would look for a token in its own way
    let token = variables.token.clone().unwrap_or_else(|| "\n".to_owned());
    let builder = HFClient::builder().endpoint(&variables.endpoint).cache_dir(&variables.cache).token(token);
    HFClientSync::from_inner(builder.retry_max_attempts(retries as usize).build()?)
}

impl Hub {
    pub(super) fn new(variables: &Variables) -> Result<Self, Problem> {
        let client = client(variables, RETRIES).map_err(|error| Problem::Refused { answer: error.to_string() })?;
        Ok(Self { client, web: Web::new(variables)?, variables: variables.clone() })
    }

    pub(super) fn repository(&self, origin: &Origin) -> Repository {
        let (owner, name) = split_id(&origin.id);
        let (handle, prefix) = match origin.kind {
            Kind::Data => (Handle::Data(self.client.dataset(owner, name)), "datasets/"),
            Kind::Model => (Handle::Model(self.client.model(owner, name)), ""),
        };
        let shelf = Shelf::new(&self.variables.cache, origin);
        Repository { handle, path: format!("{prefix}{}", origin.id), shelf, hub: self.clone() }
    }

    /// What an error of the client means.
    fn problem(&self, error: HFError) -> Problem {
        let elsewhere = |answer: String| Problem::NotAHub { endpoint: self.variables.endpoint.clone(), answer };
        match error {
            HFError::Request { source, .. } if source.is_decode() && self.variables.is_elsewhere => {
                elsewhere("something else than a hub's JSON".to_owned())
            }
            HFError::Request { source, .. } => self.web.unreachable(last_cause(&source)),
            HFError::Forbidden { context } => Problem::Gated { reason: said(context.server_message) },
            HFError::AuthRequired { context } if context.error_code.as_deref() == Some("GatedRepo") => {
                Problem::Gated { reason: said(context.server_message) }
            }
            // a hub says what there is not
            HFError::RevisionNotFound { context: Some(context), .. }
            | HFError::RepoNotFound { context: Some(context), .. }
                if self.variables.is_elsewhere && !is_a_hubs(context.error_code.as_deref()) =>
            {
                elsewhere(format!("HTTP {}", context.status))
            }
            HFError::RevisionNotFound { context: Some(context), .. }
                if context.error_code.as_deref() == Some("RepoNotFound") =>
            {
                Problem::NoRepository
            }
            HFError::RepoNotFound { context: Some(context), .. }
                if context.error_code.as_deref() == Some("RevisionNotFound") =>
            {
                Problem::NoRevision
            }
            HFError::RevisionNotFound { .. } => Problem::NoRevision,
            HFError::AuthRequired { .. } | HFError::RepoNotFound { .. } => Problem::NoRepository,
            HFError::Io(source) => Problem::disk(&self.variables.cache, source),
            other => Problem::Refused { answer: other.to_string() },
        }
    }
}

/// Whether a 404 comes from a hub, not from some other server.
fn is_a_hubs(code: Option<&str>) -> bool {
    code.is_some_and(|code| ["RepoNotFound", "RevisionNotFound", "EntryNotFound"].contains(&code))
}

fn said(message: Option<String>) -> String {
    message.unwrap_or_else(|| "the hub gives no reason".to_owned())
}

#[derive(Clone)]
enum Handle {
    Data(HFRepositorySync<RepoTypeDataset>),
    Model(HFRepositorySync<RepoTypeModel>),
}

/// One repository and its folder in the cache.
pub(super) struct Repository {
    handle: Handle,
    /// Its part of addresses.
    path: String,
    pub(super) shelf: Shelf,
    pub(super) hub: Hub,
}

impl Repository {
    /// The commit that `revision` stands for.
    pub(super) fn commit(&self, revision: &str, stop: Stop<'_>) -> Result<String, Problem> {
        let (handle, revision) = (self.handle.clone(), revision.to_owned());
        let commit = self.answer(stop, move || match handle {
            Handle::Data(handle) => handle.info().revision(revision).send().map(|info| info.sha),
            Handle::Model(handle) => handle.info().revision(revision).send().map(|info| info.sha),
        })?;
        let commit = commit.filter(|commit| is_commit(commit));
        commit.ok_or_else(|| Problem::Refused { answer: "without a commit for the revision".to_owned() })
    }

    /// Every file at `revision` and its size. What would not lie in the repository's folder is left out.
    pub(super) fn list(&self, revision: &str, stop: Stop<'_>) -> Result<Vec<(RelativeName, u64)>, Problem> {
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
    ) -> Result<T, Problem> {
        let (sender, receiver) = mpsc::channel();
        // Left behind if it does not answer in time: a blocked resolver cannot be interrupted.
        thread::spawn(move || sender.send(ask()));
        let limit = self.hub.variables.answer;
        match stop.receive(&receiver, limit) {
            Ok(answer) => answer.map_err(|error| self.hub.problem(error)),
            Err(waited) => Err(self.hub.web.waited(waited, "no answer", limit)),
        }
    }

    /// Downloads a file into the cache, and goes on with what an earlier download left.
    pub(super) fn download(
        &self,
        revision: &str,
        commit: &str,
        name: &RelativeName,
        stop: Stop<'_>,
        report: &mut dyn FnMut(Event<'_>),
    ) -> Result<PathBuf, Problem> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|source| Problem::disk(&self.hub.variables.cache, source))?;
        let web = &self.hub.web;
        let url = web.address(&self.path, revision, name);
        let transfer = Transfer { web, shelf: &self.shelf, url, name, commit, stop };
        let path = runtime.block_on(transfer.run(report));
        // does not wait for a blocked resolver
        runtime.shutdown_background();
        path
    }
}
