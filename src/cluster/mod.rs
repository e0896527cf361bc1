//! One experiment over the machines of a cluster: what is submitted, the batch script, what Slurm is asked and what it says.
//! It must not print, and trains nothing.

mod activity;
mod cancel;
mod draft;
mod error;
mod frozen;
#[cfg(unix)]
mod network;
#[cfg(unix)]
mod node_copies;
mod program;
mod queue;
mod schedule;
mod script;
mod settings;
mod slurm;
mod status;
mod submission;
mod time_left;
mod worker;

pub use activity::{Activity, Standing, activity};
pub use cancel::{Canceled, cancel};
pub use draft::{Asked, Draft, Written};
pub use error::{ClusterError, SlurmError};
#[cfg(unix)]
pub use node_copies::{NodeCopies, NodeCopyError, OnNode, on_this_node};
pub use queue::{Queue, Task, has_left};
pub use schedule::schedule;
pub use script::{MOST_RESTARTS, job_name};
pub use settings::{cluster_of, user_file};
pub use slurm::Accepted;
pub use status::{RunningTraining, Status};
pub use submission::{Program, Scheduled, Submission, WorkOptions};
pub use time_left::{TimeLeft, time_left};
pub use worker::{Restarts, Workplace, finish_submissions};
