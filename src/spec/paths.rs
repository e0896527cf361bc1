//! Paths in experiment files: which texts are paths, and where they lead. They have `/` between their parts on every system,
//! so that a file means the same everywhere.

use std::path::{Component, Path, PathBuf};

/// Whether a text is a path, not a hub id.
pub(super) fn is_path(text: &str) -> bool {
    matches!(text, "." | "..") || ["./", "../", "/", "~"].iter().any(|start| text.starts_with(start)) || has_drive(text)
}

/// Whether a path starts with a drive of Windows.
fn has_drive(text: &str) -> bool {
    matches!(text.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic())
}

/// Refuses a path with backslashes, which would be another text elsewhere. Other systems than Windows have them in names.
pub(super) fn check_slashes(text: &str) -> Result<(), String> {
    if !text.contains('\\') || (!cfg!(windows) && is_path(text) && !has_drive(text)) {
        return Ok(());
    }
    Err(format!("paths have `/` between their parts, on Windows too; write \"{}\"", text.replace('\\', "/")))
}

/// The path and the label of `results/NAME:LABEL`; no label where there is no colon but that of a drive.
pub fn split_job(address: &str) -> (&str, Option<&str>) {
    let from = if has_drive(address) { 2 } else { 0 };
    match address[from..].find(':') {
        Some(at) => (&address[..from + at], Some(&address[from + at + 1..])),
        None => (address, None),
    }
}

/// The folder a path names: `~` is the home folder; relative paths start at `folder`.
pub(super) fn resolve(text: &str, folder: &Path) -> Result<PathBuf, String> {
    let Some(rest) = text.strip_prefix('~') else { return Ok(plain(&folder.join(text))) };
    if !rest.is_empty() && !rest.starts_with('/') {
        return Err("the home folder of another user (~name) is not looked up; write the whole path".to_owned());
    }
    let home = std::env::home_dir().ok_or("the home folder (~) is unknown; write the whole path")?;
    Ok(plain(&home.join(rest.trim_start_matches('/'))))
}

/// The path without `.`; `..` stays, because only the file system knows what it names.
fn plain(path: &Path) -> PathBuf {
    let kept: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
    if kept.as_os_str().is_empty() { PathBuf::from(".") } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drive_has_a_colon_of_its_own() {
        let label = "train_size=1000,checkpoint=results/a:base";
        let found = |path: &'static str| split_job(&format!("{path}:{label}")) == (path, Some(label));
        assert!(["results/es", "C:/r/es", r"C:\r\es", "./c/d"].into_iter().all(found));
        assert_eq!(split_job("C:/r/es"), ("C:/r/es", None));
        assert_eq!(split_job("0123456789ab"), ("0123456789ab", None));
        assert_eq!(split_job("c:base"), ("c", Some("base")), "a folder of one letter");
    }

    #[test]
    fn a_backslash_is_refused_with_the_path_to_write() {
        let said = |text: &str| check_slashes(text).err();
        let wanted = |path: &str| Some(format!("paths have `/` between their parts, on Windows too; write \"{path}\""));
        assert_eq!(said(r".\corpus"), wanted("./corpus"));
        assert_eq!(said(r"C:\data\es"), wanted("C:/data/es"));
        assert_eq!(said(r"\\server\share"), wanted("//server/share"));
        assert_eq!(said("./corpus"), None);
        // a file system of Unix may have it in a name
        assert_eq!(said(r"./a\b").is_some(), cfg!(windows));
    }
}
