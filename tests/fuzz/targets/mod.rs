//! Every reader of files, given bytes of any kind: called as the program calls it, it must not panic, must not hold more
//! memory than a multiple of the file, and must read back what it writes of what it accepted.
//!
//! `tests/fuzzing/` runs all of this over seeds, past findings and random changes of both; the package around this
//! folder runs it under libFuzzer.

mod data;
mod experiment;
mod meter;
mod model;
mod results;
mod tokenizer;
mod training;
#[path = "../../features/weights/writer.rs"]
pub(crate) mod writer;

use std::path::Path;

pub(crate) use results::PART;

/// One reader and what it promises.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Reads the bytes as a file in an empty folder; panics where a promise is broken.
    read: fn(&Path, &[u8]),
    /// Bytes of memory for each byte of the file, at most.
    times: usize,
    /// Bytes of memory beside those, at most.
    beside: usize,
}

const MIB: usize = 1 << 20;

const fn target(name: &'static str, read: fn(&Path, &[u8]), times: usize, mib: usize) -> Target {
    Target { name, read, times, beside: mib * MIB }
}

pub(crate) const ALL: [Target; 26] = [
    target("experiment", experiment::file, 400, 64),
    target("set", experiment::overridden, 400, 64),
    target("parquet", data::parquet, 1000, 64),
    target("columns", data::columns, 200, 16),
    target("csv", data::csv, 200, 16),
    target("json_lines", data::json_lines, 200, 16),
    target("readme", data::readme, 100, 16),
    target("label_file", data::label_file, 100, 16),
    target("tokenizer_json", tokenizer::json, 400, 64),
    target("tokenizer_settings", tokenizer::settings, 400, 64),
    target("vocab", tokenizer::vocabulary, 400, 64),
    target("sentencepiece", tokenizer::model, 400, 64),
    target("config", model::config, 400, 64),
    target("safetensors", model::weights, 100, 16),
    target("torch_archive", model::weights, 200, 16),
    target("torch_legacy", model::weights, 200, 16),
    target("pickle", model::pickle, 200, 16),
    target("index", model::index, 400, 16),
    target("lock", results::lock, 400, 16),
    target("journal", results::journal, 400, 16),
    target("tables", results::tables, 400, 16),
    target("evaluations", results::evaluations, 400, 16),
    target("predictions", results::predictions, 400, 16),
    target("timings", results::timings, 400, 16),
    target("checkpoint", training::checkpoint, 100, 16),
    target("saved_model", training::saved_model, 400, 16),
];

impl Target {
    /// The target of that name.
    pub(crate) fn named(name: &str) -> &'static Self {
        ALL.iter().find(|target| target.name == name).expect("a target of that name")
    }

    /// Gives the bytes to the reader; `folder` is its own. Returns the memory held at most.
    pub(crate) fn check(&self, folder: &Path, bytes: &[u8]) -> usize {
        let held = meter::peak(|| (self.read)(folder, bytes));
        let most = self.times * bytes.len() + self.beside;
        let len = bytes.len();
        assert!(held <= most, "{}: {held} bytes held for a file of {len}; at most {most}", self.name);
        held
    }
}

/// Writes a file of that name.
fn written(folder: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("the folder takes a file");
    path
}

/// The tokenizer that the target `tokenizer_settings` lays settings over.
pub(crate) fn tokenizer_of_settings() -> &'static str {
    tokenizer::PLAIN
}

/// Sound checkpoints, written in `folder` first.
pub(crate) fn sound_checkpoints(folder: &Path) -> Vec<Vec<u8>> {
    [false, true].map(|has_best| training::sound_checkpoint(folder, has_best)).to_vec()
}
