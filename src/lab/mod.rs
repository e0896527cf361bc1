//! Runs a plan: devices, threads, journal, what is done and what is left.

mod advice;
mod agenda;
mod curve;
mod error;
mod event;
mod features;
mod inputs;
mod job;
mod keeping;
#[expect(clippy::module_inception, reason = "the lab is what the module is about")]
mod lab;
mod ledger;
mod loading;
mod local_files;
mod log;
mod materials;
mod measuring;
mod oddities;
mod outlook;
mod preflight;
mod records;
mod resume;
mod scoring;
mod share;
mod soundness;
mod task;
mod training;

pub use advice::{Advice, Sources, advice, log_advice, unsaved_models};
pub use agenda::{Assignment, PendingTraining, Policy, agenda, by_training, wanted};
pub use error::{JobError, LabError, Unusable};
pub use event::{Event, Phase, Watch};
pub use inputs::{Inputs, JobInputs, gather};
pub use lab::{Lab, Options, Summary};
pub use ledger::{Choice, Id, Ledger, Part, State, columns};
pub use local_files::LocalFiles;
pub use materials::Materials;
pub use oddities::oddities;
pub use outlook::{Outlook, Standing, steps};
pub use preflight::{Foreseen, Preflight};
pub use share::{default_jobs, jobs_that_fit};
