//! Requests to the hub: the token, redirects, retries, time limits, and what its refusals mean.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use ureq::http::header::{ACCEPT_ENCODING, AUTHORIZATION, HeaderValue, LINK, LOCATION, RANGE};
use ureq::http::{Method, Request, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, http};

use super::address::Address;
use super::exchange::{Answer, exchange};
use super::proxies::shown;
use super::stop::{Stop, WaitError};
use super::variables::Variables;
use super::{FetchProblem, RelativeName};

/// Retries of a request after a temporary failure; together they wait 1.4 s.
const RETRIES: u32 = 3;
const FIRST_WAIT: Duration = Duration::from_millis(200);
const REDIRECTS: usize = 10;
/// Longest answer that is read as JSON, in bytes: a page of a listing has some hundred kilobytes.
const LONGEST_JSON: usize = 64 << 20;

/// A client of one hub.
#[derive(Clone)]
pub(super) struct Web {
    agent: Agent,
    /// The hub's address.
    pub(super) endpoint: Address,
    variables: Variables,
    retries: u32,
}

/// A file's metadata, from a HEAD request.
pub(super) struct FileMetadata {
    /// The entity tag, which names the blob in the cache.
    pub(super) tag: RelativeName,
    pub(super) commit: String,
    /// Size in bytes, where the hub gives it.
    pub(super) size: Option<u64>,
}

/// What a hub says of a request that it refuses.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// The hub's word for it, such as `RepoNotFound`.
    pub(super) code: Option<String>,
    pub(super) reason: Option<String>,
    address: Address,
}

/// How a request failed.
pub(super) enum RequestError {
    /// There is no answer.
    Failed(FetchProblem),
    /// The answer is a refusal.
    Refused(Box<Refusal>),
    /// The answer is not what a hub answers.
    Unreadable,
}

impl Web {
    pub(super) fn new(variables: &Variables) -> Self {
        Self::with_retries(variables, RETRIES)
    }

    /// A client that asks once.
    pub(super) fn without_retries(variables: &Variables) -> Self {
        Self::with_retries(variables, 0)
    }

    fn with_retries(variables: &Variables, retries: u32) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider);
        let agent = Agent::config_builder()
            .user_agent(concat!("runner/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls.root_certs(RootCerts::PlatformVerifier).build())
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(variables.answer))
            // chosen for each request
            .proxy(None)
            .build()
            .new_agent();
        let endpoint = Address::parse(&variables.endpoint).expect("the endpoint was parsed when it was read");
        Self { agent, endpoint, variables: variables.clone(), retries }
    }

    /// The address of a file: `KIND/OWNER/NAME/resolve/REVISION/FILE`.
    pub(super) fn file(&self, repository: &str, revision: &str, name: &RelativeName) -> Address {
        self.endpoint.join(repository.split('/').chain(["resolve", revision]).chain(name.split('/')))
    }

    /// The metadata of a file. A redirect to the store of large files has it in its headers; other redirects are followed.
    pub(super) fn head(&self, file: &Address, stop: Stop<'_>) -> Result<FileMetadata, FetchProblem> {
        let answer = self.request(&Method::HEAD, file, 0, stop).map_err(of_file)?;
        let lacks = |what: &str| FetchProblem::Refused { answer: format!("no {what} for {file}") };
        let tag = answer.header("x-linked-etag").or_else(|| answer.header("etag"));
        let tag = tag.map(|tag| tag.trim_start_matches("W/").trim_matches('"')).and_then(RelativeName::parse);
        let tag = tag.filter(|tag| !tag.contains('/')).ok_or_else(|| lacks("entity tag"))?;
        let commit = answer.header("x-repo-commit").ok_or_else(|| lacks("commit"))?.to_owned();
        let length = answer.header("content-length").filter(|_| answer.status.is_success());
        let size = answer.header("x-linked-size").or(length).and_then(|size| size.parse().ok());
        Ok(FileMetadata { tag, commit, size })
    }

    /// The content from byte `start` on; with status 200 the server ignores `start`.
    pub(super) fn get(&self, file: &Address, start: u64, stop: Stop<'_>) -> Result<Answer, FetchProblem> {
        self.request(&Method::GET, file, start, stop).map_err(of_file)
    }

    /// A JSON answer, and the address of its next page.
    pub(super) fn json<T: DeserializeOwned>(
        &self,
        address: &Address,
        stop: Stop<'_>,
    ) -> Result<(T, Option<Address>), RequestError> {
        let answer = self.request(&Method::GET, address, 0, stop)?;
        let mut text = Vec::new();
        while let Some(chunk) = self.chunk(&answer, stop).map_err(RequestError::Failed)? {
            text.extend(chunk.map_err(|error| RequestError::Failed(self.unreachable(last_cause(&error))))?);
            if text.len() > LONGEST_JSON {
                return Err(RequestError::Unreadable);
            }
        }
        let next = answer.header(LINK.as_str()).and_then(next_page).and_then(|next| address.follow(next));
        serde_json::from_slice(&text).map(|value| (value, next)).map_err(|_| RequestError::Unreadable)
    }

    /// The next chunk of a body; none at its end.
    pub(super) fn chunk(
        &self,
        answer: &Answer,
        stop: Stop<'_>,
    ) -> Result<Option<std::io::Result<Vec<u8>>>, FetchProblem> {
        let stall = self.variables.stall;
        match stop.receive(&answer.body, stall) {
            Ok(chunk) => Ok(Some(chunk)),
            Err(WaitError::Disconnected) => Ok(None),
            Err(error) => Err(self.wait_problem(error, "no data", stall)),
        }
    }

    pub(super) fn unreachable(&self, reason: String) -> FetchProblem {
        FetchProblem::Unreachable {
            endpoint: self.endpoint.without_password(),
            reason,
            cache: self.variables.cache.clone(),
        }
    }

    /// The problem of a wait for `what` (`no answer`) that ended without it.
    fn wait_problem(&self, error: WaitError, what: &str, limit: Duration) -> FetchProblem {
        match error {
            WaitError::Stopped => FetchProblem::Interrupted,
            WaitError::TimedOut | WaitError::Disconnected => {
                self.unreachable(format!("{what} within {} s", limit.as_secs()))
            }
        }
    }

    /// What is wrong with a request to `address`, with the proxy that it goes through.
    fn through_proxy(&self, address: &Address, reason: &str) -> String {
        match self.variables.proxies.for_address(address) {
            Some(proxy) => format!("through the proxy {}: {reason}", shown(proxy)),
            None => reason.to_owned(),
        }
    }

    fn request(&self, method: &Method, at: &Address, start: u64, stop: Stop<'_>) -> Result<Answer, RequestError> {
        let mut address = at.clone();
        for _ in 0..=REDIRECTS {
            let answer = self.repeated(method, &address, start, stop).map_err(RequestError::Failed)?;
            let has_metadata = method == Method::HEAD && answer.header("x-linked-etag").is_some();
            let next = answer.header(LOCATION.as_str()).and_then(|next| address.follow(next));
            match next.filter(|_| answer.status.is_redirection() && !has_metadata) {
                Some(next) => address = next,
                None if answer.status.is_success() || has_metadata || is_out_of_range(&answer) => return Ok(answer),
                None => return Err(RequestError::Refused(Box::new(refusal(&answer, address)))),
            }
        }
        let answer = format!("more than {REDIRECTS} redirects");
        Err(RequestError::Failed(FetchProblem::Refused { answer }))
    }

    /// One request, repeated after temporary failures.
    fn repeated(&self, method: &Method, address: &Address, start: u64, stop: Stop<'_>) -> Result<Answer, FetchProblem> {
        let mut pause = FIRST_WAIT;
        for attempt in 0.. {
            let receiver = exchange(&self.agent, self.request_of(method, address, start));
            let answer = stop.receive(&receiver, self.variables.answer);
            match answer.map_err(|error| self.wait_problem(error, "no answer", self.variables.answer))? {
                Ok(answer) if attempt == self.retries || !is_temporary(answer.status) => return Ok(answer),
                Err(error) if attempt == self.retries || is_lasting(&error) => {
                    return Err(self.unreachable(self.through_proxy(address, &cause(&error, self.variables.answer))));
                }
                Ok(_) | Err(_) => {}
            }
            stop.sleep(pause).map_err(|_| FetchProblem::Interrupted)?;
            pause *= 2;
        }
        unreachable!("the last attempt returns")
    }

    fn request_of(&self, method: &Method, address: &Address, start: u64) -> Request<()> {
        let mut request = http::Request::new(());
        *request.method_mut() = method.clone();
        *request.uri_mut() = address.uri().clone();
        let headers = request.headers_mut();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        // only to the hub itself, not to a store that it redirects to
        if let Some(token) = self.variables.token.as_ref().filter(|_| self.endpoint.trusts(address)) {
            let token = HeaderValue::try_from(format!("Bearer {token}"));
            headers.insert(AUTHORIZATION, token.expect("its letters were checked when it was read"));
        }
        if start > 0 {
            let range = HeaderValue::try_from(format!("bytes={start}-"));
            headers.insert(RANGE, range.expect("digits are valid in a header"));
        }
        let proxy = self.variables.proxies.for_address(address).cloned();
        self.agent.configure_request(request).proxy(proxy).build()
    }
}

/// The problem of a failed request for a file.
fn of_file(error: RequestError) -> FetchProblem {
    match error {
        RequestError::Failed(problem) => problem,
        RequestError::Refused(refusal) => refusal.problem(),
        RequestError::Unreadable => FetchProblem::Refused { answer: "not a file".to_owned() },
    }
}

impl Refusal {
    /// What it means, where a server of another kind than a hub is not considered.
    pub(super) fn problem(self) -> FetchProblem {
        match (self.status.as_u16(), self.code.as_deref()) {
            (401, Some("GatedRepo")) | (403, _) => {
                let reason = self.reason.unwrap_or_else(|| "the hub gives no reason".to_owned());
                FetchProblem::Gated { reason }
            }
            (404, Some("RevisionNotFound")) => FetchProblem::NoRevision,
            (401, _) | (404, Some("RepoNotFound")) => FetchProblem::NoRepository,
            _ => FetchProblem::Refused { answer: format!("HTTP {} for {}", self.status, self.address) },
        }
    }
}

fn refusal(answer: &Answer, address: Address) -> Refusal {
    let said = |name: &str| answer.header(name).map(str::to_owned);
    Refusal { status: answer.status, code: said("x-error-code"), reason: said("x-error-message"), address }
}

/// The target of `rel="next"` in a Link header (RFC 8288).
fn next_page(link: &str) -> Option<&str> {
    link.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        parameters.split(';').any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next")).then_some(target)
    })
}

fn is_out_of_range(answer: &Answer) -> bool {
    answer.status == StatusCode::RANGE_NOT_SATISFIABLE
}

/// Whether another try may succeed soon after this status.
fn is_temporary(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// Whether another try fails in the same way, or is not worth as long a wait.
fn is_lasting(error: &ureq::Error) -> bool {
    use ureq::Error::{BadUri, Http, Rustls, Timeout};
    matches!(error, BadUri(_) | Http(_) | Timeout(_) | Rustls(_))
}

/// The text of a failed request's innermost cause.
fn cause(error: &ureq::Error, limit: Duration) -> String {
    let text = match error {
        ureq::Error::Timeout(_) => format!("no answer within {} s", limit.as_secs()),
        ureq::Error::Io(error) => last_cause(error),
        ureq::Error::Rustls(error) => last_cause(error),
        other => last_cause(other),
    };
    match text.contains("No CA certificates") {
        true => {
            "this system has no CA certificates: install its package ca-certificates, or set SSL_CERT_FILE".to_owned()
        }
        false => text,
    }
}

/// The text of an error's innermost cause.
pub(super) fn last_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_link_of_that_relation() {
        assert_eq!(next_page("<https://hub/api?cursor=a>; rel=\"next\""), Some("https://hub/api?cursor=a"));
        assert_eq!(next_page("<https://hub/1>; rel=\"first\", </2>; rel=\"next\""), Some("/2"));
        assert_eq!(next_page("<https://hub/1>; rel=\"first\""), None);
        assert_eq!(next_page("nonsense"), None);
    }
}
