//! Input files: found on the hub, in the cache, in a folder or in the program, and pinned by hash.

mod cache;
mod check;
mod data_layout;
mod error;
mod fetch;
mod files;
mod format;
mod hash;
mod known;
mod layout;
mod lfs;
mod local;
mod lock;
mod need;
mod reach;
mod relative_name;
mod repository;
mod session;
mod stop;
mod transfer;
mod variables;
mod web;

pub use data_layout::DataLayoutError;
pub use error::{FetchError, Problem};
pub use fetch::{Event, Fetched, Options, fetch};
pub use files::{Builtin, BuiltinFile, DataInputs, InputFile, Kind, ModelInputs};
pub use format::Format;
pub use hash::hash_file;
pub use known::KnownHashes;
pub use layout::LayoutError;
pub use lfs::is_lfs_pointer;
pub use lock::{Lock, LockError, Origin, Pinned, PinnedFile};
pub use reach::{Answer, Reach, ReachError, reach};
pub use relative_name::RelativeName;
pub use variables::VariableError;
