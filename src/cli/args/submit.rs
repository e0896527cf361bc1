//! The options of `submit`, `status` and `cancel`. It must not know what the commands do.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::commands::{Change, Machine, Place, from_one};

/// `runner submit`
#[derive(Debug, Args)]
pub(in crate::cli) struct Submit {
    /// The experiment file
    #[arg(value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    #[command(flatten)]
    pub change: Change,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub machine: Machine,
    /// How many workers, never more than there are trainings [default: as [cluster] says, else 4]
    #[arg(long, value_name = "N", value_parser = from_one("--workers"))]
    pub workers: Option<NonZeroUsize>,
    /// Only print the batch script; fetches the inputs and submits nothing
    #[arg(long, conflicts_with = "script_only")]
    pub dry_run: bool,
    /// Write everything, ask no scheduler, and say how to start the workers
    #[arg(long)]
    pub script_only: bool,
    /// Workers work in this environment only, such as cuda-a100; one on another device ends at once
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// Use cached and local files only; no requests
    #[arg(long)]
    pub offline: bool,
    /// Run done jobs again
    #[arg(long)]
    pub force: bool,
    /// A worker stops at its first failed job
    #[arg(long, conflicts_with = "max_failures")]
    pub fail_fast: bool,
    /// A worker stops after this many failed jobs [default: never]
    #[arg(long, value_name = "N", value_parser = from_one("--max-failures"))]
    pub max_failures: Option<NonZeroUsize>,
    /// Use the newest commit of every branch instead of the pinned one, and pin it
    #[arg(long, conflicts_with = "only")]
    pub update: bool,
    /// Run jobs again whose rows come from another environment than --environment names
    #[arg(long, requires = "environment")]
    pub refresh: bool,
    /// Options of sbatch, which win over those of [cluster]
    #[arg(last = true, value_name = "SBATCH OPTIONS")]
    pub sbatch: Vec<String>,
}

impl Submit {
    /// Failed jobs after which a worker stops; none: never.
    pub(in crate::cli) fn failures_allowed(&self) -> Option<NonZeroUsize> {
        if self.fail_fast { Some(NonZeroUsize::MIN) } else { self.max_failures }
    }
}

/// `runner status`
#[derive(Debug, Args)]
pub(in crate::cli) struct Status {
    /// The results folder
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
    /// Show it again every 10 s until nothing is left
    #[arg(long)]
    pub watch: bool,
}

/// `runner cancel`
#[derive(Debug, Args)]
pub(in crate::cli) struct Cancel {
    /// The results folder
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
}
