//! What a file that is not an experiment looks like, by its first bytes, its name and its lines.

use std::borrow::Cow;
use std::path::Path;

/// What the bytes of a file are, if they are not text.
pub(super) fn of_bytes(bytes: &[u8]) -> Option<&'static str> {
    const BEGINNINGS: &[(&[u8], &str)] = &[
        (b"PAR1", "a Parquet file"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"\x28\xb5\x2f\xfd", "a zstd archive"),
        (b"%PDF", "a PDF"),
        (b"\x89PNG", "an image"),
        (b"\xff\xd8\xff", "an image"),
        (b"GIF8", "an image"),
        (b"SQLite format 3", "a database"),
        (b"\x7fELF", "a program"),
        (b"MZ", "a program"),
        (b"\xff\xfe", "text in UTF-16"),
        (b"\xfe\xff", "text in UTF-16"),
    ];
    let begins = BEGINNINGS.iter().find(|(beginning, _)| bytes.starts_with(beginning));
    match begins {
        // a text may begin with these two letters
        Some((b"MZ", _)) if !bytes.contains(&0) => None,
        Some((_, what)) => Some(what),
        None if is_wide(bytes) => Some("text in UTF-16"),
        None if bytes.contains(&0) => Some("binary data"),
        None if std::str::from_utf8(bytes).is_err() => Some("text in an encoding other than UTF-8, or binary data"),
        None => None,
    }
}

/// Whether every other byte is zero, as in Latin text in UTF-16.
fn is_wide(bytes: &[u8]) -> bool {
    let zeros = |from: usize| bytes.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    bytes.len() >= 4 && (zeros(0) * 3 > bytes.len() || zeros(1) * 3 > bytes.len())
}

/// What a text that is not TOML looks like; none where it may be TOML with a mistake.
pub(super) fn of_text(path: &Path, text: &str) -> Option<&'static str> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let first = lines.first()?;
    // the parser names the line of an unfinished merge
    if lines.iter().any(|line| line.starts_with("<<<<<<< ")) {
        return None;
    }
    let lower = first.to_lowercase();
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        return Some("HTML");
    }
    if first.starts_with("<?xml") || first.starts_with('<') && first.ends_with('>') {
        return Some("XML");
    }
    if first.starts_with("#!") {
        return Some("a script");
    }
    if is_json(text, first) {
        return Some("JSON");
    }
    if first.starts_with("version https://git-lfs") {
        return Some("a pointer of Git LFS");
    }
    // what a single key or table of TOML contradicts
    if lines.iter().any(|line| is_toml(line)) {
        return of_name(path).filter(|_| lines.iter().filter(|line| is_toml(line)).count() * 4 < lines.len());
    }
    if is_table(&lines, ',') {
        return Some("CSV");
    }
    if is_table(&lines, '\t') {
        return Some("a table with tabs");
    }
    if is_yaml(&lines) {
        return Some("YAML");
    }
    if is_markdown(&lines) {
        return Some("Markdown");
    }
    of_name(path)
}

/// Whether a line ends in a lone carriage return, as old editors for the Macintosh wrote them; and the text with line
/// feeds instead.
pub(super) fn returns_alone(text: &str) -> (bool, Cow<'_, str>) {
    let whole = text.replace("\r\n", "\n");
    if whole.contains('\r') { (true, whole.replace('\r', "\n").into()) } else { (false, text.into()) }
}

fn of_name(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()?.to_lowercase().as_str() {
        "md" | "markdown" => Some("Markdown"),
        "csv" => Some("CSV"),
        "tsv" => Some("a table with tabs"),
        "json" | "jsonl" | "ipynb" => Some("JSON"),
        "yaml" | "yml" => Some("YAML"),
        "html" | "htm" => Some("HTML"),
        "py" => Some("Python"),
        "sh" => Some("a script"),
        "conll" | "conllu" | "iob" | "bio" => Some("a data set"),
        "txt" => Some("plain text"),
        _ => None,
    }
}

fn is_json(text: &str, first: &str) -> bool {
    let whole = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    (text.starts_with('{') || text.starts_with('[')) && (whole(text) || whole(first) || text.starts_with("{\""))
        || text.starts_with('{')
}

/// Whether a line reads as a table or a key of TOML.
fn is_toml(line: &str) -> bool {
    let key = |text: &str| {
        let is_quoted = text.matches('"').count().is_multiple_of(2);
        is_quoted
            && !text.trim().is_empty()
            && text.trim().chars().all(|c| c.is_ascii_alphanumeric() || "_-.\"".contains(c))
    };
    let is_table = line.starts_with('[') && line.trim_end_matches(']').len() < line.len() && {
        key(line.trim_matches(['[', ']']))
    };
    is_table || line.split_once('=').is_some_and(|(left, right)| key(left) && !right.trim().is_empty())
}

/// Two lines or more with one number of cells, at least two.
fn is_table(lines: &[&str], separator: char) -> bool {
    let cells = |line: &&str| line.matches(separator).count();
    let [first, rest @ ..] = lines else { return false };
    let width = cells(first);
    width > 0 && !rest.is_empty() && rest.iter().filter(|line| cells(line) >= width).count() * 2 > rest.len()
}

fn is_yaml(lines: &[&str]) -> bool {
    let is_key = |line: &&&str| {
        line.split_once(':').is_some_and(|(key, value)| {
            let is_name = key.trim_start_matches("- ").chars().all(|c| c.is_alphanumeric() || "_-.\"'".contains(c));
            is_name && !key.is_empty() && (value.is_empty() || value.starts_with(' '))
        })
    };
    let content: Vec<&&str> = lines.iter().filter(|line| !line.starts_with('#') && !line.starts_with("- ")).collect();
    let keys = content.iter().filter(|line| is_key(line)).count();
    lines[0] == "---" || lines[0].starts_with("%YAML") || keys > 0 && keys * 2 > content.len()
}

fn is_markdown(lines: &[&str]) -> bool {
    let is_heading = |line: &&&str| line.trim_start_matches('#').starts_with(' ') && line.starts_with('#');
    let has_prose = lines.iter().any(|line| !line.starts_with('#') && line.split(' ').count() > 3);
    let has = |text: &str| lines.iter().any(|line| line.contains(text));
    lines.iter().any(|line| line.starts_with("```")) || has("](") || lines.iter().any(|l| is_heading(&l)) && has_prose
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(name: &str, text: &str) -> &'static str {
        of_text(Path::new(name), text).unwrap_or("TOML")
    }

    #[test]
    fn files_are_known_by_how_they_are_built() {
        let texts = [
            ("# Title\n\nSome words about the thing here.\n\n```sh\nmake x=1\n```\n", "Markdown"),
            ("job,key,status\nbase,0123,ok\n", "CSV"),
            ("{\"a\": 1}\n", "JSON"),
            ("{\n  \"a\": [1,\n", "JSON"),
            ("[\n 1, 2]\n", "JSON"),
            ("{\"tokens\": []}\n{\"tokens\": []}\n", "JSON"),
            ("data:\n  dataset: wikiann\n  language: es\n", "YAML"),
            ("---\na: 1\n", "YAML"),
            ("<!DOCTYPE html>\n<html></html>", "HTML"),
            ("#!/bin/sh\nx=1\n", "a script"),
            ("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "a pointer of Git LFS"),
            ("Ana\tB-PER\nlee\tO\n", "a table with tabs"),
            ("# a comment\n[data\ndataset = \"builtin:es\"\n", "TOML"),
            ("[data]\ndataset = builtin:es\n", "TOML"),
            ("dataset: \"x\"\n[data]\n", "TOML"),
        ];
        for (text, what) in texts {
            assert_eq!(look("x.toml", text), what, "{text}");
        }
        assert_eq!(look("README.md", "words\nand words\n"), "Markdown");
    }

    #[test]
    fn bytes_that_are_no_text_are_known_by_their_beginning() {
        let wide: Vec<u8> = "[data]\n".bytes().flat_map(|byte| [byte, 0]).collect();
        for (bytes, what) in [
            (&b"PAR1\x15\x04"[..], Some("a Parquet file")),
            (b"PK\x03\x04", Some("a zip archive")),
            (b"\xff\xfe[\x00", Some("text in UTF-16")),
            (&wide, Some("text in UTF-16")),
            (b"abc\x00\x01\x02", Some("binary data")),
            (b"t\xedtulo", Some("text in an encoding other than UTF-8, or binary data")),
            (b"MZ = 1", None),
            ("título".as_bytes(), None),
        ] {
            assert_eq!(of_bytes(bytes), what, "{bytes:?}");
        }
    }
}
