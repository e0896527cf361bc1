//! Pointers of Git LFS: the few lines that a clone without git-lfs leaves in place of a large file. Must not know roles.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// How a pointer begins: since 2013, and before.
const BEGINNINGS: [&[u8]; 2] =
    [b"version https://git-lfs.github.com/spec/v", b"version https://hawser.github.com/spec/v"];

/// Whether the beginning of a file is that of a pointer.
pub fn is_lfs_pointer(bytes: &[u8]) -> bool {
    BEGINNINGS.iter().any(|beginning| bytes.starts_with(beginning))
}

/// Whether the file at `path` is a pointer; no more than its beginning is read.
pub(super) fn is_lfs_pointer_file(path: &Path) -> io::Result<bool> {
    let longest = BEGINNINGS.iter().map(|beginning| beginning.len() as u64).max().unwrap_or(0);
    let mut head = Vec::new();
    File::open(path)?.take(longest).read_to_end(&mut head)?;
    Ok(is_lfs_pointer(&head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_told_by_its_first_line() {
        assert!(is_lfs_pointer(b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 4\n"));
        assert!(is_lfs_pointer(b"version https://hawser.github.com/spec/v1\n"));
        assert!(!is_lfs_pointer(b"version https://git-lfs.github.com"));
        assert!(!is_lfs_pointer(b"PAR1"));
    }
}
