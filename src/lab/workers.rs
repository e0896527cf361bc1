//! Runs the trainings of a plan that are not done: a queue, workers with threads of their own, a journal entry after each
//! job, and tables that follow within a second.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use rayon::{ThreadPool, ThreadPoolBuilder};
use tracing::info_span;

use crate::claims::{BeaconHandle, Claim};
use crate::ledger::{Id, Ledger, Part, PendingJob, PendingTraining};
use crate::results::{Layout, ResultsFolder};
use crate::spec::{SaveModels, Settings};

use super::among_workers::Next;
use super::configuration::read_config;
use super::context::JobContext;
use super::error::{JobError, LabError};
use super::event::Event;
use super::identity::Identity;
use super::job;
use super::lab::{Lab, lock};
use super::log::job_logs;
use super::measuring::failed;
use super::queue::Queue;
use super::records::{Records, Summary};
use super::saved_models::models_fit;
use super::shared_data::SharedData;
use super::shared_queue::SharedQueue;
use super::sharing::{MOST_LOST, Shown};
use super::task::{Finished, Task};
use super::thread_budget::{ThreadBudget, expected};

/// What all workers share.
struct RunContext {
    layout: Layout,
    pools: Vec<ThreadPool>,
    thread_budget: ThreadBudget,
    shared_data: SharedData,
    /// Whether all models of the plan fit the automatic limit.
    models_fit: bool,
    noticed: Mutex<BTreeSet<String>>,
    /// This worker's beacon, where others share the folder.
    beacon: Option<BeaconHandle>,
}

impl Lab<'_> {
    /// Runs what is due, in the order of the plan, until nothing is.
    ///
    /// # Errors
    /// The results folder or the machine. A failed job is a row.
    pub fn run(&self, folder: &mut ResultsFolder, ledger: &mut Ledger) -> Result<Summary, LabError> {
        let jobs = self.options.jobs.get();
        let pools = self.pools(jobs)?;
        let shared_data = SharedData::new(self.inputs.iter().map(|(id, inputs)| (ledger.settings_of(*id), inputs)));
        let mut shared = RunContext {
            layout: folder.layout().clone(),
            pools,
            thread_budget: ThreadBudget::new(self.options.threads, jobs),
            shared_data,
            models_fit: models_fit(self.plan, |settings| {
                let model = &settings.model;
                let is_read = |id: &&Id| {
                    let other = &self.plan.jobs[id.job].settings.model;
                    (&other.checkpoint, &other.revision) == (&model.checkpoint, &model.revision)
                };
                let id = self.inputs.keys().find(is_read)?;
                read_config(model, &self.inputs[id].model.config.path).ok()
            }),
            noticed: Mutex::default(),
            beacon: folder.beacon(),
        };
        let policy = self.options.policy;
        let records = Mutex::new(Records::new(self.plan, self.environment, folder, ledger, policy));
        let mut tried = BTreeSet::new();
        let mut waited = 0;
        loop {
            let pending = self.pending(lock(&records).ledger, &tried);
            let (waiting, queue): (Vec<_>, Vec<_>) = pending.into_iter().partition(|training| training.waits);
            let [due, waiting]: [usize; 2] =
                [&queue, &waiting].map(|some| some.iter().map(|training| training.jobs.len()).sum());
            if !tried.is_empty() && due > 0 {
                let new = (due + waiting).saturating_sub(waited);
                let text = lock(&records).decided(new);
                if !text.is_empty() {
                    (self.watch)(&Event::Selected { text: &text, due: new });
                }
            }
            waited = waiting;
            let before = lock(&records).summary.entered();
            shared.thread_budget = ThreadBudget::new(self.options.threads, jobs);
            self.pass(&queue, &shared, &records);
            let (entered, is_shared) = self.after_pass(&mut lock(&records), before)?;
            let next = if is_shared {
                self.next_among_workers(&records, &mut tried)?
            } else {
                tried.extend(queue.iter().flat_map(PendingTraining::parts));
                let left: usize = due - entered;
                let ends = entered == 0 || left > 0;
                lock(&records).summary.left = if ends { left + waiting } else { left };
                if ends { Next::End } else { Next::Pass }
            };
            match next {
                Next::Pass => {}
                Next::Look => self.pause(),
                Next::End => {
                    let mut records = lock(&records);
                    records.summary.interrupted = self.stop.load(Ordering::Relaxed);
                    return Ok(records.summary);
                }
            }
        }
    }

    /// Writes the tables. Returns how many jobs were entered, `before` of them before the pass, and whether others share the
    /// folder.
    fn after_pass(&self, records: &mut Records<'_>, before: usize) -> Result<(usize, bool), LabError> {
        let written = records.write_tables();
        if let Some(error) = records.broken.take() {
            return Err(error);
        }
        written?;
        records.clear_stopped()?;
        Ok((records.summary.entered() - before, records.is_shared()))
    }

    /// Runs trainings on all pools.
    fn pass(&self, trainings: &[PendingTraining], shared: &RunContext, records: &Mutex<Records<'_>>) {
        let due = trainings.iter().flat_map(|training| &training.jobs);
        self.claim_features(due, shared, lock(records).ledger);
        lock(records).entered.clear();
        let expected = expected(self.plan, self.inputs, trainings);
        let queue = SharedQueue::new(Queue::new(expected, &self.environment.free_memory(), shared.pools.len()));
        std::thread::scope(|scope| {
            for (worker, pool) in shared.pools.iter().enumerate() {
                let queue = &queue;
                scope.spawn(move || {
                    let mut device = queue.device(worker);
                    while let Some(place) = queue.take(&mut device, &|| self.ends(records)) {
                        let Some(claim) = self.claim(&trainings[place], records) else {
                            queue.done(device, place);
                            continue;
                        };
                        match self.work(&trainings[place], claim, shared, (device, pool), records) {
                            None => queue.done(device, place),
                            Some(lost) => {
                                let put_back = queue.put_back(device, place);
                                self.lose_gpu(&trainings[place], &lost, device, put_back, records);
                            }
                        }
                    }
                    shared.thread_budget.leave();
                });
            }
        });
        self.end_without_gpus(queue.waiting(), records);
    }

    /// Keeps the features that the jobs of a queue may need, once they are computed.
    fn claim_features<'q>(&self, due: impl Iterator<Item = &'q PendingJob>, shared: &RunContext, ledger: &Ledger) {
        for pending_job in due {
            let job = pending_job.job;
            let training = pending_job.row.is_none().then_some(Id { job, part: Part::Whole });
            let parts = pending_job.parts().chain(training).map(|id| (ledger.settings_of(id), &self.inputs[&id]));
            let parts = parts.filter(|(settings, _)| settings.train.cache_features);
            let features = parts.flat_map(|(settings, inputs)| Identity::of_all_features(settings, inputs));
            shared.shared_data.features.claim(job, features);
        }
    }

    fn context<'h>(&'h self, shared: &'h RunContext, gpu: usize, settings: &Settings) -> JobContext<'h> {
        JobContext {
            environment: self.environment,
            gpu,
            shared_data: &shared.shared_data,
            thread_budget: &shared.thread_budget,
            folder: &shared.layout,
            watch: self.watch,
            stop: self.stop,
            noticed: &shared.noticed,
            save_models: match settings.save.models {
                SaveModels::Auto => shared.models_fit,
                SaveModels::All => true,
                SaveModels::None => false,
            },
            reuse_models: !self.options.policy.force,
            terminal: self.options.terminal,
        }
    }

    /// Threads divided among jobs, the first with one more where they do not divide.
    fn pools(&self, jobs: usize) -> Result<Vec<ThreadPool>, LabError> {
        let threads = self.options.threads.get().max(jobs);
        let share = |job: usize| threads / jobs + usize::from(job < threads % jobs);
        let pool = |job| ThreadPoolBuilder::new().num_threads(share(job)).build();
        (0..jobs).map(pool).collect::<Result<_, _>>().map_err(LabError::from)
    }

    /// Runs one training on a pool and records the results of its jobs. Returns the error of the GPU, if that failed.
    fn work(
        &self,
        training: &PendingTraining,
        claim: Option<Claim>,
        shared: &RunContext,
        (gpu, pool): (usize, &ThreadPool),
        records: &Mutex<Records<'_>>,
    ) -> Option<JobError> {
        let task = self.task(training, &lock(records));
        let indices: Vec<usize> = task.jobs.iter().map(|job| job.index).collect();
        let first = task.first().clone();
        let shown = Shown::new(shared.beacon.as_ref(), task.key.as_str(), first.label);
        let watch = |event: &Event<'_>| {
            if let Event::Stepped { step, .. } = event {
                shown.stepped(step.step, step.total);
            }
            (self.watch)(event);
        };
        let mut context = self.context(shared, gpu, &first.part.settings);
        context.watch = &watch;
        watch(&Event::Started { job: first.index, label: first.label });
        let lost = claim.as_ref().map_or(0, |claim| claim.lost);
        let ended = match job_logs(&shared.layout.job(first.part.key.as_str()), first.label, self.options.terminal) {
            Err(refused) => Err(JobError::Results(refused)),
            Ok(_) if lost >= MOST_LOST => self.fail(&context, &task, JobError::Lost { workers: lost }, records),
            Ok(logs) => pool.install(|| {
                tracing::dispatcher::with_default(&logs, || {
                    let _run = info_span!("run", experiment = %self.plan.experiment.name).entered();
                    job::by_tags(&context, task).iter().try_for_each(|task| {
                        self.run_task(&context, task, records)?;
                        match task.until {
                            Some(_) => Ok(()),
                            None => Ok(lock(records).clear_checkpoint(task.key.as_str())?),
                        }
                    })
                })
            }),
        };
        // a job may end early by an interruption, with some of its evaluation sets scored
        let done = ended.is_ok() && indices.iter().all(|job| lock(records).entered.contains(job));
        lock(records).settle(training, claim, done);
        match ended {
            Ok(()) | Err(JobError::Interrupted) => {}
            Err(lost) if context.loses_gpu(&lost) => return Some(lost),
            Err(error) => {
                let label = first.label.to_owned();
                lock(records).broken.get_or_insert(LabError::Storage { label, source: error });
            }
        }
        for job in indices {
            shared.shared_data.features.release(job);
            watch(&Event::Ended { job });
        }
        None
    }

    /// Runs one training; where it fails, so do its jobs that were not yet scored.
    fn run_task(
        &self,
        context: &JobContext<'_>,
        task: &Task<'_>,
        records: &Mutex<Records<'_>>,
    ) -> Result<(), JobError> {
        let mut left: BTreeSet<usize> = task.jobs.iter().map(|job| job.index).collect();
        let mut enter = |finished: Finished| {
            left.remove(&finished.job);
            self.enter(&finished, records)
        };
        let ended = catch_unwind(AssertUnwindSafe(|| job::run(context, task, &mut enter)))
            .unwrap_or_else(|panic| Err(JobError::of_panic(panic.as_ref())));
        let Err(error) = ended else { return Ok(()) };
        let failure = context.failure(task, task.training(), error)?;
        for job in task.jobs.iter().filter(|job| left.contains(&job.index)) {
            self.enter(&failed(job, &failure), records)?;
        }
        Ok(())
    }

    /// Enters a failure for every job of a training.
    fn fail(
        &self,
        context: &JobContext<'_>,
        task: &Task<'_>,
        error: JobError,
        records: &Mutex<Records<'_>>,
    ) -> Result<(), JobError> {
        let failure = context.failure(task, task.training(), error)?;
        task.jobs.iter().try_for_each(|job| self.enter(&failed(job, &failure), records))
    }
}
