//! Runs a plan: devices, threads, journal, what is done and what is left.

mod curve;
mod device;
mod error;
mod event;
mod job;
#[expect(clippy::module_inception, reason = "the lab is what the module is about")]
mod lab;
mod ledger;
mod log;
mod materials;
mod memory;
mod resume;

pub use device::{DeviceChoice, DeviceError, Environment, UnknownDevice};
pub use error::{JobError, LabError};
pub use event::{Event, Phase, Watch};
pub use lab::{Lab, Options, Summary, learned_bytes, queue};
pub use ledger::{Ledger, State, columns};
pub use materials::{JobInputs, Materials};
