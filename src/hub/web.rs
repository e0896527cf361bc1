//! Requests for files: the token, redirects, retries and time limits.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, HeaderMap, LOCATION, RANGE};
use reqwest::{Client, Method, Response, StatusCode, Url};

use super::stop::{Stop, WaitError};
use super::variables::Variables;
use super::{FetchProblem, RelativeName};

/// Retries of a request after a temporary failure; together they wait 1.4 s.
pub(super) const RETRIES: u32 = 3;
const FIRST_WAIT: Duration = Duration::from_millis(200);
const REDIRECTS: usize = 10;

/// A client for the files of one hub.
#[derive(Clone)]
pub(super) struct Web {
    client: Client,
    variables: Variables,
}

/// A file's metadata, from a HEAD request.
pub(super) struct FileMetadata {
    /// The entity tag, which names the blob in the cache.
    pub(super) tag: RelativeName,
    pub(super) commit: String,
    /// Size in bytes, where the hub gives it.
    pub(super) size: Option<u64>,
}

impl Web {
    pub(super) fn new(variables: &Variables) -> Result<Self, FetchProblem> {
        let client = Client::builder()
            .user_agent(concat!("runner/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(variables.answer)
            .build()
            .map_err(|error| FetchProblem::Refused { answer: error.to_string() })?;
        Ok(Self { client, variables: variables.clone() })
    }

    /// The address of a file: `KIND/OWNER/NAME/resolve/REVISION/FILE`.
    pub(super) fn address(&self, repository: &str, revision: &str, name: &RelativeName) -> Url {
        let mut url = Url::parse(&self.variables.endpoint).expect("the endpoint was parsed when it was read");
        let parts = repository.split('/').chain(["resolve", revision]).chain(name.split('/'));
        url.path_segments_mut().expect("the endpoint has a host").pop_if_empty().extend(parts);
        url
    }

    /// The metadata of the file at `url`. A redirect to the store of large files has it in its headers; other redirects are
    /// followed.
    pub(super) async fn head(&self, url: &Url, stop: Stop<'_>) -> Result<FileMetadata, FetchProblem> {
        let response = self.request(Method::HEAD, url, 0, stop).await?;
        let headers = response.headers();
        let lacks = |what: &str| FetchProblem::Refused { answer: format!("no {what} for {url}") };
        let tag = header(headers, "x-linked-etag").or_else(|| header(headers, "etag"));
        let tag = tag.map(|tag| tag.trim_start_matches("W/").trim_matches('"')).and_then(RelativeName::parse);
        let tag = tag.filter(|tag| !tag.contains('/')).ok_or_else(|| lacks("entity tag"))?;
        let commit = header(headers, "x-repo-commit").ok_or_else(|| lacks("commit"))?.to_owned();
        let length = header(headers, "content-length").filter(|_| response.status().is_success());
        let size = header(headers, "x-linked-size").or(length).and_then(|size| size.parse().ok());
        Ok(FileMetadata { tag, commit, size })
    }

    /// The content from byte `start` on; with status 200 the server ignores `start`.
    pub(super) async fn get(&self, url: &Url, start: u64, stop: Stop<'_>) -> Result<Response, FetchProblem> {
        self.request(Method::GET, url, start, stop).await
    }

    /// The next chunk of a body; none at its end.
    pub(super) async fn chunk(
        &self,
        response: &mut Response,
        stop: Stop<'_>,
    ) -> Result<Result<Option<impl AsRef<[u8]> + use<>>, reqwest::Error>, FetchProblem> {
        let stall = self.variables.stall;
        stop.wait(response.chunk(), stall).await.map_err(|error| self.wait_problem(error, "no data", stall))
    }

    pub(super) fn unreachable(&self, reason: String) -> FetchProblem {
        FetchProblem::Unreachable {
            endpoint: self.variables.endpoint.clone(),
            reason,
            cache: self.variables.cache.clone(),
        }
    }

    /// The problem of a wait for `what` (`no answer`) that ended without it.
    pub(super) fn wait_problem(&self, error: WaitError, what: &str, limit: Duration) -> FetchProblem {
        match error {
            WaitError::Stopped => FetchProblem::Interrupted,
            WaitError::TimedOut | WaitError::Disconnected => {
                self.unreachable(format!("{what} within {} s", limit.as_secs()))
            }
        }
    }

    async fn request(&self, method: Method, url: &Url, start: u64, stop: Stop<'_>) -> Result<Response, FetchProblem> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            let response = self.with_retries(&method, &url, start, stop).await?;
            let has_metadata = method == Method::HEAD && header(response.headers(), "x-linked-etag").is_some();
            let next = header(response.headers(), LOCATION.as_str()).and_then(|next| url.join(next).ok());
            match next.filter(|_| response.status().is_redirection() && !has_metadata) {
                Some(next) => url = next,
                None if response.status().is_success() || has_metadata || is_out_of_range(&response) => {
                    return Ok(response);
                }
                None => return Err(self.refusal(response, &url, stop).await),
            }
        }
        Err(FetchProblem::Refused { answer: format!("more than {REDIRECTS} redirects") })
    }

    /// One request, repeated after temporary failures.
    async fn with_retries(
        &self,
        method: &Method,
        url: &Url,
        start: u64,
        stop: Stop<'_>,
    ) -> Result<Response, FetchProblem> {
        let mut pause = FIRST_WAIT;
        for attempt in 0.. {
            let answer = stop.wait(self.send(method, url, start), self.variables.answer).await;
            let answer = answer.map_err(|error| self.wait_problem(error, "no answer", self.variables.answer))?;
            match answer {
                Ok(response) if attempt == RETRIES || !is_temporary(response.status()) => return Ok(response),
                Err(error) if attempt == RETRIES || error.is_builder() => {
                    return Err(self.unreachable(last_cause(&error)));
                }
                Ok(_) | Err(_) => {}
            }
            if stop.wait(std::future::pending::<()>(), pause).await == Err(WaitError::Stopped) {
                return Err(FetchProblem::Interrupted);
            }
            pause *= 2;
        }
        unreachable!("the last attempt returns")
    }

    async fn send(&self, method: &Method, url: &Url, start: u64) -> Result<Response, reqwest::Error> {
        let mut request = self.client.request(method.clone(), url.clone()).header(ACCEPT_ENCODING, "identity");
        if let Some(token) = self.variables.token.as_ref().filter(|_| self.is_own(url)) {
            request = request.bearer_auth(token);
        }
        if start > 0 {
            request = request.header(RANGE, format!("bytes={start}-"));
        }
        request.send().await
    }

    /// Whether the token may be sent to `url`: only to the hub itself, not to a store that it redirects to.
    fn is_own(&self, url: &Url) -> bool {
        let endpoint = Url::parse(&self.variables.endpoint);
        endpoint.is_ok_and(|endpoint| {
            let upgraded = url.scheme() == "https" && endpoint.scheme() == "http" && url.port().is_none();
            endpoint.origin() == url.origin() || (upgraded && endpoint.host_str() == url.host_str())
        })
    }

    /// The problem of an answer with an error status.
    async fn refusal(&self, response: Response, url: &Url, stop: Stop<'_>) -> FetchProblem {
        let status = response.status();
        let code = header(response.headers(), "x-error-code").map(str::to_owned);
        let said = header(response.headers(), "x-error-message").map(str::to_owned);
        // an unread body would block the connection
        let _ = stop.wait(response.bytes(), self.variables.answer).await;
        let reason = reason(said);
        match (status.as_u16(), code.as_deref()) {
            (401, Some("GatedRepo")) | (403, _) => FetchProblem::Gated { reason },
            (404, Some("RevisionNotFound")) => FetchProblem::NoRevision,
            (401, _) | (404, Some("RepoNotFound")) => FetchProblem::NoRepository,
            _ => FetchProblem::Refused { answer: format!("HTTP {status} for {url}") },
        }
    }
}

/// The hub's message, or that there is none.
pub(super) fn reason(message: Option<String>) -> String {
    message.unwrap_or_else(|| "the hub gives no reason".to_owned())
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_out_of_range(response: &Response) -> bool {
    response.status() == StatusCode::RANGE_NOT_SATISFIABLE
}

/// Whether another try may succeed soon after this status.
fn is_temporary(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// The text of an error's innermost cause.
pub(super) fn last_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
