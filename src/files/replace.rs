//! Atomic replacement of files, and other changes of folders that must survive a power failure.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::network::{is_there, persistently};
use super::temporary;

/// Replaces the file `path` by `content`; see [`replace_with`].
///
/// # Errors
/// The system's error.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_with(path, |file| file.write_all(content))
}

/// Replaces the file `path` by what `write` writes: into a temporary file beside it, which is synced and renamed; then the
/// folder is synced. The new file has the permissions of the umask.
///
/// # Errors
/// The system's error. Then the old content stays, unless only syncing the folder failed.
pub fn replace_with<R>(path: &Path, write: impl FnOnce(&mut File) -> io::Result<R>) -> io::Result<R> {
    let (beside, mut file) = temporary::create(path)?;
    // syncs the handle that wrote: not every system syncs one that only reads
    let written = write(&mut file).and_then(|result| persistently(|| file.sync_all()).map(|()| result));
    drop(file);
    let replaced = written.and_then(|result| rename(&beside, path).map(|()| result));
    if replaced.is_err() {
        // the first error is reported; a leftover is removed when the folder is opened next
        let _ = fs::remove_file(&beside);
        return replaced;
    }
    sync_folder(folder_of(path))?;
    replaced
}

/// Renames a file to `path`. A folder in its place is set aside. The folders are not synced.
///
/// # Errors
/// The system's error.
pub fn rename(from: &Path, path: &Path) -> io::Result<()> {
    let mut tried = false;
    let renamed = persistently(|| match fs::rename(from, path) {
        // no pause makes it a file
        Err(_) if path.is_dir() => Ok(false),
        // it was renamed at the first attempt, whose answer was lost
        Err(error) if tried && error.kind() == io::ErrorKind::NotFound && is_there(path)? => Ok(true),
        renamed => {
            tried = true;
            renamed.map(|()| true)
        }
    });
    if renamed? {
        return Ok(());
    }
    set_aside(path).and_then(|_| fs::rename(from, path))
}

/// Removes the file `path`, if it exists; a folder in its place is set aside. The parent folder is not synced.
///
/// # Errors
/// The system's error.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(_) if path.is_dir() => set_aside(path).map(|_| ()),
        Err(_) if cfg!(windows) => persistently(|| fs::remove_file(path)),
        removed => removed,
    }
}

/// Renames the file or folder `path` to `NAME.PID-COUNTER.aside` beside it; returns that path.
///
/// # Errors
/// The system's error.
pub fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let aside = path.with_file_name(format!("{}.aside", temporary::unique(path)));
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// Creates a folder and its parents, synced.
///
/// # Errors
/// The system's error.
pub fn create_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        create_folder(above)?;
    }
    match fs::create_dir(path) {
        // another process created it; opening asks the server, which `is_dir` may not
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && fs::read_dir(path).is_ok() => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(io::ErrorKind::NotADirectory.into()),
        made => made.and_then(|()| sync_folder(folder_of(path))),
    }
}

/// Syncs `folder`, so that what was created, renamed or removed in it survives a power failure, if the file system can.
///
/// # Errors
/// The system's error.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match persistently(|| File::open(folder).and_then(|file| file.sync_all())) {
        Err(error) if is_unsyncable(&error) => Ok(()),
        synced => synced,
    }
}

/// Whether the error means that the file system cannot sync folders, as some on a network or in user space.
fn is_unsyncable(error: &io::Error) -> bool {
    const EBADF: i32 = 9;
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
        || error.raw_os_error() == Some(EBADF)
}

/// Whether the disk, the user's quota or the file size limit is exhausted.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

/// The folder of `path`; `.` for a bare name.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_content_and_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        replace(&path, b"old").unwrap();
        let fails = |file: &mut File| file.write_all(b"ne").and(Err::<(), _>(io::ErrorKind::StorageFull.into()));
        assert!(is_full(&replace_with(&path, fails).unwrap_err()));
        assert_eq!((fs::read(&path).unwrap().as_slice(), names(folder.path())), (&b"old"[..], vec!["a".to_owned()]));
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    #[cfg(unix)]
    fn a_new_file_has_the_rights_that_any_new_file_has() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let [ours, other] = ["ours", "other"].map(|name| folder.path().join(name));
        replace(&ours, b"").unwrap();
        fs::write(&other, b"").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&other));
    }

    #[test]
    fn writers_of_one_file_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::thread::scope(|scope| {
            for byte in b'a'..b'e' {
                let path = &path;
                scope.spawn(move || (0..50).for_each(|_| replace(path, &[byte; 10_000]).unwrap()));
            }
        });
        let content = fs::read(&path).unwrap();
        assert!(content.len() == 10_000 && content.iter().all(|byte| *byte == content[0]));
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn a_folder_in_the_place_of_a_file_is_set_aside_whole() {
        let folder = tempfile::tempdir().unwrap();
        for action in [|path: &Path| replace(path, b"x"), |path: &Path| remove(path)] {
            let path = folder.path().join("a");
            remove(&path).unwrap();
            create_folder(&path.join("b/c")).unwrap();
            action(&path).unwrap();
        }
        let aside: Vec<_> = names(folder.path()).into_iter().filter(|name| name.ends_with(".aside")).collect();
        assert_eq!(aside.len(), 2);
        assert!(aside.iter().all(|name| folder.path().join(name).join("b/c").is_dir()));
        remove(&folder.path().join("none")).unwrap();
    }

    #[test]
    fn folders_are_made_with_those_above_them() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            create_folder(&folder.path().join("a/b/c")).unwrap();
        }
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(create_folder(&folder.path().join("file/d")).is_err());
        sync_folder(folder.path()).unwrap();
        assert!(sync_folder(&folder.path().join("none")).is_err());
    }
}
