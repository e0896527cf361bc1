//! `[select]`: the score that selects a winner, and the keys that are selected. It does not know who wins.

use std::collections::BTreeMap;
use std::fmt;

use super::fault::Fault;
use super::keys::KeyPath;
use super::matrix::{Cell, Matrix};
use super::problem::{Located, Place, Problem};
use super::requirements::without_rows;
use crate::metrics::Metric;
use crate::words::Word;

/// `[select]`: of jobs that differ only in `over` and the seeds, those with the highest mean of `by` win.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    /// `select.by`
    pub by: ScoreName,
    /// `select.over`: at least one key, each once, in the order of the file.
    pub over: Vec<KeyPath>,
    /// When jobs are compared before they end; none: never.
    pub halving: Option<Halving>,
}

/// Successive halving: jobs are compared at rungs, and only the best of each group go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halving {
    /// `select.first_rung`: steps, at least 1.
    pub first_rung: u64,
    /// `select.reduction_factor`, at least 2: one candidate of so many goes on, and a rung has so many times the steps of
    /// the one before.
    pub reduction_factor: u64,
}

impl Halving {
    /// `select.reduction_factor` where it is unset.
    pub(super) const REDUCTION_FACTOR: u64 = 3;

    /// The steps of each rung of a training of so many steps in all: those below it.
    pub fn rungs(self, total: u64) -> Vec<u64> {
        let next = |rung: &u64| rung.checked_mul(self.reduction_factor);
        std::iter::successors(Some(self.first_rung), next).take_while(|rung| *rung < total).collect()
    }

    /// How many of so many candidates go on.
    pub fn kept(self, candidates: usize) -> usize {
        usize::try_from(self.reduction_factor).map_or(1, |factor| candidates.div_ceil(factor))
    }
}

/// A score on the validation split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreName(Metric);

impl ScoreName {
    /// Every score, in the order of tables.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Metric::ALL.into_iter().map(Self)
    }

    /// The score of a column of results.csv, `validation_entity_f1`; none for a test score.
    pub fn parse(text: &str) -> Option<Self> {
        text.strip_prefix("validation_").and_then(Metric::of_word).map(Self)
    }

    /// The score without its split.
    pub fn metric(self) -> Metric {
        self.0
    }
}

impl fmt::Display for ScoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "validation_{}", self.0)
    }
}

/// Keys that cannot be in `over`, why, and what to do.
pub(super) const NEVER_OVER: [(&str, &str, &str); 12] = [
    ("train.seed", AVERAGED, AVERAGED_INSTEAD),
    ("data.subset_seed", AVERAGED, AVERAGED_INSTEAD),
    ("data.fold", FOLDS, FOLDS_INSTEAD),
    ("data.folds", OTHER_ROWS, APART),
    ("data.validation", OTHER_ROWS, APART),
    ("data.validation_seed", OTHER_ROWS, APART),
    ("data.stratify", OTHER_ROWS, APART),
    ("data.dataset", OTHER_ROWS, APART),
    ("data.revision", OTHER_ROWS, APART),
    ("data.language", OTHER_ROWS, APART),
    ("data.validation_size", OTHER_ROWS, APART),
    ("data.test_size", "it does not affect validation scores", APART),
];

const AVERAGED: &str = "scores are averaged over seeds";
const AVERAGED_INSTEAD: &str = "remove it from `over`: a candidate's score is the mean over its seeds";
const FOLDS: &str = "scores are averaged over folds";
const FOLDS_INSTEAD: &str = "remove it from `over`: a candidate's score is the mean over its folds";
const OTHER_ROWS: &str = "scores on different rows cannot be compared";
const APART: &str = "remove it from `over`: each of its values then has its own winner";

/// `[select]` as written.
#[derive(Debug, Clone)]
pub(super) struct SelectDraft {
    /// The header.
    pub(super) place: Place,
    pub(super) by: Option<Located<ScoreName>>,
    pub(super) over: Vec<Located<KeyPath>>,
    pub(super) first_rung: Option<u64>,
    pub(super) reduction_factor: Option<u64>,
}

impl SelectDraft {
    /// As a value, with the default score.
    pub(super) fn select(&self) -> Select {
        let by = self.by.as_ref().map_or(ScoreName(Metric::EntityF1), |by| by.value);
        let reduction_factor = self.reduction_factor.unwrap_or(Halving::REDUCTION_FACTOR);
        let halving = self.first_rung.map(|first_rung| Halving { first_rung, reduction_factor });
        Select { by, over: self.over.iter().map(|key| key.value).collect(), halving }
    }

    /// Problems between `[select]` and the rest: keys that do not vary, jobs without validation scores.
    pub(super) fn problems(&self, base: &BTreeMap<KeyPath, Cell>, matrix: &Matrix) -> Vec<Problem> {
        let included = || matrix.includes.iter().flat_map(|row| row.cells.iter().map(Cell::key));
        let varied: Vec<KeyPath> = matrix.axis_keys().chain(included()).collect();
        let mut problems = Vec::new();
        for key in self.over.iter().filter(|key| !varied.contains(&key.value)) {
            let path = key.value.as_str();
            let problem = Problem::at(Fault::NotVaried { key: path }, &key.place, "the same in every job");
            problems.push(problem.help(format!("list its candidates under [matrix]: `{path} = [...]`")));
        }
        if let Some(places) = without_rows(base, matrix) {
            let place = self.by.as_ref().map_or(&self.place, |by| &by.place);
            let mut problem =
                Problem::at(Fault::NoValidation { key: "select.by" }, place, "this needs validation rows");
            for place in &places {
                problem = problem.also(place, "none here");
            }
            problems.push(problem.help("set `data.validation_size` to a number of rows or \"all\" in every job"));
        }
        problems
    }
}
