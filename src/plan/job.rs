//! A plan and its jobs as data. It must not know how they are made.

use crate::spec::{Experiment, KeyPath, Settings};

/// One fine-tune: a point of the matrix, or an include.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its name within the experiment: `train_size=1000,freeze=false`, or `base`.
    pub label: String,
    /// Everything that defines it.
    pub settings: Settings,
    /// Its position in the plan, from 0.
    pub index: usize,
}

/// An experiment's jobs in matrix order, includes last.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What they come from.
    pub experiment: Experiment,
    /// At least one; no two are equal.
    pub jobs: Vec<Job>,
    /// The keys of the axes and zips in the order in which they vary, then those that only includes set.
    pub varied: Vec<KeyPath>,
}
