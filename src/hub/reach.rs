//! The state of hub and cache, for `runner doctor`: addresses, whether the hub answers, the cache's size. No repository is
//! requested.

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use hf_hub::{HFClientSync, HFError};

use super::repository::client;
use super::variables::{VariableError, Variables};
use super::web::last_cause;

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

/// The hub's client could not be created.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// A variable has an invalid value.
    #[error(transparent)]
    Variable(#[from] VariableError),
    /// The error of the crate `hf-hub`.
    #[error("{0}; check HF_ENDPOINT, an address such as https://huggingface.co")]
    Client(#[from] HFError),
}

/// Asks the hub, for at most a few seconds; with `offline`, no request is sent.
///
/// # Errors
/// A variable has an invalid value, or the client cannot be created.
pub fn reach(offline: bool) -> Result<Reach, ReachError> {
    let variables = Variables::read()?;
    let client = client(&variables, 0)?;
    let token = variables.token.is_some();
    let answer = match (offline, variables.offline) {
        (true, _) => Answer::Offline,
        (false, Some(variable)) => Answer::OfflineByEnvironment { variable },
        (false, None) => ask(client.clone(), token),
    };
    let cached = client.scan_cache().send().ok().map(|info| info.size_on_disk);
    let Variables { endpoint, cache, .. } = variables;
    Ok(Reach { endpoint, cache, cached, token, answer })
}

/// Sends `whoami`, which every hub knows and which shows whether a token is valid.
fn ask(client: HFClientSync, token: bool) -> Answer {
    let (sender, receiver) = mpsc::channel();
    // the thread is abandoned at the time limit: a blocked resolver cannot be interrupted
    thread::spawn(move || sender.send(answer_of(client.whoami().send().err(), token)));
    let late = || Answer::No { reason: format!("no answer within {} s", LIMIT.as_secs()) };
    receiver.recv_timeout(LIMIT).unwrap_or_else(|_| late())
}

/// The meaning of a request that ended with `error`, or without one.
fn answer_of(error: Option<HFError>, token: bool) -> Answer {
    match error {
        Some(HFError::Request { source, .. }) if !(source.is_body() || source.is_decode()) => {
            Answer::No { reason: last_cause(&source) }
        }
        // a proxy without a server behind it or that requires a login, or a hub that is down
        Some(HFError::Http { context } | HFError::Forbidden { context }) if !is_served(context.status.as_u16()) => {
            Answer::No { reason: format!("HTTP {}", context.status) }
        }
        Some(HFError::AuthRequired { .. }) if token => Answer::TokenRefused,
        _ => Answer::Yes,
    }
}

/// Whether a working hub answers with this status: 401 without a token, 404 where it has no such page.
fn is_served(status: u16) -> bool {
    status < 500 && ![403, 407].contains(&status)
}
