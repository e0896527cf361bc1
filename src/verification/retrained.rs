//! A row and what came of training its job again: whether they are equal, or differ by rounding, or by more. It trains
//! nothing.

use crate::experiment::ExperimentError;
use crate::metrics::Metric;
use crate::results::{Columns, Ending, Outcome, Record, ScoredSplit, Snapshot, TagNames, Tags, job_differences};

use super::finding::Finding;

/// The largest difference of a score that rounding in another environment is held to explain: a training can amplify it.
const ROUNDING: f64 = 0.02;

/// Columns of results.csv that no rounding changes.
const EXACT: [&str; 4] = ["key", "steps", "words_unseen", "test_in_train"];

const REMEDY: &str =
    "the row does not follow from its experiment: train the job again with --force, or ask who made it";

/// Two folders whose predictions are compared.
pub(super) struct Pair {
    pub(super) old: Snapshot,
    pub(super) new: Snapshot,
    pub(super) names: TagNames,
}

impl Pair {
    /// Tags that differ, of how many; none where a side has no predictions.
    pub(super) fn differing(
        &mut self,
        record: &Record,
        now: &Outcome,
    ) -> Result<Option<(usize, usize)>, ExperimentError> {
        let new = Record { outcome: now.clone(), ..record.clone() };
        let mut counts = None;
        for split in ScoredSplit::ALL {
            let before = self.old.tags(&mut self.names, record, None, split)?;
            let after = self.new.tags(&mut self.names, &new, None, split)?;
            let (Tags::Read(before), Tags::Read(after)) = (before, after) else { continue };
            let pairs = || before.predicted.iter().flatten().zip(after.predicted.iter().flatten());
            let (differing, all) = counts.unwrap_or((0, 0));
            counts = Some((differing + pairs().filter(|(one, other)| one != other).count(), all + pairs().count()));
        }
        Ok(counts)
    }
}

/// A row and what came of training it again.
pub(super) struct Comparison {
    /// Cells that differ, without those that name the environment.
    cells: Vec<Finding>,
    /// The largest difference of a score, and its column.
    largest: Option<(f64, String)>,
    /// Tags that differ, of how many.
    pub(super) tags: Option<(usize, usize)>,
    pub(super) weights_differ: bool,
    label: String,
}

/// What may be said of a job that was trained again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Row, predictions and weights are equal.
    Identical,
    /// They differ by what rounding in another environment explains: how much, and which environments.
    WithinRounding(String),
    /// They differ by more.
    Different(Vec<Finding>),
}

impl Comparison {
    pub(super) fn of(record: &Record, now: &Outcome, (columns, header): (&Columns, &[String])) -> Self {
        let mut largest: Option<(f64, String)> = None;
        let new = Record { outcome: now.clone(), ..record.clone() };
        for split in ScoredSplit::ALL {
            for metric in Metric::ALL {
                let score = |record: &Record| record.measurements()?.score(split, metric).map(|score| score.value());
                let (Some(one), Some(other)) = (score(record), score(&new)) else { continue };
                let difference = (one - other).abs();
                if difference > largest.as_ref().map_or(0.0, |(most, _)| *most) {
                    largest = Some((difference, format!("{}_{}", split.name(), metric.name())));
                }
            }
        }
        let mut cells: Vec<Finding> = job_differences(record, columns, header, now)
            .into_iter()
            .map(|difference| Finding::of(difference, "trained again", REMEDY))
            .collect();
        cells.retain(|cell| !matches!(cell.column.as_str(), "environment" | "precision"));
        if let Ending::Failed(failure) = &now.ending {
            let failed = Finding::at("results.csv", &record.label, "status").found("ok", format!("failed, {failure}"));
            cells = vec![failed.from("trained again", REMEDY)];
        }
        Self { cells, largest, tags: None, weights_differ: false, label: record.label.clone() }
    }

    pub(super) fn verdict(mut self, elsewhere: Option<String>) -> Verdict {
        let differing = self.tags.map_or(0, |(differing, _)| differing);
        if self.cells.is_empty() && differing == 0 && !self.weights_differ {
            return Verdict::Identical;
        }
        let largest = self.largest.as_ref().map_or(0.0, |(largest, _)| *largest);
        let is_failed = self.cells.iter().any(|cell| cell.column == "status");
        // what no rounding changes
        let has_other_key = self.cells.iter().any(|cell| EXACT.contains(&cell.column.as_str()));
        if let Some(elsewhere) = elsewhere.filter(|_| largest <= ROUNDING && !is_failed && !has_other_key) {
            let score = match &self.largest {
                Some((largest, column)) => format!("{column} differs most, by {largest:.6}"),
                None => "no score differs".to_owned(),
            };
            let tags =
                self.tags.map_or(String::new(), |(differing, all)| format!(", {differing} of {all} tags differ"));
            return Verdict::WithinRounding(format!("{score}{tags} ({elsewhere})"));
        }
        if differing > 0 && self.cells.is_empty() {
            self.cells.push(
                Finding::at("predictions", &self.label, "tags")
                    .found(format!("{differing} differ"), "0")
                    .from("trained again", REMEDY),
            );
        }
        if self.weights_differ && self.cells.is_empty() {
            self.cells.push(
                Finding::at(".run/models", &self.label, "weights")
                    .found("other values", "the same")
                    .from("trained again", REMEDY),
            );
        }
        if has_other_key {
            self.cells.retain(|cell| cell.column == "key");
            let remedy = "an input or a setting changed since: restore it, and compare again";
            self.cells.iter_mut().for_each(|cell| cell.remedy = remedy);
        }
        Verdict::Different(self.cells)
    }
}
