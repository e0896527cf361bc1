//! The options of `runner clean`. It must not know what the command does.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

/// `runner clean`
#[derive(Debug, Args)]
pub(in crate::cli) struct Clean {
    /// Results folders
    #[arg(required = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folders: Vec<PathBuf>,
    /// Free saved models: those that no current job uses, or all
    #[arg(long, value_name = "WHICH")]
    pub models: Option<Models>,
    /// Free models that were written out for jobs that start from them, where the saved model is there
    #[arg(long)]
    pub exports: bool,
    /// Free checkpoints of unfinished trainings
    #[arg(long)]
    pub checkpoints: bool,
    /// Free predictions of rows that are not in the tables
    #[arg(long)]
    pub predictions: bool,
    /// Free job logs
    #[arg(long)]
    pub logs: bool,
    /// Free what submissions that are over have left: copies of the program, logs of workers
    #[arg(long)]
    pub submissions: bool,
    /// Free temporary and set-aside files of stopped runs
    #[arg(long)]
    pub leftovers: bool,
    /// Only say what would be freed
    #[arg(long)]
    pub dry_run: bool,
}

/// Which saved models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Models {
    /// Those that no current job uses.
    Unused,
    /// All.
    All,
}
