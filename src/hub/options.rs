//! How to fetch.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::Builtin;

/// What a fetch may do, and what it is given.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Use the cache alone; `HF_HUB_OFFLINE` does the same.
    pub offline: bool,
    /// Ask what the revisions stand for now, instead of using the commits of the lock.
    pub update: bool,
    /// Leave the weights where they are: the checkpoints' tokenizers are enough.
    pub without_weights: bool,
    /// What the program ships.
    pub builtins: &'a [Builtin],
    /// Stops the fetching once it is set: what was fetched is kept, and what was half fetched goes on the next time.
    pub stop: Option<&'a AtomicBool>,
    /// The experiment file's folder, to find folders there that were named as a repository is.
    pub beside: Option<&'a Path>,
}
