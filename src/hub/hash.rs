//! Hashes of files, read piece by piece. Must not know what they are of.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::Digest;

use crate::plan::Sha256;

/// SHA-256 and size in bytes of the file at `path`.
///
/// # Errors
/// The file cannot be read.
pub fn hash_file(path: &Path) -> io::Result<(Sha256, u64)> {
    let mut file = File::open(path)?;
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut size = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((Sha256::from_digest(&hasher.finalize().into()), size));
        }
        hasher.update(&buffer[..read]);
        size += read as u64;
    }
}
