//! Replacing a file whole: a reader sees the old content or the new, never a part. It knows no format.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::{Action, ResultsError};
use crate::files;

/// Replaces the content of `path`, whole and safe from a power cut. A file with this content is left alone, with its time.
/// Returns whether it wrote.
///
/// # Errors
/// What the system says, with the path; the old content then stays.
pub fn replace(path: &Path, content: &[u8]) -> Result<bool, ResultsError> {
    let changes = differs(path, content)?;
    if changes {
        files::replace(path, content).map_err(|error| ResultsError::io(Action::Write, path, error))?;
    }
    Ok(changes)
}

fn differs(path: &Path, content: &[u8]) -> Result<bool, ResultsError> {
    match fs::read(path) {
        Ok(old) => Ok(old != content),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(ResultsError::io(Action::Read, path, error)),
    }
}

/// Writes `content` to the staged file of `path`, to be renamed by [`promote`] together with others, unless `path` has it
/// already. Returns whether there is a staged file. The folder is not synced.
pub(super) fn stage(path: &Path, content: &[u8]) -> Result<bool, ResultsError> {
    if !differs(path, content)? {
        return discard(path).map(|()| false);
    }
    let written = write_synced(&staged(path), content);
    written.map(|()| true).map_err(|error| {
        // the first error is reported; the next attempt overwrites what may be left
        let _ = fs::remove_file(staged(path));
        ResultsError::io(Action::Write, path, error)
    })
}

/// Stages the removal of `path`, as an empty file, which no table is. Returns whether there is such a file.
pub(super) fn stage_removal(path: &Path) -> Result<bool, ResultsError> {
    let is_there = files::is_there(path).map_err(|error| ResultsError::io(Action::Read, path, error))?;
    if is_there { stage(path, b"") } else { discard(path).map(|()| false) }
}

/// Renames the staged file of `path`, if there is one; if it is empty, removes both. The folder is not synced.
pub(super) fn promote(path: &Path) -> Result<(), ResultsError> {
    let failed = |error| ResultsError::io(Action::Write, path, error);
    match File::open(staged(path)).and_then(|file| file.metadata()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(error)),
        Ok(file) if file.len() == 0 => files::remove(path).map_err(failed).and_then(|()| discard(path)),
        Ok(_) => files::rename(&staged(path), path).map_err(failed),
    }
}

/// Removes the staged file of `path`, if there is one.
pub(super) fn discard(path: &Path) -> Result<(), ResultsError> {
    files::remove(&staged(path)).map_err(|error| ResultsError::io(Action::Write, path, error))
}

/// The staged file of `path`, with its new content until it is renamed: `.NAME.new` in the same folder. The name is fixed,
/// because the next run has to find it; the folder's lock keeps others away.
pub(super) fn staged(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().expect("a file to write has a name"));
    name.push(".new");
    path.with_file_name(name)
}

/// Makes a folder and those above it.
///
/// # Errors
/// What the system says, with the path.
pub fn create_folder(path: &Path) -> Result<(), ResultsError> {
    files::create_folder(path).map_err(|error| ResultsError::io(Action::Create, path, error))
}

/// Makes what changed in a folder survive a power cut.
pub(super) fn sync_folder(folder: &Path) -> Result<(), ResultsError> {
    files::sync_folder(folder).map_err(|error| ResultsError::io(Action::Write, folder, error))
}

fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    files::persistently(|| file.sync_all())
}

/// Longer than the renames of all tables take.
const WHILE_REPLACED: Duration = Duration::from_millis(50);

/// Reads again, twice at most, what may be damaged only because a run is replacing it.
pub(super) fn while_replaced<T>(read: impl Fn() -> Result<T, ResultsError>) -> Result<T, ResultsError> {
    for _ in 0..2 {
        match read() {
            Err(ResultsError::Damaged { .. } | ResultsError::Missing { .. }) => thread::sleep(WHILE_REPLACED),
            other => return other,
        }
    }
    read()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn an_unchanged_file_keeps_its_time_and_a_changed_one_leaves_nothing_beside() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("results.csv");
        assert!(replace(&path, b"a\n").expect("written"));
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        File::options().write(true).open(&path).and_then(|file| file.set_modified(old)).expect("time set");
        assert!(!replace(&path, b"a\n").expect("unchanged"));
        assert_eq!(fs::metadata(&path).and_then(|data| data.modified()).expect("time"), old);
        assert!(replace(&path, b"b\n").expect("written"));
        assert_eq!(fs::read(&path).expect("read"), b"b\n");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let error = replace(&folder.path().join("none/results.csv"), b"").expect_err("refused");
        let text = error.to_string().replace(&folder.path().display().to_string(), "DIR");
        insta::assert_snapshot!(text, @"cannot write DIR/none/results.csv: No such file or directory (os error 2); check the path, or choose another folder with --out");
    }

    #[test]
    fn a_full_disk_a_forbidden_folder_and_a_read_only_one_are_distinguished() {
        let error = |kind| ResultsError::io(Action::Write, Path::new("results/a/results.csv"), io::Error::from(kind));
        let kinds = [
            io::ErrorKind::StorageFull,
            io::ErrorKind::QuotaExceeded,
            io::ErrorKind::PermissionDenied,
            io::ErrorKind::ReadOnlyFilesystem,
        ];
        insta::assert_snapshot!(kinds.map(|kind| error(kind).to_string()).join("\n"), @r#"
        cannot write results/a/results.csv: the disk is full; free some space (`runner clean results/*` says what can go), save no models (save.models = "none"), or choose another disk with --out
        cannot write results/a/results.csv: the disk is full; free some space (`runner clean results/*` says what can go), save no models (save.models = "none"), or choose another disk with --out
        cannot write results/a/results.csv: permission denied; change the permissions, or choose another folder with --out (`runner plan` writes nothing)
        cannot write results/a/results.csv: the file system is read-only; choose another folder with --out (`runner plan` writes nothing)
        "#);
    }
}
