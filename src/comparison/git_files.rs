//! A results folder at a git revision, as a snapshot reads it. It must not know what is compared with it.

use std::path::Path;

use crate::git::FolderAt;
use crate::results::{ResultsError, ResultsFiles, Snapshot};

/// The files of a folder at a revision.
struct GitFiles(FolderAt);

impl ResultsFiles for GitFiles {
    fn name(&self) -> String {
        self.0.name().to_owned()
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, ResultsError> {
        self.0.read(path).map_err(|error| ResultsError::Source(Box::new(error)))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, ResultsError> {
        Ok(self.0.list(folder))
    }
}

/// The results of a folder, or of a table alone, at a revision.
pub(super) fn snapshot_at(folder: FolderAt) -> Result<Snapshot, ResultsError> {
    if folder.is_file() {
        let content = folder.read("").map_err(|error| ResultsError::Source(Box::new(error)))?;
        return Snapshot::of_table(Path::new(folder.name()), &content.unwrap_or_default());
    }
    Snapshot::read(Box::new(GitFiles(folder)))
}
