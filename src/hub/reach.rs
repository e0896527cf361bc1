//! The state of hub and cache, for `runner doctor`: addresses, whether the hub answers, the cache's size. No repository is
//! requested.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::IgnoredAny;

use super::FetchProblem;
use super::stop::Stop;
use super::variables::{VariableError, Variables};
use super::web::{RequestError, Web};

/// Longest wait for the hub's answer.
const LIMIT: Duration = Duration::from_secs(3);

/// The hub and its cache, as a fetch would use them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Its address.
    pub endpoint: String,
    /// The cache's folder, which may not exist.
    pub cache: PathBuf,
    /// Size of the files in the cache in bytes; none if it cannot be read.
    pub cached: Option<u64>,
    /// Whether a token is set, valid or not.
    pub token: bool,
    /// Whether the hub answers.
    pub answer: Answer,
}

impl Reach {
    /// Whether a fetch can work, as far as is known: offline, the hub is not asked.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !matches!(self.answer, Answer::TokenRefused | Answer::No { .. })
    }
}

/// Whether the hub answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It answers.
    Yes,
    /// It answers, but rejects the token, and with it every request.
    TokenRefused,
    /// It does not answer.
    No {
        /// The innermost cause.
        reason: String,
    },
    /// Not asked, because of `--offline`.
    Offline,
    /// Not asked, because of an environment variable.
    OfflineByEnvironment {
        /// `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE`.
        variable: &'static str,
    },
}

/// Asks the hub, for at most a few seconds; with `offline`, no request is sent.
///
/// # Errors
/// A variable has an invalid value.
pub fn reach(offline: bool) -> Result<Reach, VariableError> {
    let variables = Variables::read()?;
    let token = variables.token.is_some();
    let answer = match (offline, variables.offline) {
        (true, _) => Answer::Offline,
        (false, Some(variable)) => Answer::OfflineByEnvironment { variable },
        (false, None) => ask(&variables),
    };
    let endpoint = Web::without_retries(&variables).endpoint.without_password();
    let cache = variables.cache;
    let cached = size(&cache);
    Ok(Reach { endpoint, cache, cached, token, answer })
}

/// Sends `whoami`, which every hub knows and which shows whether a token is valid.
fn ask(variables: &Variables) -> Answer {
    let variables = Variables { answer: LIMIT, stall: LIMIT, ..variables.clone() };
    let web = Web::without_retries(&variables);
    let address = web.endpoint.join(["api", "whoami-v2"].into_iter());
    let answer = web.json::<IgnoredAny>(&address, Stop::default());
    answer_of(answer.err(), variables.token.is_some())
}

/// The meaning of a request that ended with `error`, or without one.
fn answer_of(error: Option<RequestError>, token: bool) -> Answer {
    match error {
        Some(RequestError::Failed(
            FetchProblem::Unreachable { reason, .. } | FetchProblem::Refused { answer: reason },
        )) => Answer::No { reason },
        Some(RequestError::Unreadable) => Answer::No { reason: "its answer is not the JSON of a hub".to_owned() },
        // a proxy without a server behind it or that requires a login, or a hub that is down
        Some(RequestError::Refused(refusal)) if !is_served(refusal.status.as_u16()) => {
            Answer::No { reason: format!("HTTP {}", refusal.status) }
        }
        Some(RequestError::Refused(refusal)) if refusal.status == 401 && token => Answer::TokenRefused,
        _ => Answer::Yes,
    }
}

/// Bytes of the regular files in the cache's folders of repositories; none if it cannot be read.
fn size(cache: &Path) -> Option<u64> {
    let folders = fs::read_dir(cache).ok()?.filter_map(Result::ok);
    let is_repository = |name: &str| ["models--", "datasets--", "spaces--"].iter().any(|kind| name.starts_with(kind));
    let folders = folders.filter(|entry| entry.file_name().to_str().is_some_and(is_repository));
    Some(folders.map(|folder| size_below(&folder.path())).sum())
}

fn size_below(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(data) if data.is_dir() => size_below(&entry.path()),
        Ok(data) if data.is_file() => data.len(),
        _ => 0,
    };
    entries.map(size).sum()
}

/// Whether a working hub answers with this status: 401 without a token, 404 where it has no such page.
fn is_served(status: u16) -> bool {
    status < 500 && ![403, 407].contains(&status)
}
