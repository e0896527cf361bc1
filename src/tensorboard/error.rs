//! Why event files cannot be written.

use std::io;
use std::path::PathBuf;

use crate::results::ResultsError;

/// Why event files cannot be written, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum TensorboardError {
    /// A folder without tables, or with damaged ones.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// Something is there.
    #[error("{} is not empty; choose another folder, or add --force to replace event files of the same runs", .0.display())]
    Exists(PathBuf),
    /// Two folders of one name.
    #[error("two folders are called {0}, and their runs would have the same names; write each to a folder of its own")]
    SameName(String),
    /// The system's error.
    #[error("{}: {source}; check the path, its permissions and the space on its disk", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
}
