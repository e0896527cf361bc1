//! Where the shared data lie.

use std::path::PathBuf;

/// The folder that `RUNNER_SHARED` names. Without it a test says that it is skipped, and fails where CI=true.
pub(crate) fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("RUNNER_SHARED").map(PathBuf::from).filter(|folder| folder.is_dir());
    if folder.is_none() {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "RUNNER_SHARED must name the folder of shared data");
        println!("skipped: RUNNER_SHARED names no folder");
    }
    folder
}
