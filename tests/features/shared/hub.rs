//! Fetching from a hub on loopback with the real client and cache, with the faults that happen on real networks.
//!
//! Everything runs in one process with one environment, so the tests of this file take turns.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::shared::folder::shared;
use runner::data::{Corpus, Split};
use runner::hub::{FetchError, FetchEvent, FetchOptions, Fetched, Lock, fetch};
use runner::spec::{Settings, Size, Source};

static TURN: Mutex<()> = Mutex::new(());

/// A hub on loopback and an empty cache, with the environment pointing at both.
struct Loopback {
    server: Child,
    home: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Serves the folder `root` as a hub.
pub(crate) fn serve(shared: &Path, root: &Path, port: u16, faults: &[&str]) -> Child {
    let script = shared.join("reference/hub_server.py");
    let child = Command::new("python3")
        .arg(script)
        .arg("--root")
        .arg(root)
        .args(["--port", &port.to_string()])
        .args(faults)
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "the hub does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

fn set(name: &str, value: &str) {
    // SAFETY: the tests of this file take turns, and no other thread of the process reads the environment meanwhile.
    unsafe { std::env::set_var(name, value) }
}

impl Loopback {
    fn start(shared: &Path, faults: &[&str]) -> Self {
        let turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (port, home) = (free_port(), tempfile::tempdir().unwrap());
        set("HF_ENDPOINT", &format!("http://127.0.0.1:{port}"));
        set("HF_HOME", home.path().to_str().unwrap());
        set("HF_TOKEN", "");
        set("HF_HUB_OFFLINE", "0");
        Self { server: serve(shared, &shared.join("hub"), port, faults), home, _turn: turn }
    }

    /// The same cache and another server.
    fn restart(&mut self, shared: &Path, faults: &[&str]) {
        self.stop();
        let port = free_port();
        set("HF_ENDPOINT", &format!("http://127.0.0.1:{port}"));
        self.server = serve(shared, &shared.join("hub"), port, faults);
    }

    fn stop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    /// Files of the cache that a client would take for whole.
    fn kept(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.home.path().join("hub")];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.components().any(|part| part.as_os_str() == "snapshots") {
                    files.push(path);
                }
            }
        }
        files
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn spanish() -> Settings {
    let mut settings = Settings::default();
    settings.data.dataset = Source::Hub("unimelb-nlp/wikiann".to_owned());
    settings.data.language = Some("es".into());
    settings.data.validation_size = Some(Size::Rows(10));
    settings.model.checkpoint = Source::Hub("sentence-transformers/all-MiniLM-L6-v2".to_owned());
    settings
}

fn get(settings: &Settings, lock: &Lock, options: FetchOptions<'_>) -> Result<Fetched, Vec<FetchError>> {
    fetch([settings], lock, options, &mut |_| ())
}

fn said(errors: &[FetchError], home: &Path) -> String {
    let endpoint = std::env::var("HF_ENDPOINT").unwrap();
    let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
    text.join("\n").replace(home.to_str().unwrap(), "HOME").replace(&endpoint, "ENDPOINT")
}

const OFFLINE: FetchOptions<'_> = FetchOptions {
    offline: true,
    update: false,
    without_weights: false,
    builtins: &[],
    stop: None,
    beside: None,
    cache: None,
};

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn data_and_checkpoint_are_fetched_once_and_then_offline() {
    let shared = shared();
    let mut hub = Loopback::start(&shared, &[]);
    let settings = spanish();
    let mut received = 0;
    let fetched = fetch([&settings], &Lock::default(), FetchOptions::default(), &mut |event| {
        received += u32::from(matches!(event, FetchEvent::Received { .. }));
    });
    let fetched = fetched.unwrap();
    assert!(received > 0);
    assert_eq!(fetched.data(&settings).train[0].name, "es/train-00000-of-00001.parquet");
    assert_eq!(fetched.model(&settings).weights[0].name, "model.safetensors");
    let inputs = fetched.data(&settings);
    let corpus = Corpus::load(&inputs, &settings.data).unwrap();
    assert_eq!(Split::ALL.map(|split| corpus.split(split).len()), [20_000, 10_000, 10_000]);
    assert_eq!(corpus.labels.names(), ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]);
    let lock = Lock::parse(&fetched.lock.to_toml()).unwrap();
    assert_eq!(lock.hashes(&settings, &[]), Some(fetched.hashes(&settings)));
    hub.stop();
    for (lock, options) in [(&lock, FetchOptions::default()), (&lock, OFFLINE), (&Lock::default(), OFFLINE)] {
        let again = get(&settings, lock, options).unwrap();
        assert_eq!(again.hashes(&settings), fetched.hashes(&settings));
        assert_eq!(again.lock.to_toml(), fetched.lock.to_toml());
    }
    set("HF_HUB_OFFLINE", "1");
    assert!(get(&settings, &Lock::default(), FetchOptions::default()).is_ok());
    let mut other = settings;
    other.data.language = Some("de".into());
    insta::assert_snapshot!(said(&get(&other, &Lock::default(), OFFLINE).unwrap_err(), hub.home.path()), @r#"data set unimelb-nlp/wikiann: not in the cache HOME/hub: the splits of de; remove --offline to fetch it, or use a local folder ("./..."), or try what needs no network: runner init --example quickstart"#);
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn a_cut_download_is_never_taken_for_whole() {
    let shared = shared();
    let mut hub = Loopback::start(&shared, &["--cut", "0.5"]);
    let errors = get(&spanish(), &Lock::default(), FetchOptions::default()).unwrap_err();
    assert!(!errors.is_empty());
    assert_eq!(hub.kept(), [] as [PathBuf; 0], "nothing half taken");
    hub.restart(&shared, &[]);
    let whole = get(&spanish(), &Lock::default(), FetchOptions::default()).unwrap();
    // The file in the cache is damaged afterwards: found out, and fetched again.
    let weights = &whole.model(&spanish()).weights[0];
    let bytes = std::fs::read(&weights.path).unwrap();
    std::fs::write(&weights.path, &bytes[..bytes.len() / 2]).unwrap();
    let again = get(&spanish(), &whole.lock, FetchOptions::default()).unwrap();
    assert_eq!(again.model(&spanish()).weights[0].size, weights.size);
    std::fs::write(&weights.path, &bytes[..bytes.len() / 2]).unwrap();
    let errors = get(&spanish(), &whole.lock, OFFLINE).unwrap_err();
    assert!(errors[0].to_string().contains("model.safetensors in the cache is damaged"), "{}", errors[0]);
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn a_cut_body_names_the_file() {
    let shared = shared();
    let hub = Loopback::start(&shared, &[]);
    let listed = get(&spanish(), &Lock::default(), FetchOptions::default()).unwrap().lock;
    drop(hub);
    let hub = Loopback::start(&shared, &["--cut", "0.5"]);
    let errors = get(&spanish(), &listed, FetchOptions::default()).unwrap_err();
    insta::assert_snapshot!(said(&errors, hub.home.path()), @r"
    checkpoint sentence-transformers/all-MiniLM-L6-v2: config.json: the connection broke after 592 bytes (Peer disconnected); run again to resume
    checkpoint sentence-transformers/all-MiniLM-L6-v2: model.safetensors: the connection broke after 44021883 bytes (Peer disconnected); run again to resume
    checkpoint sentence-transformers/all-MiniLM-L6-v2: tokenizer.json: the connection broke after 451676 bytes (Peer disconnected); run again to resume
    data set unimelb-nlp/wikiann: es/train-00000-of-00001.parquet: the connection broke after 910349 bytes (Peer disconnected); run again to resume
    data set unimelb-nlp/wikiann: es/validation-00000-of-00001.parquet: the connection broke after 485242 bytes (Peer disconnected); run again to resume
    data set unimelb-nlp/wikiann: es/test-00000-of-00001.parquet: the connection broke after 485539 bytes (Peer disconnected); run again to resume
    ");
    assert_eq!(hub.kept(), [] as [PathBuf; 0]);
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn a_passing_failure_is_tried_again() {
    let shared = shared();
    let _hub = Loopback::start(&shared, &["--fail", "1"]);
    assert!(get(&spanish(), &Lock::default(), FetchOptions::default()).is_ok());
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn a_gated_repository_asks_for_a_token() {
    let shared = shared();
    let gated = ["--gated", "unimelb-nlp/wikiann", "--token", "sesame"];
    let hub = Loopback::start(&shared, &gated);
    let without = get(&spanish(), &Lock::default(), FetchOptions::default()).unwrap_err();
    insta::assert_snapshot!(said(&without, hub.home.path()), @"data set unimelb-nlp/wikiann: access is restricted (Access to unimelb-nlp/wikiann is restricted: log in); accept the terms on its hub page, and set HF_TOKEN to a token of that account");
    set("HF_TOKEN", "other");
    let wrong = get(&spanish(), &Lock::default(), FetchOptions::default()).unwrap_err();
    insta::assert_snapshot!(said(&wrong, hub.home.path()), @"data set unimelb-nlp/wikiann: access is restricted (Access to unimelb-nlp/wikiann is restricted: ask for access); accept the terms on its hub page, and set HF_TOKEN to a token of that account");
    set("HF_TOKEN", "sesame");
    assert!(get(&spanish(), &Lock::default(), FetchOptions::default()).is_ok());
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn the_hubs_own_conversion_is_read_and_pinned() {
    let shared = shared();
    let hub = Loopback::start(&shared, &[]);
    let mut settings = spanish();
    settings.data.revision = "refs/convert/parquet".to_owned();
    let fetched = get(&settings, &Lock::default(), FetchOptions::default()).unwrap();
    assert_eq!(fetched.data(&settings).train[0].name, "es/train/0000.parquet");
    assert_eq!(get(&settings, &fetched.lock, OFFLINE).unwrap().hashes(&settings), fetched.hashes(&settings));
    std::fs::remove_dir_all(hub.home.path().join("hub")).unwrap();
    assert_eq!(
        get(&settings, &fetched.lock, FetchOptions::default()).unwrap().hashes(&settings),
        fetched.hashes(&settings)
    );
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn everything_missing_is_listed_together() {
    let shared = shared();
    let hub = Loopback::start(&shared, &[]);
    let mut language = spanish();
    language.data.language = Some("xx".into());
    language.model.checkpoint = Source::Hub("nobody/nothing".to_owned());
    let mut revision = spanish();
    revision.model.revision = "v9".to_owned();
    let errors = fetch([&language, &revision], &Lock::default(), FetchOptions::default(), &mut |_| ()).unwrap_err();
    insta::assert_snapshot!(said(&errors, hub.home.path()), @r"
    checkpoint nobody/nothing: no such repository, or it is private; check the spelling, or set HF_TOKEN to a token that can read it
    checkpoint sentence-transformers/all-MiniLM-L6-v2 at v9: no such revision; use an existing branch, tag or commit, or run with --update if it was removed
    data set unimelb-nlp/wikiann: no language `xx`; set data.language to one of de, en, es, fr, nl
    ");
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn content_that_the_lock_does_not_pin_is_refused() {
    let shared = shared();
    let hub = Loopback::start(&shared, &[]);
    let mut lock = get(&spanish(), &Lock::default(), FetchOptions::default()).unwrap().lock;
    let config = lock.inputs.values_mut().find_map(|pinned| pinned.files.get_mut("config.json")).unwrap();
    config.sha256 = runner::hash::Sha256::of("another");
    let errors = get(&spanish(), &lock, FetchOptions::default()).unwrap_err();
    let shown = said(&errors, hub.home.path());
    assert!(shown.contains("config.json differs from lock.toml"), "{shown}");
    assert!(get(&spanish(), &lock, FetchOptions { update: true, ..FetchOptions::default() }).is_ok());
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn without_a_network_it_fails_with_the_ways_round() {
    let turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let home = tempfile::tempdir().unwrap();
    set("HF_HOME", home.path().to_str().unwrap());
    set("HF_HUB_OFFLINE", "0");
    for endpoint in [format!("http://127.0.0.1:{}", free_port()), "https://hub.invalid".to_owned()] {
        set("HF_ENDPOINT", &endpoint);
        let mut other = spanish();
        other.data.dataset = Source::Hub("another/one".to_owned());
        let errors = fetch([&spanish(), &other], &Lock::default(), FetchOptions::default(), &mut |_| ()).unwrap_err();
        assert_eq!(errors.len(), 3);
        for error in errors {
            let error = error.to_string();
            assert!(error.contains("cannot reach") && error.contains("--offline"), "{error}");
            assert!(error.contains("local folder") && error.contains("init --example quickstart"), "{error}");
        }
    }
    drop(turn);
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn a_hub_that_does_not_answer_is_given_up_on() {
    let turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let home = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    set("HF_HOME", home.path().to_str().unwrap());
    set("HF_HUB_OFFLINE", "0");
    set("HF_ENDPOINT", &format!("http://{}", silent.local_addr().unwrap()));
    let errors = get(&spanish(), &Lock::default(), FetchOptions::default()).unwrap_err();
    assert!(errors[0].to_string().contains("no answer within 10 s"), "{}", errors[0]);
    drop((silent, turn));
}
