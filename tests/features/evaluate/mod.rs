//! `[[evaluate]]`: models scored on evaluation sets.

mod data;
mod file;
mod own_data;
mod run;
mod screen;
mod table;

use insta::assert_snapshot;
use runner::data::{Corpus, Split, builtin};
use runner::hash::{InputHashes, Sha256};
use runner::hub::{FetchOptions, Fetched, Lock, fetch};
use runner::metrics::Scores;
use runner::plan::{EvaluationKey, JobKey, Plan};
use runner::report::{Page, Target, evaluation_table};
use runner::results::{
    Columns, Ending, EvaluatedSet, EvaluationRecord, Failure, Known, Layout, Measurements, Outcome, Replay,
    ResultsError, ResultsFolder, ScoredSplit, evaluations_csv, parse_evaluations, read_evaluations,
};
use runner::spec::{EvaluationSet, Experiment, KeyPath, Overrides, Settings, Size, Source, Value, load, render};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What every experiment here starts with.
pub(super) const BASE: &str = "[data]\ndataset = \"owner/news\"\nrevision = \"v2\"\nlanguage = \"es\"\ntrain_size = 100\n\
                    validation_size = 50\nsubset_seed = 7\nlabels = [\"O\", \"B-PER\"]\n\
                    [model]\ncheckpoint = \"builtin:tiny\"\n";

/// Experiment files in a folder of their own.
pub(super) struct Files(TempDir);

impl Files {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("the file can be written");
        }
        Self(folder)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn try_load(&self, name: &str, set: &[&str]) -> Result<Experiment, String> {
        let set = set.iter().map(|text| (*text).to_owned()).collect();
        let folder = format!("{}/", self.0.path().display());
        let shown = |problems| render(&problems, false, 100).replace(&folder, "");
        load(&self.path(name), &Overrides { set, name: None }).map_err(shown)
    }
}

pub(super) fn with(sets: &str) -> Files {
    Files::new(&[("grid.toml", &format!("{BASE}{sets}"))])
}

pub(super) fn loaded(sets: &str) -> Experiment {
    with(sets).try_load("grid.toml", &[]).unwrap_or_else(|problems| panic!("{problems}"))
}

pub(super) fn refused(sets: &str) -> String {
    with(sets).try_load("grid.toml", &[]).expect_err("the file is wrong")
}

pub(super) fn names(experiment: &Experiment) -> Vec<&str> {
    experiment.evaluate.iter().map(|set| set.name.as_str()).collect()
}

pub(super) fn scores(entity_f1: f64) -> Scores {
    Scores { entity_f1: Some(entity_f1), token_accuracy: Some(1.0), ..Scores::default() }
}

pub(super) fn scored(key: &str, scores: &Scores, words_unseen: u64) -> Outcome {
    let mut measured = Measurements { words_unseen: Some(words_unseen), ..Measurements::default() };
    measured.add_scores(ScoredSplit::Test, scores);
    Outcome::of_evaluation(key, "cpu", Ending::Ok(measured))
}

pub(super) fn outcome(key: &str, entity_f1: f64) -> Outcome {
    scored(key, &scores(entity_f1), 3)
}

pub(super) fn failed(key: &str) -> Outcome {
    let message = "test_size asks for 9 rows, \"all\" is 5".to_owned();
    let failure = Failure { code: "data-too-few-rows".to_owned(), message };
    Outcome::of_evaluation(key, "cpu", Ending::Failed(failure))
}
