//! The options of `runner diff`. It must not know what is compared.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use crate::analysis::Score;
use crate::comparison::FailIf;
use crate::report::Format;

use super::values::score;

/// `runner diff`
#[derive(Debug, Args)]
pub(in crate::cli) struct Diff {
    /// Revisions or paths: REV, A..B, A...B; a results folder or a table
    #[arg(value_name = "REV|PATH", value_hint = ValueHint::AnyPath)]
    pub items: Vec<String>,
    /// The results folder or table, behind `--`
    #[arg(last = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Scores to compare, repeatable or with commas [default: test_entity_f1]
    ///
    /// All are tested together, so that each further score asks for more.
    #[arg(long, value_name = "SCORE", value_delimiter = ',', value_parser = score(), hide_possible_values = true)]
    pub value: Vec<Score>,
    /// Select settings by values, as in `freeze=true,train_size=1000`
    #[arg(long, value_name = "KEY=VALUE,...")]
    pub only: Option<String>,
    /// Compare the scores on an evaluation set
    #[arg(long, value_name = "NAME")]
    pub set: Option<String>,
    /// How the answer is written
    #[arg(long, default_value = "text")]
    pub format: DiffFormat,
    /// Exit with status 1 if a difference beyond noise is so, as in 'test_entity_f1 < -0.005'; repeatable
    ///
    /// Looks at B - A. Rows within noise are listed and do not count; those that are failed, gone or not comparable do.
    #[arg(long, value_name = "CONDITION")]
    pub fail_if: Vec<FailIf>,
}

/// The formats of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DiffFormat {
    /// For a terminal
    Text,
    /// A Markdown table with notes, for a pull request
    Md,
    /// A row a setting and score with every number
    Csv,
    /// The same as an array of objects
    Json,
}

impl Diff {
    /// The scores: those of --value and of --fail-if, or the default.
    pub(in crate::cli) fn scores(&self) -> Vec<Score> {
        let mut scores = Vec::new();
        for score in self.value.iter().copied().chain(self.fail_if.iter().map(|condition| condition.score)) {
            if !scores.contains(&score) {
                scores.push(score);
            }
        }
        if scores.is_empty() { vec![Score::DEFAULT] } else { scores }
    }
}

impl DiffFormat {
    pub(in crate::cli) fn format(self) -> Format {
        match self {
            Self::Text => Format::Text,
            Self::Md => Format::Md,
            Self::Csv => Format::Csv,
            Self::Json => Format::Json,
        }
    }
}
