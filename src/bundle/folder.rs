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

/// The files in a folder, as names with `/`; none if they cannot be read.
pub(super) fn names(folder: &Path) -> Option<Vec<String>> {
    fn collect(folder: &Path, above: &str, names: &mut Vec<String>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{above}{}", entry.file_name().to_string_lossy());
            match entry.file_type()?.is_dir() {
                true => collect(&entry.path(), &format!("{name}/"), names)?,
                false => names.push(name),
            }
        }
        Ok(())
    }
    let mut names = Vec::new();
    collect(folder, "", &mut names).ok()?;
    Some(names)
}

/// Whether only a bundle has a file of this name: one of the hub's cache.
pub(super) fn is_of_bundle(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    parts.len() > 3 && parts[0] == HUB && ["models--", "datasets--"].iter().any(|start| parts[1].starts_with(start))
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
