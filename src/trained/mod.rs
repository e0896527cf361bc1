//! The trained model of a job, for commands that use models: weights, classifier, configuration, tokenizer files. It
//! trains nothing, and writes nothing.

mod error;
mod saved_models;
mod trained_job;
mod trained_row;

pub use error::TrainedJobError;
pub use saved_models::model_folder;
pub use trained_job::{ModelSource, TrainedJob};
pub use trained_row::TrainedRow;
