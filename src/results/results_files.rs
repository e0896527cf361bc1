//! Where the files of a results folder are read from: the folder, or what stands for it. It must not know what they hold.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::committed::read;
use super::{Action, Layout, ResultsError};

/// Where the files of a results folder are read from: the folder, or a git revision of it.
pub trait ResultsFiles {
    /// What messages call it: `results/grid`, `HEAD~1:results/grid`.
    fn name(&self) -> String;

    /// A file's content by its path in the folder, `predictions/base.tags`; none if there is no such file.
    ///
    /// # Errors
    /// What the system or git says.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, ResultsError>;

    /// The names of the files in a folder of it, sorted; none if there is no such folder.
    ///
    /// # Errors
    /// What the system or git says.
    fn list(&self, folder: &str) -> Result<Vec<String>, ResultsError>;

    /// The path of predictions by key that come before those beside the tables, as these are being replaced; none otherwise.
    fn shelved(&self, _name: &str) -> Option<String> {
        None
    }
}

/// The files of a results folder as they are.
pub(super) struct FolderFiles(pub(super) Layout);

impl ResultsFiles for FolderFiles {
    fn name(&self) -> String {
        self.0.root().display().to_string()
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, ResultsError> {
        read(&self.0, &self.0.root().join(path))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, ResultsError> {
        let folder = self.0.root().join(folder);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.and_then(Iterator::collect::<io::Result<Vec<_>>>),
        };
        let entries = entries.map_err(|error| ResultsError::io(Action::Read, &folder, error))?;
        let mut names: Vec<String> =
            entries.iter().filter_map(|entry| entry.file_name().to_str().map(str::to_owned)).collect();
        names.sort();
        Ok(names)
    }

    fn shelved(&self, name: &str) -> Option<String> {
        self.0.tables_ready().exists().then(|| format!(".run/predictions/{name}"))
    }
}

/// A table alone has no other files.
pub(super) struct TableAlone(pub(super) PathBuf);

impl ResultsFiles for TableAlone {
    fn name(&self) -> String {
        self.0.display().to_string()
    }

    fn read(&self, _path: &str) -> Result<Option<Vec<u8>>, ResultsError> {
        Ok(None)
    }

    fn list(&self, _folder: &str) -> Result<Vec<String>, ResultsError> {
        Ok(Vec::new())
    }
}
