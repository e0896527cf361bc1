//! The options of `runner export`. It must not know what the command does.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::files::FloatFormat;

use super::commands::{Machine, Place};
use super::values::word;

/// `runner export`
#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    /// The job: results/NAME:LABEL, a key or its beginning, a job's folder, or a results folder with one job
    ///
    /// Parts of a label are enough where they fit one job: results/grid:train_size=1000. A key is searched in the folders
    /// of --out.
    #[arg(value_name = "JOB", value_hint = ValueHint::AnyPath)]
    pub job: String,
    /// The folder to write, outside results; it must not exist yet, or be empty
    #[arg(value_name = "OUT", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
    /// Number format of the weights
    ///
    /// float32 gives the scores of the table. The others halve the size and round; a weight that float16 cannot hold is an
    /// error.
    #[arg(long, value_name = "FORMAT", default_value = "float32", value_parser = word::<FloatFormat>())]
    pub dtype: FloatFormat,
    /// Replace an earlier export in OUT; a folder with other files is never replaced
    #[arg(long)]
    pub force: bool,
    /// Train the job again if no model of it was saved, and compare it with its row
    ///
    /// It trains in a temporary folder. In the environment of the row, the result must be equal; in another one, within
    /// rounding.
    #[arg(long)]
    pub train: bool,
    /// Use cached and local files only; no requests
    #[arg(long)]
    pub offline: bool,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub machine: Machine,
}
