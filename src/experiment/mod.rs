//! Runs an experiment from its file to its tables, for the command line and for users of the library. Events go to an
//! observer; it prints nothing.

mod calibration;
mod definition;
mod error;
mod known;
mod observer;
mod preparation;
mod run;
mod selected;

pub use calibration::calibrate;
pub use error::ExperimentError;
pub use known::{ChangedFiles, edited, known_ledger};
pub use observer::{Observer, Queue};
pub use preparation::{Prepared, Request, prepare};
pub use run::{Finished, run};
pub use selected::{Selected, load};
