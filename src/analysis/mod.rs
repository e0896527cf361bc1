//! What commands that read results share: scores by name, settings with their runs, jobs by their address. It must not
//! print.

mod job_address;
mod score;
mod setting;

pub use job_address::{JobAddress, JobAddressError};
pub use score::{Measure, Score, UnknownScore};
pub use setting::{Setting, averaged_label, settings, unseeded};
