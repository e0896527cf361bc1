//! Web pages in place of files: what a browser, or a download without the right address, saves. Must not know roles.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes looked at.
const HEAD: u64 = 2048;

/// Whether the beginning of a file is that of a page in HTML. A corpus may hold `<html>` as a word.
pub(super) fn is_page(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').trim_start().to_lowercase();
    let tagged = |tag: &str| text.contains(&format!("<{tag}>")) || text.contains(&format!("<{tag} "));
    text.starts_with("<!doctype html")
        || text.starts_with("<html") && ["head", "body", "title", "meta"].into_iter().any(tagged)
}

/// Whether the file at `path` is a page; no more than its beginning is read.
pub(super) fn is_page_file(path: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(is_page(&head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_told_by_its_beginning() {
        assert!(is_page(b"\n<!DOCTYPE html>\n<html lang=\"en\">"));
        assert!(is_page("\u{feff}<html>\n<head><title>Sign in</title>".as_bytes()));
        assert!(!is_page(b"<html>\tO\nAna\tB-PER\n"));
        assert!(!is_page(b"PAR1") && !is_page(b""));
    }
}
