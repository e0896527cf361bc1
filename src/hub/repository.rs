//! The hub: commits and listings of repositories, and downloads into the shared cache. All waits have a time limit and can
//! be stopped. Callers check that files are complete.

use std::path::PathBuf;

use serde::Deserialize;

use super::address::Address;
use super::cache::{CachedRepository, is_commit};
use super::stop::Stop;
use super::transfer::Transfer;
use super::variables::Variables;
use super::web::{RequestError, Web};
use super::{FetchEvent, FetchProblem, Kind, Origin, RelativeName};

/// Pages of a listing that are read: a hub has 1,000 files on one.
const MOST_PAGES: usize = 200;

/// The client of one hub.
#[derive(Clone)]
pub(super) struct Hub {
    pub(super) web: Web,
    pub(super) variables: Variables,
}

impl Hub {
    pub(super) fn new(variables: &Variables) -> Self {
        Self { web: Web::new(variables), variables: variables.clone() }
    }

    pub(super) fn repository(&self, origin: &Origin) -> Repository {
        let (plural, prefix) = match origin.kind {
            Kind::Data => ("datasets", "datasets/"),
            Kind::Model => ("models", ""),
        };
        let cached = CachedRepository::new(&self.variables.cache, origin);
        let api = self.web.endpoint.join(["api", plural].into_iter().chain(origin.id.split('/')));
        Repository { api, path: format!("{prefix}{}", origin.id), cached, hub: self.clone() }
    }

    /// The problem that a failed request about a revision stands for.
    fn problem(&self, error: RequestError) -> FetchProblem {
        let elsewhere = |answer: String| FetchProblem::NotAHub { endpoint: self.variables.endpoint.clone(), answer };
        match error {
            RequestError::Failed(problem) => problem,
            RequestError::Unreadable if self.variables.is_elsewhere => elsewhere("not the JSON of a hub".to_owned()),
            RequestError::Unreadable => FetchProblem::Refused { answer: "not the JSON of a hub".to_owned() },
            RequestError::Refused(refusal) if refusal.status == 404 => match refusal.code.as_deref() {
                // a hub gives an error code with its 404
                code if self.variables.is_elsewhere && !is_a_hubs(code) => {
                    elsewhere(format!("HTTP {}", refusal.status))
                }
                Some("RepoNotFound") => FetchProblem::NoRepository,
                _ => FetchProblem::NoRevision,
            },
            RequestError::Refused(refusal) => refusal.problem(),
        }
    }
}

/// Whether the error code of a 404 is one of a hub, not of some other server.
fn is_a_hubs(code: Option<&str>) -> bool {
    code.is_some_and(|code| ["RepoNotFound", "RevisionNotFound", "EntryNotFound"].contains(&code))
}

/// One repository and its folder in the cache.
pub(super) struct Repository {
    /// Where the hub answers questions about it: `ENDPOINT/api/KIND/OWNER/NAME`.
    api: Address,
    /// Its path in addresses of files, such as `datasets/OWNER/NAME`.
    path: String,
    pub(super) cached: CachedRepository,
    pub(super) hub: Hub,
}

/// What a hub says of a revision.
#[derive(Deserialize)]
struct Revision {
    sha: Option<String>,
}

/// One line of a listing.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    /// Bytes.
    #[serde(default)]
    size: u64,
}

impl Repository {
    pub(super) fn commit(&self, revision: &str, stop: Stop<'_>) -> Result<String, FetchProblem> {
        let address = self.api.join(["revision", revision].into_iter());
        let answer = self.hub.web.json::<Revision>(&address, stop);
        let (found, _) = answer.map_err(|error| self.hub.problem(error))?;
        let commit = found.sha.filter(|commit| is_commit(commit));
        commit.ok_or_else(|| FetchProblem::Refused { answer: "no commit for the revision".to_owned() })
    }

    /// Every file at `revision` and its size in bytes. Names that lead out of the repository's folder are left out.
    pub(super) fn list(&self, revision: &str, stop: Stop<'_>) -> Result<Vec<(RelativeName, u64)>, FetchProblem> {
        let mut files = Vec::new();
        let mut pages = 0;
        let mut page = Some(self.api.join(["tree", revision].into_iter()).with_query("recursive=true"));
        while let Some(address) = page {
            pages += 1;
            if pages > MOST_PAGES {
                let answer = format!("a listing of more than {MOST_PAGES} pages");
                return Err(FetchProblem::Refused { answer });
            }
            let answer = self.hub.web.json::<Vec<Entry>>(&address, stop);
            let (entries, next) = answer.map_err(|error| self.hub.problem(error))?;
            // an empty page ends a listing, whatever it says comes next
            page = next.filter(|_| !entries.is_empty());
            let found = entries.into_iter().filter(|entry| entry.kind == "file");
            files.extend(found.filter_map(|entry| Some((RelativeName::parse(&entry.path)?, entry.size))));
        }
        Ok(files)
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
        let web = &self.hub.web;
        let url = web.file(&self.path, revision, name);
        Transfer { web, cached: &self.cached, url, name, commit, stop }.run(report)
    }
}
