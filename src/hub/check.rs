//! Whether a file of the cache is whole. Must not know where it came from.

use std::fs;
use std::path::Path;

use super::stop::Stop;
use super::{InputFile, PinnedFile, Problem, RelativeName, local};
use crate::hash::Sha256;

/// What a file must be.
pub(super) struct Check<'a> {
    pub(super) size: Option<u64>,
    pub(super) pin: Option<&'a PinnedFile>,
    pub(super) stop: Stop<'a>,
}

impl Check<'_> {
    /// The file in a snapshot: of the listed size, of the hash that its blob is named after (large files; small ones
    /// go by git's hash, and the size must do), and of the hash in the lock.
    pub(super) fn file(&self, snapshot: &Path, name: &RelativeName) -> Result<InputFile, Problem> {
        let file = local::input_file(snapshot, name, self.stop)?;
        let cut = |reason: String| Problem::Cut { file: name.to_string(), reason };
        if let Some(size) = self.size.filter(|size| *size != file.size) {
            return Err(cut(format!("{} bytes of {size}", file.size)));
        }
        let blob = fs::canonicalize(&file.path).ok().and_then(|blob| blob.file_name().map(|name| name.to_owned()));
        let named = blob.and_then(|blob| blob.to_str().and_then(Sha256::parse));
        if named.is_some_and(|named| named != file.sha256) {
            return Err(cut(format!("SHA-256 {}, not that of its name", file.sha256)));
        }
        match self.pin {
            Some(pin) if pin.sha256 != file.sha256 => Err(Problem::NotPinned {
                file: name.to_string(),
                found: file.sha256.to_string(),
                pinned: pin.sha256.to_string(),
            }),
            _ => Ok(file),
        }
    }
}
