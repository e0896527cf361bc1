//! What a journal tells, an event a line.

use serde::{Deserialize, Serialize};

use super::Outcome;

/// What the journal tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A job came to its end, scored or failed.
    Finished(Outcome),
}
