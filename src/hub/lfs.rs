//! Git LFS pointers: the few lines that a clone without git-lfs has in place of a large file.

/// How a pointer begins: today, and before the project was renamed.
const BEGINNINGS: [&[u8]; 2] =
    [b"version https://git-lfs.github.com/spec/v", b"version https://hawser.github.com/spec/v"];

/// Whether a file begins as a pointer.
pub fn is_lfs_pointer(bytes: &[u8]) -> bool {
    BEGINNINGS.iter().any(|beginning| bytes.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_known_by_its_first_line() {
        assert!(is_lfs_pointer(b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 4\n"));
        assert!(is_lfs_pointer(b"version https://hawser.github.com/spec/v1\n"));
        assert!(!is_lfs_pointer(b"version https://git-lfs.github.com"));
        assert!(!is_lfs_pointer(b"PAR1"));
    }
}
