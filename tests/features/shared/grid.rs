//! Real data and a real encoder, through a hub on loopback and the real client.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::shared::folder::shared;
use crate::workshop::{Workshop, assert_same};

const GRID: &str = r#"
[data]
dataset = "unimelb-nlp/wikiann"
language = "es"
test_size = 20

[model]
checkpoint = "sentence-transformers/all-MiniLM-L6-v2"
max_length = 48

[train]
max_steps = 10

[matrix]
data.train_size = [40, 80]
model.freeze = [false, true]
"#;

struct Hub {
    server: Child,
    address: String,
}

impl Hub {
    fn start(shared: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("python3");
        command.arg(shared.join("reference/hub_server.py")).arg("--root").arg(shared.join("hub"));
        let server = command.args(["--port", &port.to_string()]).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the hub does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { server, address: format!("http://127.0.0.1:{port}") }
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn a_grid_over_a_hub_is_fetched_once_and_gives_the_same_bytes_again() {
    let shared = shared();
    let workshop = Workshop::new(GRID);
    let hub = Hub::start(&shared);
    let first = workshop.runner_with("run grid.toml", &[("HF_ENDPOINT", &hub.address)]);
    assert_eq!(first.status, 0, "{}", first.err);
    drop(hub);

    // From here on the hub is out of reach.
    let second = workshop.runner("run grid.toml");
    assert!(
        second.err.starts_with("grid: all 4 jobs are already done (`--force` runs them again)\n"),
        "{}",
        second.err
    );
    let clone = workshop.cloned();
    let said = clone.runner("run grid.toml");
    assert!(said.err.starts_with("grid: all 4 jobs are already done (`--force` runs them again)\n"), "{}", said.err);

    let from_cache = workshop.runner("run grid.toml --offline --out again --threads 1");
    assert_eq!(from_cache.status, 0, "{}", from_cache.err);
    assert_same(&workshop.committed("again/grid"), &workshop.committed("results/grid"));
}
