//! Reads a text file, and splits it into lines.
//!
//! Lines end as in Python's universal newlines: with a line feed, a carriage return or both, mixed in one file. Up to three
//! carriage returns before a line feed are part of one line end, not blank lines: files converted twice have `\r\r\n`.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use super::{DataError, TextError, TextFault};
use crate::hub::{GZIP, InputFile};

/// Bytes of a compressed file's content that are read: a few bytes can claim very many.
const LARGEST: u64 = 1 << 34;

/// Most carriage returns in one line end.
const RETURNS: usize = 3;

/// The text of a file, without a byte order mark.
///
/// # Errors
/// A file that cannot be read or decompressed, is not UTF-8, or has a NUL byte.
pub(super) fn text_of(file: &InputFile) -> Result<String, DataError> {
    let bytes = std::fs::read(&file.path).map_err(DataError::unreadable(file))?;
    let bytes = if file.name.ends_with(GZIP) { decompressed(file, &bytes)? } else { bytes };
    let line = |before: &[u8]| lines(&String::from_utf8_lossy(before)).count();
    if is_utf16(&bytes) {
        return Err(TextError::at(&file.name, 1, TextFault::Utf16).into());
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(TextError::at(&file.name, line(&bytes[..at]), TextFault::Nul).into());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let sound = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        TextError::at(&file.name, line(sound), TextFault::NotUtf8)
    })?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// The content of a file compressed with gzip.
fn decompressed(file: &InputFile, bytes: &[u8]) -> Result<Vec<u8>, DataError> {
    let mut content = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(LARGEST + 1).read_to_end(&mut content);
    let reason = match read {
        Ok(size) if size as u64 <= LARGEST => return Ok(content),
        Ok(_) => format!("they claim more than {LARGEST} bytes"),
        Err(error) => error.to_string(),
    };
    let line = lines(&String::from_utf8_lossy(&content)).count();
    Err(TextError::at(&file.name, line, TextFault::Gzip { reason }).into())
}

/// Whether the bytes begin with UTF-16's byte order mark, or with two ASCII characters in UTF-16.
pub(super) fn is_utf16(bytes: &[u8]) -> bool {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [one, 0, two, 0, ..] | [0, one, 0, two, ..] => *one != 0 && *two != 0,
        _ => false,
    }
}

/// The lines of a text, without their ends.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(at) = text.find(['\r', '\n']) else {
            rest = None;
            return Some(text);
        };
        rest = Some(&text[at + end(&text.as_bytes()[at..])..]);
        Some(&text[..at])
    })
}

/// The length of the line end at the beginning of the bytes.
fn end(bytes: &[u8]) -> usize {
    let returns = bytes.iter().take(RETURNS).take_while(|byte| **byte == b'\r').count();
    if bytes.get(returns) == Some(&b'\n') { returns + 1 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<&str> {
        lines(text).collect()
    }

    #[test]
    fn lines_end_in_a_line_feed_a_carriage_return_or_both() {
        let wanted = ["a", "b", "", "c", ""];
        assert_eq!(of("a\nb\n\nc\n"), wanted);
        assert_eq!(of("a\rb\r\rc\r"), wanted);
        assert_eq!(of("a\r\nb\r\n\r\nc\r\n"), wanted);
        assert_eq!(of("a\r\nb\r\n\nc\r"), wanted, "mixed");
        assert_eq!(of("a\r\r\nb\r\r\n\r\r\nc\r\r\n"), wanted, "converted twice");
        assert_eq!(of("a\u{85}b\u{2028}c"), ["a\u{85}b\u{2028}c"]);
        assert_eq!(of(""), [""]);
    }

    #[test]
    fn utf_16_is_told_without_its_mark() {
        assert!(is_utf16(b"A\0n\0a\0") && is_utf16(b"\0A\0n\0a") && is_utf16(b"\xff\xfeA\0"));
        assert!(!is_utf16(b"An\0a") && !is_utf16("Ana".as_bytes()) && !is_utf16(b"\0\0\0\0"));
    }
}
