//! `[select]`: choosing without the test set.

mod file;
mod run;
