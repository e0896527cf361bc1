//! A score of a split, by the name of its column: `test_entity_f1`.

use std::fmt;
use std::str::FromStr;

use crate::metrics::{Metric, Ratios, TagSet, ratios};
use crate::results::{Decimal, ReadTags, Record, ScoredSplit};
use crate::spec::nearest;

/// A score of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score {
    /// The split.
    pub split: ScoredSplit,
    /// What is measured on it.
    pub measure: Measure,
}

/// What a score measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// A column of results.csv.
    Metric(Metric),
}

/// A name that is no score's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a score{}; the scores are {}, each with test_ or validation_ before it",
    near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default(),
    Measure::all().map(|measure| measure.name()).collect::<Vec<_>>().join(", "))]
pub struct UnknownScore {
    /// As it was given.
    pub name: String,
    /// The nearest name, if one is near.
    pub near: Option<String>,
}

impl Measure {
    /// Every measure, in the order in which they are shown.
    pub fn all() -> impl Iterator<Item = Self> {
        Metric::ALL.into_iter().map(Self::Metric)
    }

    /// The name without the split, `entity_f1`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metric(metric) => metric.name(),
        }
    }
}

impl Score {
    /// What papers quote: `test_entity_f1`.
    pub const DEFAULT: Self = Self { split: ScoredSplit::Test, measure: Measure::Metric(Metric::EntityF1) };

    /// Every score, in the order in which they are shown.
    pub fn all() -> impl Iterator<Item = Self> {
        ScoredSplit::ALL.into_iter().flat_map(|split| Measure::all().map(move |measure| Self { split, measure }))
    }

    /// The score of a row of results.csv.
    pub fn of(self, record: &Record) -> Option<Decimal> {
        let measured = record.measurements()?;
        match self.measure {
            Measure::Metric(metric) => measured.score(self.split, metric),
        }
    }

    /// What the score is made of, sentence by sentence; none where it has no value.
    pub fn ratios(self, tags: &TagSet, read: &ReadTags) -> Option<Ratios> {
        match self.measure {
            Measure::Metric(metric) => ratios(metric, tags, &read.gold.sentences, &read.predicted)
                .expect("gold and predictions have one shape"),
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.split.name(), self.measure.name())
    }
}

/// A column's name; without a split it is the test split's.
impl FromStr for Score {
    type Err = UnknownScore;

    fn from_str(name: &str) -> Result<Self, UnknownScore> {
        let named = |score: &Self| {
            score.to_string() == name || (score.split == ScoredSplit::Test && score.measure.name() == name)
        };
        Self::all().find(named).ok_or_else(|| {
            let names: Vec<String> = Self::all().map(|score| score.to_string()).collect();
            let near = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
            UnknownScore { name: name.to_owned(), near }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_is_found_by_its_name() {
        for score in Score::all() {
            assert_eq!(score.to_string().parse(), Ok(score));
        }
        assert_eq!("entity_f1".parse(), Ok(Score::DEFAULT));
        let error = "test_entity_F".parse::<Score>().expect_err("unknown");
        assert_eq!(error.near.as_deref(), Some("test_entity_f1"));
    }
}
