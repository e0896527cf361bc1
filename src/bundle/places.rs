//! Where experiment files and the folders that they name lie in a bundle: as they lie to each other on this machine, so
//! that no file has to be changed. Names of folders above them are not taken along.

use std::path::{Component, Path, PathBuf};

use super::error::BundleError;
use crate::hub::RelativeName;

/// The folder of experiment files in a bundle.
pub(super) const EXPERIMENTS: &str = "experiments";

/// The folder of this machine that becomes `experiments/` of a bundle.
#[derive(Debug)]
pub(super) struct Places {
    base: PathBuf,
}

impl Places {
    /// With room for the experiment `files`. `here`: the current folder.
    pub(super) fn new(files: &[PathBuf], here: &Path) -> Result<Self, BundleError> {
        let own = |file: &PathBuf| plain(file).parent().map(Path::to_owned).unwrap_or_default();
        let mut places = Self { base: files.first().map(own).unwrap_or_default() };
        for file in files {
            places.reach(&files[0], file, &own(file), here)?;
        }
        Ok(places)
    }

    /// Makes room for `folder`, which `file` names. The new base is the folder of some file, or is not above `here`.
    pub(super) fn reach(&mut self, file: &Path, other: &Path, folder: &Path, here: &Path) -> Result<(), BundleError> {
        let (folder, other) = (plain(folder), plain(other));
        let base: PathBuf = self
            .base
            .components()
            .zip(folder.components())
            .take_while(|(one, other)| one == other)
            .map(|(one, _)| one)
            .collect();
        // the folder of an experiment file is named by whoever gives the file
        let is_of_file = other != folder && folder == base;
        let known = base == self.base || is_of_file;
        if !known && !base.starts_with(here) {
            return Err(BundleError::Apart { file: file.to_owned(), other, above: base });
        }
        self.base = base;
        Ok(())
    }

    /// The name of a file or folder in the bundle, with `/`.
    pub(super) fn name(&self, path: &Path) -> Result<String, BundleError> {
        let full = plain(path);
        let unnamed = || BundleError::Name(path.to_owned());
        let below = full.strip_prefix(&self.base).map_err(|_| unnamed())?;
        let parts = below.components().map(|part| part.as_os_str().to_str());
        let parts = parts.collect::<Option<Vec<_>>>().ok_or_else(unnamed)?;
        let name = [EXPERIMENTS].into_iter().chain(parts).collect::<Vec<_>>().join("/");
        RelativeName::parse(&name).ok_or_else(unnamed)?;
        Ok(name)
    }
}

/// The whole path without `.` and `..`.
pub(super) fn plain(path: &Path) -> PathBuf {
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for part in full.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn places(files: &[&str], folder: &str, here: &str) -> Result<String, BundleError> {
        let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
        let mut places = Places::new(&files, Path::new(here))?;
        places.reach(&files[0], Path::new(folder), Path::new(folder), Path::new(here))?;
        Ok(format!("{} {}", places.name(&files[0])?, places.name(Path::new(folder))?))
    }

    #[test]
    fn files_lie_to_each_other_as_they_did() {
        let found = |files: &[&str], folder, here| places(files, folder, here).unwrap();
        assert_eq!(found(&["/home/ana/x.toml"], "/home/ana/./corpus", "/"), "experiments/x.toml experiments/corpus");
        assert_eq!(
            found(&["/home/ana/p/e/x.toml"], "/home/ana/p/e/../data", "/home/ana/p"),
            "experiments/e/x.toml experiments/data"
        );
        assert_eq!(found(&["/p/a/x.toml", "/p/y.toml"], "/p/a/d", "/q"), "experiments/a/x.toml experiments/a/d");
    }

    #[test]
    fn no_folder_above_the_current_one_is_taken_along() {
        for (files, folder, here) in [
            (&["/home/ana/e/x.toml"][..], "/home/ana/e/../data", "/home/ana/e"),
            (&["/home/ana/x.toml", "/tmp/y.toml"], "/home/ana", "/home/ana"),
        ] {
            let refused = places(files, folder, here);
            assert!(matches!(refused, Err(BundleError::Apart { .. })), "{refused:?}");
        }
    }
}
