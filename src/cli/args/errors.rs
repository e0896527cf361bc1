//! The options of `runner errors`. It must not know what the command does.

use clap::{Args, ValueHint};

use crate::answers::ErrorKind;
use crate::report::Format;
use crate::results::ScoredSplit;

use super::commands::Place;
use super::values::{one_of, word};

/// `runner errors`
#[derive(Debug, Args)]
pub(in crate::cli) struct Errors {
    /// A job: results/NAME:LABEL, a key or its beginning, a job's folder, or a results folder with one job
    ///
    /// Parts of a label are enough where they fit one job: results/grid:train_size=1000. A key is searched in the folders
    /// of --out.
    #[arg(value_name = "JOB", value_hint = ValueHint::AnyPath)]
    pub first: String,
    /// Another job on the same sentences: shows what it fixes and breaks of the first one
    #[arg(value_name = "JOB2", value_hint = ValueHint::AnyPath)]
    pub second: Option<String>,
    /// The split
    #[arg(long, value_name = "SPLIT", default_value = "test", value_parser = word::<ScoredSplit>())]
    pub split: ScoredSplit,
    /// The evaluation set of this name instead of the job's own test split
    #[arg(long, value_name = "NAME", conflicts_with = "split")]
    pub set: Option<String>,
    /// List errors of these kinds
    #[arg(long, value_name = "KIND,...", value_delimiter = ',', value_parser = word::<ErrorKind>())]
    pub kind: Vec<ErrorKind>,
    /// List errors with an entity of this type in gold or answer
    #[arg(long = "type", value_name = "TYPE")]
    pub of_type: Option<String>,
    /// Sentences to list at most [default: 20; all in csv and json]
    #[arg(short, long = "number", value_name = "N")]
    pub number: Option<usize>,
    /// Format: text, md, csv (an error a row) or json (a sentence each, with spans)
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = one_of::<Format>(["text", "md", "csv", "json"]), hide_possible_values = true)]
    pub format: Format,
    #[command(flatten)]
    pub place: Place,
}
