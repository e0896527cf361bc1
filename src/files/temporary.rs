//! Unique names of temporary files and folders, and removal of those that a crash left.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::network::persistently;

/// The ending of temporary files.
const ENDING: &str = ".part";

/// Longest part of the target's name in it, in bytes, so that the name stays within file systems' limits.
const LONGEST: usize = 100;

/// A new temporary file beside `path`, open for writing, with the permissions of the umask.
pub(super) fn create(path: &Path) -> io::Result<(PathBuf, File)> {
    loop {
        let beside = beside(path);
        match persistently(|| File::options().write(true).create_new(true).open(&beside)) {
            // left by a process with the same id, perhaps on another machine; or made, and the answer was lost
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|file| (beside, file)),
        }
    }
}

/// A new folder that is removed with this, unless it is renamed first.
#[derive(Debug)]
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// An empty one beside `path`: `.NAME.PID-COUNTER.part`. Nobody else's is taken.
    ///
    /// # Errors
    /// The system's error.
    pub fn beside(path: &Path) -> io::Result<Self> {
        loop {
            let beside = beside(path);
            match fs::create_dir(&beside) {
                // left by a process with the same id, perhaps on another machine
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Self(beside)),
            }
        }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // nothing in it is needed, and what cannot be removed does no harm
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A new name beside `path`, as temporary files have it.
pub fn beside(path: &Path) -> PathBuf {
    path.with_file_name(format!(".{}{ENDING}", unique(path)))
}

/// `NAME.PID-COUNTER`, with the name of `path`.
pub(super) fn unique(path: &Path) -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().unwrap_or(OsStr::new("file")).to_string_lossy();
    let end = (0..=name.len().min(LONGEST)).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    format!("{}.{}-{}", &name[..end], std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

/// Whether this is the name of a temporary file: `.NAME.PID-COUNTER.part`.
pub fn is_leftover(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers =
        name.strip_prefix('.').and_then(|rest| rest.strip_suffix(ENDING)).and_then(|rest| rest.rsplit_once('.'));
    numbers
        .and_then(|(_, numbers)| numbers.split_once('-'))
        .is_some_and(|(pid, counter)| is_number(pid) && is_number(counter))
}

/// Removes the files directly in `folder` for whose names `is_one` is true. No other process may write to the folder. A file
/// that cannot be removed stays and does no harm.
pub fn remove_leftovers(folder: &Path, is_one: impl Fn(&str) -> bool) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_str().is_some_and(&is_one)) {
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let removed = fs::remove_file(entry.path());
            tracing::debug!(file = %entry.path().display(), ?removed, "removed a leftover of a stopped run");
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn no_two_names_are_alike_and_each_is_known_again_however_long_the_target() {
        let folder = tempfile::tempdir().unwrap();
        let targets = ["results.csv", "a.1-2", "ñandú", &"é".repeat(127)];
        for target in targets {
            let [(one, _), (other, _)] = [0, 1].map(|_| create(&folder.path().join(target)).unwrap());
            assert_ne!(one, other);
            assert!([one, other].iter().all(|path| is_leftover(path.file_name().unwrap().to_str().unwrap())));
        }
        let not_ours = [".results.csv.new", "results.csv.1-2.part", ".results.csv.part", ".a.1-.part", ".a.x-1.part"];
        assert!(not_ours.iter().chain(&targets).all(|name| !is_leftover(name)));
        remove_leftovers(folder.path(), is_leftover);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn only_files_of_such_names_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("results.csv"), "").unwrap();
        fs::create_dir(folder.path().join(".results.csv.1-2.part")).unwrap();
        remove_leftovers(folder.path(), is_leftover);
        remove_leftovers(&folder.path().join("none"), is_leftover);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
