//! A job's result as the journal stores it and the tables show it. Numbers are rounded here, once. It knows no settings.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::metrics::{Metric, Scheme, Scores};
use crate::spec::Split;
use crate::words::words;

use super::{Decimal, Significant};

/// A job's result, without anything that varies between two equal runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The job's key: 12 hex digits.
    pub key: String,
    /// Where it ran, `cpu` or `cuda-h200`.
    pub environment: String,
    /// Number format of the products, `fp32` or `bf16`; none if the job failed before it was resolved.
    pub precision: Option<String>,
    /// Updates made; none for a failed job that made none.
    pub steps: Option<u64>,
    /// How it ended.
    pub ending: Ending,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// With scores.
    Ok(Measurements),
    /// With an error.
    Failed(Failure),
}

impl Ending {
    /// The cell `status`.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Failed(_) => "failed",
        }
    }
}

/// Why a job failed, without paths, times or measured sizes, so that two equal runs have the same text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// A word such as `too_few_rows`, without spaces and colons.
    pub code: String,
    /// One sentence.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// What a finished job measured.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurements {
    /// Mean loss over the steps; none without steps.
    pub train_loss: Option<Decimal>,
    /// The scores of each scored split; a split without any value is absent.
    pub splits: BTreeMap<ScoredSplit, SplitScores>,
    /// The rows of curves.csv, by step.
    pub curve: Vec<CurvePoint>,
    /// The rows of epochs.csv, by epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub epochs: Vec<EpochPoint>,
    /// Passes over the training data before the best of the evaluations; none without evaluations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_epoch: Option<Significant>,
    /// What of the model is another job's; none if the checkpoint is no job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherited: Option<Inherited>,
    /// Unscored words of the test split, cut off or without a subword token; none if it is not scored.
    pub words_unseen: Option<u64>,
    /// Test sentences that are also in the training set; none if the test split is not scored.
    pub test_in_train: Option<u64>,
}

impl Measurements {
    /// Adds the scores of a split, rounded.
    pub fn add_scores(&mut self, split: ScoredSplit, scores: &Scores) {
        let rounded = SplitScores::new(scores);
        if rounded != SplitScores::default() {
            self.splits.insert(split, rounded);
        }
    }

    /// A score, if it was computed and has a value.
    pub fn score(&self, split: ScoredSplit, metric: Metric) -> Option<Decimal> {
        self.splits.get(&split)?.metrics.get(&metric).copied()
    }
}

words! {
    /// What a job began with of the trained model of another job.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Inherited {
        /// The encoder, under a new classifier.
        Encoder => "encoder",
        /// The whole model.
        Whole => "encoder+classifier",
    }
}

words! {
    /// A split that scores exist for; tables show them in this order.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum ScoredSplit {
        /// The test split.
        Test => "test",
        /// The validation split.
        Validation => "validation",
    }
}

impl ScoredSplit {
    /// The split of the data.
    pub fn split(self) -> Split {
        match self {
            Self::Test => Split::Test,
            Self::Validation => Split::Validation,
        }
    }
}

/// The rounded scores of one split.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitScores {
    /// The scores that have a value.
    pub metrics: BTreeMap<Metric, Decimal>,
    /// Per type, by scheme, then name.
    pub entities: Vec<EntityRow>,
}

impl SplitScores {
    /// Rounds scores to six decimals.
    pub fn new(scores: &Scores) -> Self {
        let value = |metric: Metric| Some((metric, Decimal::new(scores.get(metric)?)));
        let entities = scores.entities.iter().map(|row| EntityRow {
            scheme: row.scheme,
            kind: row.kind.clone(),
            precision: Decimal::new(row.precision),
            recall: Decimal::new(row.recall),
            f1: Decimal::new(row.f1),
            support: row.support,
        });
        Self { metrics: Metric::ALL.into_iter().filter_map(value).collect(), entities: entities.collect() }
    }
}

/// A row of per_entity.csv, without its job and split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntityRow {
    /// How tags became entities.
    pub scheme: Scheme,
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Right among predicted; 0 if none was predicted.
    pub precision: Decimal,
    /// Right among gold; 0 if there is none.
    pub recall: Decimal,
    /// Harmonic mean.
    pub f1: Decimal,
    /// Entities in the gold.
    pub support: u64,
}

/// A row of curves.csv, without its job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    /// Updates made, from 1.
    pub step: u64,
    /// Passes over the training data, fractions included.
    pub epoch: Significant,
    /// Mean loss since the row before.
    pub loss: Significant,
    /// Rate of this step.
    pub learning_rate: Significant,
    /// Norm of this step's gradient before clipping.
    pub grad_norm: Significant,
}

/// A row of epochs.csv, without its job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochPoint {
    /// Passes over the training data, fractions included.
    pub epoch: Significant,
    /// Mean loss since the row before.
    pub train_loss: Significant,
    /// Mean cross-entropy on the validation split.
    pub validation_loss: Significant,
    /// `entity_f1` on the validation split.
    pub validation_entity_f1: Decimal,
}

/// A job beside its result: what one row of results.csv shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The job's label, `train_size=1000,freeze=false`.
    pub label: String,
    /// Whether it is a winner; none while undecided, and without [select].
    pub selected: Option<bool>,
    /// The rung, from 1, at which it was stopped and scored; none for one that ran to its end.
    pub rung: Option<u64>,
    /// Its settings as cell texts by dotted name, `data.train_size` → `1000`; an unset one is absent or empty.
    pub settings: BTreeMap<String, String>,
    /// Its result.
    pub outcome: Outcome,
}

impl Record {
    /// What the job measured; none if it failed.
    pub fn measurements(&self) -> Option<&Measurements> {
        match &self.outcome.ending {
            Ending::Ok(measured) => Some(measured),
            Ending::Failed(_) => None,
        }
    }

    /// The cell `status`.
    pub fn status(&self) -> &'static str {
        if self.rung.is_some() { "stopped" } else { self.outcome.ending.status() }
    }

    /// Where it was stopped, in words; none if it was not.
    pub fn stopped(&self) -> Option<String> {
        let (rung, steps) = (self.rung?, self.outcome.steps.unwrap_or_default());
        Some(format!("stopped at rung {rung} ({steps} steps)"))
    }

    /// Why the job failed; none if it did not.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.outcome.ending {
            Ending::Ok(_) => None,
            Ending::Failed(failure) => Some(failure),
        }
    }
}
