//! A number of a group over its runs: mean, interval over seeds, interval over test sentences.

use crate::metrics::{Ratios, TagSet};
use crate::results::{Decimal, FoldScores, ReadTags, Record, ResultsError, ScoredSplit};
use crate::statistics::{Collapsed, Run, SeedSummary, collapsed, score_interval, summarize};

use super::case::{Case, Group};
use super::quantity::Quantity;
use super::source::Source;

/// A number of a group over its runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// The runs that have it.
    pub runs: Vec<Run>,
    /// Jobs of the group that failed.
    pub failed: usize,
    /// Folds among the runs, where there are several; their mean has no interval.
    pub folds: Option<usize>,
    /// Over seeds or folds; none without runs. What is no score has no interval.
    pub seeds: Option<SeedSummary>,
    /// Runs under half the median of the others.
    pub collapsed: Vec<Collapsed>,
    /// 95 % interval of the mean over test sentences; none without predictions, and where it was not asked for.
    pub sentences: Option<(f64, f64)>,
}

/// Which groups need an interval over test sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sentences {
    /// Those of one run.
    OfOneRun,
    /// All.
    OfAll,
}

impl Summary {
    /// The mean; none without runs.
    pub fn mean(&self) -> Option<f64> {
        self.seeds.map(|seeds| seeds.mean)
    }

    /// The larger distance from the mean to an end of the interval over sentences.
    pub fn sentence_half_width(&self) -> Option<f64> {
        let (mean, (low, high)) = (self.mean()?, self.sentences?);
        Some((mean - low).max(high - mean))
    }

    fn new(
        quantity: Quantity,
        group: &Group,
        runs: Vec<Run>,
        folds: &FoldScores,
        sentences: Option<(f64, f64)>,
    ) -> Self {
        let failed = group.cases.iter().filter(|case| case.record.as_ref().is_some_and(|row| row.failure().is_some()));
        let seeds = folds.summary().or_else(|| summarize(&runs));
        let folds = folds.are_several().then(|| folds.count());
        let seeds =
            seeds.map(|seeds| if quantity.is_score() { seeds } else { SeedSummary { interval: None, ..seeds } });
        let collapsed = if quantity.is_score() { collapsed(&runs) } else { Vec::new() };
        Self { failed: failed.count(), folds, seeds, collapsed, sentences, runs }
    }
}

/// The numbers of a group, one for each of `quantities`.
///
/// # Errors
/// What the system or git says about files of predictions.
pub(super) fn summaries(
    group: &Group,
    quantities: &[Quantity],
    source: &mut Source,
    sentences: Sentences,
) -> Result<Vec<Summary>, ResultsError> {
    let mut tags = GroupTags { group, source, splits: Vec::new() };
    quantities.iter().map(|quantity| summary(*quantity, group, &mut tags, sentences)).collect()
}

fn summary(
    quantity: Quantity,
    group: &Group,
    tags: &mut GroupTags<'_>,
    sentences: Sentences,
) -> Result<Summary, ResultsError> {
    let kind = group.kind();
    let mut values: Vec<Option<f64>> =
        group.cases.iter().map(|case| case.record.as_ref().and_then(|record| quantity.of(record, kind))).collect();
    let mut ratios: Vec<Option<Ratios>> = Vec::new();
    if let Quantity::Score(score) = quantity {
        let is_lost = |(case, value): (&Case, &Option<f64>)| value.is_none() && is_scored(case, score.split);
        let lost = group.cases.iter().zip(&values).any(is_lost);
        let runs = values.iter().flatten().count();
        if lost || (runs > 0 && (sentences == Sentences::OfAll || runs == 1)) {
            ratios = tags.of(score.split)?.iter().map(|(set, read)| score.ratios(set, read.as_ref()?)).collect();
        }
        for (value, ratios) in values.iter_mut().zip(&ratios) {
            let computed = || ratios.as_ref().map(|ratios| Decimal::new(ratios.value().unwrap_or(0.0)).value());
            *value = value.or_else(computed);
        }
    }
    let runs = group.cases.iter().zip(&values).filter_map(|(case, value)| Some(case.record.as_ref()?.run((*value)?)));
    let runs: Vec<Run> = runs.collect();
    let scored = group.cases.iter().zip(&values);
    let folds = FoldScores::of(scored.filter_map(|(case, value)| Some((case.record.as_ref()?, (*value)?))));
    // each fold validates on other sentences
    let is_apart = folds.are_several() && quantity.split() == Some(ScoredSplit::Validation);
    let wanted = !is_apart && (sentences == Sentences::OfAll || runs.len() == 1);
    let counted: Option<Vec<&[Vec<[u32; 2]>]>> = values
        .iter()
        .zip(&ratios)
        .filter(|(value, _)| value.is_some())
        .map(|(_, ratios)| ratios.as_ref().map(|ratios| ratios.parts.as_slice()))
        .collect();
    let interval = counted.filter(|counted| wanted && !counted.is_empty()).and_then(|counted| score_interval(&counted));
    Ok(Summary::new(quantity, group, runs, &folds, interval))
}

/// Whether a job that ran to its end has scores on a split.
fn is_scored(case: &Case, split: ScoredSplit) -> bool {
    let measured = case.record.as_ref().filter(|record| record.rung.is_none()).and_then(Record::measurements);
    measured.is_some_and(|measured| measured.splits.contains_key(&split))
}

/// A row's tags, if it has any, with the set that they are in.
type RowTags = (TagSet, Option<ReadTags>);

/// The tags of a group's cases, read once for each split.
struct GroupTags<'a> {
    group: &'a Group,
    source: &'a mut Source,
    splits: Vec<(ScoredSplit, Vec<RowTags>)>,
}

impl GroupTags<'_> {
    /// With the tag set that each is in.
    fn of(&mut self, split: ScoredSplit) -> Result<&[RowTags], ResultsError> {
        if let Some(at) = self.splits.iter().position(|(known, _)| *known == split) {
            return Ok(&self.splits[at].1);
        }
        let mut all = Vec::new();
        for case in &self.group.cases {
            let read = match &case.record {
                Some(record) if is_scored(case, split) => self.source.tags(record, case.set.as_deref(), split)?,
                _ => None,
            };
            all.push((self.source.names().set(), read));
        }
        self.splits.push((split, all));
        Ok(&self.splits[self.splits.len() - 1].1)
    }
}
