//! Runs the jobs of a plan that are not done: a queue, workers with threads of their own, a journal entry and new
//! tables after each job.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};
use tracing::{error, info_span};
use tracing_subscriber::filter::LevelFilter;

use crate::model::{Config, Layout};
use crate::plan::Plan;
use crate::results::{Action, Columns, Ending, Outcome, ResultsError, ResultsFolder, Timing, create_folder, replace};
use crate::spec::{Freeze, SaveModels, Settings};

use super::device::Environment;
use super::error::{JobError, LabError};
use super::event::{Event, Watch};
use super::job::{Bench, Finished, Task, precision, read_config};
use super::ledger::{Ledger, State, columns};
use super::log::job_logs;
use super::materials::{JobInputs, Materials};

/// Bytes that all models of a plan may take together under `save.models = "auto"`.
const MODELS_AUTO: u64 = 10_000_000_000;

/// How a plan is run. Nothing of it changes a number.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Jobs at a time.
    pub jobs: NonZeroUsize,
    /// Threads of all jobs together.
    pub threads: NonZeroUsize,
    /// Failed jobs after which no further one is started.
    pub failures_allowed: Option<NonZeroUsize>,
    /// What job logs show on the terminal.
    pub terminal: LevelFilter,
}

/// What came of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Jobs that ran to their end.
    pub finished: usize,
    /// Jobs that failed.
    pub failed: usize,
    /// Jobs left in the queue, by too many failures or an interruption.
    pub left: usize,
    /// Whether the run was asked to stop.
    pub interrupted: bool,
}

/// A plan about to be run in its results folder.
pub struct Lab<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The input files of every job in the queue.
    pub inputs: &'a BTreeMap<usize, JobInputs>,
    /// Where jobs run.
    pub environment: &'a Environment,
    /// How.
    pub options: Options,
    /// Who hears of it.
    pub watch: Watch<'a>,
    /// Set from outside to stop after the steps under way.
    pub stop: &'a AtomicBool,
}

/// What all workers write to.
struct Desk<'a> {
    folder: &'a mut ResultsFolder,
    ledger: &'a mut Ledger,
    columns: Columns,
    summary: Summary,
    broken: Option<LabError>,
}

impl Lab<'_> {
    /// Runs the jobs of `queue`, in its order.
    ///
    /// # Errors
    /// What ends a run: the results folder or the machine. A job that fails is a row.
    pub fn run(&self, queue: &[usize], folder: &mut ResultsFolder, ledger: &mut Ledger) -> Result<Summary, LabError> {
        let jobs = self.options.jobs.get().min(queue.len().max(1));
        let pools = self.pools(jobs)?;
        let materials = Materials::new(queue.iter().map(|job| (self.settings(*job), &self.inputs[job])));
        let layout = folder.layout().clone();
        let save = self.models_fit();
        let desk =
            Mutex::new(Desk { folder, ledger, columns: columns(self.plan), summary: Summary::default(), broken: None });
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for pool in &pools {
                scope.spawn(|| {
                    while let Some(job) = self.take(queue, &next, &desk) {
                        let bench = Bench {
                            environment: self.environment,
                            materials: &materials,
                            folder: &layout,
                            watch: self.watch,
                            stop: self.stop,
                            save_models: match self.settings(job).save.models {
                                SaveModels::Auto => save,
                                SaveModels::All => true,
                                SaveModels::None => false,
                            },
                        };
                        self.work(job, &bench, pool, &desk);
                    }
                });
            }
        });
        let desk = desk.into_inner().unwrap_or_else(PoisonError::into_inner);
        match desk.broken {
            Some(error) => Err(error),
            None => {
                let Summary { finished, failed, .. } = desk.summary;
                let interrupted = self.stop.load(Ordering::Relaxed);
                Ok(Summary { left: queue.len() - finished - failed, interrupted, ..desk.summary })
            }
        }
    }

    fn settings(&self, job: usize) -> &Settings {
        &self.plan.jobs[job].settings
    }

    /// Threads divided among jobs, the first with one more where they do not divide.
    fn pools(&self, jobs: usize) -> Result<Vec<ThreadPool>, LabError> {
        let threads = self.options.threads.get().max(jobs);
        let share = |job: usize| threads / jobs + usize::from(job < threads % jobs);
        let pool = |job| ThreadPoolBuilder::new().num_threads(share(job)).build();
        (0..jobs).map(pool).collect::<Result<_, _>>().map_err(LabError::from)
    }

    /// Whether what all of the plan's jobs learn fits the automatic limit together, those that are done included. A
    /// checkpoint that no job in the queue reads is unknown, and takes no part.
    fn models_fit(&self) -> bool {
        let configs: Vec<_> = self
            .inputs
            .iter()
            .map(|(job, inputs)| {
                let settings = self.settings(*job);
                ((&settings.model.checkpoint, &settings.model.revision), read_config(settings, inputs).ok())
            })
            .collect();
        let bytes = self.plan.jobs.iter().map(|job| {
            let model = (&job.settings.model.checkpoint, &job.settings.model.revision);
            let config = configs.iter().find(|(of, _)| *of == model).and_then(|(_, config)| config.as_ref());
            config.map_or(0, |config| learned_bytes(config, job.settings.model.freeze))
        });
        bytes.sum::<u64>() <= MODELS_AUTO
    }

    /// The next job, unless the run is to end.
    fn take(&self, queue: &[usize], next: &AtomicUsize, desk: &Mutex<Desk<'_>>) -> Option<usize> {
        let desk = lock(desk);
        let too_many = self.options.failures_allowed.is_some_and(|most| desk.summary.failed >= most.get());
        if self.stop.load(Ordering::Relaxed) || desk.broken.is_some() || too_many {
            return None;
        }
        queue.get(next.fetch_add(1, Ordering::Relaxed)).copied()
    }

    /// Runs one job on a pool and enters what came of it.
    fn work(&self, index: usize, bench: &Bench<'_>, pool: &ThreadPool, desk: &Mutex<Desk<'_>>) {
        let job = &self.plan.jobs[index];
        let key = lock(desk).ledger.key(index).expect("a queued job's inputs are known").clone();
        let task = Task { index, job, key: &key, inputs: &self.inputs[&index] };
        (self.watch)(&Event::Started { job: index, label: &job.label });
        let result = match job_logs(&bench.folder.job(key.as_str()), self.options.terminal) {
            Err(refused) => Err(JobError::Results(refused)),
            Ok(logs) => pool.install(|| {
                tracing::dispatcher::with_default(&logs, || {
                    let _run = info_span!("run", experiment = %self.plan.experiment.name).entered();
                    let result = catch_unwind(AssertUnwindSafe(|| bench.run(&task)))
                        .unwrap_or_else(|panic| Err(JobError::Panic(panic_text(panic.as_ref()))));
                    if let Err(reason) = &result {
                        self.explain(&task, reason);
                    }
                    result
                })
            }),
        };
        self.enter(&task, result, &mut lock(desk));
    }

    /// Says why a job ended early, with the file's place on this machine, which the table leaves out.
    fn explain(&self, task: &Task<'_>, reason: &JobError) {
        match reason.file(task.inputs) {
            None => error!(%reason, "job ended early"),
            Some(path) => {
                error!(%reason, path = %path.display(), "job ended early");
                let text = format!("the file at fault is {}", path.display());
                (self.watch)(&Event::Notice { label: &task.job.label, text: &text });
            }
        }
    }

    /// Journal first, then the tables: a row in the table is safe in the journal.
    fn enter(&self, task: &Task<'_>, result: Result<Finished, JobError>, desk: &mut Desk<'_>) {
        let empty = || Timing { job: task.job.label.clone(), ..Timing::default() };
        let (steps, ending, timing, tags) = match result {
            Err(JobError::Interrupted) => return,
            Err(error) if error.ends_the_run() => {
                let label = task.job.label.clone();
                desk.broken.get_or_insert(LabError::Storage { label, source: error });
                return;
            }
            Err(error) => (None, Ending::Failed(error.failure()), empty(), Vec::new()),
            Ok(finished) => (Some(finished.steps), Ending::Ok(finished.measurements), finished.timing, finished.tags),
        };
        let outcome = Outcome {
            key: task.key.as_str().to_owned(),
            environment: self.environment.name.clone(),
            precision: precision(&task.job.settings, self.environment).ok().map(str::to_owned),
            steps,
            ending,
        };
        match desk.enter(self.plan, &outcome, &timing, &tags) {
            Err(error) => {
                desk.broken.get_or_insert(error.into());
            }
            Ok(()) => {
                (self.watch)(&Event::Finished {
                    job: task.index,
                    label: &task.job.label,
                    outcome: &outcome,
                    timing: &timing,
                });
            }
        }
    }
}

impl Desk<'_> {
    fn enter(
        &mut self,
        plan: &Plan,
        outcome: &Outcome,
        timing: &Timing,
        tags: &[(PathBuf, Vec<u8>)],
    ) -> Result<(), ResultsError> {
        if !tags.is_empty() {
            create_folder(&self.folder.layout().predictions_folder())?;
        }
        for (path, content) in tags {
            replace(path, content)?;
        }
        self.folder.record(outcome)?;
        self.ledger.enter(outcome.clone());
        let checkpoint = self.folder.layout().checkpoint(&outcome.key);
        match std::fs::remove_file(&checkpoint) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(ResultsError::io(Action::Write, &checkpoint, error));
            }
            _ => {}
        }
        self.folder.write_tables(&self.ledger.records(plan), &self.columns)?;
        match outcome.ending {
            Ending::Ok(_) => {
                self.summary.finished += 1;
                self.folder.write_timing(timing)
            }
            Ending::Failed(_) => {
                self.summary.failed += 1;
                Ok(())
            }
        }
    }
}

/// Bytes of the parameters that learn, as they are stored.
pub fn learned_bytes(config: &Config, freeze: Freeze) -> u64 {
    /// More classes than tag sets have: their share of the bytes is small.
    const CLASSES: usize = 16;
    let layout = Layout::new(config, CLASSES);
    (layout.len - layout.learning_from(freeze)) as u64 * size_of::<f32>() as u64
}

/// The jobs of a selection that have to run; of several with one key the first, since they share its result.
pub fn queue(
    ledger: &Ledger,
    selection: &[usize],
    environment: &Environment,
    force: bool,
    refresh: bool,
) -> Vec<usize> {
    let is_due = |job: &usize| match ledger.state(*job) {
        State::Done(outcome) => force || (refresh && outcome.environment != environment.name),
        State::New | State::Failed(_) => true,
    };
    let mut keys = BTreeSet::new();
    let mut is_first = |job: &usize| ledger.key(*job).is_none_or(|key| keys.insert(key.clone()));
    selection.iter().copied().filter(|job| is_due(job) && is_first(job)).collect()
}

fn lock<'a, 'd>(desk: &'a Mutex<Desk<'d>>) -> MutexGuard<'a, Desk<'d>> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
