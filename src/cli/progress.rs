//! Progress of a run: rows on a terminal, plain lines elsewhere, nothing when quiet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::experiment::Queue;
use crate::lab::Event;
use crate::ledger::Part;
use crate::metrics::Metric;
use crate::plan::Plan;
use crate::report::Page;
use crate::results::{Ending, Failure, Outcome, ScoredSplit, Timing};

use super::args::Verbosity;
use super::live::{Live, Manner};
use super::pace::Pace;
use super::page;
use super::terminal::{jobs as in_words, say};

/// Failures that are said while jobs run; all are listed at the end.
const FAILURES_SAID: usize = 10;

/// Times that one notice is said while jobs run.
const NOTICES_SAID: usize = 10;

/// A run as it goes.
pub(super) struct Progress {
    manner: Manner,
    name: String,
    /// Names of the evaluation sets.
    sets: Vec<String>,
    pace: Arc<Mutex<Pace>>,
    live: Mutex<Option<Live>>,
    failures: Mutex<Failures>,
    /// How many jobs each notice was of.
    notices: Mutex<BTreeMap<String, usize>>,
}

/// Failures that were said while jobs ran.
#[derive(Default)]
struct Failures {
    /// Those known before the run, which are not said again.
    foreseen: BTreeSet<String>,
    said: usize,
}

impl Progress {
    /// For the jobs of `plan`, shown as `verbosity` says.
    pub(super) fn new(plan: &Plan, verbosity: Verbosity) -> Self {
        let labels = plan.jobs.iter().map(|job| job.label.clone()).collect();
        Self {
            manner: Manner::of(verbosity),
            name: plan.experiment.name.clone(),
            sets: plan.experiment.evaluate.iter().map(|set| set.name.clone()).collect(),
            pace: Arc::new(Mutex::new(Pace::new(labels))),
            live: Mutex::default(),
            failures: Mutex::default(),
            notices: Mutex::default(),
        }
    }

    /// Says what is to be done, and shows progress from here on.
    pub(super) fn planned(&self, queue: &Queue<'_>) {
        if self.manner == Manner::Silent {
            return;
        }
        let page = page::of_messages(usize::MAX);
        say(&headline(&self.name, queue, page));
        if queue.jobs.is_empty() {
            return;
        }
        lock(&self.pace).queue(queue.jobs.iter().copied().zip(queue.work.iter().copied()), queue.at_a_time);
        let pace = Arc::clone(&self.pace);
        if self.manner == Manner::Rows {
            *lock(&self.live) = Some(Live::new(move |now| lock(&pace).rows(now)));
        }
    }

    /// Says which jobs will fail: `lines`, for `failures` that are not said again when they come.
    pub(super) fn foreseen<'f>(&self, lines: &[String], failures: impl Iterator<Item = &'f Failure>) {
        let page = page::of_messages(usize::MAX);
        lines.iter().for_each(|line| self.line(&format!("{}: {line}", page.bad("cannot run"))));
        lock(&self.failures).foreseen.extend(failures.map(ToString::to_string));
    }

    /// Whether a job's result is to be said now: not a failure that was foreseen, nor one after many.
    fn is_said(&self, outcome: &Outcome) -> bool {
        let Ending::Failed(failure) = &outcome.ending else { return true };
        let mut failures = lock(&self.failures);
        if failures.foreseen.contains(&failure.to_string()) {
            return false;
        }
        failures.said += 1;
        failures.said <= FAILURES_SAID
    }

    /// Takes note of an event, and says what a row does not show.
    pub(super) fn hear(&self, event: &Event<'_>) {
        if self.manner == Manner::Silent {
            return;
        }
        let now = Instant::now();
        match event {
            Event::Selected { text, due } => {
                lock(&self.pace).add(*due);
                if !text.is_empty() {
                    self.line(text);
                }
            }
            Event::Started { job, .. } => lock(&self.pace).started(*job, now),
            Event::Phase { job, phase } => lock(&self.pace).phase(*job, *phase, now),
            Event::Stepped { job, step } => self.moved(*job, (step.step, step.total), Some(step.loss), now),
            Event::Predicted { job, sentences, of } => self.moved(*job, (*sentences as u64, *of as u64), None, now),
            Event::Notice { label, text } => self.notice(label, text),
            Event::GpuLost { gpu, why, trainings, left } => self.line(&gpu_lost(gpu, why, *trainings, *left)),
            Event::Entered { outcome, .. } if !self.is_said(outcome) => {}
            Event::Entered { label, part, outcome, timing, .. } => {
                let result = result_line(*part, outcome, *timing, page::of_messages(usize::MAX));
                self.line(&format!("{label}{}: {result}", self.on(*part)));
            }
            Event::Ended { job } => lock(&self.pace).ended(*job, now),
        }
    }

    /// A job came to step or sentence `at.0` of `at.1`.
    fn moved(&self, job: usize, at: (u64, u64), loss: Option<f64>, now: Instant) {
        let mut pace = lock(&self.pace);
        pace.moved(job, at.0, at.1, loss);
        if self.manner == Manner::Lines {
            pace.lines(now).iter().for_each(|line| say(line));
        }
    }

    /// What holds for many jobs is said with the first of them, and at the end how many they are.
    fn notice(&self, label: &str, text: &str) {
        let mut notices = lock(&self.notices);
        let times = notices.entry(text.to_owned()).or_default();
        *times += 1;
        if *times <= NOTICES_SAID {
            self.line(&format!("{label}: {text}"));
        }
    }

    fn line(&self, text: &str) {
        if self.manner != Manner::Silent {
            say(text);
        }
    }

    /// What a line about a part of a job adds to the job's label.
    fn on(&self, part: Part) -> String {
        match part {
            Part::Whole => String::new(),
            Part::Untested => ", test set untouched".to_owned(),
            Part::Set(set) => format!(" on {}", self.sets[set]),
            Part::Rung(rung) => format!(" at rung {}", rung + 1),
        }
    }
}

impl Drop for Progress {
    /// Takes the rows off the screen, and says how many failures and notices were not said.
    fn drop(&mut self) {
        *lock(&self.live) = None;
        let said = lock(&self.failures).said;
        if said > FAILURES_SAID {
            self.line(&format!("and {} more failed jobs, listed below", said - FAILURES_SAID));
        }
        for (text, times) in std::mem::take(&mut *lock(&self.notices)) {
            if times > NOTICES_SAID {
                self.line(&format!("the same in {}: {text}", in_words(times)));
            }
        }
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is about to run, in a line.
fn headline(name: &str, queue: &Queue<'_>, page: Page) -> String {
    let Queue { jobs, done, shared, environment, at_a_time, threads, .. } = *queue;
    if jobs.is_empty() && done == 0 {
        return format!("{}: no job to run", page.heading(name));
    }
    if jobs.is_empty() {
        let all = match done {
            1 => "the job is".to_owned(),
            done => format!("all {done} jobs are"),
        };
        return format!("{}: {all} already done (`--force` runs {} again)", page.heading(name), pronoun(done));
    }
    let device = match environment.gpus() {
        0 => "the CPU".to_owned(),
        1 => format!("a GPU ({})", environment.name),
        gpus => format!("{gpus} GPUs ({})", environment.name),
    };
    let pace = match at_a_time {
        1 => shares(threads, 1),
        _ => format!("{at_a_time} at a time with {} each", shares(threads, at_a_time)),
    };
    let before = if done > 0 { format!("; {done} already done") } else { String::new() };
    let like = match shared {
        0 => String::new(),
        1 => "; 1 duplicate reuses a result".to_owned(),
        _ => format!("; {shared} duplicates reuse results"),
    };
    format!("{}: {} on {device}, {pace}{before}{like}", page.heading(name), in_words(jobs.len()))
}

fn gpu_lost(gpu: &str, why: &str, trainings: usize, left: usize) -> String {
    let then = match (left, trainings) {
        (0, _) => "no GPU is left".to_owned(),
        (_, 1) => "no further job runs on it; 1 training goes on on another GPU".to_owned(),
        (_, more) => format!("no further job runs on it; {more} trainings go on on other GPUs"),
    };
    format!("{gpu} failed: {why}; {then}")
}

fn pronoun(jobs: usize) -> &'static str {
    if jobs == 1 { "it" } else { "them" }
}

/// Threads divided among jobs.
fn shares(threads: usize, jobs: usize) -> String {
    match (threads / jobs, threads % jobs) {
        (1, 0) => "1 thread".to_owned(),
        (share, 0) => format!("{share} threads"),
        (share, _) => format!("{share} or {} threads", share + 1),
    }
}

fn result_line(part: Part, outcome: &Outcome, timing: Option<&Timing>, page: Page) -> String {
    match &outcome.ending {
        Ending::Failed(failure) => format!("{}: {failure}", page.bad("failed")),
        Ending::Ok(measured) => {
            let score = ScoredSplit::ALL.into_iter().find_map(|split| {
                let score = measured.score(split, Metric::EntityF1)?;
                let split = if matches!(part, Part::Set(_)) { "" } else { &format!("{}_", split.name()) };
                Some(format!("{split}entity_f1 {:.4}", score.value()))
            });
            let took = timing.map(|timing| {
                let (train, predict) = (timing.train_seconds, timing.predict_seconds);
                format!("trained {train:.1} s, predicted {predict:.1} s")
            });
            let parts: Vec<String> = score.into_iter().chain(took).collect();
            if parts.is_empty() { "done".to_owned() } else { parts.join(", ") }
        }
    }
}
