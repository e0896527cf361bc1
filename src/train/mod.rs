//! The training loop: schedule, order of examples, steps, prediction.

pub mod checkpoint;
mod error;
mod fine_tune;
mod itinerary;
mod predict;
mod schedule;

pub use error::TrainError;
pub use fine_tune::{Step, fine_tune, training_capacity};
pub use itinerary::Itinerary;
pub use predict::Prediction;
pub use schedule::RateSchedule;
