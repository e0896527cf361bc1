//! Runs the jobs of a plan that are not done: a queue, workers with threads of their own, a journal entry and new
//! tables after each job.

use std::any::Any;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};
use tracing::info_span;
use tracing_subscriber::filter::LevelFilter;

use crate::model::{self, Config};
use crate::plan::Plan;
use crate::results::{
    Action, Columns, Ending, Failure, Layout, Outcome, ResultsError, ResultsFolder, create_folder, replace,
};
use crate::spec::{Freeze, SaveModels, Settings};

use super::agenda::{Assignment, Policy, agenda};
use super::device::Environment;
use super::error::{JobError, LabError};
use super::event::{Event, Watch};
use super::inputs::Inputs;
use super::job::{Bench, Finished, Measured, Subject, Task, precision};
use super::ledger::{Id, Ledger, Part, columns};
use super::loading::read_config;
use super::log::job_logs;
use super::materials::Materials;
use super::share::Crew;

/// Bytes that all models of a plan may take together under `save.models = "auto"`.
pub(super) const MODELS_AUTO: u64 = 10_000_000_000;

/// How a plan is run. Nothing of it changes a number.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// Jobs at a time.
    pub jobs: NonZeroUsize,
    /// Threads of all jobs together.
    pub threads: NonZeroUsize,
    /// Failed jobs after which no further one is started.
    pub failures_allowed: Option<NonZeroUsize>,
    /// Which results count.
    pub policy: Policy<'a>,
    /// What job logs show on the terminal.
    pub terminal: LevelFilter,
}

/// What came of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Jobs that ran to their end.
    pub finished: usize,
    /// Jobs that failed, themselves or on a further set.
    pub failed: usize,
    /// Jobs left to do, by too many failures or an interruption.
    pub left: usize,
    /// Whether the run was asked to stop.
    pub interrupted: bool,
}

/// A plan about to be run in its results folder.
pub struct Lab<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The jobs of it that are meant.
    pub selection: &'a [usize],
    /// The input files of everything that may run.
    pub inputs: &'a Inputs,
    /// Where jobs run.
    pub environment: &'a Environment,
    /// How.
    pub options: Options<'a>,
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

/// What all workers use.
struct Hall {
    layout: Layout,
    pools: Vec<ThreadPool>,
    crew: Crew,
    materials: Materials,
    /// Whether all models of the plan fit the automatic limit.
    models_fit: bool,
    told: Mutex<BTreeSet<String>>,
}

impl Lab<'_> {
    /// What is due, beside what was `tried`. A result that left the folder since the inputs were gathered is not missed
    /// in this run.
    pub fn agenda(&self, ledger: &Ledger, tried: &BTreeSet<Id>) -> Vec<Assignment> {
        let mut due = agenda(ledger, self.selection, self.options.policy, tried);
        due.retain(|assignment| assignment.parts().all(|id| self.inputs.contains_key(&id)));
        due
    }

    /// Runs what is due, in the order of the plan, until nothing is.
    ///
    /// # Errors
    /// What ends a run: the results folder or the machine. A job that fails is a row.
    pub fn run(&self, folder: &mut ResultsFolder, ledger: &mut Ledger) -> Result<Summary, LabError> {
        let jobs = self.options.jobs.get();
        let pools = self.pools(jobs)?;
        let materials = Materials::new(self.inputs.iter().map(|(id, inputs)| (ledger.settings_of(*id), inputs)));
        let mut hall = Hall {
            layout: folder.layout().clone(),
            pools,
            crew: Crew::new(self.options.threads, jobs),
            materials,
            models_fit: self.models_fit(),
            told: Mutex::default(),
        };
        let desk = Desk { folder, ledger, columns: columns(self.plan), summary: Summary::default(), broken: None };
        let desk = Mutex::new(desk);
        let mut tried = BTreeSet::new();
        loop {
            let queue = self.agenda(lock(&desk).ledger, &tried);
            if !tried.is_empty() && !queue.is_empty() {
                let text = lock(&desk).ledger.winners(self.plan);
                (self.watch)(&Event::Chosen { text: &text, due: queue.len() });
            }
            let before = lock(&desk).summary.entered();
            hall.crew = Crew::new(self.options.threads, jobs);
            self.pass(&queue, &hall, &desk);
            tried.extend(queue.iter().flat_map(Assignment::parts));
            let mut desk = lock(&desk);
            if let Some(error) = desk.broken.take() {
                return Err(error);
            }
            let entered = desk.summary.entered() - before;
            desk.summary.left = queue.len() - entered;
            if entered == 0 || desk.summary.left > 0 {
                desk.summary.interrupted = self.stop.load(Ordering::Relaxed);
                return Ok(desk.summary);
            }
        }
    }

    /// Runs a queue on all pools.
    fn pass(&self, queue: &[Assignment], hall: &Hall, desk: &Mutex<Desk<'_>>) {
        let next = AtomicUsize::new(0);
        hall.materials.features.claim_for(queue, lock(desk).ledger, self.inputs);
        std::thread::scope(|scope| {
            for (worker, pool) in hall.pools.iter().enumerate() {
                let next = &next;
                scope.spawn(move || {
                    while let Some(assignment) = self.take(queue, next, desk) {
                        self.work(assignment, hall, (worker, pool), desk);
                    }
                    hall.crew.leave();
                });
            }
        });
    }

    /// Workers take the GPUs in turn.
    fn bench<'h>(&'h self, hall: &'h Hall, worker: usize, settings: &Settings) -> Bench<'h> {
        Bench {
            environment: self.environment,
            gpu: worker % self.environment.gpus().max(1),
            materials: &hall.materials,
            crew: &hall.crew,
            folder: &hall.layout,
            watch: self.watch,
            stop: self.stop,
            told: &hall.told,
            save_models: match settings.save.models {
                SaveModels::Auto => hall.models_fit,
                SaveModels::All => true,
                SaveModels::None => false,
            },
            reuse_models: !self.options.policy.force,
        }
    }

    /// Threads divided among jobs, the first with one more where they do not divide.
    fn pools(&self, jobs: usize) -> Result<Vec<ThreadPool>, LabError> {
        let threads = self.options.threads.get().max(jobs);
        let share = |job: usize| threads / jobs + usize::from(job < threads % jobs);
        let pool = |job| ThreadPoolBuilder::new().num_threads(share(job)).build();
        (0..jobs).map(pool).collect::<Result<_, _>>().map_err(LabError::from)
    }

    /// Whether what all of the plan's jobs learn fits the automatic limit together, those that are done included. A
    /// checkpoint that nothing that may run reads is unknown, and takes no part.
    fn models_fit(&self) -> bool {
        let configs: Vec<_> = self
            .inputs
            .iter()
            .map(|(id, inputs)| {
                let model = &self.plan.jobs[id.job].settings.model;
                ((&model.checkpoint, &model.revision), read_config(model, &inputs.model.config.path).ok())
            })
            .collect();
        let bytes = self.plan.jobs.iter().map(|job| {
            let model = (&job.settings.model.checkpoint, &job.settings.model.revision);
            let config = configs.iter().find(|(of, _)| *of == model).and_then(|(_, config)| config.as_ref());
            config.map_or(0, |config| learned_bytes(config, job.settings.model.freeze))
        });
        bytes.sum::<u64>() <= MODELS_AUTO
    }

    /// The next assignment, unless the run is to end.
    fn take<'q>(&self, queue: &'q [Assignment], next: &AtomicUsize, desk: &Mutex<Desk<'_>>) -> Option<&'q Assignment> {
        let desk = lock(desk);
        let too_many = self.options.failures_allowed.is_some_and(|most| desk.summary.failed >= most.get());
        if self.stop.load(Ordering::Relaxed) || desk.broken.is_some() || too_many {
            return None;
        }
        queue.get(next.fetch_add(1, Ordering::Relaxed))
    }

    /// Runs one assignment on a pool and enters what came of it.
    fn work(&self, assignment: &Assignment, hall: &Hall, (worker, pool): (usize, &ThreadPool), desk: &Mutex<Desk<'_>>) {
        let task = self.task(assignment, lock(desk).ledger);
        let bench = self.bench(hall, worker, &task.training.settings);
        (self.watch)(&Event::Started { job: task.index, label: task.label });
        let result = match job_logs(&hall.layout.job(task.training.key.as_str()), self.options.terminal) {
            Err(refused) => Err(JobError::Results(refused)),
            Ok(logs) => pool.install(|| {
                tracing::dispatcher::with_default(&logs, || {
                    let _run = info_span!("run", experiment = %self.plan.experiment.name).entered();
                    let result = catch_unwind(AssertUnwindSafe(|| bench.run(&task)))
                        .unwrap_or_else(|panic| Err(JobError::Panic(panic_text(panic.as_ref()))));
                    result.or_else(|error| bench.failed(&task, error))
                })
            }),
        };
        let mut desk = lock(desk);
        match result {
            Err(JobError::Interrupted) => {}
            Err(error) => {
                desk.broken.get_or_insert(LabError::Storage { label: task.label.to_owned(), source: error });
            }
            Ok(finished) => match self.enter(&task, &finished, &mut desk) {
                Err(error) => {
                    desk.broken.get_or_insert(error.into());
                }
                Ok(()) => self.tell(&task, &finished, desk.ledger),
            },
        }
        hall.materials.features.release(task.index);
        (self.watch)(&Event::Ended { job: task.index });
    }

    fn task<'t>(&'t self, assignment: &'t Assignment, ledger: &Ledger) -> Task<'t> {
        let index = assignment.job;
        let subject = |part: Part| {
            let id = Id { job: index, part };
            let key = ledger.key_of(id).expect("the inputs of what is queued are known").clone();
            Subject { id, settings: ledger.settings_of(id).clone(), key, inputs: self.inputs[&id].clone() }
        };
        Task {
            index,
            label: &self.plan.jobs[index].label,
            training: subject(assignment.row.unwrap_or(Part::Whole)),
            row: assignment.row.is_some(),
            sets: assignment.sets.iter().map(|set| subject(Part::Set(*set))).collect(),
        }
    }

    /// Journal first, then the tables: a row in the table is safe in the journal.
    fn enter(&self, task: &Task<'_>, finished: &Finished, desk: &mut Desk<'_>) -> Result<(), ResultsError> {
        for (subject, result) in &finished.parts {
            let outcome = self.outcome(subject, result);
            desk.record(self.plan, outcome, result.as_ref().map_or(&[][..], |measured| &measured.tags))?;
        }
        desk.clear_checkpoint(task.training.key.as_str())?;
        desk.write_tables(self.plan)?;
        if let Some(timing) = &finished.timing {
            desk.folder.write_timing(timing)?;
        }
        if finished.parts.iter().any(|(_, result)| result.is_err()) {
            desk.summary.failed += 1;
        } else if finished.whole {
            desk.summary.finished += 1;
        }
        Ok(())
    }

    fn outcome(&self, subject: &Subject, result: &Result<Measured, Failure>) -> Outcome {
        let (key, environment) = (subject.key.as_str(), self.environment.name.as_str());
        let (steps, ending) = match result {
            Ok(measured) => (Some(measured.steps), Ending::Ok(measured.measurements.clone())),
            Err(failure) => (None, Ending::Failed(failure.clone())),
        };
        if let Part::Set(_) = subject.id.part {
            return Outcome::of_evaluation(key, environment, ending);
        }
        let precision = precision(&subject.settings, self.environment).ok().map(str::to_owned);
        Outcome { key: key.to_owned(), environment: environment.to_owned(), precision, steps, ending }
    }

    fn tell(&self, task: &Task<'_>, finished: &Finished, ledger: &Ledger) {
        for (at, (subject, _)) in finished.parts.iter().enumerate() {
            let outcome = ledger.outcome_of(subject.id).expect("it was entered");
            let (job, label, timing) = (task.index, task.label, finished.timing.as_ref().filter(|_| at == 0));
            (self.watch)(&Event::Entered { job, label, part: subject.id.part, outcome, timing });
        }
    }
}

impl Summary {
    fn entered(&self) -> usize {
        self.finished + self.failed
    }
}

impl Desk<'_> {
    /// Stores one outcome with its tags, so that it survives whatever comes next.
    fn record(&mut self, plan: &Plan, outcome: Outcome, tags: &[(PathBuf, Vec<u8>)]) -> Result<(), ResultsError> {
        if !tags.is_empty() {
            create_folder(&self.folder.layout().predictions_folder())?;
        }
        for (path, content) in tags {
            replace(path, content)?;
        }
        self.folder.record(&outcome)?;
        self.ledger.enter(plan, outcome);
        Ok(())
    }

    fn write_tables(&self, plan: &Plan) -> Result<(), ResultsError> {
        let evaluations = self.ledger.evaluations(plan);
        self.folder.write_tables(&self.ledger.records(plan), &self.columns, evaluations.as_deref())
    }

    fn clear_checkpoint(&self, key: &str) -> Result<(), ResultsError> {
        let checkpoint = self.folder.layout().checkpoint(key);
        match std::fs::remove_file(&checkpoint) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(ResultsError::io(Action::Write, &checkpoint, error))
            }
            _ => Ok(()),
        }
    }
}

/// Bytes of the parameters that learn, as they are stored.
pub(super) fn learned_bytes(config: &Config, freeze: Freeze) -> u64 {
    /// More classes than tag sets have: their share of the bytes is small.
    const CLASSES: usize = 16;
    let layout = model::Layout::new(config, CLASSES);
    (layout.len - layout.learning_from(freeze)) as u64 * size_of::<f32>() as u64
}

fn lock<'a, 'd>(desk: &'a Mutex<Desk<'d>>) -> MutexGuard<'a, Desk<'d>> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
