//! The options of `runner show`. It must not know what the command does.

use std::path::PathBuf;

use clap::Args;

use crate::report::Format;

use super::values::{shown_value, word};

/// `runner show`
#[derive(Debug, Args)]
pub(in crate::cli) struct Show {
    /// Results folders, or a results.csv
    #[arg(required_unless_present = "explain", value_name = "DIR")]
    pub places: Vec<PathBuf>,
    /// Name rows by these keys, as in `train_size,freeze`; also experiment, set, type, seed
    #[arg(long, value_name = "KEY,...", value_delimiter = ',')]
    pub rows: Vec<String>,
    /// Give each value of these keys a column
    #[arg(long, value_name = "KEY,...", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Show these scores; also train_loss and steps
    #[arg(long, value_name = "SCORE,...", value_delimiter = ',')]
    #[arg(value_parser = shown_value(), hide_possible_values = true)]
    pub value: Vec<String>,
    /// Only rows with these values, as in `freeze=true,train_size=1000`
    #[arg(long, value_name = "KEY=VALUE,...")]
    pub only: Option<String>,
    /// Show scores on these evaluation sets
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub set: Vec<String>,
    /// Show each entity type: F1, precision, recall, support
    #[arg(long)]
    pub types: bool,
    /// How the table is written; csv and json have every number
    #[arg(long, default_value = "text", value_parser = word::<Format>(), value_name = "FORMAT")]
    pub format: Format,
    /// Say what a column of any table means, and what ± and ~ are; needs no folder
    #[arg(long, value_name = "COLUMN")]
    pub explain: Option<String>,
}
