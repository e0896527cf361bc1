//! What `[select]` chose, among how many, and how much too high its validation score is for that.

use crate::results::{FoldScores, ScoredSplit};
use crate::statistics::{Optimism, Run, optimism, summarize};

use super::case::{Case, Group, OWN_TEST, SET};
use super::quantity::Quantity;
use super::source::Source;
use crate::analysis::{Measure, Score};

/// A choice among settings on the validation split.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The label of what was chosen.
    pub winner: String,
    /// The score that chose, `validation_entity_f1`.
    pub by: String,
    /// Settings that were tried.
    pub candidates: usize,
    /// Those of them that were stopped before their end.
    pub stopped: usize,
    /// The mean validation score of the winner.
    pub best: f64,
    /// How much too high that is; none with one seed, where seeds are not common, and where settings were stopped.
    pub optimism: Option<Optimism>,
}

/// The choices that have a winner, in the order of their first groups.
pub fn choices(groups: &[Group], sources: &[Source]) -> Vec<Choice> {
    let mut places: Vec<(Vec<&str>, Vec<&Group>)> = Vec::new();
    for group in groups.iter().filter(|group| group.value(SET) == OWN_TEST) {
        let experiment = sources[group.cases[0].source].experiment.as_ref();
        let Some(select) = experiment.and_then(|experiment| experiment.select.as_ref()) else { continue };
        let is_over = |key: &str| select.over.iter().any(|over| over.as_str() == key);
        let rest: Vec<&str> =
            group.values.iter().filter(|(key, _)| !is_over(key)).map(|(_, text)| text.as_str()).collect();
        match places.iter_mut().find(|(known, _)| *known == rest) {
            Some((_, candidates)) => candidates.push(group),
            None => places.push((rest, vec![group])),
        }
    }
    places.into_iter().filter_map(|(_, candidates)| choice(&candidates, sources)).collect()
}

fn choice(candidates: &[&Group], sources: &[Source]) -> Option<Choice> {
    let select = sources[candidates[0].cases[0].source].experiment.as_ref()?.select.as_ref()?;
    let measure = Measure::Metric(select.by.metric());
    let by = Quantity::Score(Score { split: ScoredSplit::Validation, measure });
    let runs = |group: &Group| group.cases.iter().filter_map(|case| of_case(case, by)).collect::<Vec<Run>>();
    let has_won = |case: &Case| case.selected == Some("yes");
    let winner = candidates.iter().find(|group| group.cases.iter().all(has_won))?;
    let folds = FoldScores::of(winner.cases.iter().filter_map(|case| {
        let record = case.record.as_ref()?;
        Some((record, by.of(record, None)?))
    }));
    let best = folds.summary().or_else(|| summarize(&runs(winner)))?.mean;
    let tried: Vec<Vec<Run>> = candidates.iter().map(|group| runs(group)).filter(|runs| !runs.is_empty()).collect();
    let (winner, by, groups) = (winner.label.clone(), select.by.to_string(), candidates);
    let candidates = groups.len();
    let is_stopped =
        |group: &&&Group| group.cases.iter().any(|case| case.record.as_ref().is_some_and(|row| row.rung.is_some()));
    let stopped = groups.iter().filter(is_stopped).count();
    let optimism = if stopped == 0 && !folds.are_several() { optimism(&tried) } else { None };
    Some(Choice { winner, by, candidates, stopped, best, optimism })
}

fn of_case(case: &Case, by: Quantity) -> Option<Run> {
    let record = case.record.as_ref()?;
    Some(record.run(by.of(record, None)?))
}
