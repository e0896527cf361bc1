//! A score of a split, by the name of its column: `test_entity_f1`.

use std::fmt;
use std::str::FromStr;

use crate::metrics::{Metric, PartialMetric, Ratios, TagSet, partial_ratios, ratios};
use crate::results::{Decimal, ReadTags, Record, ScoredSplit, Tags};
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
    /// Computed from predictions; no table holds it.
    Partial(PartialMetric),
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
        Metric::ALL.into_iter().map(Self::Metric).chain(PartialMetric::ALL.into_iter().map(Self::Partial))
    }

    /// The name without the split, `entity_f1`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metric(metric) => metric.name(),
            Self::Partial(metric) => metric.name(),
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

    /// Whether it is a column of results.csv. Others are computed from predictions.
    pub fn is_column(self) -> bool {
        matches!(self.measure, Measure::Metric(_))
    }

    /// The score of a row of results.csv; none if it is no column, or empty.
    pub fn of(self, record: &Record) -> Option<Decimal> {
        let measured = record.measurements()?;
        match self.measure {
            Measure::Metric(metric) => measured.score(self.split, metric),
            Measure::Partial(_) => None,
        }
    }

    /// The score of a row, by its column, or by the row's tags on the score's split where it is no column. None: the job
    /// failed, there is no gold entity, or its predictions are missing, unusable or not those of its scores. `tags`: the
    /// set that numbers them.
    pub fn value(self, record: &Record, tags: &TagSet, of_row: &Tags) -> Option<Decimal> {
        match (self.measure, of_row) {
            (Measure::Metric(_), _) => self.of(record),
            (Measure::Partial(_), Tags::Read(read)) if record.measurements().is_some() && read.agrees => {
                Some(Decimal::new(self.ratios(tags, read)?.value().unwrap_or(0.0)))
            }
            (Measure::Partial(_), _) => None,
        }
    }

    /// What the score is made of, sentence by sentence; none where it has no value.
    pub fn ratios(self, tags: &TagSet, read: &ReadTags) -> Option<Ratios> {
        let (gold, predicted) = (&read.gold.sentences, &read.predicted);
        let found = match self.measure {
            Measure::Metric(metric) => ratios(metric, tags, gold, predicted),
            Measure::Partial(metric) => partial_ratios(metric, tags, gold, predicted),
        };
        found.expect("gold and predictions have one shape")
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
    use std::sync::Arc;

    use crate::results::{Ending, Gold, Measurements, Outcome};

    use super::*;

    #[test]
    fn every_score_is_found_by_its_name() {
        for score in Score::all() {
            assert_eq!(score.to_string().parse(), Ok(score));
        }
        assert_eq!("entity_f1".parse(), Ok(Score::DEFAULT));
        let error = "test_entity_F".parse::<Score>().expect_err("unknown");
        assert_eq!(error.near.as_deref(), Some("test_entity_f1"));
        assert_eq!(Score::all().filter(|score| score.is_column()).count(), 18);
    }

    #[test]
    fn a_partial_score_is_computed_from_tags_that_belong_to_the_row() {
        let tags = TagSet::new(&["O", "B-PER", "I-PER"].map(str::to_owned)).expect("valid names");
        let gold = Gold { file: "predictions/gold-0.tags".to_owned(), sentences: vec![vec![1, 2, 0], vec![1, 0, 0]] };
        let predicted = vec![vec![Some(1), Some(0), Some(0)], vec![Some(1), Some(0), None]];
        let read = ReadTags { file: "predictions/a.tags".to_owned(), gold: Arc::new(gold), predicted, agrees: true };
        let of = |ending| Record {
            label: "base".to_owned(),
            selected: None,
            rung: None,
            settings: [].into(),
            outcome: Outcome {
                key: String::new(),
                environment: "cpu".to_owned(),
                precision: None,
                steps: None,
                ending,
            },
        };
        let row = of(Ending::Ok(Measurements::default()));
        let value = |name: &str, of_row: &Tags| {
            let score: Score = name.parse().expect("a score");
            score.value(&row, &tags, of_row).map(|value| value.to_string())
        };
        let whole = Tags::Read(read.clone());
        let found = ["test_exact_f1", "partial_f1", "type_recall"].map(|name| value(name, &whole));
        assert_eq!(found, ["0.500000", "0.750000", "1.000000"].map(|value| Some(value.to_owned())));
        assert_eq!(value("exact_f1", &Tags::Read(ReadTags { agrees: false, ..read })), None);
        assert_eq!(value("exact_f1", &Tags::Missing), None);
    }
}
