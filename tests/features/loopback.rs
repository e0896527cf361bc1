//! A hub on loopback that does what real ones and real networks do: cuts, dawdles, hangs, ignores ranges.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use runner::hash::Sha256;

/// The commit of every repository's main branch.
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// The commit of every other branch.
pub(crate) const OTHER_COMMIT: &str = "fedcba9876543210fedcba9876543210fedcba98";

/// What goes wrong.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    /// Bytes after which each body ends.
    pub(crate) cut: Option<usize>,
    /// Pause after each 16 KiB.
    pub(crate) pause: Duration,
    /// Requests whose path has this get no answer.
    pub(crate) hangs: Option<&'static str>,
    pub(crate) ignores_ranges: bool,
    /// Asked for in every request.
    pub(crate) token: Option<&'static str>,
}

struct State {
    /// By `datasets/OWNER/NAME` or `models/OWNER/NAME`, then by path. A repository with a branch besides, which has the
    /// name `datasets/OWNER/NAME@BRANCH` here, has no other; one without such has every branch, with the same files.
    files: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    faults: Mutex<Faults>,
    /// `METHOD PATH RANGE`
    log: Mutex<Vec<String>>,
    /// Paths of the requests that were answered to the last byte.
    answered: Mutex<Vec<String>>,
}

pub(crate) struct Loopback {
    pub(crate) endpoint: String,
    state: Arc<State>,
}

impl Loopback {
    pub(crate) fn start(files: &[(&str, &str, &[u8])], faults: Faults) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let mut all: BTreeMap<String, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
        for (repository, name, content) in files {
            all.entry((*repository).to_owned()).or_default().insert((*name).to_owned(), content.to_vec());
        }
        let state = Arc::new(State {
            files: all,
            faults: Mutex::new(faults),
            log: Mutex::default(),
            answered: Mutex::default(),
        });
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = shared.clone();
                // a client that goes away ends its own connection alone
                std::thread::spawn(move || state.answer(stream));
            }
        });
        Self { endpoint, state }
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.state.faults.lock().unwrap()
    }

    /// Waits for a request whose path has `part`.
    pub(crate) fn wait_for(&self, part: &str) {
        while !self.state.log.lock().unwrap().iter().any(|line| line.contains(part)) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether a request whose path has `part` was answered to the last byte.
    pub(crate) fn answered(&self, part: &str) -> bool {
        self.state.answered.lock().unwrap().iter().any(|path| path.contains(part))
    }

    /// The ranges of all requests for a file's content so far; they are forgotten then.
    pub(crate) fn ranges(&self, file: &str) -> Vec<String> {
        let log = std::mem::take(&mut *self.state.log.lock().unwrap());
        let of_file = |line: &String| line.starts_with("GET ") && line.contains(&format!("/{file} "));
        log.iter().filter(|line| of_file(line)).map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect()
    }
}

impl State {
    fn answer(&self, mut stream: TcpStream) -> Option<()> {
        let mut lines = BufReader::new(stream.try_clone().ok()?).lines().map_while(Result::ok);
        let first = lines.next()?;
        let headers: BTreeMap<String, String> = lines
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())))
            .collect();
        let mut words = first.split(' ');
        let (method, path) = (words.next()?, words.next()?.split('?').next()?.trim_start_matches('/'));
        let range = headers.get("range").map_or("-", String::as_str);
        self.log.lock().unwrap().push(format!("{method} /{path} {range}"));
        let faults = self.faults.lock().unwrap().clone();
        if faults.hangs.is_some_and(|part| path.contains(part)) {
            std::thread::sleep(Duration::from_secs(60));
        }
        if faults.token.is_some_and(|token| headers.get("authorization") != Some(&format!("Bearer {token}"))) {
            let head = "HTTP/1.1 401 Unauthorized\r\nX-Error-Code: GatedRepo\r\nX-Error-Message: log in";
            return send(&mut stream, head, b"{}", &Faults::default(), method);
        }
        let json = |text: String| ("HTTP/1.1 200 OK\r\nContent-Type: application/json".to_owned(), text.into_bytes());
        let (head, body) = match path.split_once("/resolve/") {
            Some((repository, rest)) => {
                let (revision, name) = rest.split_once('/')?;
                self.file(repository, revision, name, range, &faults)
            }
            None => match path.strip_prefix("api/").and_then(|path| self.listing(path)) {
                Some(Some(text)) => json(text),
                Some(None) => missing("RevisionNotFound"),
                None if path.starts_with("api/") => missing("RepoNotFound"),
                None => ("HTTP/1.1 404 Not Found".to_owned(), b"no such page".to_vec()),
            },
        };
        send(&mut stream, &head, &body, &faults, method)?;
        if method == "GET" {
            self.answered.lock().unwrap().push(format!("/{path}"));
        }
        Some(())
    }

    /// The files of a repository at a revision, and its commit; none without such a revision.
    fn revision(&self, repository: &str, revision: &str) -> Option<(&BTreeMap<String, Vec<u8>>, &'static str)> {
        let revision = revision.replace("%2F", "/");
        let branch = format!("{repository}@");
        let branches: Vec<&String> = self.files.keys().filter(|name| name.starts_with(&branch)).collect();
        if branches.is_empty() || revision == "main" || revision == COMMIT {
            return Some((self.files.get(repository)?, COMMIT));
        }
        let is_it = |name: &&&String| revision == OTHER_COMMIT || name[branch.len()..] == revision;
        Some((&self.files[*branches.iter().find(is_it)?], OTHER_COMMIT))
    }

    /// None without the repository; none in it without the revision.
    fn listing(&self, path: &str) -> Option<Option<String>> {
        let (repository, verb, revision) = ["/revision/", "/tree/"].iter().find_map(|verb| {
            let (repository, revision) = path.split_once(verb)?;
            Some((repository, *verb, revision))
        })?;
        self.files.get(repository)?;
        let Some((files, commit)) = self.revision(repository, revision) else { return Some(None) };
        let tree: Vec<String> = files
            .iter()
            .map(|(name, content)| {
                format!(r#"{{"type":"file","path":"{name}","size":{},"oid":"{COMMIT}"}}"#, content.len())
            })
            .collect();
        Some(Some(match verb {
            "/tree/" => format!("[{}]", tree.join(",")),
            _ => format!(
                r#"{{"id":"x","_id":"x","modelId":"x","sha":"{commit}","private":false,"gated":false,"disabled":false,"tags":[],"downloads":0,"likes":0,"siblings":[]}}"#
            ),
        }))
    }

    fn file(&self, repository: &str, revision: &str, name: &str, range: &str, faults: &Faults) -> (String, Vec<u8>) {
        let models = format!("models/{repository}");
        let found = self.revision(repository, revision).or_else(|| self.revision(&models, revision));
        let found = found.and_then(|(files, commit)| {
            Some((files.get(&name.replace("%20", " ").replace("%28", "(").replace("%29", ")"))?, commit))
        });
        let Some((content, commit)) = found else { return missing("EntryNotFound") };
        let start = range.strip_prefix("bytes=").and_then(|range| range.trim_end_matches('-').parse::<usize>().ok());
        let tag = Sha256::of(content);
        let facts = format!("ETag: \"{tag}\"\r\nX-Repo-Commit: {commit}\r\nX-Linked-Size: {}", content.len());
        match start.filter(|_| !faults.ignores_ranges) {
            Some(start) if start >= content.len() => {
                (format!("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */{}", content.len()), Vec::new())
            }
            Some(start) => {
                let last = content.len() - 1;
                let range = format!("Content-Range: bytes {start}-{last}/{}", content.len());
                (format!("HTTP/1.1 206 Partial Content\r\n{facts}\r\n{range}"), content[start..].to_vec())
            }
            None => (format!("HTTP/1.1 200 OK\r\n{facts}"), content.clone()),
        }
    }
}

fn missing(code: &str) -> (String, Vec<u8>) {
    (format!("HTTP/1.1 404 Not Found\r\nX-Error-Code: {code}"), b"{}".to_vec())
}

fn send(stream: &mut TcpStream, head: &str, body: &[u8], faults: &Faults, method: &str) -> Option<()> {
    write!(stream, "{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len()).ok()?;
    let sent = if method == "HEAD" { 0 } else { faults.cut.unwrap_or(body.len()).min(body.len()) };
    for piece in body[..sent].chunks(1 << 14) {
        stream.write_all(piece).ok()?;
        std::thread::sleep(faults.pause);
    }
    stream.flush().ok()
}
