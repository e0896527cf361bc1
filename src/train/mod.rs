//! The training loop: schedule, order of examples, steps, history, prediction.

mod batch_sampler;
pub mod checkpoint;
mod class_weights;
mod error;
mod examples;
mod fine_tune;
mod history;
mod predict;
mod report;
mod schedule;
mod weight_average;

pub use batch_sampler::BatchSampler;
pub use class_weights::{WeightedClasses, class_weights};
pub use error::TrainError;
pub use examples::{Examples, training_capacity};
pub use fine_tune::fine_tune;
pub use history::History;
pub use predict::{Prediction, Tags};
pub use report::{Evaluated, Evaluation, Report, Step};
pub use schedule::RateSchedule;
