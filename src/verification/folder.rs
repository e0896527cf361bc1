//! A results folder as it is: everything that the checks look at, read once. It must not judge.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use crate::experiment::load;
use crate::files::slashed;
use crate::hub::{Lock, LockError, LockedHashes, Unpinned};
use crate::ledger::{BUILTINS, Id, Ledger, Part};
use crate::plan::Plan;
use crate::results::{
    Action, Committed, EvaluationRecord, Layout, Outcome, Record, Replay, ResultsError, RungRecord, read_evaluations,
    read_rungs, read_tables,
};
use crate::spec::Overrides;

use super::finding::{Check, Finding};

/// What to do about a table that cannot be read.
const RESTORE: &str = "restore the file from git or a copy; a run rebuilds tables from its journal";

/// A results folder.
pub(super) struct Folder {
    pub layout: Layout,
    /// The jobs of experiment.toml.
    pub plan: Option<Plan>,
    pub lock: Option<Lock>,
    /// Inputs of the plan that the lock does not pin.
    pub unpinned: BTreeSet<Unpinned>,
    pub tables: Option<Committed>,
    pub evaluations: Vec<EvaluationRecord>,
    pub rungs: Vec<RungRecord>,
    /// None if there is no journal.
    pub journal: Option<Replay>,
    /// The plan's parts with keys from the lock, and with every result of tables and journal.
    pub ledger: Option<Ledger>,
    /// Indices of the plan's jobs by label.
    pub jobs: BTreeMap<String, usize>,
    /// What cannot be read, by the check that says so.
    pub damage: BTreeMap<Check, Vec<Finding>>,
}

impl Folder {
    /// Reads a folder that has a results.csv.
    pub(super) fn read(root: &Path) -> Result<Self, ResultsError> {
        let mut folder = Self {
            layout: Layout::new(root),
            plan: None,
            lock: None,
            unpinned: BTreeSet::new(),
            tables: None,
            evaluations: Vec::new(),
            rungs: Vec::new(),
            journal: None,
            ledger: None,
            jobs: BTreeMap::new(),
            damage: BTreeMap::new(),
        };
        folder.read_experiment()?;
        folder.read_lock()?;
        let layout = folder.layout.clone();
        folder.tables = folder.whole(Check::Tables, read_tables(&layout))?.flatten();
        folder.evaluations = folder.whole(Check::Tables, read_evaluations(&layout))?.unwrap_or_default();
        let rungs = folder.whole(Check::Tables, read_rungs(&layout))?;
        folder.rungs = rungs.map(|rungs| rungs.records).unwrap_or_default();
        if layout.journal().exists() {
            folder.journal = folder.whole(Check::Journal, Replay::read_all(&layout))?;
        }
        let outcomes = outcomes(&folder);
        folder.ledger = folder.plan.as_ref().map(|plan| {
            let lock = folder.lock.clone().unwrap_or_default();
            let mut hashes = LockedHashes::new(&lock, &BUILTINS);
            let known = |settings: &_| match hashes.of(settings) {
                Ok(hashes) => Some(hashes),
                Err(unpinned) => {
                    folder.unpinned.insert(unpinned);
                    None
                }
            };
            Ledger::new(plan, known, outcomes)
        });
        Ok(folder)
    }

    fn read_experiment(&mut self) -> Result<(), ResultsError> {
        let path = self.layout.experiment();
        let finding = |found: String| {
            Finding::at("experiment.toml", "", "the file")
                .found(found, "an experiment")
                .from("", "restore experiment.toml from git or a copy, or run the experiment again")
        };
        let problem = match text(&path)? {
            None => "missing".to_owned(),
            Some(_) => match load(&path, &Overrides::default(), None, self.layout.out()) {
                Ok(selected) => {
                    let jobs = selected.plan.jobs.iter();
                    self.jobs = jobs.map(|job| (job.label.clone(), job.index)).collect();
                    self.plan = Some(selected.plan);
                    return Ok(());
                }
                Err(problems) => problems.to_string(),
            },
        };
        self.damage.entry(Check::Experiment).or_default().push(finding(problem));
        Ok(())
    }

    fn read_lock(&mut self) -> Result<(), ResultsError> {
        let finding = |row: String, found: String| {
            Finding::at("lock.toml", &row, "the file")
                .found(found, "a lock")
                .from("", "restore lock.toml from git or a copy; `runner run --force` pins the inputs again")
        };
        let problem = match text(&self.layout.lock_toml())?.as_deref().map(Lock::parse) {
            None => finding(String::new(), "missing".to_owned()),
            Some(Ok(lock)) => {
                self.lock = Some(lock);
                return Ok(());
            }
            Some(Err(LockError::Syntax { line: Some(line), reason })) => finding(format!("line {line}"), reason),
            Some(Err(error)) => {
                let text = error.to_string();
                let problem = text.split("; ").next().unwrap_or(&text);
                let problem = problem.trim_start_matches("lock.toml").trim_start_matches([':', ' ']);
                finding(String::new(), problem.to_owned())
            }
        };
        self.damage.entry(Check::Lock).or_default().push(problem);
        Ok(())
    }

    /// A value, or a finding about a file that is not as this program writes it.
    fn whole<T>(&mut self, check: Check, value: Result<T, ResultsError>) -> Result<Option<T>, ResultsError> {
        let name = |file: &Path| slashed(file.strip_prefix(self.layout.root()).unwrap_or(file));
        let finding = match value {
            Ok(value) => return Ok(Some(value)),
            Err(ResultsError::Damaged { file, line, problem }) => {
                Finding::at(&name(&file), &format!("line {line}"), "").found(problem, "").from("", RESTORE)
            }
            Err(ResultsError::Merge { file, line, mark }) => Finding::at(&name(&file), &format!("line {line}"), "")
                .found(format!("unfinished merge ({mark})"), "")
                .from("", "take ours or theirs, the same in every file"),
            Err(ResultsError::Missing { file, .. }) => {
                Finding::at(&name(&file), "", "the file").found("missing", "a table").from("results.csv", RESTORE)
            }
            Err(ResultsError::OtherVersion { file, line, found, known }) => {
                Finding::at(&name(&file), &format!("line {line}"), "version")
                    .found(found, known)
                    .from("this program", "update runner")
            }
            Err(other) => return Err(other),
        };
        self.damage.entry(check).or_default().push(finding);
        Ok(None)
    }

    /// The rows of results.csv.
    pub(super) fn records(&self) -> &[Record] {
        self.tables.as_ref().map_or(&[], |tables| &tables.records)
    }

    /// The part of a job that a row shows: of several the one with its key, else with its test set; none without a job.
    pub(super) fn part_of(&self, record: &Record) -> Option<Id> {
        let (ledger, job) = (self.ledger.as_ref()?, *self.jobs.get(&record.label)?);
        let parts = || ledger.parts(job).filter(|id| !matches!(id.part, Part::Set(_)));
        let has_key = |id: &Id| ledger.key_of(*id).is_some_and(|key| key.as_str() == record.outcome.key);
        let test_size = record.settings.get("data.test_size");
        let has_test = |id: &Id| {
            let size = crate::spec::Value::from(ledger.settings_of(*id).data.test_size).to_string();
            test_size.is_some_and(|found| *found == size)
        };
        parts().find(has_key).or_else(|| parts().find(has_test)).or_else(|| parts().next())
    }

    /// The part of a job that a row of evaluations.csv shows.
    pub(super) fn set_of(&self, record: &EvaluationRecord) -> Option<Id> {
        let (plan, ledger) = (self.plan.as_ref()?, self.ledger.as_ref()?);
        let job = *self.jobs.get(&record.label)?;
        let named = |id: &Id| match id.part {
            Part::Set(set) => plan.experiment.evaluate.get(set).is_some_and(|set| set.name == record.set.name),
            Part::Whole | Part::Untested | Part::Rung(_) => false,
        };
        ledger.parts(job).find(named)
    }
}

/// A file's text; none if there is no such file.
fn text(path: &Path) -> Result<Option<String>, ResultsError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ResultsError::io(Action::Read, path, error)),
    }
}

/// Results by key; a table's counts before the journal's, and rungs.csv has less than either.
fn outcomes(folder: &Folder) -> BTreeMap<String, Outcome> {
    let rungs = folder.rungs.iter().map(|record| &record.outcome);
    let mut all: BTreeMap<String, Outcome> = rungs.map(|outcome| (outcome.key.clone(), outcome.clone())).collect();
    all.extend(folder.journal.iter().flat_map(|journal| journal.outcomes.clone()));
    let rows = folder.records().iter().map(|record| &record.outcome);
    let rows = rows.chain(folder.evaluations.iter().map(|record| &record.outcome));
    all.extend(rows.map(|outcome| (outcome.key.clone(), outcome.clone())));
    all
}
