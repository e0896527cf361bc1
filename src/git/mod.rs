//! Git by the program `git` itself: revisions, and the files of a folder at one of them. It must not know what the files
//! hold.
//!
//! No library: what `git` reads (alternates, partial clones, replaced objects, new repository formats) is then read as the
//! user's own `git` reads it. Everything is a plumbing command with output made for programs, started without a shell;
//! nothing is written, and no text of the user can become an option.

mod error;
mod folder;
mod program;
mod renames;
mod repository;

pub use error::GitError;
pub use folder::FolderAt;
pub use repository::{Commit, Repository};
