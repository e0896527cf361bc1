//! Runs what is pending: looks whether jobs can run, trains, scores, and enters what came of each.

mod advice;
mod configuration;
mod context;
mod error;
mod event;
mod feature_pass;
mod features;
mod findings;
mod gold;
mod identity;
mod job;
#[expect(clippy::module_inception, reason = "the lab is what the module is about")]
mod lab;
mod limits;
mod loading;
mod local_files;
mod log;
mod measuring;
mod oddities;
mod preflight;
mod records;
mod resume;
mod saved_models;
mod saving;
mod scoring;
mod shared_data;
mod sharing;
mod soundness;
mod task;
mod thread_budget;
mod training;

pub use advice::Advice;
pub use error::{JobError, LabError, Unusable};
pub use event::{Event, Phase, Watch};
pub use findings::{Sources, advice, log_advice};
pub use gold::GoldTags;
pub use identity::Identity;
pub use lab::{Lab, Options};
pub use local_files::LocalFiles;
pub use oddities::oddities;
pub use preflight::{Foreseen, Preflight};
pub use records::Summary;
pub use saved_models::unsaved_models;
pub use shared_data::SharedData;
pub use thread_budget::{default_jobs, expected_work, jobs_that_fit};
