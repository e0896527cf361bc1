//! Experiments with all their inputs: fetched, written as a folder or an archive for machines without a network, and
//! checked there. It runs no job, and must not print.

mod archive;
mod check;
mod contents;
mod copy;
mod error;
mod fetched;
mod folder;
mod places;
mod readme;
mod writing;

pub use check::{Bundle, Checked, Copied};
pub use contents::Contents;
pub use error::BundleError;
pub use fetched::{Inputs, fetch_inputs};
pub use writing::{Form, Target};
