//! What a file system on a network does and others do not: it forgets to ask its server, and fails for a while. On Windows
//! every file system fails so while another program, such as a virus scanner, has the file open.

use std::fs::File;
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// Whether there is a file or folder `path`. It is opened, so that a file system on a network asks its server, whatever it
/// remembers.
///
/// # Errors
/// The system's error.
pub fn is_there(path: &Path) -> io::Result<bool> {
    match File::open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        // Windows opens no folder as a file
        Err(_) if cfg!(windows) && path.is_dir() => Ok(true),
        Err(error) => Err(error),
    }
}

/// Pauses before an operation is tried again that failed as those on a network may.
const PAUSES: [Duration; 3] = [Duration::from_millis(100), Duration::from_secs(1), Duration::from_secs(4)];

/// Does it, and again after a while where it failed as on a network.
///
/// # Errors
/// That of the last attempt.
pub fn persistently<R>(mut attempt: impl FnMut() -> io::Result<R>) -> io::Result<R> {
    for pause in PAUSES {
        match attempt() {
            Err(error) if is_transient(&error) => thread::sleep(pause),
            other => return other,
        }
    }
    attempt()
}

/// The system's numbers of errors that go away by themselves. Unix: EIO. Windows: access denied (the file is being removed,
/// or a scanner has it), sharing violation, a part of the file locked, unexpected network error, network name gone, a file
/// mapped into memory.
const TRANSIENT: &[i32] = if cfg!(windows) { &[5, 32, 33, 59, 64, 1224] } else { &[5] };

/// Whether the error is one that goes away by itself.
fn is_transient(error: &io::Error) -> bool {
    let kinds = [io::ErrorKind::StaleNetworkFileHandle, io::ErrorKind::TimedOut];
    kinds.contains(&error.kind()) || error.raw_os_error().is_some_and(|number| TRANSIENT.contains(&number))
}

#[cfg(all(test, windows))]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::fs;
    use std::os::windows::fs::OpenOptionsExt as _;

    use super::*;

    #[test]
    fn what_another_program_has_open_is_replaced_once_it_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "old").unwrap();
        // as a spreadsheet opens it: others may read, and neither write nor remove it
        let held = File::options().read(true).share_mode(1).open(&path).unwrap();
        let closes = thread::spawn(move || {
            thread::sleep(PAUSES[0]);
            drop(held);
        });
        crate::files::replace(&path, b"new").unwrap();
        closes.join().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn a_folder_is_there_though_it_cannot_be_opened() {
        let folder = tempfile::tempdir().unwrap();
        assert!(is_there(folder.path()).unwrap());
        assert!(!is_there(&folder.path().join("none")).unwrap());
    }
}
