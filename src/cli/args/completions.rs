//! The options of `completions` and `man`. It must not know what the commands do.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use clap_complete::Shell;

/// `runner completions`
#[derive(Debug, Args)]
pub(in crate::cli) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// `runner man`
#[derive(Debug, Args)]
pub(in crate::cli) struct Man {
    /// The command; none: the program
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
    /// Write the page of the program and that of each command to this folder, as runner.1, runner-run.1 and so on
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "command")]
    pub dir: Option<PathBuf>,
}
