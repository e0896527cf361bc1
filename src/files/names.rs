//! Names and paths that are the same on every system. Results are shared by git, so names of folders keep to what Windows
//! refuses, and paths in files have `/`.

use std::path::Path;

/// Letters that Windows allows in no name; a colon leads to another stream of a file.
pub const FORBIDDEN: [char; 9] = ['/', '\\', ':', '*', '?', '"', '<', '>', '|'];

/// Names of devices, whatever follows behind a dot.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// Why Windows takes a name for another one or for a device; none for other names. Letters are not looked at.
pub fn odd_on_windows(name: &str) -> Option<&'static str> {
    if name.ends_with(['.', ' ']) {
        return Some("it ends with a dot or a space, which Windows leaves out");
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let numbered = ["com", "lpt"].iter().filter_map(|port| stem.strip_prefix(port)).any(|number| {
        let mut digits = number.chars();
        matches!((digits.next(), digits.next()), (Some('0'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}'), None))
    });
    let is_device = numbered || DEVICES.contains(&stem.as_str());
    is_device.then_some("it is the name of a device on Windows")
}

/// A path as text with `/` between its parts, as files, tables and pages have it.
pub fn slashed(path: &Path) -> String {
    let text = path.display().to_string();
    if cfg!(windows) { slashed_on_windows(&text) } else { text }
}

/// The same of a path of Windows, without the beginning that makes any length possible.
fn slashed_on_windows(text: &str) -> String {
    let whole = text.strip_prefix(r"\\?\UNC\").map(|rest| format!(r"\\{rest}"));
    let whole = whole.unwrap_or_else(|| text.strip_prefix(r"\\?\").unwrap_or(text).to_owned());
    whole.replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_known_in_any_case_and_with_any_ending() {
        for name in ["con", "AUX", "nul.txt", "Com1", "lpt9.tar.gz", "prn .x", "com\u{b9}", "a.", "a "] {
            assert!(odd_on_windows(name).is_some(), "{name}");
        }
        for name in ["console", "com", "com10", "xcon", "lpt", "aux-1", "a.b", ".con"] {
            assert_eq!(odd_on_windows(name), None, "{name}");
        }
    }

    #[test]
    fn parts_of_a_path_have_slashes_between_them() {
        let path = Path::new("results").join("a").join("results.csv");
        assert_eq!(slashed(&path), "results/a/results.csv");
        let windows = [r"results\a", r"C:\r\a", r"\\?\C:\r\a", r"\\?\UNC\server\r\a"].map(slashed_on_windows);
        assert_eq!(windows, ["results/a", "C:/r/a", "C:/r/a", "//server/r/a"]);
    }
}
