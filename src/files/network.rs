//! What a file system on a network does and others do not: it forgets to ask its server, and fails for a while.

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

/// Whether the error is one that a file system on a network has and gets over.
fn is_transient(error: &io::Error) -> bool {
    const EIO: i32 = 5;
    let kinds = [io::ErrorKind::StaleNetworkFileHandle, io::ErrorKind::TimedOut];
    kinds.contains(&error.kind()) || error.raw_os_error() == Some(EIO)
}
