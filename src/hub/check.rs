//! Whether a file in the cache is complete and the right one.

use std::fs;
use std::path::Path;

use super::stop::Stop;
use super::{FetchProblem, InputFile, PinnedFile, RelativeName, local};
use crate::hash::Sha256;

/// What a file must match.
pub(super) struct Check<'a> {
    pub(super) size: Option<u64>,
    pub(super) pin: Option<&'a PinnedFile>,
    pub(super) stop: Stop<'a>,
}

impl Check<'_> {
    /// The file in a snapshot, hashed and compared: the listed size, the SHA-256 in its blob's name (small files have git's
    /// hash there and are checked by size alone), and the SHA-256 in the lock.
    pub(super) fn file(&self, snapshot: &Path, name: &RelativeName) -> Result<InputFile, FetchProblem> {
        let file = local::input_file(snapshot, name, self.stop)?;
        let cut = |reason: String| FetchProblem::Cut { file: name.to_string(), reason };
        if let Some(size) = self.size.filter(|size| *size != file.size) {
            return Err(cut(format!("{} bytes of {size}", file.size)));
        }
        let blob = fs::canonicalize(&file.path).ok().and_then(|blob| blob.file_name().map(|name| name.to_owned()));
        let named = blob.and_then(|blob| blob.to_str().and_then(Sha256::parse));
        if named.is_some_and(|named| named != file.sha256) {
            return Err(cut(format!("its SHA-256 is {}, not that of its name", file.sha256)));
        }
        match self.pin {
            Some(pin) if pin.sha256 != file.sha256 => Err(FetchProblem::NotPinned {
                file: name.to_string(),
                found: file.sha256.to_string(),
                pinned: pin.sha256.to_string(),
            }),
            _ => Ok(file),
        }
    }
}
