//! How a submitted experiment stands: from the files of its results folder and one question to Slurm. Nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use super::activity::{Activity, activity};
use super::error::ClusterError;
use super::queue::Queue;
use crate::claims::{Beacon, Running, beacons};
use crate::experiment::load;
use crate::hub::LockedHashes;
use crate::ledger::{BUILTINS, Ledger, State};
use crate::plan::Plan;
use crate::results::{Known, Layout, read_lock};
use crate::spec::Overrides;

/// How an experiment stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Status {
    /// The experiment's name.
    pub name: String,
    /// Jobs with a row of scores.
    pub done: usize,
    /// Jobs whose row is an error.
    pub failed: usize,
    /// Jobs without a row, those that run included.
    pub left: usize,
    /// Trainings that run, by worker.
    pub running: Vec<RunningTraining>,
    /// Workers that live and run no training at the moment, or whose task started and did not say a word yet.
    pub idle: usize,
    /// Workers in the queue, by Slurm's reason.
    pub waiting: BTreeMap<String, usize>,
    /// Workers that were lost: their machine, and their task.
    pub lost: Vec<(String, Option<String>)>,
    /// Submissions that are not over.
    pub submissions: Vec<String>,
    /// Of which somebody starts the workers by hand or by another scheduler.
    pub by_hand: usize,
    /// Seconds until all is done, at the present pace, where that is known.
    pub seconds_left: Option<f64>,
    /// Why nothing is known of the queue.
    pub problem: Option<String>,
}

/// A training that a worker runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningTraining {
    /// The label of its first job.
    pub label: String,
    /// Steps so far.
    pub step: u64,
    /// Steps in all; 0 while that is unknown.
    pub of: u64,
    /// The worker's machine.
    pub host: String,
    /// The worker's environment.
    pub environment: String,
    /// Seconds since it began.
    pub seconds: u64,
}

impl Status {
    /// Of a results folder that was submitted.
    ///
    /// # Errors
    /// It never was; files that cannot be read.
    pub fn of(layout: &Layout) -> Result<Self, ClusterError> {
        if !layout.submissions_folder().is_dir() {
            return Err(ClusterError::NotSubmitted(layout.root().to_owned()));
        }
        let activity = activity(layout, true)?;
        let selected = load(&layout.experiment(), &Overrides::default(), None, layout.out())?;
        let lock = read_lock(layout)?;
        let mut hashes = LockedHashes::new(&lock, &BUILTINS);
        let ledger = Ledger::new(&selected.plan, |settings| hashes.of(settings).ok(), Known::read(layout)?.outcomes);
        let mut status = Self { name: selected.plan.experiment.name.clone(), ..Self::default() };
        status.count(&selected.plan, &ledger);
        status.add_workers(&activity);
        status.lost = lost(layout, &activity, &left(&selected.plan, &ledger))?;
        status.seconds_left = seconds_left(&selected.plan, &ledger, &activity);
        Ok(status)
    }

    /// Whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        self.left == 0
    }

    /// Whether nobody works on it, and nobody will.
    pub fn is_idle(&self) -> bool {
        self.submissions.is_empty() && self.running.is_empty() && self.idle == 0
    }

    fn count(&mut self, plan: &Plan, ledger: &Ledger) {
        for job in &plan.jobs {
            match ledger.state(job.index) {
                State::Done(_) => self.done += 1,
                State::Failed(_) => self.failed += 1,
                State::New => self.left += 1,
            }
        }
    }

    fn add_workers(&mut self, activity: &Activity) {
        for standing in &activity.standing {
            self.submissions.push(standing.submission.id.clone());
            self.by_hand += usize::from(standing.submission.script_only);
        }
        for worker in &activity.workers {
            self.running.extend(worker.running.iter().map(|training| of_worker(worker, training)));
            self.idle += usize::from(worker.running.is_empty());
        }
        match &activity.queue {
            Ok(queue) => self.add_queue(queue, &activity.workers),
            Err(error) => self.problem = Some(error.to_string()),
        }
    }

    fn add_queue(&mut self, queue: &Queue, workers: &[Beacon]) {
        for task in &queue.tasks {
            let is_known = workers.iter().any(|worker| worker.identity.slurm.as_ref() == Some(&task.id));
            match task.waits() {
                true => *self.waiting.entry(task.reason.clone()).or_default() += 1,
                false => self.idle += usize::from(!is_known),
            }
        }
    }
}

fn of_worker(worker: &Beacon, Running { label, step, of, seconds, .. }: &Running) -> RunningTraining {
    let (host, environment) = (worker.identity.host.clone(), worker.environment.clone());
    RunningTraining { label: label.clone(), step: *step, of: *of, host, environment, seconds: *seconds }
}

/// The trainings of jobs without a row.
fn left(plan: &Plan, ledger: &Ledger) -> BTreeSet<String> {
    let jobs = plan.jobs.iter().filter(|job| matches!(ledger.state(job.index), State::New));
    jobs.filter_map(|job| Some(ledger.training_of(ledger.row(job.index))?.as_str().to_owned())).collect()
}

/// Workers of submissions that are not over which ended without a word, as long as something that they ran is among `left`
/// and nobody else runs it.
fn lost(
    layout: &Layout,
    activity: &Activity,
    left: &BTreeSet<String>,
) -> Result<Vec<(String, Option<String>)>, ClusterError> {
    let run = layout.run_folder();
    let all = beacons(&run).map_err(ClusterError::file(&run))?;
    let lives = |beacon: &Beacon| activity.workers.iter().any(|worker| worker.identity == beacon.identity);
    let running = || activity.workers.iter().flat_map(|worker| &worker.running);
    let is_waiting =
        |one: &Running| left.contains(&one.training) && running().all(|other| other.training != one.training);
    let is_open =
        |beacon: &Beacon| activity.standing.iter().any(|one| Some(&one.submission.id) == beacon.submission.as_ref());
    let lost = all.into_iter().map(|(beacon, _)| beacon);
    let lost = lost.filter(|beacon| {
        beacon.ended.is_none() && is_open(beacon) && !lives(beacon) && beacon.running.iter().any(is_waiting)
    });
    Ok(lost.map(|beacon| (beacon.identity.host, beacon.identity.slurm)).collect())
}

/// Steps left by the steps a second of all workers. None where some job's steps are unknown, or nobody has a pace yet.
fn seconds_left(plan: &Plan, ledger: &Ledger, activity: &Activity) -> Option<f64> {
    let running = || activity.workers.iter().flat_map(|worker| &worker.running);
    let pace: f64 = running().filter(|one| one.seconds > 0).map(|one| one.step as f64 / one.seconds as f64).sum();
    let mut left: BTreeMap<String, u64> = BTreeMap::new();
    for job in plan.jobs.iter().filter(|job| matches!(ledger.state(job.index), State::New)) {
        let training = ledger.training_of(ledger.row(job.index))?;
        left.insert(training.as_str().to_owned(), job.settings.steps()?);
    }
    for one in running() {
        left.entry(one.training.clone()).and_modify(|steps| *steps = steps.saturating_sub(one.step));
    }
    let left: u64 = left.values().sum();
    (pace > 0.0).then(|| left as f64 / pace)
}
