//! How the hub stands without fetching anything: where it is, whether it answers, what the cache takes. It asks for no
//! repository.

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use hf_hub::{HFClient, HFClientSync, HFError};

use super::fetch::offline_by_environment;
use super::repository::last_cause;

/// How long the hub has for an answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// The hub as this process would use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Its address.
    pub endpoint: String,
    /// The cache's folder, there or not.
    pub cache: PathBuf,
    /// Bytes of files in the cache, as far as it can be read.
    pub cached: Option<u64>,
    /// Whether there is a token, good or not.
    pub token: bool,
    /// What it answers.
    pub answer: Answer,
}

impl Reach {
    /// Whether it serves, or is not asked to.
    #[must_use]
    pub fn is_well(&self) -> bool {
        !matches!(self.answer, Answer::TokenRefused | Answer::No { .. })
    }
}

/// Whether the hub answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It does.
    Yes,
    /// It does, but refuses the token, and with it every request.
    TokenRefused,
    /// It does not.
    No {
        /// The last cause.
        reason: String,
    },
    /// Not asked, as `--offline` says.
    Offline,
    /// Not asked, as `HF_HUB_OFFLINE` says.
    OfflineByEnvironment,
}

/// No client of the hub could be made.
#[derive(Debug, thiserror::Error)]
#[error("{0}; check HF_ENDPOINT, which must be an address such as https://huggingface.co")]
pub struct ReachError(#[from] HFError);

/// How the hub stands, within a few seconds; no request leaves the machine where `offline`.
///
/// # Errors
/// The client cannot be made: the address is none.
pub fn reach(offline: bool) -> Result<Reach, ReachError> {
    let client = HFClient::builder().retry_max_attempts(0).build()?;
    let (endpoint, cache) = (client.endpoint().to_owned(), client.cache_dir().to_owned());
    let client = HFClientSync::from_inner(client)?;
    let token = has_token();
    let answer = match (offline, offline_by_environment()) {
        (true, _) => Answer::Offline,
        (false, true) => Answer::OfflineByEnvironment,
        (false, false) => asked(client.clone(), token),
    };
    let cached = client.scan_cache().send().ok().map(|info| info.size_on_disk);
    Ok(Reach { endpoint, cache, cached, token, answer })
}

/// Asks who we are: the one request that every hub understands and that tells whether a token is good. Every
/// answer counts but that it is not served.
fn asked(client: HFClientSync, token: bool) -> Answer {
    let (sender, receiver) = mpsc::channel();
    // Left behind if it does not answer in time: a blocked resolver cannot be interrupted.
    thread::spawn(move || sender.send(meant(client.whoami().send().err(), token)));
    let late = || Answer::No { reason: format!("no answer within {} s", PATIENCE.as_secs()) };
    receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| late())
}

/// What an answer means, `error` being what is wrong with it.
fn meant(error: Option<HFError>, token: bool) -> Answer {
    match error {
        Some(HFError::Request { source, .. }) if !(source.is_body() || source.is_decode()) => {
            Answer::No { reason: last_cause(&source) }
        }
        // a proxy's word that it has nobody behind it or lets nobody through, or the hub's that it is down
        Some(HFError::Http { context } | HFError::Forbidden { context }) if !is_served(context.status.as_u16()) => {
            Answer::No { reason: format!("HTTP {}", context.status) }
        }
        Some(HFError::AuthRequired { .. }) if token => Answer::TokenRefused,
        _ => Answer::Yes,
    }
}

/// Whether an answer of this status comes from a hub that works: without a token it is 401, where there is no such page 404.
fn is_served(status: u16) -> bool {
    status < 500 && ![403, 407].contains(&status)
}

/// Whether the client finds a token, which it keeps to itself.
fn has_token() -> bool {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let in_file = |path: PathBuf| std::fs::read_to_string(path).is_ok_and(|token| !token.trim().is_empty());
    if set("HF_HUB_DISABLE_IMPLICIT_TOKEN").is_some() {
        return false;
    }
    let home = set("HF_HOME").map(PathBuf::from).or_else(|| {
        let caches = set("XDG_CACHE_HOME").map(PathBuf::from);
        Some(caches.or_else(|| Some(std::env::home_dir()?.join(".cache")))?.join("huggingface"))
    });
    set("HF_TOKEN").is_some()
        || set("HF_TOKEN_PATH").is_some_and(|path| in_file(path.into()))
        || home.is_some_and(|home| in_file(home.join("token")))
}
