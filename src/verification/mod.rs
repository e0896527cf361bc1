//! Whether a results folder holds: its tables, keys, predictions, models and data agree, without a lock and without
//! writing. Each file is one check; findings are data, and nothing is printed.

mod data;
mod experiment;
mod finding;
mod folder;
mod journal;
mod keys;
mod lock;
mod models;
mod predictions;
mod rerun;
mod retrained;
mod retraining;
mod tables;
mod verify;

pub use finding::{Check, Checked, Finding};
pub use rerun::Rerun;
pub use retrained::Verdict;
pub use retraining::{Retrained, Retraining};
pub use verify::{Standing, Verified, verify, verify_all};
