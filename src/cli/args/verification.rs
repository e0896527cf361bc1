//! The options of `runner verify` and `runner rescore`. It must not know what a command does.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::report::Format;

use super::commands::{Machine, from_one};
use super::values::word;

/// `runner verify`
#[derive(Debug, Args)]
pub(in crate::cli) struct Verify {
    /// Results folders, such as results/NAME
    #[arg(required = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folders: Vec<PathBuf>,
    /// Train N jobs of each folder again, and compare weights, predictions and rows
    ///
    /// The jobs are spread evenly over the keys in their order, so that the same jobs are chosen each time. They train in
    /// a temporary folder.
    #[arg(long, value_name = "N", value_parser = from_one("--rerun"))]
    pub rerun: Option<NonZeroUsize>,
    /// How the answer is written
    ///
    /// Other than as text: a row a finding, and a row for each folder without any.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = word::<Format>())]
    pub format: Format,
    #[command(flatten)]
    pub machine: Machine,
    /// With --rerun: use cached and local files only; no requests
    #[arg(long)]
    pub offline: bool,
}

/// `runner rescore`
#[derive(Debug, Args)]
pub(in crate::cli) struct Rescore {
    /// A results folder, such as results/NAME
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
}
