//! The lock of a results folder: `lock.toml`, which pins its inputs.

use std::fs;
use std::io;

use crate::hub::Lock;

use super::{Action, Layout, ResultsError};

/// The lock of a results folder; an empty one where there is none.
///
/// # Errors
/// A lock that is damaged or cannot be read.
pub fn read_lock(layout: &Layout) -> Result<Lock, ResultsError> {
    let path = layout.lock_toml();
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Lock::parse(&text)?),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Lock::default()),
        Err(error) => Err(ResultsError::io(Action::Read, &path, error)),
    }
}
