//! From an experiment to its jobs: the matrix expanded, labeled, selected, and each job's key.

mod expand;
mod halving;
mod job;
mod key;
mod label;
mod only;
mod select;
mod warnings;

pub use expand::MOST_JOBS;
pub use halving::{Progress, progress};
pub use job::{Job, Plan};
pub use key::{BeginningKey, EvaluationKey, FORMAT, JobKey, ResultKey, RungKey, TrainingKey};
pub use only::{Only, is_same_value};
pub use select::{JobResult, winners};
