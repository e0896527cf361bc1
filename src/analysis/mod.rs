//! What results say: settings over their seeds, and their differences. It reads snapshots of results and must not print.

mod score;
mod setting;

pub use score::{Measure, Score, UnknownScore};
pub use setting::{Setting, settings};
