//! SHA-256 of files, read in chunks.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::Digest;

use super::stop::Stop;
use crate::hash::Sha256;

/// SHA-256 and size in bytes of the file at `path`.
///
/// # Errors
/// The file cannot be read.
pub fn hash_file(path: &Path) -> io::Result<(Sha256, u64)> {
    let hashed = hash_file_until(path, Stop::default())?;
    Ok(hashed.expect("without a flag it is not stopped"))
}

/// [`hash_file`]; none if it is stopped.
pub(super) fn hash_file_until(path: &Path, stop: Stop<'_>) -> io::Result<Option<(Sha256, u64)>> {
    let mut file = File::open(path)?;
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut size = 0;
    loop {
        if stop.is_set() {
            return Ok(None);
        }
        let read = match file.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if read == 0 {
            return Ok(Some((Sha256::from_digest(&hasher.finalize().into()), size)));
        }
        hasher.update(&buffer[..read]);
        size += read as u64;
    }
}
