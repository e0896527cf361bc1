//! The hub through the crate `hf-hub`: listings and downloads into the cache that Python shares, within time limits.
//!
//! Must not know what files are for, nor trust that they arrive whole.

use std::error::Error;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use hf_hub::progress::{DownloadEvent, ProgressEvent, ProgressHandler};
use hf_hub::repository::{RepoTreeEntry, RepoTypeDataset, RepoTypeModel};
use hf_hub::{HFClient, HFClientSync, HFError, HFRepositorySync, HFResult, split_id};

use super::lock::kind_name;
use super::{Event, Kind, Origin, Problem};

/// An answer must come within this time; names that do not resolve can take a resolver long to give up on.
const ANSWER: Duration = Duration::from_secs(10);
/// Bytes must keep coming within this time.
const STALL: Duration = Duration::from_secs(60);
/// Requests after the first that fails for a moment; together they wait less than 1.5 s.
const RETRIES: usize = 3;

/// A client with the environment's endpoint, cache and token.
#[derive(Clone)]
pub(super) struct Hub {
    client: HFClientSync,
    endpoint: String,
    pub(super) cache: PathBuf,
}

impl Hub {
    pub(super) fn new() -> HFResult<Self> {
        let client = HFClient::builder().retry_max_attempts(RETRIES).build()?;
        let (endpoint, cache) = (client.endpoint().to_owned(), client.cache_dir().to_owned());
        Ok(Self { client: HFClientSync::from_inner(client)?, endpoint, cache })
    }

    pub(super) fn repository(&self, origin: &Origin) -> Repository {
        let (owner, name) = split_id(&origin.id);
        let handle = match origin.kind {
            Kind::Data => Handle::Data(self.client.dataset(owner, name)),
            Kind::Model => Handle::Model(self.client.model(owner, name)),
        };
        let plural = if origin.kind == Kind::Data { "datasets" } else { "models" };
        let folder = self.cache.join(format!("{plural}--{}", origin.id.replace('/', "--")));
        Repository { handle, folder, hub: self.clone() }
    }

    pub(super) fn unreachable(&self, reason: String) -> Problem {
        Problem::Unreachable { endpoint: self.endpoint.clone(), reason, cache: self.cache.clone() }
    }

    /// What an error of the client means; `file` is the file asked for, if any.
    fn problem(&self, error: HFError, file: &str) -> Problem {
        match error {
            HFError::Request { source, .. } if source.is_body() || source.is_decode() => {
                Problem::Cut { file: file.to_owned(), reason: last_cause(&source) }
            }
            HFError::Request { source, .. } => self.unreachable(last_cause(&source)),
            HFError::Forbidden { context } => Problem::Gated { reason: said(context.server_message) },
            HFError::AuthRequired { context } if context.error_code.as_deref() == Some("GatedRepo") => {
                Problem::Gated { reason: said(context.server_message) }
            }
            HFError::RevisionNotFound { .. } => Problem::NoRevision,
            HFError::RepoNotFound { context: Some(context), .. }
                if context.error_code.as_deref() == Some("RevisionNotFound") =>
            {
                Problem::NoRevision
            }
            HFError::AuthRequired { .. } | HFError::RepoNotFound { .. } => Problem::NoRepository,
            HFError::Io(source) => Problem::Disk { path: self.cache.clone(), source },
            other => Problem::Refused { answer: other.to_string() },
        }
    }
}

fn said(message: Option<String>) -> String {
    message.unwrap_or_else(|| "the hub gives no reason".to_owned())
}

/// What an error comes down to.
pub(super) fn last_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[derive(Clone)]
enum Handle {
    Data(HFRepositorySync<RepoTypeDataset>),
    Model(HFRepositorySync<RepoTypeModel>),
}

/// One repository and its folder in the cache.
pub(super) struct Repository {
    handle: Handle,
    pub(super) folder: PathBuf,
    pub(super) hub: Hub,
}

/// What a download's thread tells.
enum News {
    Bytes(u64),
    Done(HFResult<PathBuf>),
}

struct Teller(mpsc::Sender<News>);

impl ProgressHandler for Teller {
    fn on_progress(&self, event: &ProgressEvent) {
        let bytes = match event {
            ProgressEvent::Download(DownloadEvent::Progress { files }) => files.last().map(|file| file.bytes_completed),
            ProgressEvent::Download(DownloadEvent::AggregateProgress { bytes_completed, .. }) => Some(*bytes_completed),
            _ => None,
        };
        if let Some(bytes) = bytes {
            // A closed channel means that the download was given up on.
            let _ = self.0.send(News::Bytes(bytes));
        }
    }
}

impl Repository {
    /// The commit that `revision` stands for.
    pub(super) fn commit(&self, revision: &str) -> Result<String, Problem> {
        let (handle, revision) = (self.handle.clone(), revision.to_owned());
        let commit = self.answer(move || match handle {
            Handle::Data(handle) => handle.info().revision(revision).send().map(|info| info.sha),
            Handle::Model(handle) => handle.info().revision(revision).send().map(|info| info.sha),
        })?;
        commit.ok_or_else(|| Problem::Refused { answer: "no commit for the revision".to_owned() })
    }

    /// Every file at `revision` and its size.
    pub(super) fn list(&self, revision: &str) -> Result<Vec<(String, u64)>, Problem> {
        let (handle, revision) = (self.handle.clone(), revision.to_owned());
        let entries = self.answer(move || match handle {
            Handle::Data(handle) => handle.list_tree().revision(revision).recursive(true).send(),
            Handle::Model(handle) => handle.list_tree().revision(revision).recursive(true).send(),
        })?;
        let file = |entry| match entry {
            RepoTreeEntry::File { path, size, .. } => Some((path, size)),
            RepoTreeEntry::Directory { .. } => None,
        };
        Ok(entries.into_iter().filter_map(file).collect())
    }

    fn answer<T: Send + 'static>(&self, ask: impl FnOnce() -> HFResult<T> + Send + 'static) -> Result<T, Problem> {
        let (sender, receiver) = mpsc::channel();
        // Left behind if it does not answer in time: a blocked resolver cannot be interrupted.
        thread::spawn(move || sender.send(ask()));
        match receiver.recv_timeout(ANSWER) {
            Ok(answer) => answer.map_err(|error| self.hub.problem(error, "")),
            Err(_) => Err(self.hub.unreachable(format!("no answer within {} s", ANSWER.as_secs()))),
        }
    }

    /// Downloads `file` at `revision` into the cache.
    pub(super) fn download(
        &self,
        revision: &str,
        file: &str,
        report: &mut dyn FnMut(Event<'_>),
    ) -> Result<PathBuf, Problem> {
        let (sender, receiver) = mpsc::channel();
        let (handle, revision, name) = (self.handle.clone(), revision.to_owned(), file.to_owned());
        thread::spawn(move || {
            let teller = Teller(sender.clone());
            let done = match handle {
                Handle::Data(handle) => {
                    handle.download_file().filename(name).revision(revision).progress(teller).send()
                }
                Handle::Model(handle) => {
                    handle.download_file().filename(name).revision(revision).progress(teller).send()
                }
            };
            sender.send(News::Done(done))
        });
        loop {
            match receiver.recv_timeout(STALL) {
                Ok(News::Bytes(bytes)) => report(Event::Received { file, bytes }),
                Ok(News::Done(done)) => return done.map_err(|error| self.hub.problem(error, file)),
                Err(_) => return Err(self.hub.unreachable(format!("{file}: no byte within {} s", STALL.as_secs()))),
            }
        }
    }

    /// Where the cache keeps `file` of `commit`, there or not.
    pub(super) fn snapshot(&self, commit: &str) -> PathBuf {
        self.folder.join("snapshots").join(commit)
    }

    /// Where the cache keeps the commit of a branch or tag.
    pub(super) fn reference(&self, revision: &str) -> PathBuf {
        self.folder.join("refs").join(revision)
    }
}

/// An origin as messages name it.
pub(super) fn described(origin: &Origin) -> String {
    let kind = if kind_name(origin.kind) == "data" { "data set" } else { "checkpoint" };
    match origin.revision.as_str() {
        "" | "main" => format!("{kind} {}", origin.id),
        revision => format!("{kind} {} at {revision}", origin.id),
    }
}
