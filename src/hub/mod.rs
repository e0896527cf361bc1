//! Input files: found on the hub, in the cache, in a folder or in the program, and pinned by hash.

mod cached;
mod check;
mod data_layout;
mod error;
mod fetch;
mod files;
mod format;
mod hash;
mod known;
mod layout;
mod local;
mod lock;
mod need;
mod reach;
mod repository;
mod session;

pub use cached::{Cache, data_at_hand, missing_locally};
pub use data_layout::DataLayoutError;
pub use error::{FetchError, Problem};
pub use fetch::{Event, Fetched, Options, fetch};
pub use files::{Builtin, BuiltinFile, DataInputs, InputFile, Kind, ModelInputs};
pub use format::Format;
pub use hash::hash_file;
pub use known::KnownHashes;
pub use layout::LayoutError;
pub use lock::{Lock, LockError, Origin, Pinned, PinnedFile};
pub use reach::{Answer, Reach, ReachError, reach};
