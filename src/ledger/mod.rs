//! What is known of each job of a plan: its parts, their keys and results, what is pending, what it would take. It runs
//! nothing.

mod beginnings;
mod estimate;
mod inputs;
#[expect(clippy::module_inception, reason = "the ledger is what the module is about")]
mod ledger;
mod pending;
mod rungs;
mod shape;
mod shard;
mod status;

pub use beginnings::{share_beginnings, steps_with_beginnings};
pub use estimate::{Basis, Estimate, Estimates, seconds_on};
pub use inputs::{BUILTINS, Inputs, JobInputs, gather};
pub use ledger::{Id, Ledger, Part, Selection, State, columns, evaluated_set};
pub use pending::{PendingJob, PendingTraining, Policy, by_training, pending, wanted};
pub use shape::Shape;
pub use shard::{Shard, Share, UnknownShard};
pub use status::{JobStatus, Statuses};
