//! The options of `runner curves`. It must not know what the command does.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// `runner curves`
#[derive(Debug, Args)]
pub(in crate::cli) struct Curves {
    /// Results folders
    #[arg(required = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folders: Vec<PathBuf>,
    /// Write event files to this folder, a run for each job
    #[arg(long, value_name = "OUT", value_hint = ValueHint::DirPath)]
    pub tensorboard: PathBuf,
    /// Replace event files of the same runs
    #[arg(long)]
    pub force: bool,
}
