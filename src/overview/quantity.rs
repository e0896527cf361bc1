//! What a table shows of a job: its scores, its loss, its steps, and the ratios of a type.

use std::fmt;
use std::str::FromStr;

use crate::metrics::{Metric, Scheme};
use crate::results::{Record, ScoredSplit};
use crate::spec::nearest;
use crate::words::words;

use crate::analysis::{Measure, Score};

words! {
    /// A number of an entity type, as per_entity.csv has it.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum TypeNumber {
        /// Harmonic mean of precision and recall.
        F1 => "f1",
        /// Entities in the gold.
        Support => "support",
        /// Right among predicted.
        Precision => "precision",
        /// Right among gold.
        Recall => "recall",
    }
}

/// A number of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// A score of a split.
    Score(Score),
    /// Mean loss over the steps.
    TrainLoss,
    /// Updates made.
    Steps,
    /// Of one type on a split, as `entity_f1` counts.
    Type(ScoredSplit, TypeNumber),
}

/// A name that is no quantity's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("--value {name}: there is no such score{}; there are {}; each also with validation_", 
    near.as_ref().map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default(), known.join(", "))]
pub struct UnknownQuantity {
    /// As it was given.
    pub name: String,
    /// The nearest name, if one is near.
    pub near: Option<String>,
    /// All names.
    pub known: Vec<String>,
}

impl Quantity {
    /// The numbers of a split that a table shows, the most important first.
    pub fn shown(split: ScoredSplit) -> Vec<Self> {
        let score = |metric| Self::Score(Score { split, measure: Measure::Metric(metric) });
        vec![
            score(Metric::EntityF1),
            score(Metric::TokenF1Micro),
            score(Metric::GoldTokenF1Micro),
            Self::TrainLoss,
            score(Metric::EntityF1Iob2),
            Self::Steps,
            score(Metric::GoldTokenF1Macro),
        ]
    }

    /// [`Quantity::shown`]; the score of the validation split that jobs are selected by stands beside `entity_f1`.
    pub fn shown_with(split: ScoredSplit, by: Option<Metric>) -> Vec<Self> {
        let mut shown = Self::shown(split);
        if let Some(by) = by.filter(|by| split == ScoredSplit::Validation && *by != Metric::EntityF1) {
            let by = Self::Score(Score { split, measure: Measure::Metric(by) });
            shown.retain(|known| *known != by);
            shown.insert(1, by);
        }
        shown
    }

    /// All scores of a split.
    pub fn scores(split: ScoredSplit) -> Vec<Self> {
        Score::all().filter(|score| score.split == split).map(Self::Score).collect()
    }

    /// The numbers of a type on a split.
    pub fn of_types(split: ScoredSplit) -> Vec<Self> {
        TypeNumber::ALL.into_iter().map(|number| Self::Type(split, number)).collect()
    }

    /// The split that it is of; none for what all splits share.
    pub fn split(self) -> Option<ScoredSplit> {
        match self {
            Self::Score(score) => Some(score.split),
            Self::Type(split, _) => Some(split),
            Self::TrainLoss | Self::Steps => None,
        }
    }

    /// Whether it is a share from 0 to 1, which has intervals.
    pub fn is_score(self) -> bool {
        matches!(self, Self::Score(_) | Self::Type(_, TypeNumber::F1 | TypeNumber::Precision | TypeNumber::Recall))
    }

    /// Whether results.csv has a column for it.
    pub fn is_column(self) -> bool {
        match self {
            Self::Score(score) => score.is_column(),
            Self::TrainLoss | Self::Steps => true,
            Self::Type(..) => false,
        }
    }

    /// The name without the split.
    pub fn short_name(self) -> &'static str {
        match self {
            Self::Score(score) => score.measure.name(),
            Self::TrainLoss => "train_loss",
            Self::Steps => "steps",
            Self::Type(_, number) => number.name(),
        }
    }

    /// Of a row; `kind`: the type. None where the row has none, where only tags have it, and of a job that was stopped: the
    /// numbers of a part of a training do not stand beside those of whole ones.
    pub(super) fn of(self, record: &Record, kind: Option<&str>) -> Option<f64> {
        let measured = record.measurements().filter(|_| record.rung.is_none())?;
        match self {
            Self::Score(score) => score.of(record).map(|score| score.value()),
            Self::TrainLoss => measured.train_loss.map(|loss| loss.value()),
            Self::Steps => record.outcome.steps.map(|steps| steps as f64),
            Self::Type(split, number) => {
                let rows = &measured.splits.get(&split)?.entities;
                let row = rows.iter().find(|row| row.scheme == Scheme::Conlleval && Some(row.kind.as_str()) == kind)?;
                Some(match number {
                    TypeNumber::F1 => row.f1.value(),
                    TypeNumber::Precision => row.precision.value(),
                    TypeNumber::Recall => row.recall.value(),
                    TypeNumber::Support => row.support as f64,
                })
            }
        }
    }
}

/// As a column of results.csv is named; of a type as one of per_entity.csv.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Score(score) => score.fmt(f),
            other => f.write_str(other.short_name()),
        }
    }
}

/// A score's name, `train_loss` or `steps`.
impl FromStr for Quantity {
    type Err = UnknownQuantity;

    fn from_str(name: &str) -> Result<Self, UnknownQuantity> {
        let others = [Self::TrainLoss, Self::Steps];
        if let Some(other) = others.into_iter().find(|other| other.short_name() == name) {
            return Ok(other);
        }
        name.parse().map(Self::Score).map_err(|_| {
            let scores: Vec<String> = Score::all().map(|score| score.to_string()).collect();
            let plain = Measure::all().map(|measure| measure.name().to_owned());
            let known: Vec<String> = plain.chain(others.map(|other| other.short_name().to_owned())).collect();
            let near = nearest(name, known.iter().chain(&scores).map(String::as_str)).map(str::to_owned);
            UnknownQuantity { name: name.to_owned(), near, known }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_found_by_the_names_of_their_columns() {
        assert_eq!("train_loss".parse(), Ok(Quantity::TrainLoss));
        assert_eq!("test_entity_f1".parse(), Ok(Quantity::Score(Score::DEFAULT)));
        let error = "entity_f11".parse::<Quantity>().expect_err("unknown");
        assert_eq!(error.near.as_deref(), Some("entity_f1"));
    }
}
