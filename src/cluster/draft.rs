//! A submission as it will be, from an experiment whose inputs are here, and its writing: into a folder that nobody works in,
//! or beside those who do.

use std::collections::BTreeSet;
use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::activity::{Activity, activity};
use super::error::ClusterError;
use super::frozen::{Frozen, program_hash};
use super::script::Script;
use super::submission::{Submission, WorkOptions};
use crate::experiment::{Prepared, Selected, edited, known_ledger};
use crate::files;
use crate::hub::Cache;
use crate::ledger::{Ledger, Policy, by_training, columns, pending};
use crate::results::{Known, Layout, ResultsError, ResultsFolder, Sharing, read_lock, replace, share_without_lock};
use crate::spec::Cluster;
use crate::words::counted;

/// Workers where nobody says how many.
const WORKERS: usize = 4;

/// What is submitted.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The experiment.
    pub selected: &'a Selected,
    /// Its inputs.
    pub prepared: &'a Prepared,
    /// The folder of all results.
    pub out: &'a Path,
    /// How workers work.
    pub options: WorkOptions,
    /// Which results count.
    pub policy: Policy<'a>,
    /// What the scheduler is asked for.
    pub cluster: Cluster,
    /// Options of sbatch from the command line.
    pub arguments: &'a [String],
    /// How many workers; none: as `cluster` says, else a few.
    pub workers: Option<usize>,
    /// Whether no scheduler is asked.
    pub script_only: bool,
}

/// A submission that is not written yet.
#[derive(Debug)]
pub struct Draft<'a> {
    asked: Asked<'a>,
    layout: Layout,
    known: Known,
    ledger: Ledger,
    submission: Submission,
    script: String,
}

/// What came of writing a submission.
#[derive(Debug)]
pub struct Written {
    /// The submission.
    pub submission: Submission,
    /// Its folder.
    pub folder: PathBuf,
    /// Of earlier results, and of who works beside it.
    pub notices: Vec<String>,
    /// Other submits wait until this is dropped; none where files cannot be locked.
    _lock: Option<File>,
}

impl<'a> Draft<'a> {
    /// The submission of what is pending; none if nothing is.
    ///
    /// # Errors
    /// Damaged results; a program that cannot be read.
    pub fn of(asked: Asked<'a>) -> Result<Option<Self>, ClusterError> {
        let plan = &asked.selected.plan;
        let name = &plan.experiment.name;
        let layout = Layout::new(asked.out.join(name));
        let known = Known::read(&layout)?;
        let (ledger, ..) = known_ledger(plan, asked.prepared.pins(), &known, None);
        let due = pending(&ledger, &asked.selected.selection, asked.policy, &BTreeSet::new());
        let trainings = by_training(&ledger, due).len();
        if trainings == 0 {
            return Ok(None);
        }
        let workers = asked.workers.or(asked.cluster.workers).unwrap_or(WORKERS).clamp(1, trainings);
        let options = asked.options.clone();
        let submission = Submission::new(name, &program_hash()?, workers, trainings, asked.script_only, options);
        let script = script(&asked, &submission, &layout)?;
        Ok(Some(Self { asked, layout, known, ledger, submission, script }))
    }

    /// The submission.
    pub fn submission(&self) -> &Submission {
        &self.submission
    }

    /// Keys and results of the plan's jobs.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The results folder.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The batch script.
    pub fn script(&self) -> &str {
        &self.script
    }

    /// Waits for other submits into the folder, and looks who works there. The lock is released when it is dropped.
    ///
    /// # Errors
    /// What the system says.
    pub fn look(&self) -> Result<(Activity, Option<File>), ClusterError> {
        let folder = self.layout.submissions_folder();
        let lock = lock(&folder)?;
        if lock.is_some() {
            remove_unfinished(&folder)?;
        }
        Ok((activity(&self.layout, false)?, lock))
    }

    /// Writes the submission, and the results folder's definition. `activity`, `lock`: from [`Draft::look`].
    ///
    /// # Errors
    /// A run works in the folder; another version of the experiment is under way; what the system says.
    pub fn write(self, activity: &Activity, lock: Option<File>) -> Result<Written, ClusterError> {
        let mut notices = Vec::new();
        match Sharing::of(&self.layout) {
            None => self.write_alone(&mut notices)?,
            Some(_) => self.write_beside(activity, &mut notices)?,
        }
        let folder = self.submission.folder(&self.layout);
        Ok(Written { submission: self.submission, folder, notices, _lock: lock })
    }

    /// Into a folder that nobody works in: its lock is held meanwhile, and what a crash left is finished first.
    fn write_alone(&self, notices: &mut Vec<String>) -> Result<(), ClusterError> {
        let (plan, ledger) = (&self.asked.selected.plan, &self.ledger);
        let (folder, known) = match ResultsFolder::open(self.layout.root()) {
            // workers need none: they claim each job
            Err(ResultsError::NoLocks { .. }) => {
                share_without_lock(&self.layout)?;
                self.define(true)?;
                return self.freeze();
            }
            opened => opened?,
        };
        notices.extend(known.notices.iter().cloned());
        notices.extend(edited(&self.layout, ledger, plan, &known));
        self.define(true)?;
        let (evaluations, rungs) = (ledger.evaluations(plan), ledger.rungs(plan));
        folder.write_tables(&ledger.records(plan), &columns(plan), evaluations.as_deref(), rungs.as_deref())?;
        // before the lock goes: from then on whoever comes finds a folder that is shared
        self.freeze()
    }

    /// Beside the workers of other submissions, who touch neither the definition nor this submission.
    fn write_beside(&self, activity: &Activity, notices: &mut Vec<String>) -> Result<(), ClusterError> {
        if self.asked.options.force || self.asked.options.refresh {
            let folder = self.layout.root().to_owned();
            return Err(ClusterError::ForcedBeside {
                folder,
                by: Sharing::of(&self.layout).map_or_else(String::new, |sharing| sharing.text()),
            });
        }
        for standing in &activity.standing {
            let id = &standing.submission.id;
            if !self.is_version_of(&standing.submission) {
                return Err(ClusterError::OtherVersion { id: id.clone(), folder: self.layout.root().to_owned() });
            }
            let workers = counted(activity.workers_of(standing), "worker");
            notices
                .push(format!("submission {id} is still active with {workers}; this adds {}", self.submission.workers));
        }
        self.define(false)?;
        self.freeze()
    }

    /// Whether another submission is of the same experiment.
    fn is_version_of(&self, other: &Submission) -> bool {
        let folder = other.folder(&self.layout);
        let written = fs::read_to_string(folder.join("experiment.toml")).unwrap_or_default();
        self.asked.selected.plan.experiment.is_resolved_as(&written, &folder)
    }

    /// Writes `experiment.toml` and `lock.toml` of the results folder, as a run does. Environments are added by workers.
    fn define(&self, is_alone: bool) -> Result<(), ClusterError> {
        let plan = &self.asked.selected.plan;
        let mut lock = self.asked.prepared.pins().only(self.ledger.all_settings());
        lock.environments = read_lock(&self.layout)?.environments;
        if is_alone {
            let records = self.ledger.records(plan);
            lock.environments.retain(|name, _| records.iter().any(|record| record.outcome.environment == *name));
        }
        replace(&self.layout.experiment(), plan.experiment.resolved_toml(self.layout.root()).as_bytes())?;
        replace(&self.layout.lock_toml(), lock.to_toml().as_bytes())?;
        Ok(())
    }

    fn freeze(&self) -> Result<(), ClusterError> {
        let Self { asked, layout, known, ledger, submission, script } = self;
        let (plan, pins) = (&asked.selected.plan, asked.prepared.pins());
        Frozen { plan, ledger, known, pins, submission, script }.write(layout)
    }
}

/// Removes submissions that a stopped program did not finish. No other submit works in the folder.
fn remove_unfinished(folder: &Path) -> Result<(), ClusterError> {
    let entries = fs::read_dir(folder).map_err(ClusterError::file(folder))?.flatten();
    let unfinished = entries.filter(|entry| files::is_leftover(&entry.file_name().to_string_lossy()));
    unfinished
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .try_for_each(|path| fs::remove_dir_all(&path).map_err(ClusterError::file(&path)))
}

/// Waits until no other submit works in the folder. Where files cannot be locked, nobody is waited for.
fn lock(folder: &Path) -> Result<Option<File>, ClusterError> {
    let path = folder.join("lock");
    files::create_folder(folder).map_err(ClusterError::file(folder))?;
    let opened = File::options().create(true).truncate(false).write(true).open(&path);
    let file = opened.map_err(ClusterError::file(&path))?;
    match file.lock() {
        Ok(()) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::Unsupported || error.raw_os_error() == Some(ENOLCK) => Ok(None),
        Err(error) => Err(ClusterError::file(&path)(error)),
    }
}

/// The system's error where a file system has no locks at present.
const ENOLCK: i32 = if cfg!(target_os = "linux") { 37 } else { 77 };

/// The batch script of a submission.
fn script(asked: &Asked<'_>, submission: &Submission, layout: &Layout) -> Result<String, ClusterError> {
    let directory = env::current_dir().map_err(ClusterError::file("."))?;
    let folder = directory.join(submission.folder(layout));
    let cache = Cache::of_environment().folder().map(|cache| directory.join(cache).to_string_lossy().into_owned());
    let variables: Vec<_> = cache.map(|cache| ("HF_HUB_CACHE", cache)).into_iter().collect();
    let (id, experiment) = (&submission.id, &submission.experiment);
    let (cluster, options) = (&asked.cluster, asked.arguments);
    Ok(Script { id, experiment, folder: &folder, directory: &directory, variables: &variables, cluster, options }
        .text())
}
