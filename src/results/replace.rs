//! Replacing a file whole: a reader sees the old content or the new, never a part. Knows no format.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{Action, ResultsError};

/// Writes `content` beside `path` and renames it into place, both fsynced. A file that already holds it is left alone,
/// with its time. Returns whether it wrote. One process at a time: the name beside is fixed.
///
/// # Errors
/// What the system says, with the path; the old content then stays.
pub fn replace(path: &Path, content: &[u8]) -> Result<bool, ResultsError> {
    let staged = stage(path, content)?;
    if staged {
        promote(path)?;
    }
    Ok(staged)
}

/// The first half of `replace`: the content lies beside `path`, unless `path` holds it already.
pub(super) fn stage(path: &Path, content: &[u8]) -> Result<bool, ResultsError> {
    match fs::read(path) {
        Ok(old) if old == content => return discard(path).map(|()| false),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(ResultsError::io(Action::Read, path, error)),
    }
    let written = write_synced(&staged(path), content);
    written.map(|()| true).map_err(|error| {
        // The error to report is the first; the next attempt overwrites what may be left.
        let _ = fs::remove_file(staged(path));
        ResultsError::io(Action::Write, path, error)
    })
}

/// The first half of removing `path`: nothing, which no table is, lies beside it. Returns whether there is such a file.
pub(super) fn stage_removal(path: &Path) -> Result<bool, ResultsError> {
    if path.exists() { stage(path, b"") } else { discard(path).map(|()| false) }
}

/// The second half of `replace` and of a removal: renames what lies beside `path`, if anything does; where nothing is in
/// that file, both go.
pub(super) fn promote(path: &Path) -> Result<(), ResultsError> {
    let is_removal = fs::metadata(staged(path)).is_ok_and(|file| file.len() == 0);
    if is_removal
        && let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(ResultsError::io(Action::Write, path, error));
    }
    if is_removal {
        return discard(path);
    }
    match fs::rename(staged(path), path) {
        Ok(()) => sync_folder(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(ResultsError::io(Action::Write, path, error)),
    }
}

/// Removes what lies beside `path`, if anything does.
pub(super) fn discard(path: &Path) -> Result<(), ResultsError> {
    match fs::remove_file(staged(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ResultsError::io(Action::Write, path, error)),
        _ => Ok(()),
    }
}

/// Where the new content of `path` lies until it is renamed: `.NAME.new` in the same folder.
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
    fs::create_dir_all(path).map_err(|error| ResultsError::io(Action::Create, path, error))
}

/// Makes a new name in `path`'s folder survive a power cut.
pub(super) fn sync_folder(path: &Path) -> Result<(), ResultsError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) {
        File::open(folder).and_then(|file| file.sync_all()).map_err(|e| ResultsError::io(Action::Write, folder, e))?;
    }
    Ok(())
}

fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync_all()
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
    fn a_full_disk_is_told_from_a_forbidden_one() {
        let error = |kind| ResultsError::io(Action::Write, Path::new("results/a/results.csv"), io::Error::from(kind));
        let texts = [io::ErrorKind::StorageFull, io::ErrorKind::PermissionDenied].map(|kind| error(kind).to_string());
        insta::assert_snapshot!(texts.join("\n"), @r"
        cannot write results/a/results.csv: the disk is full; free space (`runner clean` shows how) or choose another disk with --out
        cannot write results/a/results.csv: not permitted; change the permissions or choose another folder with --out
        ");
    }
}
