//! Results folders of one experiment as one folder. It reads what is committed, and `.run/` where that is there; of what is
//! merged it changes nothing but the folder that it writes.

mod as_written;
mod definition;
mod error;
mod folder;
mod kept;
mod merge;
mod outcomes;
mod pins;
mod same_experiment;
mod tags;
mod writing;

pub use error::{Conflict, MergeError, PinConflict};
pub use kept::Copied;
pub use merge::{Merged, merge};
