//! The targets under libFuzzer: one process, one folder.

#[path = "../targets/mod.rs"]
// what the seeds of `tests/fuzzing/` alone use
#[allow(dead_code, unused_imports)]
mod targets;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Gives `bytes` to the target of that name.
pub fn run(name: &str, bytes: &[u8]) {
    targets::Target::named(name).check(folder(name), bytes);
}

/// In memory where the system has a place for that: a run writes thousands of files a second.
fn folder(name: &str) -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let root = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let folder = root.join(format!("runner-fuzz-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for files");
        folder
    })
}
