//! The machine: its processors, GPUs and memory, which of them a run takes, and what would stop one. It knows no job.

mod choice;
mod doctor;
mod environment;
mod gpus;
pub mod memory;
mod placement;

pub use choice::{DeviceChoice, DeviceError, UnknownDevice};
pub use doctor::{Checkup, Folder, Memory, Processor};
pub use environment::Environment;
pub use gpus::{Driver, Gpu, LOWEST_CAPABILITY, Library, NoCuda, environment_name, survey};
pub use memory::NoMemory;
pub use placement::{Placement, place};
