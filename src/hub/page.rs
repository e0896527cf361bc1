//! Web pages in place of files: what a browser, or a download from a wrong address, saves.

/// Whether a file begins as an HTML page. `<html>` alone is not enough: it may be a word of a corpus.
pub(super) fn is_page(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').trim_start().to_lowercase();
    let tagged = |tag: &str| text.contains(&format!("<{tag}>")) || text.contains(&format!("<{tag} "));
    text.starts_with("<!doctype html")
        || text.starts_with("<html") && ["head", "body", "title", "meta"].into_iter().any(tagged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_known_by_its_beginning() {
        assert!(is_page(b"\n<!DOCTYPE html>\n<html lang=\"en\">"));
        assert!(is_page("\u{feff}<html>\n<head><title>Sign in</title>".as_bytes()));
        assert!(!is_page(b"<html>\tO\nAna\tB-PER\n"));
        assert!(!is_page(b"PAR1") && !is_page(b""));
    }
}
