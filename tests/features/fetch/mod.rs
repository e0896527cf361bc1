//! Inputs brought before a run: into the cache, into a bundle for machines without a network, and what a copy lacks.

mod bundle;
mod cache;
mod check;
mod paths;

use std::fs;
use std::path::Path;

use crate::loopback::{COMMIT, Faults, Loopback};
use crate::workshop::{Said, Workshop};

/// Data and encoder of a hub, and an evaluation set.
const CLASS: &str = r#"
[data]
dataset = "me/mini"

[model]
checkpoint = "me/enc"
max_length = 16

[train]
max_steps = 2
batch_size = 2

[[evaluate]]
name = "other"
dataset = "me/other"
"#;

const TRAIN: &[u8] = b"ana B-PER\nlee O\nen O\nlima B-LOC\n. O\n\nlima B-LOC\n. O\n";
const TEST: &[u8] = b"lee O\nen O\nlima B-LOC\n. O\n";
const OTHER: &[u8] = b"ana B-PER\nlee O\n";

/// A hub with what [`CLASS`] needs, and more.
fn hub() -> Loopback {
    let enc = Workshop::new(CLASS);
    enc.write_checkpoint("enc", 8);
    let [config, weights, tokenizer] = ["config.json", "model.safetensors", "tokenizer.json"]
        .map(|name| fs::read(enc.path("enc").join(name)).unwrap());
    Loopback::start(
        &[
            ("datasets/me/mini", "train.conll", TRAIN),
            ("datasets/me/mini", "test.conll", TEST),
            ("datasets/me/mini", "notes.txt", b"not read"),
            ("datasets/me/other", "test.conll", OTHER),
            ("models/me/enc", "config.json", &config),
            ("models/me/enc", "model.safetensors", &weights),
            ("models/me/enc", "tokenizer.json", &tokenizer),
            ("models/me/enc", "onnx/model.onnx", b"not read"),
        ],
        Faults::default(),
    )
}

fn online(workshop: &Workshop, hub: &Loopback, line: &str) -> Said {
    workshop.runner_with(line, &[("HF_ENDPOINT", &hub.endpoint), ("NO_PROXY", "127.0.0.1")])
}

/// A workshop whose class.zip is bundled, with its hub.
fn bundled(out: &str) -> (Workshop, Loopback) {
    let (workshop, hub) = (Workshop::new(CLASS), hub());
    let said = online(&workshop, &hub, &format!("fetch grid.toml --bundle {out}"));
    assert_eq!(said.status, 0, "{}", said.err);
    (workshop, hub)
}

/// Names of all files below a folder, sorted, with the commit shortened.
fn names(workshop: &Workshop, folder: &str) -> Vec<String> {
    workshop.files(folder).keys().map(|name| name.replace(COMMIT, "COMMIT")).collect()
}

/// Without line breaks: where they fall depends on how long this machine's paths are.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether some name below a folder has `part`.
fn has(folder: &Path, part: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| entry.unwrap().file_name().to_string_lossy().contains(part))
}
