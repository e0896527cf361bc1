//! Writes a bundle as a folder or an archive: beside its place first, and renamed when it is complete.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::archive;
use super::contents::Contents;
use super::error::BundleError;
use super::folder;
use crate::files;
use crate::hub::RelativeName;

/// The form of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A folder.
    Folder,
    /// `.zip`
    Zip,
    /// `.tar`
    Tar,
    /// `.tar.gz`, `.tgz`
    TarGz,
}

/// Endings of archives that are not written.
const OTHERS: [&str; 9] = [".gz", ".xz", ".txz", ".bz2", ".tbz2", ".zst", ".7z", ".rar", ".lz4"];

/// Where a bundle goes.
#[derive(Debug)]
pub struct Target {
    path: PathBuf,
    form: Form,
    /// The name of the folder in an archive.
    folder: String,
}

impl Target {
    /// Checks the name, and that nothing is overwritten but, with `force`, a bundle.
    ///
    /// # Errors
    /// A form that is not written; something that is in the way.
    pub fn new(path: &Path, force: bool) -> Result<Self, BundleError> {
        let path = Path::new(path.components().as_path()).to_owned();
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| BundleError::Name(path.clone()))?;
        let lower = name.to_lowercase();
        let forms = [(".zip", Form::Zip), (".tar", Form::Tar), (".tar.gz", Form::TarGz), (".tgz", Form::TarGz)];
        let found = forms.into_iter().find(|(ending, _)| lower.ends_with(ending) && lower.len() > ending.len());
        let (ending, form) = match found {
            Some(found) => found,
            None if OTHERS.iter().any(|ending| lower.ends_with(ending)) => return Err(BundleError::Form(path)),
            None => ("", Form::Folder),
        };
        let folder = name[..name.len() - ending.len()].to_owned();
        let is_name = RelativeName::parse(&folder).is_some_and(|folder| !folder.contains(['/', '\\']));
        if !is_name {
            return Err(BundleError::Name(path));
        }
        match fs::symlink_metadata(&path) {
            Err(_) => {}
            Ok(_) if !force => return Err(BundleError::Exists(path)),
            Ok(there) if form == Form::Folder && !(there.is_dir() && folder::is_bundle(&path)) => {
                return Err(BundleError::NotReplaced(path));
            }
            Ok(there) if form != Form::Folder && !there.is_file() => return Err(BundleError::NotReplaced(path)),
            Ok(_) => {}
        }
        Ok(Self { path, form, folder })
    }

    /// Writes the bundle. After an error or a signal, what was there before is there.
    ///
    /// # Errors
    /// A full disk, files that change meanwhile, what the system says.
    pub fn write(&self, contents: &Contents, stop: &AtomicBool) -> Result<(), BundleError> {
        let above = self.path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        files::create_folder(above).map_err(|error| BundleError::disk(above, error))?;
        if self.path.exists() {
            let there = match self.form {
                Form::Folder => folder::names(&self.path),
                Form::Zip => archive::zip_names(&self.path),
                Form::Tar | Form::TarGz => archive::tar_names(&self.path, self.form == Form::TarGz),
            };
            // whoever made what is there, nothing of it is lost that the new one does not have
            let is_of_bundle = |name: &String| contents.files.contains_key(name) || folder::is_of_bundle(name);
            if !there.is_some_and(|names| names.iter().all(is_of_bundle)) {
                return Err(BundleError::NotReplaced(self.path.clone()));
            }
        }
        let beside = files::beside(&self.path);
        let written = match self.form {
            Form::Folder => folder::write(&beside, contents, stop),
            Form::Zip => archive::zip(&beside, &self.folder, contents, stop),
            Form::Tar => archive::tar(&beside, &self.folder, contents, stop),
            Form::TarGz => archive::tar_gz(&beside, &self.folder, contents, stop),
        };
        let stopped = || if stop.load(Ordering::Relaxed) { Err(BundleError::Interrupted) } else { Ok(()) };
        let put = written.and_then(|()| stopped()).and_then(|()| match self.form {
            Form::Folder => folder::put(&beside, &self.path),
            _ => files::rename(&beside, &self.path).map_err(|error| BundleError::disk(&self.path, error)),
        });
        if put.is_err() {
            // the first error is reported
            let _ = if self.form == Form::Folder { fs::remove_dir_all(&beside) } else { fs::remove_file(&beside) };
            stopped()?;
        }
        put.and_then(|()| files::sync_folder(above).map_err(|error| BundleError::disk(above, error)))
    }
}
