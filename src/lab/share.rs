//! How many jobs run at a time, and how threads are divided among them. No number depends on it: what a job computes is
//! the same on any number of threads, beside any jobs. Must not know how a job is run.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::model::{Config, Layout};
use crate::plan::Plan;
use crate::spec::{Freeze, Settings, Size};
use crate::train::Itinerary;

use super::inputs::{Inputs, JobInputs};
use super::loading::read_config;
use super::memory;

/// Part of the memory at hand that jobs may take together.
const MEMORY_SHARE: f64 = 0.8;

/// Tokens of a batch of predictions: its budget, `train::predict`.
const PREDICTED_TOKENS: usize = 1024;

/// Rows that "all" is taken for before the data are read.
const ALL_ROWS: usize = 10_000;

/// How many of the jobs that `inputs` are of run at a time on `threads`, where nobody says. A job whose checkpoint has no
/// configuration to be read ends before it counts.
pub fn default_jobs(plan: &Plan, inputs: &Inputs, threads: NonZeroUsize) -> NonZeroUsize {
    let jobs: BTreeMap<usize, &JobInputs> = inputs.iter().map(|(id, inputs)| (id.job, inputs)).collect();
    let ask = |(job, inputs): (usize, &JobInputs)| {
        let settings = &plan.jobs[job].settings;
        Some(Ask::of(settings, &read_config(&settings.model, &inputs.model.config.path).ok()?))
    };
    let asks: Vec<Ask> = jobs.into_iter().filter_map(ask).collect();
    jobs_at_a_time(&asks, threads, memory::available())
}

/// What one job asks of the machine, as far as settings and configuration tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ask {
    /// Time on one thread, in units that all jobs of a run share.
    pub work: f64,
    /// Features of a token: how much of a step threads can divide.
    pub hidden: usize,
    /// Memory, in bytes.
    pub bytes: u64,
}

impl Ask {
    /// Of a job with these settings over a checkpoint of this configuration.
    pub(super) fn of(settings: &Settings, config: &Config) -> Self {
        /// More classes than tag sets have: their share of the bytes is small.
        const CLASSES: usize = 16;
        let layout = Layout::new(config, CLASSES);
        let freeze = settings.model.freeze;
        let learned = layout.len - layout.learning_from(freeze);
        let layers = config.layers - layout.first_learning(freeze).min(config.layers) + 1;
        let tokens = PREDICTED_TOKENS.max(settings.train.batch_size * settings.model.max_length);
        let of_token = 8 * config.hidden + 2 * config.intermediate + config.heads * settings.model.max_length;
        let floats = layout.len + 3 * learned + tokens * of_token * (layers + 1);
        /// Labelled tokens of a sentence, where features of each are held; most have fewer.
        const LABELLED: usize = 32;
        // forward alone, or forward and the two products of backward
        let passes = if freeze == Freeze::Encoder { 1.0 } else { 3.0 };
        let rows = match settings.data.train_size {
            Size::Rows(rows) => rows,
            Size::All => ALL_ROWS,
        };
        let examples = if settings.train.cache_features {
            rows as f64
        } else {
            let of_step = settings.train.batch_size * settings.train.gradient_accumulation;
            Itinerary::new(rows, &settings.train).total as f64 * of_step as f64
        };
        let features = if settings.train.cache_features { rows * LABELLED * config.hidden } else { 0 };
        let of_example = (config.layers * config.hidden * (config.hidden + config.intermediate)) as f64 * passes;
        let bytes = ((floats + features) * size_of::<f32>()) as u64;
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

/// How many of `asks`, in the order of the queue, run at a time on `threads`: the number with which the last job is
/// expected to end first, and of equal ones the smaller, whose jobs end one after the other. All that run together fit
/// into `memory` bytes, if that is known; one job runs in any case.
pub(super) fn jobs_at_a_time(asks: &[Ask], threads: NonZeroUsize, memory: Option<u64>) -> NonZeroUsize {
    let mut largest: Vec<u64> = asks.iter().map(|ask| ask.bytes).collect();
    largest.sort_unstable_by(|a, b| b.cmp(a));
    let room = memory.map(|bytes| (bytes as f64 * MEMORY_SHARE) as u64);
    let fits = |jobs: &usize| room.is_none_or(|room| largest[..*jobs].iter().sum::<u64>() <= room);
    let (mut best, mut shortest) = (1, f64::INFINITY);
    for jobs in (1..=asks.len().min(threads.get())).filter(|jobs| *jobs == 1 || fits(jobs)) {
        let time = makespan(asks, jobs, threads.get());
        if time < 0.99 * shortest {
            (best, shortest) = (jobs, time);
        }
    }
    NonZeroUsize::new(best).expect("it begins with 1")
}

/// Time until the last job ends, `jobs` at a time, with the threads of those that find no further job passed on.
fn makespan(asks: &[Ask], jobs: usize, threads: usize) -> f64 {
    let mut queue = asks.iter();
    let mut running: Vec<(f64, &Ask)> = queue.by_ref().take(jobs).map(|ask| (ask.work, ask)).collect();
    let mut time = 0.0;
    while !running.is_empty() {
        let share = threads / running.len();
        let left = |(work, ask): &(f64, &Ask)| work / ask.speedup(share);
        let next = running.iter().map(left).fold(f64::INFINITY, f64::min);
        time += next;
        running.iter_mut().for_each(|(work, ask)| *work -= next * ask.speedup(share));
        // what is left of a job that ends is rounding
        running.retain(|(work, ask)| *work > 1e-9 * ask.work);
        running.extend(queue.by_ref().take(jobs - running.len()).map(|ask| (ask.work, ask)));
    }
    time
}

/// The threads of a run among its workers: those of a worker that finds no further job go to the others.
#[derive(Debug)]
pub(super) struct Crew {
    threads: usize,
    working: AtomicUsize,
}

impl Crew {
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

    const GB: u64 = 1 << 30;

    fn ask(work: f64, hidden: usize) -> Ask {
        Ask { work, hidden, bytes: GB }
    }

    fn chosen(asks: &[Ask], threads: usize, memory: Option<u64>) -> usize {
        jobs_at_a_time(asks, NonZeroUsize::new(threads).expect("not zero"), memory).get()
    }

    #[test]
    fn a_grid_of_small_jobs_fills_the_threads_with_jobs() {
        let minilm = [ask(1.0, 384); 24];
        assert_eq!([1, 2, 8, 64].map(|threads| chosen(&minilm, threads, None)), [1, 2, 8, 24]);
        let base = [ask(1.0, 768); 4];
        assert_eq!([1, 2, 8, 64].map(|threads| chosen(&base, threads, None)), [1, 2, 4, 4]);
    }

    #[test]
    fn one_job_has_all_threads() {
        assert_eq!(chosen(&[ask(1.0, 384)], 64, None), 1);
        assert_eq!(chosen(&[], 64, None), 1);
    }

    #[test]
    fn a_long_last_job_does_not_keep_short_ones_waiting() {
        // es_minilm: 1,000 and 3,000 sentences, a frozen encoder's forward alone against forward and backward
        let grid = [ask(3.0, 384), ask(1.0, 384), ask(9.0, 384), ask(3.0, 384)];
        assert_eq!(chosen(&grid, 2, None), 2);
        let alone: f64 = grid.iter().map(|ask| ask.work / ask.speedup(2)).sum();
        assert!(makespan(&grid, 2, 2) < 0.95 * alone);
        assert!(makespan(&grid, 2, 2) > 8.0, "it is no faster than 16 units on two threads");
    }

    #[test]
    fn jobs_at_a_time_fit_into_memory() {
        let jobs = [ask(1.0, 384); 8];
        assert_eq!(chosen(&jobs, 8, Some(5 * GB)), 4, "four fifths of it are used");
        assert_eq!(chosen(&jobs, 8, Some(GB / 2)), 1, "one job runs in any case");
        let unequal = [Ask { bytes: 4 * GB, ..ask(1.0, 384) }, ask(1.0, 384), ask(1.0, 384)];
        assert_eq!(chosen(&unequal, 8, Some(6 * GB)), 1, "the largest are those that run together at worst");
    }

    #[test]
    fn idle_workers_threads_go_to_the_others() {
        let crew = Crew::new(NonZeroUsize::new(8).expect("not zero"), 4);
        let mut shares = vec![crew.share()];
        for _ in 0..4 {
            crew.leave();
            shares.push(crew.share());
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
            Ask::of(&settings, &tiny)
        };
        let whole = Ask::of(&settings, &tiny);
        assert!(frozen.bytes < whole.bytes && frozen.work < whole.work, "{frozen:?} {whole:?}");
        let wide = Config { hidden: 768, intermediate: 3072, layers: 12, ..tiny };
        assert!(Ask::of(&settings, &wide).bytes > 4 * whole.bytes);
    }
}
