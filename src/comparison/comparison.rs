//! Two snapshots compared: settings paired, each pair by each score a row with a verdict. It must not know words or formats.

use std::collections::{BTreeMap, BTreeSet};

use crate::results::{ResultsError, ScoredSplit, Snapshot, TagNames};
use crate::statistics::Run;

use super::changes::Changes;
use super::compared::{Compared, rows_of};
use super::family::{Together, judge, together};
use super::only::SettingFilter;
use super::pairing::{Candidate, Pair, pairs};
use super::row::Row;
use crate::analysis::Score;

/// What is compared.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    /// The scores.
    pub scores: Vec<Score>,
    /// The evaluation set, instead of the jobs' own test split.
    pub set: Option<&'a str>,
    /// The settings; all without it.
    pub only: Option<SettingFilter>,
}

/// A comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// A row for each setting and score: by setting, then by score.
    pub rows: Vec<Row>,
    /// What changed in all of several settings that both sides have.
    pub common: Changes,
    /// Settings that both sides have.
    pub paired: usize,
    /// Tests, which Holm's correction is over.
    pub tests: usize,
    /// A line for the whole table for each score with two tested rows or more.
    pub together: Vec<Together>,
    /// What to tell the user of experiment.toml and lock.toml.
    pub notices: Vec<String>,
}

/// Why two snapshots are not compared.
#[derive(Debug, thiserror::Error)]
pub enum ComparisonError {
    /// No setting of one is one of the other.
    #[error("{} and {} have no setting in common; A has {}, B has {}", names[0], names[1], labels[0], labels[1])]
    Unrelated {
        /// What the sides are called.
        names: [String; 2],
        /// Some of their settings.
        labels: [String; 2],
    },
    /// `--only` fits nothing.
    #[error("{0}")]
    Only(String),
    /// There is no such evaluation set.
    #[error("there is no evaluation set `{set}`; {}", if sets.is_empty() { "these results have none".to_owned() } else { format!("there are {}", sets.join(", ")) })]
    NoSet {
        /// As it was given.
        set: String,
        /// Those that there are.
        sets: Vec<String>,
    },
    /// What the system, git or a file says.
    #[error(transparent)]
    Results(#[from] ResultsError),
}

impl Comparison {
    /// Compares two snapshots. Of `names` messages are made.
    ///
    /// # Errors
    /// Unrelated tables, a selection or a set that fits nothing; what the system or git says.
    pub fn new(snapshots: &mut [Snapshot; 2], names: &[String; 2], scope: &Scope<'_>) -> Result<Self, ComparisonError> {
        check_set(snapshots, scope.set)?;
        let mut notices = Vec::new();
        let [a, b] = snapshots;
        let mut sides = [Compared::read(a, scope.set, &mut notices)?, Compared::read(b, scope.set, &mut notices)?];
        let found = selected(&sides, scope.only.as_ref(), names)?;
        let mut tags = TagNames::default();
        let mut rows = Vec::new();
        let mut runs: BTreeMap<Score, Vec<[Vec<Run>; 2]>> = BTreeMap::new();
        let is_scored = |split: &ScoredSplit| scope.scores.iter().any(|score| score.split == *split);
        let splits: Vec<ScoredSplit> = ScoredSplit::ALL.into_iter().filter(is_scored).collect();
        for pair in &found {
            let start = rows.len();
            for split in &splits {
                let scores: Vec<Score> = scope.scores.iter().copied().filter(|score| score.split == *split).collect();
                for (row, scored) in rows_of(&mut sides, *pair, &scores, scope.set, &mut tags)? {
                    if row.test.is_some() {
                        runs.entry(row.score).or_default().push(scored);
                    }
                    rows.push(row);
                }
            }
            let place = |score: Score| scope.scores.iter().position(|wanted| *wanted == score);
            rows[start..].sort_by_key(|row| place(row.score));
        }
        let common = common(&rows);
        let paired = found.iter().filter(|pair| pair.iter().all(Option::is_some)).count();
        let tests = judge(&mut rows);
        let of_score = |score: &Score| together(*score, runs.get(score)?);
        let together = scope.scores.iter().filter_map(of_score).collect();
        Ok(Self { rows, common, paired, tests, together, notices })
    }
}

/// What changed in all settings that both sides have, if there are several.
fn common(rows: &[Row]) -> Changes {
    let of_both = |row: &&Row| row.sides.iter().all(Option::is_some);
    let mut all = rows.iter().filter(of_both).map(|row| &row.changes);
    let Some(first) = all.next().cloned() else { return Changes::default() };
    let labels: BTreeSet<&str> = rows.iter().filter(of_both).map(|row| row.label.as_str()).collect();
    if labels.len() < 2 { Changes::default() } else { all.fold(first, |common, next| common.shared_with(next)) }
}

fn check_set(snapshots: &[Snapshot; 2], set: Option<&str>) -> Result<(), ComparisonError> {
    let Some(set) = set else { return Ok(()) };
    let sets: BTreeSet<&str> = snapshots.iter().flat_map(Snapshot::sets).collect();
    if sets.contains(set) {
        return Ok(());
    }
    Err(ComparisonError::NoSet { set: set.to_owned(), sets: sets.into_iter().map(str::to_owned).collect() })
}

/// The pairs that are compared.
fn selected(
    sides: &[Compared<'_>; 2],
    only: Option<&SettingFilter>,
    names: &[String; 2],
) -> Result<Vec<Pair>, ComparisonError> {
    let all = pairs(&sides[0].candidates, &sides[1].candidates);
    if !all.iter().any(|pair| pair.iter().all(Option::is_some)) {
        let labels = |side: &Compared<'_>| {
            let labels: Vec<&str> = side.candidates.iter().map(|one| one.label.as_str()).collect();
            match labels.as_slice() {
                [] => "no rows".to_owned(),
                [first] => format!("`{first}`"),
                [first, rest @ ..] => format!("`{first}` and {} more", rest.len()),
            }
        };
        return Err(ComparisonError::Unrelated { names: names.clone(), labels: [&sides[0], &sides[1]].map(labels) });
    }
    let Some(only) = only else { return Ok(all) };
    let candidates: Vec<&Candidate> = sides.iter().flat_map(|side| &side.candidates).collect();
    only.check(&candidates).map_err(ComparisonError::Only)?;
    let fits = |pair: &Pair| {
        let of = |at: usize| pair[at].is_some_and(|place| only.fits(&sides[at].candidates[place]));
        of(0) || of(1)
    };
    let kept: Vec<Pair> = all.into_iter().filter(fits).collect();
    if kept.is_empty() { Err(ComparisonError::Only(only.nothing())) } else { Ok(kept) }
}
