//! Receives what happens to an experiment.

use crate::hub;
use crate::lab::{Event, Foreseen};
use crate::machine::Environment;

/// The jobs of a run before the first starts.
#[derive(Debug)]
pub struct Queue<'a> {
    /// Jobs that run, by index.
    pub jobs: &'a [usize],
    /// The work of each, in units that all share; 0 where it shares the training of another.
    pub work: &'a [f64],
    /// Selected jobs that are already done.
    pub done: usize,
    /// Selected jobs that reuse the result of one that runs.
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

/// Receives what happens; called from the threads of all jobs.
pub trait Observer: Sync {
    /// A sentence about earlier results, files or the machine.
    fn notice(&self, text: &str);
    /// The same, about something that the user should fix.
    fn warning(&self, text: &str);
    /// A download started, moved or ended.
    fn fetching(&self, event: hub::FetchEvent<'_>);
    /// All inputs are here.
    fn fetched(&self);
    /// Jobs are about to run.
    fn starting(&self, queue: &Queue<'_>);
    /// Something happened to a job.
    fn hear(&self, event: &Event<'_>);
}
