//! The results of all folders as one: which of several under one key counts, and which contradict each other.

use std::collections::BTreeMap;

use crate::ledger::{Id, Ledger, Part, columns, evaluated_set};
use crate::plan::Plan;
use crate::results::{
    Difference, Ending, EvaluationRecord, Outcome, Record, evaluation_differences, evaluations_header, job_differences,
    results_header,
};

use super::error::Conflict;
use super::folder::Folder;

/// The result that counts under a key.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub outcome: Outcome,
    /// The folder that it is from.
    pub folder: usize,
    /// Further folders with an equal one.
    pub also: Vec<usize>,
}

/// Results by key.
#[derive(Debug, Default)]
pub(super) struct Joined {
    pub kept: BTreeMap<String, Kept>,
    /// Keys with two finished results of one environment that are not equal: the folders of both.
    differing: Vec<(String, usize, Outcome)>,
    /// How many results of another environment do not count: by folder and environment of those that do, and of those.
    elsewhere: BTreeMap<[(usize, String); 2], usize>,
}

impl Joined {
    /// Of folders in order. A finished result counts more than a failed one, else the first.
    pub(super) fn new(folders: &[Folder]) -> Self {
        let mut joined = Self::default();
        for (at, folder) in folders.iter().enumerate() {
            for (key, outcome) in &folder.known.outcomes {
                joined.add(key, outcome, at);
            }
        }
        joined
    }

    fn add(&mut self, key: &str, outcome: &Outcome, at: usize) {
        let new = || Kept { outcome: outcome.clone(), folder: at, also: Vec::new() };
        let finished = |outcome: &Outcome| matches!(outcome.ending, Ending::Ok(_));
        let Some(known) = self.kept.get_mut(key) else {
            self.kept.insert(key.to_owned(), new());
            return;
        };
        match (finished(&known.outcome), finished(outcome)) {
            _ if known.outcome == *outcome => known.also.push(at),
            (false, true) => *known = new(),
            (_, false) => {}
            // rungs.csv tells less of a result than the journal or a row
            (true, true) if known.outcome.is_same_at_rung(outcome) => match known.outcome.is_of_rungs_table() {
                true => *known = new(),
                false => known.also.push(at),
            },
            (true, true) if known.outcome.environment == outcome.environment => {
                self.differing.push((key.to_owned(), at, outcome.clone()));
            }
            (true, true) => {
                let pair = [(known.folder, &known.outcome), (at, outcome)];
                let pair = pair.map(|(folder, outcome)| (folder, outcome.environment.clone()));
                *self.elsewhere.entry(pair).or_default() += 1;
            }
        }
    }

    /// All results by key.
    pub(super) fn outcomes(&self) -> BTreeMap<String, Outcome> {
        self.kept.iter().map(|(key, kept)| (key.clone(), kept.outcome.clone())).collect()
    }

    /// Which results of other environments do not count, in words.
    pub(super) fn notices(&self, folders: &[Folder]) -> Vec<String> {
        let line = |([(first, one), (other, two)], count): (&[(usize, String); 2], &usize)| {
            let [first, other] = [first, other].map(|at| folders[*at].layout.root().display());
            let (rows, count) = if *count == 1 {
                ("1 result is".to_owned(), "it counts")
            } else {
                (format!("{count} results are"), "they count")
            };
            format!(
                "{rows} from {one} in {first} and from {two} in {other}: {count} as in {first}, which is named first"
            )
        };
        self.elsewhere.iter().map(line).collect()
    }

    /// Results that contradict each other in a cell of a table. `ledger`: of the joined results.
    pub(super) fn conflicts(&self, plan: &Plan, ledger: &Ledger, folders: &[Folder]) -> Vec<Conflict> {
        let ids = (0..plan.jobs.len()).flat_map(|job| ledger.parts(job));
        let mut by_key: BTreeMap<&str, Id> = BTreeMap::new();
        for id in ids {
            if let Some(key) = ledger.key_of(id) {
                by_key.entry(key.as_str()).or_insert(id);
            }
        }
        let conflicts = self.differing.iter().filter_map(|(key, at, outcome)| {
            let kept = &self.kept[key];
            let cells = match by_key.get(key.as_str()) {
                Some(id) => cells(plan, ledger, *id, &kept.outcome, outcome),
                None => vec![whole_row(key)],
            };
            let folders = [kept.folder, *at].map(|at| folders[at].root());
            (!cells.is_empty()).then_some(Conflict { folders, cells })
        });
        conflicts.collect()
    }
}

/// The cells of a part of a job that two results show differently: found in the one, expected by the other.
fn cells(plan: &Plan, ledger: &Ledger, id: Id, one: &Outcome, other: &Outcome) -> Vec<Difference> {
    let label = plan.jobs[id.job].label.clone();
    match id.part {
        Part::Set(set) => {
            let set = evaluated_set(&plan.experiment.evaluate[set], ledger.settings_of(id));
            let record = EvaluationRecord { label, key: String::new(), set, outcome: one.clone() };
            evaluation_differences(&record, &evaluations_header(), other)
        }
        Part::Whole | Part::Untested | Part::Rung(_) => {
            let record = Record { label, selected: None, rung: None, settings: BTreeMap::new(), outcome: one.clone() };
            let columns = columns(plan);
            job_differences(&record, &columns, &results_header(&columns), other)
        }
    }
}

/// Two results of which no table shows a cell.
fn whole_row(key: &str) -> Difference {
    let text = |text: &str| text.to_owned();
    let (row, column, found, expected) = (format!("key {key}"), text("the row"), text("one result"), text("another"));
    Difference { file: "the journal", row, column, found, expected }
}
