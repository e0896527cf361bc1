//! The options of `runner fetch`. It must not know what the command does.

use std::path::PathBuf;

use clap::Args;

use super::commands::{Change, Place};

/// `runner fetch`
#[derive(Debug, Args)]
pub(in crate::cli) struct Fetch {
    /// Experiment files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write the experiments with all their inputs to a new folder, or to an archive: .zip, .tar, .tar.gz
    ///
    /// The files go in as they are, so --set, --only and --name are for fetches without it: write such a change into a
    /// file that extends the experiment.
    #[arg(long, value_name = "OUT", conflicts_with_all = ["check", "set", "only", "name"])]
    pub bundle: Option<PathBuf>,
    /// Say what an unpacked bundle, or a cache folder, lacks for these files; checks hashes, fetches nothing
    #[arg(long, value_name = "DIR", conflicts_with_all = ["update", "force"])]
    pub check: Option<PathBuf>,
    /// Replace an earlier bundle
    #[arg(long, requires = "bundle")]
    pub force: bool,
    /// Use cached and local files only; no requests
    #[arg(long)]
    pub offline: bool,
    /// Fetch the newest commit of every branch instead of the pinned one; the lock stays as it is
    #[arg(long)]
    pub update: bool,
    #[command(flatten)]
    pub change: Change,
    #[command(flatten)]
    pub place: Place,
}
