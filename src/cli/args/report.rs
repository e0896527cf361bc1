//! The options of `runner report`. It must not know what the command does.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// `runner report`
#[derive(Debug, Args)]
pub(in crate::cli) struct Report {
    /// Results folders, results/NAME; several make one page
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath, required = true)]
    pub places: Vec<PathBuf>,
    /// The page [default: NAME.html in the working directory; report.html for several folders]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write each plot to this folder, too, as an SVG file for a paper
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub svg: Option<PathBuf>,
    /// Replace files that are no earlier report
    #[arg(long)]
    pub force: bool,
}
