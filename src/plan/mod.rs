//! From an experiment to its jobs: the matrix expanded, labelled, selected, and each job's key.

mod choice;
mod expand;
mod key;
mod label;
mod select;

pub use choice::{Standing, winners};
pub use expand::{Job, MOST_JOBS, Plan};
pub use key::{FORMAT, InputHashes, Key, Sha256};
pub use select::Only;
