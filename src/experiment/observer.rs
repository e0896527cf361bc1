//! Who hears what happens to an experiment.

use crate::hub;
use crate::lab::{Event, Foreseen};
use crate::machine::Environment;

/// What a run is about to do.
#[derive(Debug)]
pub struct Queue<'a> {
    /// Jobs that run, by index.
    pub jobs: &'a [usize],
    /// The work of each, in units that all share; 0 where it shares the training of another.
    pub work: &'a [f64],
    /// Selected jobs that were done before.
    pub done: usize,
    /// Selected jobs that share the result of one that runs.
    pub shared: usize,
    /// Jobs that will fail.
    pub failing: &'a [Foreseen],
    /// Where they run.
    pub environment: &'a Environment,
    /// Jobs at a time.
    pub at_a_time: usize,
    /// Threads of all jobs together.
    pub threads: usize,
}

/// Hears what happens; called from the threads of all jobs.
pub trait Observer: Sync {
    /// A sentence about results from before, files or the machine.
    fn notice(&self, text: &str);
    /// The same, of what a user should mend.
    fn warning(&self, text: &str);
    /// A download goes on.
    fn fetching(&self, event: hub::Event<'_>);
    /// All inputs are there.
    fn fetched(&self);
    /// Jobs are about to run.
    fn starting(&self, queue: &Queue<'_>);
    /// Something happened to a job.
    fn hear(&self, event: &Event<'_>);
}
