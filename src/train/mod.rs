//! The training loop: schedule, order of examples, steps, prediction.

pub mod checkpoint;
mod error;
mod examples;
mod fine_tune;
mod itinerary;
mod predict;
mod progress;
mod schedule;

pub use error::TrainError;
pub use examples::{Examples, training_capacity};
pub use fine_tune::{Report, Step, fine_tune};
pub use itinerary::Itinerary;
pub use predict::{Prediction, Tags};
pub use progress::{Evaluated, Evaluation, Progress};
pub use schedule::RateSchedule;
