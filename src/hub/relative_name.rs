//! Names of files in a repository or folder that cannot lead out of it.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use crate::files::{FORBIDDEN, odd_on_windows};

/// Longest name, and longest part of one, in bytes, as file systems allow.
const LONGEST: usize = 4000;
const LONGEST_PART: usize = 255;

/// A path such as `es/train.parquet` that cannot lead out of the folder it is joined to: relative, without parts that are
/// empty, `.` or `..`, and without backslash, control characters or drive letter, which other systems could interpret. On
/// Windows also without what Windows takes for another name, a stream of a file or a device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelativeName(String);

impl RelativeName {
    /// The name; none if `text` is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let drive = matches!(text.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
        let inside = |part: &str| !matches!(part, "" | "." | "..") && part.len() <= LONGEST_PART;
        let plain = |c: char| c != '\\' && !c.is_control();
        let is_name = !drive && text.len() <= LONGEST && text.chars().all(plain) && text.split('/').all(inside);
        let is_name = is_name && (!cfg!(windows) || is_plain_on_windows(text));
        is_name.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether Windows takes a name of parts with `/` as it is written.
fn is_plain_on_windows(text: &str) -> bool {
    text.split('/').all(|part| !part.contains(FORBIDDEN) && odd_on_windows(part).is_none())
}

impl Deref for RelativeName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for RelativeName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RelativeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<RelativeName> for String {
    fn from(name: RelativeName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_inside_its_folder() {
        for name in ["config.json", "es/train-00000-of-00001.parquet", "a b/ñ.conll", "..a/b", "~", ".hidden"] {
            assert!(RelativeName::parse(name).is_some() && is_plain_on_windows(name), "{name}");
        }
        for name in ["ab:c", "a/b..", "a./b", "es/aux.json", "what?"] {
            assert!(!is_plain_on_windows(name), "{name}");
            assert_eq!(RelativeName::parse(name).is_some(), !cfg!(windows), "{name}");
        }
        let long = "a/".repeat(2500) + "a";
        let outside = [
            "",
            ".",
            "..",
            "/",
            "/etc/passwd",
            "../a",
            "a/../b",
            "a/..",
            "./a",
            "a//b",
            "a/",
            "C:/a",
            "c:",
            "a\\b",
            "\\\\host\\a",
            "a\0b",
            "a\nb",
            "\u{1b}[2J",
            &"a".repeat(256),
            &long,
        ];
        for name in outside {
            assert_eq!(RelativeName::parse(name), None, "{name:?}");
        }
    }
}
