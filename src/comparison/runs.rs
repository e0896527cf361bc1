//! The runs of a setting on one side: seeds, scores, predictions. It must not know the other side.

use crate::metrics::{Ratios, TagSet};
use crate::results::{Decimal, ReadTags, Record, ResultsError, ScoredSplit, Snapshot, TagNames, Tags};
use crate::statistics::{Run, SeedPair};

use super::verdict::PredictionsProblem;
use crate::analysis::Score;
use crate::analysis::Setting;

/// A finished job with its predictions on one split.
pub(super) struct Finished<'a> {
    pub(super) record: &'a Record,
    pub(super) seeds: SeedPair,
    pub(super) predictions: Predictions,
    /// Whether the row's own predictions contradict it: then it does not count.
    pub(super) is_contradicted: bool,
}

/// The predictions of a run.
pub(super) enum Predictions {
    /// There are none.
    Missing,
    /// There are, but not for this row.
    Unusable(PredictionsProblem),
    /// The row's scores follow from them.
    Read(ReadTags),
}

/// The runs of a setting.
pub(super) struct Runs<'a> {
    /// Those that finished, in their order.
    pub(super) finished: Vec<Finished<'a>>,
    /// Those that failed.
    pub(super) failed: Vec<&'a Record>,
}

impl Finished<'_> {
    /// The usable predictions.
    pub(super) fn tags(&self) -> Option<&ReadTags> {
        if let Predictions::Read(tags) = &self.predictions { Some(tags) } else { None }
    }

    /// What the score is made of.
    pub(super) fn ratios(&self, score: Score, tags: &TagSet) -> Option<Ratios> {
        score.ratios(tags, self.tags()?)
    }

    /// The score of six decimals: of the table, or of the predictions where the table has no column for it. None where the
    /// row does not count.
    pub(super) fn score(&self, score: Score, tags: &TagSet) -> Option<f64> {
        if self.is_contradicted {
            return None;
        }
        let of_tags = || Some(Decimal::new(self.ratios(score, tags)?.value().unwrap_or(0.0)));
        score.of(self.record).or_else(of_tags).map(Decimal::value)
    }

    /// As tests take it.
    pub(super) fn run(&self, score: Score, tags: &TagSet) -> Option<Run> {
        Some(self.record.run(self.score(score, tags)?))
    }
}

impl<'a> Runs<'a> {
    /// The runs of a setting with their predictions on a split.
    ///
    /// # Errors
    /// What the system or git says.
    pub(super) fn read(
        setting: &'a Setting,
        snapshot: &mut Snapshot,
        names: &mut TagNames,
        set: Option<&str>,
        split: ScoredSplit,
    ) -> Result<Self, ResultsError> {
        let mut runs = Self { finished: Vec::new(), failed: Vec::new() };
        for record in &setting.records {
            if record.measurements().is_none() {
                runs.failed.push(record);
                continue;
            }
            let predictions = match snapshot.tags(names, record, set, split)? {
                Tags::Missing => Predictions::Missing,
                Tags::Unusable(why) => Predictions::Unusable(PredictionsProblem::Unusable(why)),
                Tags::Read(read) if read.agrees => Predictions::Read(read),
                Tags::Read(read) => Predictions::Unusable(PredictionsProblem::OtherScores { file: read.file }),
            };
            let gives_others = matches!(&predictions, Predictions::Unusable(PredictionsProblem::OtherScores { .. }));
            let is_contradicted = gives_others || snapshot.contradicted.contains(&record.outcome.key);
            runs.finished.push(Finished { record, seeds: record.seeds(), predictions, is_contradicted });
        }
        Ok(runs)
    }

    /// The rows of the runs that finished.
    pub(super) fn scored(&self) -> Vec<&'a Record> {
        self.finished.iter().map(|run| run.record).collect()
    }

    /// All runs' rows.
    pub(super) fn records(&self) -> Vec<&'a Record> {
        self.finished.iter().map(|run| run.record).chain(self.failed.iter().copied()).collect()
    }

    /// Whether every finished run has predictions.
    pub(super) fn has_predictions(&self) -> bool {
        self.finished.iter().all(|run| run.tags().is_some())
    }

    /// The first problem of predictions.
    pub(super) fn problem(&self) -> Option<&PredictionsProblem> {
        let problem = |run: &'_ Finished<'a>| matches!(run.predictions, Predictions::Unusable(_));
        let found = self.finished.iter().find(|run| problem(run))?;
        if let Predictions::Unusable(problem) = &found.predictions { Some(problem) } else { None }
    }

    /// The run with these seeds.
    pub(super) fn at(&self, seeds: SeedPair) -> Option<&Finished<'a>> {
        self.finished.iter().find(|run| run.seeds == seeds)
    }
}
