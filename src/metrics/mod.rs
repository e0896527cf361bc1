//! Token and entity scores, as scikit-learn and seqeval compute them. Knows tags and counts; nothing of models, files or
//! how a score is rounded and shown.

mod baseline;
mod entity;
mod error;
mod scores;
mod tags;
mod token;

pub use baseline::{Baseline, constant, majority};
pub use entity::{EntityScore, Scheme};
pub use error::MetricsError;
pub use scores::{Metric, Scores, score};
pub use tags::TagSet;
