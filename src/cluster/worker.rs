//! A worker of a submission: what it works on, how long, and when somebody stops it. It trains nothing itself.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::error::ClusterError;
use super::submission::Submission;
use super::time_left::{TimeLeft, time_left};
use crate::experiment::{Selected, load};
use crate::hub::Lock;
use crate::ledger::{Id, Ledger, Part};
use crate::results::Layout;
use crate::spec::Overrides;

/// So long before the end of its allocation a worker stops, if no signal came: time for a step, a checkpoint and a row.
const LAST: Duration = Duration::from_secs(60);

/// With less time left than this before that, no training begins: it would only be read and stopped.
const LEAST: Duration = Duration::from_secs(60);

/// How often a worker looks whether its submission was canceled.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// A submission as one of its workers reads it.
#[derive(Debug)]
pub struct Workplace {
    /// Its folder.
    pub folder: PathBuf,
    /// The results folder that it is in.
    pub layout: Layout,
    /// What was submitted.
    pub submission: Submission,
    /// Its experiment, with the jobs that were selected.
    pub selected: Selected,
    /// The pins of every input.
    pub lock: Lock,
}

impl Workplace {
    /// Reads the submission in `folder`, `OUT/NAME/.run/submit/ID`.
    ///
    /// # Errors
    /// No such submission; files of it that are missing or damaged.
    pub fn open(folder: &Path) -> Result<Self, ClusterError> {
        let folder = fs::canonicalize(folder).map_err(ClusterError::file(folder))?;
        let submission = Submission::read(&folder)?;
        let root = folder.ancestors().nth(3).unwrap_or(Path::new("/"));
        let layout = Layout::new(root);
        let lock = folder.join("lock.toml");
        let text = fs::read_to_string(&lock).map_err(ClusterError::file(&lock))?;
        let pins =
            Lock::parse(&text).map_err(|error| ClusterError::Damaged { path: lock, reason: error.to_string() })?;
        let only = submission.options.only.as_deref();
        let selected = load(&folder.join("experiment.toml"), &Overrides::default(), only, layout.out())?;
        Ok(Self { folder, layout, submission, selected, lock: pins })
    }

    /// The folder of a submission by its id, among the results in `out`; `asked` itself where that is a folder.
    ///
    /// # Errors
    /// There is none.
    pub fn find(asked: &Path, out: &Path) -> Result<PathBuf, ClusterError> {
        if asked.is_dir() {
            return Ok(asked.to_owned());
        }
        let results = fs::read_dir(out).into_iter().flatten().flatten();
        let mut places = results.map(|entry| Layout::new(entry.path()).submissions_folder().join(asked));
        let is_name = asked.components().count() == 1;
        let found = places.find(|place| is_name && place.join("submission.json").exists());
        found.ok_or_else(|| ClusterError::NoSubmission { asked: asked.to_owned(), out: out.to_owned() })
    }

    /// Refuses inputs that are not those that were submitted: `ledger` has keys from the files as they are.
    ///
    /// # Errors
    /// `InputsChanged` with a job, or what the system says.
    pub fn check_inputs(&self, ledger: &Ledger) -> Result<(), ClusterError> {
        let submitted: BTreeSet<String> = self.submission.trainings(&self.layout)?.into_iter().collect();
        for job in &self.selected.plan.jobs {
            let training = ledger.training_of(Id { job: job.index, part: Part::Whole });
            if training.is_some_and(|training| !submitted.contains(training.as_str())) {
                return Err(ClusterError::InputsChanged { id: self.submission.id.clone(), job: job.label.clone() });
            }
        }
        Ok(())
    }

    /// Whether the submission was canceled.
    pub fn is_canceled(&self) -> bool {
        is_there(&self.folder.join("stop"))
    }

    /// Whether nobody has to work on it any more.
    pub fn is_finished(&self) -> bool {
        is_there(&self.folder.join("finished"))
    }

    /// Says that nobody has to work on it any more.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(&self) -> Result<(), ClusterError> {
        self.submission.finish(&self.layout)
    }

    /// When no further training begins; none where the allocation has no end. At that end, or when the submission is canceled,
    /// `stop` is set: signals may not come. `load`: what a training takes before its first step, where that is known.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn watch(&self, stop: &'static AtomicBool, load: Option<Duration>) -> Result<Option<Instant>, ClusterError> {
        let now = Instant::now();
        let left = match time_left() {
            Some(TimeLeft::For(left)) => Some(left),
            Some(TimeLeft::Unlimited) | None => None,
        };
        let end = left.map(|left| now + left.saturating_sub(LAST));
        let canceled = self.folder.join("stop");
        let watch = move || {
            while !is_there(&canceled) && end.is_none_or(|end| Instant::now() < end) {
                let rest = end.map_or(LOOK_EVERY, |end| end.saturating_duration_since(Instant::now()));
                thread::sleep(LOOK_EVERY.min(rest).max(Duration::from_millis(10)));
            }
            stop.store(true, Ordering::SeqCst);
        };
        let started = thread::Builder::new().name("allocation".to_owned()).spawn(watch);
        started.map_err(ClusterError::file(&self.folder))?;
        // twice as long as it took before, so that some steps follow
        let least = load.map_or(LEAST, |load| LEAST.max(2 * load));
        // in an allocation that is short from the start, the first training begins all the same
        Ok(left.map(|left| now + left.saturating_sub(LAST + least).max(Duration::from_secs(1))))
    }
}

/// Marks the submissions of a results folder as finished whose trainings are all among those of the jobs `ended`.
///
/// # Errors
/// What the system says.
pub fn finish_submissions(layout: &Layout, ledger: &Ledger, ended: &[usize]) -> Result<(), ClusterError> {
    let ids = ended.iter().flat_map(|job| ledger.parts(*job));
    let trainings: BTreeSet<&str> = ids.filter_map(|id| Some(ledger.training_of(id)?.as_str())).collect();
    for submission in Submission::all(layout)? {
        let of_it = submission.trainings(layout)?;
        if !submission.is_over(layout) && of_it.iter().all(|training| trainings.contains(training.as_str())) {
            submission.finish(layout)?;
        }
    }
    Ok(())
}

/// Opening asks the server of a file system on a network, whatever its client remembers.
fn is_there(path: &Path) -> bool {
    match File::open(path) {
        Ok(_) => true,
        Err(error) => error.kind() != io::ErrorKind::NotFound && path.exists(),
    }
}

/// How often a worker was started again without a step of progress, as the batch script counts it in a file.
#[derive(Debug)]
pub struct Restarts(Option<PathBuf>);

impl Restarts {
    /// Those of this process, whose batch script names the file.
    pub fn of_this_process() -> Self {
        Self(std::env::var_os("RUNNER_RESTARTS").filter(|path| !path.is_empty()).map(PathBuf::from))
    }

    /// A step was taken, or a result entered: they count from 0 again.
    pub fn forget(&self) {
        // a count that stays ends the worker too early, after three more restarts
        let _ = self.0.as_ref().map(fs::remove_file);
    }
}
