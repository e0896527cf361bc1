//! Options of a fetch.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::Builtin;

/// Options of [`super::fetch`].
#[derive(Debug, Clone, Copy, Default)]
pub struct FetchOptions<'a> {
    /// Use only the cache, as with `HF_HUB_OFFLINE`.
    pub offline: bool,
    /// Take the newest commit of each revision, not the lock's.
    pub update: bool,
    /// Do not fetch weights: only configurations and tokenizers are needed.
    pub without_weights: bool,
    /// Built-in data sets and checkpoints.
    pub builtins: &'a [Builtin],
    /// Stops the fetch when set. Fetched files stay in the cache, and the next fetch resumes a partial one.
    pub stop: Option<&'a AtomicBool>,
    /// The experiment file's folder: where a local folder has the name of a missing repository, the error says so.
    pub beside: Option<&'a Path>,
    /// Another cache folder than the environment's, read as it is: no request is sent.
    pub cache: Option<&'a Path>,
}
