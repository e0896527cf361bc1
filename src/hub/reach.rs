//! How the hub stands without fetching anything: where it is, whether it answers, what the cache takes. It asks for no
//! repository.

use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use hf_hub::{HFClientSync, HFError};

use super::repository::client;
use super::variables::{VariableError, Variables};
use super::web::last_cause;

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
    /// Not asked, as a variable says.
    OfflineByEnvironment {
        /// `HF_HUB_OFFLINE` or `TRANSFORMERS_OFFLINE`.
        variable: &'static str,
    },
}

/// No client of the hub could be made.
#[derive(Debug, thiserror::Error)]
pub enum ReachError {
    /// A variable cannot be understood.
    #[error(transparent)]
    Variable(#[from] VariableError),
    /// The client's own words.
    #[error("{0}; check HF_ENDPOINT, which is an address such as https://huggingface.co")]
    Client(#[from] HFError),
}

/// How the hub stands, within a few seconds; no request leaves the machine where `offline`.
///
/// # Errors
/// A variable cannot be understood, or the client cannot be made.
pub fn reach(offline: bool) -> Result<Reach, ReachError> {
    let variables = Variables::read()?;
    let client = client(&variables, 0)?;
    let token = variables.token.is_some();
    let answer = match (offline, variables.offline) {
        (true, _) => Answer::Offline,
        (false, Some(variable)) => Answer::OfflineByEnvironment { variable },
        (false, None) => asked(client.clone(), token),
    };
    let cached = client.scan_cache().send().ok().map(|info| info.size_on_disk);
    let Variables { endpoint, cache, .. } = variables;
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
