//! Experiment files with mistakes: what is said, where, and what to do.

mod broken;
mod nearly_right;
