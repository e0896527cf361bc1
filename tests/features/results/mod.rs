//! The results folder.

mod known;
mod tables;
