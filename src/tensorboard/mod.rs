//! Curves and scores as TensorBoard's event files. It reads tables, and must not print.

mod error;
mod event;
mod log;
mod runs;
mod scalars;

pub use error::TensorboardError;
pub use runs::{Written, write_runs};
