//! From an experiment to its jobs: the matrix expanded, labeled, selected, and each job's key.

mod choice;
mod expand;
mod job;
mod key;
mod label;
mod select;
mod warnings;

pub use choice::{JobResult, winners};
pub use expand::MOST_JOBS;
pub use job::{Job, Plan};
pub use key::{EvaluationKey, FORMAT, JobKey, ResultKey, TrainingKey};
pub use select::Only;
