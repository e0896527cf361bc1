//! Token and entity scores, as scikit-learn and seqeval compute them. It knows tags and counts, but no models, files or
//! rounding.

mod baseline;
mod entity;
mod error;
mod partial;
mod ratios;
mod scores;
mod tags;
mod token;
mod transitions;

pub use baseline::{Baseline, constant, majority};
pub use entity::{Entity, EntityScore, Scheme, entities};
pub use error::MetricsError;
pub use partial::{MatchCounts, MatchScores, Matching, PartialMetric, match_scores, partial_ratios};
pub use ratios::{Ratios, SentenceCounts, ratios};
pub use scores::{Metric, Scores, score};
pub use tags::TagSet;
pub use transitions::Transitions;
