//! The options of `runner merge`. It must not know what the command does.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::commands::Place;

/// `runner merge`
#[derive(Debug, Args)]
pub(in crate::cli) struct Merge {
    /// Results folders of one experiment, such as shard-1/NAME shard-2/NAME
    #[arg(required = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folders: Vec<PathBuf>,
    #[command(flatten)]
    pub place: Place,
}
