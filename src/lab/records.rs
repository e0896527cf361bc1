//! What came of each job of a run: into the journal at once, into the tables within a second.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::files;
use crate::ledger::{Id, Ledger, Part, Policy, columns};
use crate::machine::Environment;
use crate::plan::{Plan, Progress};
use crate::results::{
    Action, Columns, Ending, Failure, Outcome, ResultsError, ResultsFolder, Timing, create_folder, replace,
};

use super::error::LabError;
use super::limits::precision;
use super::task::{Finished, JobPart, Measured};

/// Time between two writings of the tables.
const TABLES_EVERY: Duration = Duration::from_secs(1);

/// The same in a folder that many write to.
const SHARED_TABLES_EVERY: Duration = Duration::from_secs(30);

/// Writing the tables takes at most this part of the time.
const TABLES_SHARE: u32 = 20;

/// What came of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Jobs that ran to their end.
    pub finished: usize,
    /// Jobs that failed, themselves or on an evaluation set.
    pub failed: usize,
    /// Scores of jobs at a rung.
    pub at_rungs: usize,
    /// Jobs left to do, by too many failures or an interruption.
    pub left: usize,
    /// Jobs that other workers have.
    pub elsewhere: usize,
    /// Whether no time was left to begin another.
    pub out_of_time: bool,
    /// Whether the run was asked to stop.
    pub interrupted: bool,
}

impl Summary {
    /// Whether every selected job has ended, here or elsewhere.
    pub fn is_complete(&self) -> bool {
        self.left == 0 && self.elsewhere == 0 && !self.interrupted
    }

    pub(super) fn entered(&self) -> usize {
        self.finished + self.failed + self.at_rungs
    }
}

/// What all workers write to.
pub(super) struct Records<'a> {
    pub(super) plan: &'a Plan,
    environment: &'a Environment,
    pub(super) folder: &'a mut ResultsFolder,
    pub ledger: &'a mut Ledger,
    columns: Columns,
    pub summary: Summary,
    /// Jobs of which nothing due is left in this pass.
    pub entered: BTreeSet<usize>,
    /// What ended the run.
    pub broken: Option<LabError>,
    pub(super) unwritten: Unwritten,
    /// Which results count.
    pub(super) policy: Policy<'a>,
    /// What other workers of the folder have.
    pub elsewhere: Elsewhere,
    /// Whether this process took a training: in a short allocation the first one begins all the same.
    pub(super) began: bool,
    /// Since when trainings are doubtful, by their names.
    pub(super) unseen: BTreeMap<String, Instant>,
    /// What [`Records::decided`] said last: the rungs, and who was selected.
    said: (Vec<[usize; 2]>, String),
}

/// What others have, as one pass through the queue found it.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    /// Whether some trainings have workers that are silent, or results that are not to be seen yet.
    pub doubtful: bool,
    /// What needs no look any more in this run: parts that this process ran, or others.
    pub settled: Vec<Id>,
}

/// What is in the journal and not in the tables.
#[derive(Default)]
pub(super) struct Unwritten {
    pub rows: bool,
    timings: Vec<Timing>,
    /// When the tables were last written.
    last: Option<Instant>,
    /// How long that took.
    took: Duration,
}

impl<'a> Records<'a> {
    /// Of a run that has entered nothing yet.
    pub(super) fn new(
        plan: &'a Plan,
        environment: &'a Environment,
        folder: &'a mut ResultsFolder,
        ledger: &'a mut Ledger,
        policy: Policy<'a>,
    ) -> Self {
        let said = (ledger.rungs_decided(), ledger.winners(plan));
        Self {
            plan,
            environment,
            folder,
            ledger,
            columns: columns(plan),
            summary: Summary::default(),
            entered: BTreeSet::new(),
            broken: None,
            unwritten: Unwritten::default(),
            policy,
            elsewhere: Elsewhere::default(),
            began: false,
            unseen: BTreeMap::new(),
            said,
        }
    }

    /// What was decided since this was last asked, where `due` jobs are to run by it; empty if nothing was.
    pub(super) fn decided(&mut self, due: usize) -> String {
        let now = (self.ledger.rungs_decided(), self.ledger.winners(self.plan));
        let (rungs, winners) = std::mem::replace(&mut self.said, now);
        let decided = self.said.0.iter().enumerate().filter(|(rung, counts)| rungs.get(*rung) != Some(counts));
        let mut texts: Vec<String> = decided
            .map(|(rung, [compared, went_on])| format!("rung {}: {went_on} of {compared} jobs go on", rung + 1))
            .collect();
        if self.said.1 != winners && !self.said.1.is_empty() {
            let jobs = if due == 1 { "1 job".to_owned() } else { format!("{due} jobs") };
            texts.push(format!("{}; {jobs} to score", self.said.1));
        }
        texts.join("; ")
    }

    /// Removes the checkpoints of stopped jobs, but for trainings that other jobs go on with.
    pub(super) fn clear_stopped(&self) -> Result<(), ResultsError> {
        let is_stopped = |job: usize| matches!(self.ledger.progress(job), Some(Progress::Stopped(_)));
        let training = |job: usize| self.ledger.training_of(self.ledger.row(job));
        let (stopped, others): (Vec<usize>, Vec<usize>) = (0..self.plan.jobs.len()).partition(|job| is_stopped(*job));
        let kept: BTreeSet<_> = others.into_iter().filter_map(training).collect();
        let stopped: BTreeSet<_> = stopped.into_iter().filter_map(training).collect();
        stopped.difference(&kept).try_for_each(|key| self.clear_checkpoint(key.as_str()))
    }

    /// Journal first, then the tables: a row in the table is safe in the journal.
    pub(super) fn enter(&mut self, finished: &Finished) -> Result<(), ResultsError> {
        for (part, result) in &finished.parts {
            let outcome = self.outcome(part, result);
            self.record(outcome, result.as_ref().map_or(&[][..], |measured| &measured.tags))?;
            // checkpoints were named by the job once
            self.clear_checkpoint(part.key.as_str())?;
        }
        if finished.whole {
            self.entered.insert(finished.job);
        }
        self.unwritten.rows = true;
        self.unwritten.timings.extend(finished.timing.clone());
        let every = if self.folder.is_shared() { SHARED_TABLES_EVERY } else { TABLES_EVERY };
        let every = every.max(self.unwritten.took * TABLES_SHARE);
        if self.unwritten.last.is_none_or(|last| last.elapsed() >= every) {
            self.write_tables()?;
        }
        if finished.parts.iter().any(|(_, result)| result.is_err()) {
            self.summary.failed += 1;
        } else if finished.parts.iter().any(|(part, _)| matches!(part.id.part, Part::Rung(_))) {
            self.summary.at_rungs += 1;
        } else if finished.whole {
            self.summary.finished += 1;
        }
        Ok(())
    }

    fn outcome(&self, part: &JobPart, result: &Result<Measured, Failure>) -> Outcome {
        let (key, environment) = (part.key.as_str(), self.environment.name.as_str());
        let (steps, ending) = match result {
            Ok(measured) => (Some(measured.steps), Ending::Ok(measured.measurements.clone())),
            Err(failure) => (None, Ending::Failed(failure.clone())),
        };
        if let Part::Set(_) = part.id.part {
            return Outcome::of_evaluation(key, environment, ending);
        }
        let precision = precision(&part.settings, self.environment).ok().map(str::to_owned);
        Outcome { key: key.to_owned(), environment: environment.to_owned(), precision, steps, ending }
    }

    /// Stores one outcome with its tags, so that it survives whatever comes next.
    fn record(&mut self, outcome: Outcome, tags: &[(PathBuf, Vec<u8>)]) -> Result<(), ResultsError> {
        for (path, content) in tags {
            path.parent().map_or(Ok(()), create_folder)?;
            replace(path, content)?;
        }
        self.folder.record(&outcome)?;
        self.ledger.enter(self.plan, self.folder.counting(outcome));
        Ok(())
    }

    /// Brings the tables up to the journal, where they are behind it; but not while another worker writes them.
    pub(super) fn write_tables(&mut self) -> Result<(), ResultsError> {
        if !self.unwritten.rows {
            return Ok(());
        }
        if !self.folder.is_shared() {
            return self.write_now();
        }
        if !self.unwritten.timings.is_empty() {
            self.folder.write_timings(&std::mem::take(&mut self.unwritten.timings))?;
        }
        if !self.tables_are_ours() {
            return Ok(());
        }
        let Some(claim) = self.folder.take_tables()? else { return Ok(()) };
        self.catch_up();
        let written = self.write_now();
        self.folder.release(claim);
        written
    }

    pub(super) fn write_now(&mut self) -> Result<(), ResultsError> {
        let began = Instant::now();
        let evaluations = self.ledger.evaluations(self.plan);
        let (records, rungs) = (self.ledger.records(self.plan), self.ledger.rungs(self.plan));
        self.folder.write_tables(&records, &self.columns, evaluations.as_deref(), rungs.as_deref())?;
        if !self.unwritten.timings.is_empty() {
            self.folder.write_timings(&self.unwritten.timings)?;
        }
        self.unwritten = Unwritten { last: Some(Instant::now()), took: began.elapsed(), ..Unwritten::default() };
        Ok(())
    }

    /// Takes in what others entered.
    pub(super) fn catch_up(&mut self) {
        let news = self.folder.news(true);
        self.learn(news);
    }

    pub(super) fn learn(&mut self, news: Vec<Outcome>) {
        if news.is_empty() {
            return;
        }
        self.folder.forget(&news);
        self.ledger.enter_all(self.plan, news);
        self.unwritten.rows = true;
    }

    /// Whether the tables show this plan: a later submission of an edited file has others.
    pub(super) fn tables_are_ours(&self) -> bool {
        let layout = self.folder.layout();
        let there = fs::read_to_string(layout.experiment());
        there.is_ok_and(|there| self.plan.experiment.is_resolved_as(&there, layout.root()))
    }

    /// Whether other workers share the folder.
    pub(super) fn is_shared(&self) -> bool {
        self.folder.is_shared()
    }

    pub(super) fn clear_checkpoint(&self, key: &str) -> Result<(), ResultsError> {
        let checkpoint = self.folder.layout().checkpoint(key);
        files::remove(&checkpoint).map_err(|error| ResultsError::io(Action::Write, &checkpoint, error))
    }
}
