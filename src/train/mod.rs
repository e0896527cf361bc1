//! The training loop: schedule, order of examples, steps, prediction.

mod batch_sampler;
pub mod checkpoint;
mod error;
mod examples;
mod fine_tune;
mod predict;
mod progress;
mod schedule;

pub use batch_sampler::BatchSampler;
pub use error::TrainError;
pub use examples::{Examples, training_capacity};
pub use fine_tune::{Report, Step, fine_tune};
pub use predict::{Prediction, Tags};
pub use progress::{Evaluated, Evaluation, Progress};
pub use schedule::RateSchedule;
