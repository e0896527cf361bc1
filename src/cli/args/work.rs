//! The options of `work`. It must not know what the command does.

use std::path::PathBuf;

use clap::Args;

use super::commands::Place;

/// `runner work`
#[derive(Debug, Args)]
pub(in crate::cli) struct Work {
    /// The submission: its id, or its folder
    #[arg(value_name = "ID")]
    pub submission: PathBuf,
    #[command(flatten)]
    pub place: Place,
}
