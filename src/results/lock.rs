//! One process at a time in a results folder. The system's file lock decides; the text of the file only says who holds it.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::{Action, Layout, ResultsError};
use crate::claims::host;

/// A lock that is released when it is dropped, and by the system when the process dies.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// Who holds the lock, as the lock file says.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    pid: u32,
    host: String,
    /// Seconds since 1970, UTC.
    since: u64,
}

impl FolderLock {
    /// Takes the lock of a results folder, whose `.run/` must be there.
    ///
    /// # Errors
    /// Another process has it, or what the system says.
    pub fn of(layout: &Layout) -> Result<Self, ResultsError> {
        Self::take(layout.root(), &layout.lock_file())
    }

    /// Takes the lock of `folder` by its lock file, which is created if need be.
    ///
    /// # Errors
    /// `InUse` with the holder, `NoLocks`, or what the system says.
    pub(super) fn take(folder: &Path, lock_file: &Path) -> Result<Self, ResultsError> {
        let failed = |error| ResultsError::io(Action::Lock, lock_file, error);
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(lock_file).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(ResultsError::InUse { folder: folder.to_owned(), holder: describe_holder(&mut file) });
            }
            Err(TryLockError::Error(source)) if has_no_locks(&source) => {
                return Err(ResultsError::NoLocks { folder: folder.to_owned(), source });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let holder = Holder { pid: std::process::id(), host: host(), since: seconds_now() };
        let text = serde_json::to_string(&holder).expect("a plain struct serialises");
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{text}")).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// Whether the file system has no locks, or none at present.
fn has_no_locks(error: &io::Error) -> bool {
    const ENOLCK: i32 = if cfg!(target_os = "linux") { 37 } else { 77 };
    error.kind() == io::ErrorKind::Unsupported || error.raw_os_error() == Some(ENOLCK)
}

fn describe_holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.read_to_string(&mut text).ok();
    match read.and_then(|_| serde_json::from_str::<Holder>(&text).ok()) {
        Some(Holder { pid, host, since }) => {
            let minutes = seconds_now().saturating_sub(since) / 60;
            format!("process {pid} on {host}, started {minutes} min ago")
        }
        // nobody reads a locked file there
        None if cfg!(windows) => "another process".to_owned(),
        None => "another process, whose lock file is empty".to_owned(),
    }
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_learns_who_holds_the_folder_until_it_is_released() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("lock");
        let held = FolderLock::take(Path::new("results/a"), &path).expect("free");
        let text = FolderLock::take(Path::new("results/a"), &path).expect_err("held").to_string();
        let text = text.replace(&std::process::id().to_string(), "PID").replace(&host(), "HOST");
        let who = if cfg!(windows) { "another process" } else { "process PID on HOST, started 0 min ago" };
        let remedy = "wait for it to end, or choose another folder with --name or --out";
        assert_eq!(text, format!("results/a is in use by {who}; {remedy}"));
        drop(held);
        FolderLock::take(Path::new("results/a"), &path).expect("free again");
    }
}
