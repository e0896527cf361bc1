//! What a results folder keeps in `.run/`, by kind, and how to free it. It must not print, and touches nothing outside
//! `.run/`.

mod current;
mod error;
mod free;
mod kind;
mod survey;

pub use error::DiskError;
pub use free::{Choice, Freed, free};
pub use kind::Kind;
pub use survey::{Item, Survey};
