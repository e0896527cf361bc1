//! A bundle as a folder.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::contents::{Contents, HUB, LOCK, README};
use super::copy::Reading;
use super::error::BundleError;
use super::places::EXPERIMENTS;
use crate::files;

/// Whether a folder has what bundles have and nothing else; an empty one has nothing to lose.
pub(super) fn is_bundle(folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    let names: Vec<_> = entries.flatten().map(|entry| entry.file_name()).collect();
    let known = [README, LOCK, EXPERIMENTS, HUB];
    names.iter().all(|name| known.iter().any(|known| name == known))
        && (names.is_empty() || [README, LOCK].iter().all(|one| names.iter().any(|name| name == one)))
}

/// Writes all files to a new folder.
pub(super) fn write(folder: &Path, contents: &Contents, stop: &AtomicBool) -> Result<(), BundleError> {
    for (name, content) in &contents.files {
        let path = folder.join(name);
        let failed = |error| BundleError::disk(&path, error);
        path.parent().map_or(Ok(()), fs::create_dir_all).map_err(failed)?;
        let mut reading = Reading::open(content, stop)?;
        let mut file = File::create_new(&path).map_err(failed)?;
        io::copy(&mut reading, &mut file).and_then(|_| file.sync_all()).map_err(failed)?;
        reading.done(content)?;
    }
    Ok(())
}

/// Renames the complete folder into its place. An earlier bundle there is removed then.
pub(super) fn put(complete: &Path, path: &Path) -> Result<(), BundleError> {
    let failed = |error| BundleError::disk(path, error);
    if fs::symlink_metadata(path).is_err() {
        return fs::rename(complete, path).map_err(failed);
    }
    let aside = files::set_aside(path).map_err(failed)?;
    if let Err(error) = fs::rename(complete, path) {
        let _ = fs::rename(&aside, path);
        return Err(failed(error));
    }
    fs::remove_dir_all(&aside).map_err(|error| BundleError::disk(&aside, error))
}
