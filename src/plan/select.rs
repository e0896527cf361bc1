//! Choosing on the validation split: which jobs win, and a job's settings before it may use the test set. It must not know
//! how a score is computed.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::job::{Job, Plan};
use crate::spec::{KeyPath, Select, Settings, Size, Split, Value};

/// The result of a job that ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JobResult {
    /// The score of `select.by`; none for a failed job, and for a score without a value.
    pub score: Option<f64>,
}

/// Settings by key.
type Cells = Vec<(KeyPath, Value)>;

/// Jobs that differ only in the seeds, by their position in the plan: they win together or not at all.
#[derive(Debug, Default)]
pub(super) struct Candidate {
    pub(super) jobs: Vec<usize>,
}

/// Which of `jobs` are winners: true, false, or none while undecided.
///
/// The jobs of a group are equal in every key but those of `select.over` and the two seeds; the jobs of a candidate are
/// equal in `select.over` too. A candidate's score is the mean over its jobs. The highest wins, of equal ones the first in
/// the plan. A candidate with a job without a score cannot win. A group is undecided until all of its jobs have ended,
/// and has no winner if no candidate can win.
pub fn winners(jobs: &[Job], select: &Select, result: impl Fn(&Job) -> Option<JobResult>) -> Vec<Option<bool>> {
    let mut selected = vec![None; jobs.len()];
    for group in groups(jobs, select) {
        let Some(means) = means(&group, |job| result(&jobs[job])) else { continue };
        let best = ranked(&means).first().copied();
        for (index, candidate) in group.iter().enumerate() {
            for job in &candidate.jobs {
                selected[*job] = Some(best == Some(index));
            }
        }
    }
    selected
}

/// The mean score of each candidate, none for one that has a job without a score; none while a job has no result.
pub(super) fn means(group: &[Candidate], result: impl Fn(usize) -> Option<JobResult>) -> Option<Vec<Option<Mean>>> {
    let of =
        |candidate: &Candidate| -> Option<Vec<JobResult>> { candidate.jobs.iter().map(|job| result(*job)).collect() };
    group.iter().map(|candidate| of(candidate).map(mean)).collect()
}

/// The places of the candidates that have a mean, the highest first, of equals the first.
pub(super) fn ranked(means: &[Option<Mean>]) -> Vec<usize> {
    let mut scored: Vec<(usize, Mean)> =
        means.iter().enumerate().filter_map(|(place, mean)| Some((place, (*mean)?))).collect();
    scored.sort_by(|(_, one), (_, other)| other.cmp(one));
    scored.into_iter().map(|(place, _)| place).collect()
}

/// The candidates of each group, groups and candidates in order of first appearance. Jobs by their position in `jobs`.
pub(super) fn groups(jobs: &[Job], select: &Select) -> Vec<Vec<Candidate>> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<(BTreeMap<String, usize>, Vec<Candidate>)> = Vec::new();
    for (position, job) in jobs.iter().enumerate() {
        let set: Cells = job.settings.entries().filter(|(key, _)| !key.is_averaged()).collect();
        let (over, rest): (Cells, Cells) = set.into_iter().partition(|(key, _)| select.over.contains(key));
        let group = *places.entry(text(&rest)).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Default::default());
        }
        let (places, candidates) = &mut groups[group];
        let candidate = *places.entry(text(&over)).or_insert(candidates.len());
        if candidate == candidates.len() {
            candidates.push(Candidate::default());
        }
        candidates[candidate].jobs.push(position);
    }
    groups.into_iter().map(|(_, candidates)| candidates).collect()
}

/// Whether people search for the best value of this key.
fn is_searched(key: KeyPath) -> bool {
    key.table() == "train" && !key.is_averaged() || key.as_str() == "model.dropout"
}

/// A text that is equal for equal settings only.
fn text(cells: &Cells) -> String {
    cells.iter().map(|(key, value)| format!("{key}={}\n", value.to_toml())).collect()
}

/// A mean of scores in millionths, as the tables show them. Sum and count are exact, so equal means are equal in any order
/// of the seeds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mean {
    sum: i128,
    count: i128,
}

impl Mean {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.sum * other.count).cmp(&(other.sum * self.count))
    }
}

/// The mean of scores; none if one is missing.
fn mean(results: Vec<JobResult>) -> Option<Mean> {
    let scores = results.into_iter().map(|result| Some((result.score? * 1e6).round() as i128));
    let scores: Vec<i128> = scores.collect::<Option<_>>()?;
    Some(Mean { sum: scores.iter().sum(), count: scores.len() as i128 })
}

impl Job {
    /// The job's settings without the test set, which run until the winners are known.
    pub fn untested(&self) -> Settings {
        let mut settings = self.settings.clone();
        settings.data.test_size = Size::Rows(0);
        settings
    }
}

impl Plan {
    /// The warning about a search over settings of the training that is scored only on the test set.
    pub(super) fn selects_on_test(&self) -> Option<String> {
        let tested_only = |job: &&Job| {
            let data = &job.settings.data;
            data.size(Split::Validation) == Size::Rows(0) && data.test_size != Size::Rows(0)
        };
        let tested: Vec<&Job> = self.jobs.iter().filter(tested_only).collect();
        let varies =
            |key: &&KeyPath| tested.windows(2).any(|pair| pair[0].settings.get(**key) != pair[1].settings.get(**key));
        let searched = self.varied.iter().filter(|key| is_searched(**key));
        let searched: Vec<&str> = searched.filter(varies).map(|key| key.as_str()).collect();
        if searched.is_empty() || self.experiment.select.is_some() {
            return None;
        }
        let listed: Vec<String> = searched.iter().map(|key| format!("\"{key}\"")).collect();
        Some(format!(
            "the matrix varies {} and scores only the test set. Taking the best row is selecting on the test set: its \
             score is higher than the same settings would get on new text. To select without the test set, set \
             `data.validation_size` to a number of rows and add [select] with `over = [{}]`",
            searched.join(", "),
            listed.join(", "),
        ))
    }
}
