//! From an experiment to its jobs: the matrix expanded, labelled, selected, and each job's key.

mod choice;
mod expand;
mod key;
mod label;
mod select;
mod warnings;

pub use choice::{Standing, winners};
pub use expand::{Job, MOST_JOBS, Plan};
pub use key::{EvaluationKey, FORMAT, JobKey, ResultKey, TrainingKey};
pub use select::Only;
