//! Requests for files: with the token where it belongs, along redirects, again after what fails for a moment, and never
//! longer than somebody wants to wait. Must not know the cache.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, HeaderMap, LOCATION, RANGE};
use reqwest::{Client, Method, Response, StatusCode, Url};

use super::stop::{Stop, Waited};
use super::variables::Variables;
use super::{Problem, RelativeName};

/// Requests after the first that fails for a moment; together they wait 1.4 s.
pub(super) const RETRIES: u32 = 3;
const FIRST_WAIT: Duration = Duration::from_millis(200);
const REDIRECTS: usize = 10;

/// A client for the files of one hub.
#[derive(Clone)]
pub(super) struct Web {
    client: Client,
    variables: Variables,
}

/// What the hub says of a file before it sends it.
pub(super) struct Head {
    /// The name of the content, which is a file's name in the cache.
    pub(super) tag: RelativeName,
    pub(super) commit: String,
    /// Bytes, where the hub tells.
    pub(super) size: Option<u64>,
}

impl Web {
    pub(super) fn new(variables: &Variables) -> Result<Self, Problem> {
        let client = Client::builder()
            .user_agent(concat!("runner/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(variables.answer)
            .build()
            .map_err(|error| Problem::Refused { answer: error.to_string() })?;
        Ok(Self { client, variables: variables.clone() })
    }

    /// The address of a file: `KIND/OWNER/NAME/resolve/REVISION/FILE`.
    pub(super) fn address(&self, repository: &str, revision: &str, name: &RelativeName) -> Url {
        let mut url = Url::parse(&self.variables.endpoint).expect("the endpoint was parsed when it was read");
        let parts = repository.split('/').chain(["resolve", revision]).chain(name.split('/'));
        url.path_segments_mut().expect("the endpoint has a host").pop_if_empty().extend(parts);
        url
    }

    /// What there is at `url`: a redirect to the store of large files tells it, one to another name is followed.
    pub(super) async fn head(&self, url: &Url, stop: Stop<'_>) -> Result<Head, Problem> {
        let response = self.request(Method::HEAD, url, 0, stop).await?;
        let headers = response.headers();
        let wrong = |what: &str| Problem::Refused { answer: format!("without {what} for {url}") };
        let tag = header(headers, "x-linked-etag").or_else(|| header(headers, "etag"));
        let tag = tag.map(|tag| tag.trim_start_matches("W/").trim_matches('"')).and_then(RelativeName::parse);
        let tag = tag.filter(|tag| !tag.contains('/')).ok_or_else(|| wrong("an entity tag"))?;
        let commit = header(headers, "x-repo-commit").ok_or_else(|| wrong("a commit"))?.to_owned();
        let length = header(headers, "content-length").filter(|_| response.status().is_success());
        let size = header(headers, "x-linked-size").or(length).and_then(|size| size.parse().ok());
        Ok(Head { tag, commit, size })
    }

    /// The content from byte `start` on; the status tells whether the server honors that.
    pub(super) async fn get(&self, url: &Url, start: u64, stop: Stop<'_>) -> Result<Response, Problem> {
        self.request(Method::GET, url, start, stop).await
    }

    /// The next piece of a body; none at its end.
    pub(super) async fn piece(
        &self,
        response: &mut Response,
        stop: Stop<'_>,
    ) -> Result<Result<Option<impl AsRef<[u8]> + use<>>, reqwest::Error>, Problem> {
        let stall = self.variables.stall;
        stop.wait(response.chunk(), stall).await.map_err(|waited| self.waited(waited, "no byte", stall))
    }

    pub(super) fn unreachable(&self, reason: String) -> Problem {
        Problem::Unreachable { endpoint: self.variables.endpoint.clone(), reason, cache: self.variables.cache.clone() }
    }

    /// What the end of a wait means.
    pub(super) fn waited(&self, waited: Waited, what: &str, limit: Duration) -> Problem {
        match waited {
            Waited::Stopped => Problem::Interrupted,
            Waited::TooLong | Waited::InVain => self.unreachable(format!("{what} within {} s", limit.as_secs())),
        }
    }

    async fn request(&self, method: Method, url: &Url, start: u64, stop: Stop<'_>) -> Result<Response, Problem> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            let response = self.patient(&method, &url, start, stop).await?;
            let tells = method == Method::HEAD && header(response.headers(), "x-linked-etag").is_some();
            let next = header(response.headers(), LOCATION.as_str()).and_then(|next| url.join(next).ok());
            match next.filter(|_| response.status().is_redirection() && !tells) {
                Some(next) => url = next,
                None if response.status().is_success() || tells || is_out_of_range(&response) => return Ok(response),
                None => return Err(self.refusal(response, &url, stop).await),
            }
        }
        Err(Problem::Refused { answer: format!("with more than {REDIRECTS} redirects") })
    }

    /// One request, repeated while it fails for a moment.
    async fn patient(&self, method: &Method, url: &Url, start: u64, stop: Stop<'_>) -> Result<Response, Problem> {
        let mut pause = FIRST_WAIT;
        for attempt in 0.. {
            let answer = stop.wait(self.once(method, url, start), self.variables.answer).await;
            let answer = answer.map_err(|waited| self.waited(waited, "no answer", self.variables.answer))?;
            match answer {
                Ok(response) if attempt == RETRIES || !is_passing(response.status()) => return Ok(response),
                Err(error) if attempt == RETRIES || error.is_builder() => {
                    return Err(self.unreachable(last_cause(&error)));
                }
                Ok(_) | Err(_) => {}
            }
            if stop.wait(std::future::pending::<()>(), pause).await == Err(Waited::Stopped) {
                return Err(Problem::Interrupted);
            }
            pause *= 2;
        }
        unreachable!("the last attempt returns")
    }

    async fn once(&self, method: &Method, url: &Url, start: u64) -> Result<Response, reqwest::Error> {
        let mut request = self.client.request(method.clone(), url.clone()).header(ACCEPT_ENCODING, "identity");
        if let Some(token) = self.variables.token.as_ref().filter(|_| self.is_own(url)) {
            request = request.bearer_auth(token);
        }
        if start > 0 {
            request = request.header(RANGE, format!("bytes={start}-"));
        }
        request.send().await
    }

    /// Whether the token may be sent there: to the hub itself, not to a store that it redirects to.
    fn is_own(&self, url: &Url) -> bool {
        let endpoint = Url::parse(&self.variables.endpoint);
        endpoint.is_ok_and(|endpoint| {
            let made_safe = url.scheme() == "https" && endpoint.scheme() == "http" && url.port().is_none();
            endpoint.origin() == url.origin() || (made_safe && endpoint.host_str() == url.host_str())
        })
    }

    /// What a refusal means.
    async fn refusal(&self, response: Response, url: &Url, stop: Stop<'_>) -> Problem {
        let status = response.status();
        let code = header(response.headers(), "x-error-code").map(str::to_owned);
        let said = header(response.headers(), "x-error-message").map(str::to_owned);
        // a body that nobody reads would keep the connection
        let _ = stop.wait(response.bytes(), self.variables.answer).await;
        let reason = said.unwrap_or_else(|| "the hub gives no reason".to_owned());
        match (status.as_u16(), code.as_deref()) {
            (401, Some("GatedRepo")) | (403, _) => Problem::Gated { reason },
            (404, Some("RevisionNotFound")) => Problem::NoRevision,
            (401, _) | (404, Some("RepoNotFound")) => Problem::NoRepository,
            _ => Problem::Refused { answer: format!("HTTP {status} for {url}") },
        }
    }
}

/// A header's text.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_out_of_range(response: &Response) -> bool {
    response.status() == StatusCode::RANGE_NOT_SATISFIABLE
}

/// Whether an answer of this status may be another soon.
fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// What an error comes down to.
pub(super) fn last_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
