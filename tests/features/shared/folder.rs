//! Where the shared data are.

use std::path::PathBuf;

/// The folder that `RUNNER_SHARED` names.
///
/// # Panics
///
/// If the variable names no folder.
pub(crate) fn shared() -> PathBuf {
    let folder = std::env::var_os("RUNNER_SHARED").map(PathBuf::from).filter(|folder| folder.is_dir());
    folder.expect("RUNNER_SHARED must name the folder of shared data")
}
