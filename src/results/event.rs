//! The events of a journal.

use serde::{Deserialize, Serialize};

use super::Outcome;

/// What a line of the journal says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A job ended, scored or failed.
    Finished(Outcome),
}
