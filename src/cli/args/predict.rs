//! The options of `runner predict`. It must not know what the command does.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::machine::DeviceChoice;
use crate::report::TaggedFormat;
use crate::tagging::InputFormat;

use super::commands::{Place, from_one};
use super::values::{device, word};

/// `runner predict`
#[derive(Debug, Args)]
pub(in crate::cli) struct Predict {
    /// A job: results/NAME:LABEL, a key or its beginning, a job's folder, or a results folder with one job
    #[arg(value_name = "JOB", value_hint = ValueHint::AnyPath)]
    pub job: String,
    /// The text to tag; - or none: standard input
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub file: PathBuf,
    /// How the text stands in FILE: text, words, conll or jsonl [default: by FILE's ending; standard input: text]
    ///
    /// text: a line is a document. words: a line is a sentence, with spaces between words. conll: a line is a token, in the
    /// first column; a blank line ends a sentence. jsonl: a line is {"text": ...} or {"tokens": [...]}.
    #[arg(long, value_name = "FORMAT", value_parser = word::<InputFormat>(), hide_possible_values = true)]
    pub input: Option<InputFormat>,
    /// Format of the answers: text (entities in brackets), conll (a token and its tag a line) or jsonl (with offsets and
    /// scores)
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = word::<TaggedFormat>(), hide_possible_values = true)]
    pub format: TaggedFormat,
    #[command(flatten)]
    pub place: Place,
    /// Where the model runs: auto, cpu, cuda (which is cuda:0) or cuda:N
    #[arg(long, default_value = "auto", value_name = "DEVICE", help_heading = "Machine")]
    #[arg(value_parser = device(), hide_possible_values = true)]
    pub device: DeviceChoice,
    /// Threads [default: one per core]
    #[arg(long, value_name = "N", value_parser = from_one("--threads"), help_heading = "Machine")]
    pub threads: Option<NonZeroUsize>,
    /// Use cached and local files only; no requests
    #[arg(long)]
    pub offline: bool,
}
