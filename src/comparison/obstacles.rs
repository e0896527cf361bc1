//! What ends a comparison before any test: equal results, and reasons why results may not be compared, in their order. It
//! must not know tests.

use std::collections::{BTreeMap, BTreeSet};

use crate::results::{Record, ScoredSplit};
use crate::statistics::SeedPair;

use super::facts::{SET_DATASET, SET_LANGUAGE, SET_SIZE};
use super::pairing::Values;
use super::runs::Runs;
use super::sides::Side;
use super::verdict::{NoScore, Reason, Verdict};
use crate::analysis::Score;

/// What is known of a pair of settings.
pub(super) struct Known<'a> {
    pub(super) runs: [&'a Runs<'a>; 2],
    pub(super) values: [&'a Values; 2],
    /// Whether the scored file differs; none if that is not known.
    pub(super) scored_file_changed: Option<bool>,
    /// Whether keys or input files differ.
    pub(super) settings_changed: bool,
    /// The environments, if they differ.
    pub(super) environments: Option<[String; 2]>,
}

impl Known<'_> {
    /// Equal results, if they are.
    pub(super) fn identical(&self, split: ScoredSplit) -> Option<Verdict> {
        let [a, b] = self.runs;
        let of = |runs: &Runs<'_>| runs.finished.iter().map(|run| run.seeds).collect::<BTreeSet<SeedPair>>();
        let failed = |runs: &Runs<'_>| runs.failed.iter().map(|record| record.seeds()).collect::<BTreeSet<SeedPair>>();
        if a.finished.is_empty() || of(a) != of(b) || failed(a) != failed(b) {
            return None;
        }
        let mut all_read = true;
        for run in &a.finished {
            let other = b.at(run.seeds)?;
            if !equal_cells(run.record, other.record, split) {
                return None;
            }
            match (run.tags(), other.tags()) {
                (Some(x), Some(y)) if x.predicted == y.predicted && x.gold.sentences == y.gold.sentences => {}
                (Some(_), Some(_)) => return None,
                _ => all_read = false,
            }
        }
        let runs = a.finished.len();
        Some(if all_read { Verdict::Identical { runs } } else { Verdict::IdenticalInTable { missing: self.missing() } })
    }

    /// Why the results may not be compared by a score; `counts`: runs of each side that have it.
    pub(super) fn reason(&self, score: Score, counts: [usize; 2]) -> Option<Reason> {
        self.failed()
            .or_else(|| self.stopped())
            .or_else(|| self.contradicted())
            .or_else(|| self.empty(score, counts))
            .or_else(|| self.gold())
            .or_else(|| self.sizes(score.split))
            .or_else(|| self.scored_file())
            .or_else(|| self.one_seed(counts))
            .or_else(|| self.environment())
    }

    fn failed(&self) -> Option<Reason> {
        let all = [Side::A, Side::B].into_iter().zip(self.runs).filter(|(_, runs)| runs.finished.is_empty());
        let (sides, runs): (Vec<Side>, Vec<&Runs<'_>>) = all.unzip();
        let failed = &runs.first()?.failed;
        let code = match &failed.first()?.outcome.ending {
            crate::results::Ending::Failed(failure) => failure.code.clone(),
            crate::results::Ending::Ok(_) => return None,
        };
        Some(Reason::AllFailed { sides, jobs: failed.len(), code })
    }

    /// The scores of a part of a training are not those of its end.
    fn stopped(&self) -> Option<Reason> {
        let is_stopped = |runs: &Runs<'_>| runs.finished.iter().any(|run| run.record.rung.is_some());
        let sides = [Side::A, Side::B].into_iter().zip(self.runs).filter(|(_, runs)| is_stopped(runs));
        let sides: Vec<Side> = sides.map(|(side, _)| side).collect();
        (!sides.is_empty()).then_some(Reason::Stopped(sides))
    }

    /// Scores that do not follow from their own predictions are no results.
    fn contradicted(&self) -> Option<Reason> {
        let of = |(side, runs): (Side, &Runs<'_>)| {
            let seeds = runs.finished.iter().filter(|run| run.is_contradicted).map(|run| run.seeds);
            let seeds: Vec<SeedPair> = seeds.collect();
            (!seeds.is_empty()).then_some(Reason::Contradicted { side, seeds })
        };
        [Side::A, Side::B].into_iter().zip(self.runs).find_map(of)
    }

    fn empty(&self, score: Score, counts: [usize; 2]) -> Option<Reason> {
        let at = counts.iter().position(|count| *count == 0)?;
        if !score.is_column() && !self.runs[at].has_predictions() {
            return Some(Reason::NoScore(NoScore::NoPredictions([Side::A, Side::B][at])));
        }
        let scores = |record: &Record| {
            let split = record.measurements().and_then(|measured| measured.splits.get(&score.split));
            split.is_some_and(|scores| !scores.metrics.is_empty())
        };
        let is_scored = self.runs[at].finished.iter().any(|run| scores(run.record));
        Some(Reason::NoScore(if is_scored { NoScore::NoGoldEntity } else { NoScore::NotScored }))
    }

    fn gold(&self) -> Option<Reason> {
        let [a, b] = self.runs.map(|runs| runs.finished.iter().find_map(|run| run.tags()).map(|tags| &tags.gold));
        let (a, b) = (&a?.sentences, &b?.sentences);
        if a.len() != b.len() {
            return Some(Reason::Sizes([a.len().to_string(), b.len().to_string()]));
        }
        let differing = a.iter().zip(b).filter(|(a, b)| a != b).count();
        (differing > 0).then_some(Reason::Gold { differing, sentences: a.len() })
    }

    /// Without predictions settings tell whether the same sentences are scored.
    fn sizes(&self, split: ScoredSplit) -> Option<Reason> {
        if self.missing().is_empty() {
            return None;
        }
        let differ = |key: &str| {
            let [a, b] = self.values.map(|values| values.get(key).cloned().flatten());
            let (a, b) = (a?, b?);
            (a != b).then_some([a, b])
        };
        let is_set = self.values.iter().any(|values| values.contains_key(SET_SIZE));
        let size = if is_set { SET_SIZE.to_owned() } else { format!("data.{}_size", split.name()) };
        if let Some(sizes) = differ(&size) {
            return Some(Reason::Sizes(sizes));
        }
        let names = if is_set { [SET_DATASET, SET_LANGUAGE] } else { ["data.dataset", "data.language"] };
        let other = names.into_iter().find_map(differ);
        other.filter(|_| self.scored_file_changed != Some(false)).map(Reason::DataSets)
    }

    fn scored_file(&self) -> Option<Reason> {
        let equal_tags = self.missing().is_empty();
        (self.scored_file_changed == Some(true)).then_some(Reason::ScoredFile { equal_tags })
    }

    fn one_seed(&self, counts: [usize; 2]) -> Option<Reason> {
        let missing = self.missing();
        (counts == [1, 1] && !missing.is_empty()).then_some(Reason::OneSeed { missing })
    }

    fn environment(&self) -> Option<Reason> {
        self.environments.clone().filter(|_| !self.is_other_job()).map(Reason::Environments)
    }

    /// Whether the settings differ: by the keys of the runs with common seeds, else by what is known to have changed.
    pub(super) fn is_other_job(&self) -> bool {
        let [a, b] = self.runs;
        let keys: BTreeMap<SeedPair, &str> =
            a.finished.iter().map(|run| (run.seeds, run.record.outcome.key.as_str())).collect();
        let common: Vec<bool> =
            b.finished.iter().filter_map(|run| Some(*keys.get(&run.seeds)? != run.record.outcome.key)).collect();
        if common.is_empty() { self.settings_changed } else { common.contains(&true) }
    }

    /// The sides on which a run has no predictions.
    pub(super) fn missing(&self) -> Vec<Side> {
        let sides = [Side::A, Side::B].into_iter().zip(self.runs);
        sides.filter(|(_, runs)| !runs.has_predictions()).map(|(side, _)| side).collect()
    }
}

/// Whether the score cells of a split are equal, as far as both tables have columns.
fn equal_cells(a: &Record, b: &Record, split: ScoredSplit) -> bool {
    let cells = |record: &Record| {
        let scores = record.measurements().and_then(|measured| measured.splits.get(&split));
        scores.map(|scores| scores.metrics.clone()).unwrap_or_default()
    };
    let (a, b) = (cells(a), cells(b));
    let common = a.iter().filter_map(|(metric, score)| Some((score, b.get(metric)?)));
    let mut count = 0;
    let equal = common.inspect(|_| count += 1).all(|(a, b)| a == b);
    equal && count > 0 || a.is_empty() && b.is_empty()
}
