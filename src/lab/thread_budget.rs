//! How many jobs run at a time, and how threads are divided among them. No number depends on it: what a job computes is
//! the same on any number of threads, beside any jobs. Must not know how a job is run.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::ledger::{Inputs, JobInputs, PendingTraining};
use crate::machine::memory;
use crate::model::{Config, Layout};
use crate::plan::Plan;
use crate::spec::{Average, Freeze, Settings, Size};
use crate::train::BatchSampler;

use super::configuration::read_config;
use super::queue::Expected;

/// Part of the memory at hand that jobs may take together.
const MEMORY_SHARE: f64 = 0.8;

/// Tokens of a batch of predictions: its budget, `train::predict`.
const PREDICTED_TOKENS: usize = 1024;

/// Rows that "all" is taken for before the data are read.
const ALL_ROWS: usize = 10_000;

/// How many of the jobs of `inputs` run at a time on `threads` by default. Jobs whose configuration is unreadable do not
/// count.
pub fn default_jobs(plan: &Plan, inputs: &Inputs, threads: NonZeroUsize) -> NonZeroUsize {
    let costs: Vec<JobCost> = costs(plan, inputs).into_values().collect();
    jobs_at_a_time(&costs, threads, memory::available())
}

/// The work of each job of `inputs`, in units that all share, as progress measures it.
pub fn expected_work(plan: &Plan, inputs: &Inputs) -> BTreeMap<usize, f64> {
    costs(plan, inputs).into_iter().map(|(job, cost)| (job, cost.work)).collect()
}

/// How many of `jobs` fit into memory at a time, one in any case; with what the largest of them needs and what is free,
/// in bytes, where they are fewer.
pub fn jobs_that_fit(plan: &Plan, inputs: &Inputs, jobs: NonZeroUsize) -> (NonZeroUsize, Option<(u64, u64)>) {
    let Some(free) = memory::available() else { return (jobs, None) };
    fitting(costs(plan, inputs).values().map(|cost| cost.bytes).collect(), jobs, free)
}

fn fitting(mut needs: Vec<u64>, jobs: NonZeroUsize, free: u64) -> (NonZeroUsize, Option<(u64, u64)>) {
    needs.sort_unstable_by(|a, b| b.cmp(a));
    let sums = needs.iter().take(jobs.get()).scan(0_u64, |sum, bytes| {
        *sum = sum.saturating_add(*bytes);
        Some(*sum)
    });
    let fits = sums.take_while(|sum| *sum <= free).count();
    let most = jobs.get().min(needs.len().max(1));
    match NonZeroUsize::new(fits.max(1)) {
        Some(fits) if fits.get() < most => (fits, Some((needs[0], free))),
        _ => (jobs, None),
    }
}

/// What each of `trainings` is expected to take, by the first of its jobs.
pub(super) fn expected(plan: &Plan, inputs: &Inputs, trainings: &[PendingTraining]) -> Vec<Expected> {
    let costs = costs(plan, inputs);
    let of = |training: &PendingTraining| costs.get(&training.jobs[0].job).map(|cost| (cost.work, cost.bytes));
    let expected = |known: Option<(f64, u64)>| known.map(|(work, bytes)| Expected { work, bytes }).unwrap_or_default();
    trainings.iter().map(|training| expected(of(training))).collect()
}

fn costs(plan: &Plan, inputs: &Inputs) -> BTreeMap<usize, JobCost> {
    let jobs: BTreeMap<usize, &JobInputs> = inputs.iter().map(|(id, inputs)| (id.job, inputs)).collect();
    let cost = |(job, inputs): (usize, &JobInputs)| {
        let settings = &plan.jobs[job].settings;
        Some((job, JobCost::of(settings, &read_config(&settings.model, &inputs.model.config.path).ok()?)))
    };
    jobs.into_iter().filter_map(cost).collect()
}

/// What one job asks of the machine, as far as settings and configuration tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct JobCost {
    /// Time on one thread, in units that all jobs of a run share.
    pub work: f64,
    /// Features of a token: how much of a step threads can divide.
    pub hidden: usize,
    /// Memory, in bytes.
    pub bytes: u64,
}

impl JobCost {
    /// Of a job with these settings over a checkpoint of this configuration.
    pub(super) fn of(settings: &Settings, config: &Config) -> Self {
        /// More classes than tag sets have: their share of the bytes is small.
        const CLASSES: usize = 16;
        let config = &config.clone().with_adapter(settings.model.adapter());
        let layout = Layout::new(config, CLASSES);
        let freeze = settings.model.frozen(config.layers);
        let learned = layout.len - layout.learning_from(freeze);
        let layers = config.layers - layout.first_learning(freeze).min(config.layers) + 1;
        let rows = match settings.data.train_size {
            Size::Rows(rows) => rows,
            Size::All => ALL_ROWS,
        };
        let longest = settings.model.input_length().tokens();
        let of_batch = settings.train.batch_size.min(rows).saturating_mul(longest);
        let tokens = PREDICTED_TOKENS.max(of_batch);
        let of_token = 8 * config.hidden + 2 * config.intermediate + config.heads * longest;
        let activations = tokens.saturating_mul(of_token).saturating_mul(layers + 1);
        // gradient, two moments, and the average where there is one
        let copies = 3 + usize::from(settings.train.average != Average::Off);
        let floats = (layout.len + copies * learned).saturating_add(activations);
        /// Labeled tokens of a sentence, where features of each are held; most have fewer.
        const LABELLED: usize = 32;
        // forward alone, or forward and of the two products of backward that of the weights only where they learn
        let passes = match (freeze, &config.adapter) {
            (Freeze::Encoder, _) => 1.0,
            (_, Some(_)) => 2.0,
            (_, None) => 3.0,
        };
        let examples = if settings.train.cache_features {
            rows as f64
        } else {
            let of_step = settings.train.batch_size as f64 * settings.train.gradient_accumulation as f64;
            BatchSampler::new(rows, &settings.train).total as f64 * of_step
        };
        let of_sentence = LABELLED * config.hidden;
        let features = if settings.train.cache_features { rows.saturating_mul(of_sentence) } else { 0 };
        let of_example = (config.layers * config.hidden * (config.hidden + config.intermediate)) as f64 * passes;
        let bytes = floats.saturating_add(features).saturating_mul(size_of::<f32>()) as u64;
        Self { work: examples * of_example, hidden: config.hidden, bytes }
    }

    /// How many times as fast the job is on `threads` as on one. Each further thread costs all of them the time of
    /// meeting once an operation, which weighs the more the narrower the model is. Of a step of MiniLM (384 features, batch
    /// 8) two threads take 1/1.7 of the time; that fixes the one constant.
    fn speedup(&self, threads: usize) -> f64 {
        const MEETING: f64 = 68.0;
        let threads = threads as f64;
        threads / (1.0 + (threads - 1.0) * MEETING / self.hidden as f64)
    }
}

/// How many of `costs`, in the order of the queue, run at a time on `threads`: the number with which the last job is
/// expected to end first, and of equal ones the smaller, whose jobs end one after the other. All that run together fit
/// into `memory` bytes, if that is known; one job runs in any case.
pub(super) fn jobs_at_a_time(costs: &[JobCost], threads: NonZeroUsize, memory: Option<u64>) -> NonZeroUsize {
    let mut largest: Vec<u64> = costs.iter().map(|cost| cost.bytes).collect();
    largest.sort_unstable_by(|a, b| b.cmp(a));
    let room = memory.map(|bytes| (bytes as f64 * MEMORY_SHARE) as u64);
    let together = |jobs: usize| largest[..jobs].iter().copied().fold(0, u64::saturating_add);
    let fits = |jobs: &usize| room.is_none_or(|room| together(*jobs) <= room);
    let (mut best, mut shortest) = (1, f64::INFINITY);
    for jobs in (1..=costs.len().min(threads.get())).filter(|jobs| *jobs == 1 || fits(jobs)) {
        let time = makespan(costs, jobs, threads.get());
        if time < 0.99 * shortest {
            (best, shortest) = (jobs, time);
        }
    }
    NonZeroUsize::new(best).expect("it begins with 1")
}

/// Time until the last job ends, `jobs` at a time, with the threads of those that find no further job passed on.
fn makespan(costs: &[JobCost], jobs: usize, threads: usize) -> f64 {
    let mut queue = costs.iter();
    let mut running: Vec<(f64, &JobCost)> = queue.by_ref().take(jobs).map(|cost| (cost.work, cost)).collect();
    let mut time = 0.0;
    while !running.is_empty() {
        let share = threads / running.len();
        let left = |(work, cost): &(f64, &JobCost)| work / cost.speedup(share);
        let next = running.iter().map(left).fold(f64::INFINITY, f64::min);
        time += next;
        running.iter_mut().for_each(|(work, cost)| *work -= next * cost.speedup(share));
        // what is left of a job that ends is rounding
        running.retain(|(work, cost)| *work > 1e-9 * cost.work);
        running.extend(queue.by_ref().take(jobs - running.len()).map(|cost| (cost.work, cost)));
    }
    time
}

/// The threads of a run among its workers: those of a worker that finds no further job go to the others.
#[derive(Debug)]
pub(super) struct ThreadBudget {
    threads: usize,
    working: AtomicUsize,
}

impl ThreadBudget {
    /// `workers` with `threads` among them.
    pub(super) fn new(threads: NonZeroUsize, workers: usize) -> Self {
        Self { threads: threads.get(), working: AtomicUsize::new(workers) }
    }

    /// The threads that each worker may have by now; it never falls.
    pub(super) fn share(&self) -> usize {
        self.threads / self.working.load(Ordering::Relaxed).max(1)
    }

    /// One worker needs its threads no more.
    pub(super) fn leave(&self) {
        self.working.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Adapt;

    const GB: u64 = 1 << 30;

    fn cost(work: f64, hidden: usize) -> JobCost {
        JobCost { work, hidden, bytes: GB }
    }

    fn chosen(costs: &[JobCost], threads: usize, memory: Option<u64>) -> usize {
        jobs_at_a_time(costs, NonZeroUsize::new(threads).expect("not zero"), memory).get()
    }

    #[test]
    fn a_grid_of_small_jobs_fills_the_threads_with_jobs() {
        let minilm = [cost(1.0, 384); 24];
        assert_eq!([1, 2, 8, 64].map(|threads| chosen(&minilm, threads, None)), [1, 2, 8, 24]);
        let base = [cost(1.0, 768); 4];
        assert_eq!([1, 2, 8, 64].map(|threads| chosen(&base, threads, None)), [1, 2, 4, 4]);
    }

    #[test]
    fn one_job_has_all_threads() {
        assert_eq!(chosen(&[cost(1.0, 384)], 64, None), 1);
        assert_eq!(chosen(&[], 64, None), 1);
    }

    #[test]
    fn a_long_last_job_does_not_keep_short_ones_waiting() {
        // es_minilm: 1,000 and 3,000 sentences, a frozen encoder's forward alone against forward and backward
        let grid = [cost(3.0, 384), cost(1.0, 384), cost(9.0, 384), cost(3.0, 384)];
        assert_eq!(chosen(&grid, 2, None), 2);
        let alone: f64 = grid.iter().map(|cost| cost.work / cost.speedup(2)).sum();
        assert!(makespan(&grid, 2, 2) < 0.95 * alone);
        assert!(makespan(&grid, 2, 2) > 8.0, "it is no faster than 16 units on two threads");
    }

    #[test]
    fn jobs_at_a_time_fit_into_memory() {
        let jobs = [cost(1.0, 384); 8];
        assert_eq!(chosen(&jobs, 8, Some(5 * GB)), 4, "four fifths of it are used");
        assert_eq!(chosen(&jobs, 8, Some(GB / 2)), 1, "one job runs in any case");
        let unequal = [JobCost { bytes: 4 * GB, ..cost(1.0, 384) }, cost(1.0, 384), cost(1.0, 384)];
        assert_eq!(chosen(&unequal, 8, Some(6 * GB)), 1, "the largest are those that run together at worst");
    }

    #[test]
    fn jobs_that_are_asked_for_and_do_not_fit_are_run_fewer_at_a_time() {
        let fit = |needs: &[u64], jobs: usize, free: u64| {
            let (fit, said) = fitting(needs.to_vec(), NonZeroUsize::new(jobs).expect("not zero"), free);
            (fit.get(), said)
        };
        assert_eq!(fit(&[GB; 8], 4, 4 * GB), (4, None));
        assert_eq!(fit(&[GB, 2 * GB, GB], 3, 3 * GB), (2, Some((2 * GB, 3 * GB))));
        assert_eq!(fit(&[GB; 8], 4, GB / 2), (1, Some((GB, GB / 2))), "one runs in any case");
        assert_eq!(fit(&[GB], 4, GB / 2), (4, None), "there is one");
        assert_eq!(fit(&[u64::MAX, u64::MAX], 2, GB), (1, Some((u64::MAX, GB))));
    }

    #[test]
    fn sizes_beyond_all_memory_do_not_overflow() {
        let tiny = crate::model::builtin::config("tiny").expect("the program's own");
        let mut settings = Settings::default();
        settings.train.batch_size = usize::MAX;
        settings.train.gradient_accumulation = usize::MAX;
        settings.data.train_size = Size::Rows(usize::MAX);
        settings.train.max_steps = Some(1);
        assert_eq!(JobCost::of(&settings, &tiny).bytes, u64::MAX);
    }

    #[test]
    fn idle_workers_threads_go_to_the_others() {
        let thread_budget = ThreadBudget::new(NonZeroUsize::new(8).expect("not zero"), 4);
        let mut shares = vec![thread_budget.share()];
        for _ in 0..4 {
            thread_budget.leave();
            shares.push(thread_budget.share());
        }
        assert_eq!(shares, [2, 2, 4, 8, 8]);
    }

    #[test]
    fn a_model_of_another_size_asks_for_another_part_of_the_machine() {
        let tiny = crate::model::builtin::config("tiny").expect("the program's own");
        let settings = Settings::default();
        let frozen = {
            let mut settings = settings.clone();
            settings.model.freeze = Freeze::Encoder;
            JobCost::of(&settings, &tiny)
        };
        let whole = JobCost::of(&settings, &tiny);
        assert!(frozen.bytes < whole.bytes && frozen.work < whole.work, "{frozen:?} {whole:?}");
        for adapt in [Adapt::Last, Adapt::Bitfit, Adapt::Lora] {
            let mut settings = settings.clone();
            settings.model.adapt = adapt;
            let part = JobCost::of(&settings, &tiny);
            assert!(part.bytes < whole.bytes && part.bytes >= frozen.bytes, "{adapt}: {part:?} {whole:?}");
            assert!(part.work < whole.work || adapt == Adapt::Last, "{adapt}: {part:?}");
        }
        let mut averaged = settings.clone();
        averaged.train.average = Average::Ema;
        let floats = Layout::new(&tiny, 16).len as u64;
        assert_eq!(JobCost::of(&averaged, &tiny).bytes, whole.bytes + 4 * floats);
        let wide = Config { hidden: 768, intermediate: 3072, layers: 12, ..tiny };
        assert!(JobCost::of(&settings, &wide).bytes > 4 * whole.bytes);
    }
}
