//! Progress of a run: bars on a terminal, plain lines elsewhere, nothing when quiet.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::experiment::Queue;
use crate::hub;
use crate::lab::{Event, Phase};
use crate::ledger::Part;
use crate::metrics::Metric;
use crate::plan::Plan;
use crate::results::{Ending, Failure, Outcome, ScoredSplit, Timing};
use crate::train::Step;

use super::args::Verbosity;
use super::terminal::{jobs as in_words, say};

/// Seconds between two plain lines about one job.
const LINE_EVERY: Duration = Duration::from_secs(30);

/// How a command shows its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Bars,
    Lines,
    Silent,
}

impl Manner {
    /// Bars on a terminal, unless logs are shown there.
    fn of(verbosity: Verbosity) -> Self {
        match verbosity {
            Verbosity { quiet: true, .. } => Self::Silent,
            Verbosity { verbose: 0, .. } if std::io::stderr().is_terminal() => Self::Bars,
            _ => Self::Lines,
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is well formed").progress_chars("━╸─")
}

/// Downloads as they go.
pub(super) struct Downloads {
    manner: Manner,
    bars: MultiProgress,
    files: Mutex<BTreeMap<String, ProgressBar>>,
}

impl Downloads {
    /// Shown as `verbosity` says.
    pub(super) fn new(verbosity: Verbosity) -> Self {
        Self { manner: Manner::of(verbosity), bars: MultiProgress::new(), files: Mutex::default() }
    }

    /// Shows an event.
    pub(super) fn hear(&self, event: hub::Event<'_>) {
        match self.manner {
            Manner::Bars => self.draw(event),
            Manner::Lines => match event {
                hub::Event::Started { file, bytes: Some(bytes) } => say(&format!("fetching {file} ({bytes} bytes)")),
                hub::Event::Started { file, bytes: None } => say(&format!("fetching {file}")),
                hub::Event::Resumed { file, bytes } => say(&format!("resuming {file} after {bytes} bytes")),
                hub::Event::Waiting { file } => say(&waiting(file)),
                hub::Event::Notice { text } => say(text),
                hub::Event::Listing { .. } | hub::Event::Received { .. } | hub::Event::Finished { .. } => {}
            },
            Manner::Silent => {}
        }
    }

    fn draw(&self, event: hub::Event<'_>) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            hub::Event::Listing { .. } | hub::Event::Resumed { .. } => {}
            hub::Event::Waiting { file } => self.bars.suspend(|| say(&waiting(file))),
            hub::Event::Notice { text } => self.bars.suspend(|| say(text)),
            hub::Event::Started { file, bytes } => {
                let bar = self.bars.add(ProgressBar::new(bytes.unwrap_or_default()));
                bar.set_style(style(
                    "{prefix:40} {wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec}",
                ));
                bar.set_prefix(file.to_owned());
                files.insert(file.to_owned(), bar);
            }
            hub::Event::Received { file, bytes } => {
                if let Some(bar) = files.get(file) {
                    bar.set_position(bytes);
                }
            }
            hub::Event::Finished { file } => {
                if let Some(bar) = files.remove(file) {
                    bar.finish_and_clear();
                }
            }
        }
    }
}

impl Drop for Downloads {
    /// Takes the bars of what was not finished off the screen.
    fn drop(&mut self) {
        let files = std::mem::take(&mut *self.files.lock().unwrap_or_else(PoisonError::into_inner));
        files.values().for_each(ProgressBar::finish_and_clear);
    }
}

fn waiting(file: &str) -> String {
    format!("another program fetches {file} into this cache: waiting for it")
}

/// One job on the screen.
struct Shown {
    bar: ProgressBar,
    started: Instant,
    said: Instant,
    /// Steps that an earlier run took.
    before: u64,
}

/// A run as it goes.
pub(super) struct Progress {
    manner: Manner,
    bars: MultiProgress,
    matrix: ProgressBar,
    jobs: Mutex<BTreeMap<usize, Shown>>,
    labels: Vec<String>,
    /// Names of the further sets.
    sets: Vec<String>,
    failures: Mutex<Failures>,
    /// How many jobs each notice was of.
    notices: Mutex<BTreeMap<String, usize>>,
}

/// Failures that were said while jobs ran.
#[derive(Default)]
struct Failures {
    /// Those known before, which are not said again.
    foreseen: BTreeSet<String>,
    said: usize,
}

/// Failures that are said while jobs run; all are listed at the end.
const FAILURES_SAID: usize = 10;

/// Times that one notice is said while jobs run.
const NOTICES_SAID: usize = 10;

impl Progress {
    /// For the jobs of `plan`, shown as `verbosity` says.
    pub(super) fn new(plan: &Plan, verbosity: Verbosity) -> Self {
        let manner = Manner::of(verbosity);
        let labels = plan.jobs.iter().map(|job| job.label.clone()).collect();
        let sets = plan.experiment.evaluate.iter().map(|set| set.name.clone()).collect();
        let matrix = ProgressBar::hidden();
        let (failures, notices) = (Mutex::default(), Mutex::default());
        Self { manner, bars: MultiProgress::new(), matrix, jobs: Mutex::default(), labels, sets, failures, notices }
    }

    /// Says what is to be done.
    pub(super) fn planned(&self, queue: &Queue<'_>) {
        let Queue { jobs: queued, done, shared, environment, at_a_time, threads, .. } = *queue;
        if self.manner == Manner::Silent {
            return;
        }
        if queued.is_empty() {
            say(&format!("nothing to do: {} done before", in_words(done)));
            return;
        }
        let before = if done > 0 { format!(", {done} done before") } else { String::new() };
        let aside = if at_a_time > 1 {
            format!(", {at_a_time} at a time on {} each", shares(threads, at_a_time))
        } else {
            String::new()
        };
        let threads = shares(threads, 1);
        let like = match shared {
            0 => String::new(),
            1 => ", 1 more shares its result".to_owned(),
            _ => format!(", {shared} more share their results"),
        };
        say(&format!("{} on {}, {threads}{aside}{before}{like}", in_words(queued.len()), environment.name));
        if self.manner == Manner::Bars {
            self.bars.add(self.matrix.clone());
            self.matrix.set_style(style("{prefix:28} {wide_bar} {pos}/{len} jobs"));
            self.matrix.set_prefix("all");
            self.matrix.set_length(queued.len() as u64);
            self.matrix.tick();
        }
    }

    /// Says which jobs will fail: `lines`, for `failures` that are not said again when they come.
    pub(super) fn foreseen<'f>(&self, lines: &[String], failures: impl Iterator<Item = &'f Failure>) {
        lines.iter().for_each(|line| self.line(&format!("cannot run: {line}")));
        let mut known = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        known.foreseen.extend(failures.map(ToString::to_string));
    }

    /// Whether a job's result is to be said now: not a failure that was foreseen, nor one after many.
    fn is_said(&self, outcome: &Outcome) -> bool {
        let Ending::Failed(failure) = &outcome.ending else { return true };
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.foreseen.contains(&failure.to_string()) {
            return false;
        }
        failures.said += 1;
        failures.said <= FAILURES_SAID
    }

    /// Shows an event.
    pub(super) fn hear(&self, event: &Event<'_>) {
        if self.manner == Manner::Silent {
            return;
        }
        match event {
            Event::Chosen { text, due } => {
                self.matrix.inc_length(*due as u64);
                self.line(&format!("{text}; {} to score", in_words(*due)));
            }
            Event::Started { job, label } => self.started(*job, label),
            Event::Phase { job, phase } => self.phase(*job, *phase),
            Event::Stepped { job, step } => self.stepped(*job, step),
            Event::Notice { label, text } => self.notice(label, text),
            Event::Entered { outcome, .. } if !self.is_said(outcome) => {}
            Event::Entered { label, part, outcome, timing, .. } => {
                self.line(&format!("{label}{}: {}", self.on(*part), result_line(*part, outcome, *timing)));
            }
            Event::Ended { job } => self.ended(*job),
        }
    }

    /// What holds for many jobs is said with the first of them, and at the end how many they are.
    fn notice(&self, label: &str, text: &str) {
        let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
        let times = notices.entry(text.to_owned()).or_default();
        *times += 1;
        if *times <= NOTICES_SAID {
            self.line(&format!("{label}: {text}"));
        }
    }

    fn line(&self, text: &str) {
        match self.manner {
            Manner::Bars => self.bars.suspend(|| say(text)),
            Manner::Lines => say(text),
            Manner::Silent => {}
        }
    }

    fn with_job(&self, job: usize, work: impl FnOnce(&mut Shown)) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shown) = jobs.get_mut(&job) {
            work(shown);
        }
    }

    fn started(&self, job: usize, label: &str) {
        let bar = match self.manner {
            Manner::Bars => {
                let fresh = ProgressBar::new(0).with_style(style("{prefix:28} {msg}")).with_prefix(label.to_owned());
                self.bars.insert_before(&self.matrix, fresh)
            }
            Manner::Lines | Manner::Silent => ProgressBar::hidden(),
        };
        let now = Instant::now();
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.insert(job, Shown { bar, started: now, said: now, before: 0 });
    }

    fn phase(&self, job: usize, phase: Phase) {
        let text = match phase {
            Phase::Tokenizing => "tokenizing",
            Phase::Loading => "loading weights",
            Phase::Training => "training",
            Phase::Predicting => "predicting",
        };
        self.with_job(job, |shown| {
            shown.started = Instant::now();
            shown.bar.set_message(text);
        });
    }

    fn stepped(&self, job: usize, step: &Step) {
        let mut line = None;
        self.with_job(job, |shown| {
            let seconds = shown.started.elapsed().as_secs_f64();
            if shown.bar.length() != Some(step.total) {
                shown.before = step.step - 1;
                shown.bar.set_length(step.total);
                shown.bar.set_style(style("{prefix:28} {wide_bar} {pos}/{len} {msg}"));
            }
            let rate = (step.step - shown.before) as f64 / seconds;
            let left = (step.total - step.step) as f64 / rate;
            shown.bar.set_position(step.step);
            shown.bar.set_message(format!("loss {:.4}  {rate:>5.1} steps/s  {left:>3.0} s left", step.loss));
            if shown.said.elapsed() > LINE_EVERY {
                shown.said = Instant::now();
                let label = &self.labels[job];
                line = Some(format!(
                    "{label}: step {}/{}, loss {:.4}, {rate:.1} steps/s, {left:.0} s left",
                    step.step, step.total, step.loss
                ));
            }
        });
        if let (Manner::Lines, Some(line)) = (self.manner, line) {
            say(&line);
        }
    }

    /// What a line about a part of a job adds to the job's label.
    fn on(&self, part: Part) -> String {
        match part {
            Part::Whole => String::new(),
            Part::Untested => ", test set untouched".to_owned(),
            Part::Set(set) => format!(" on {}", self.sets[set]),
        }
    }

    fn ended(&self, job: usize) {
        let shown = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).remove(&job);
        if let Some(shown) = shown {
            shown.bar.finish_and_clear();
        }
        self.matrix.inc(1);
    }
}

impl Drop for Progress {
    /// Takes the bars off the screen, those of interrupted jobs too, and says how many failures were not said.
    fn drop(&mut self) {
        let said = self.failures.lock().unwrap_or_else(PoisonError::into_inner).said;
        if said > FAILURES_SAID {
            self.line(&format!("and {} more failed jobs, listed below", said - FAILURES_SAID));
        }
        for (text, times) in std::mem::take(&mut *self.notices.lock().unwrap_or_else(PoisonError::into_inner)) {
            if times > NOTICES_SAID {
                self.line(&format!("the same in {}: {text}", in_words(times)));
            }
        }
        let jobs = std::mem::take(&mut *self.jobs.lock().unwrap_or_else(PoisonError::into_inner));
        jobs.values().for_each(|shown| shown.bar.finish_and_clear());
        self.matrix.finish_and_clear();
    }
}

/// Threads divided among jobs.
fn shares(threads: usize, jobs: usize) -> String {
    match (threads / jobs, threads % jobs) {
        (1, 0) => "1 thread".to_owned(),
        (share, 0) => format!("{share} threads"),
        (share, _) => format!("{share} or {} threads", share + 1),
    }
}

/// A result in a line.
fn result_line(part: Part, outcome: &Outcome, timing: Option<&Timing>) -> String {
    match &outcome.ending {
        Ending::Failed(failure) => format!("failed: {failure}"),
        Ending::Ok(measured) => {
            let score = ScoredSplit::ALL.into_iter().find_map(|split| {
                let score = measured.score(split, Metric::EntityF1)?;
                let split = if matches!(part, Part::Set(_)) { "" } else { &format!("{}_", split.name()) };
                Some(format!("{split}entity_f1 {:.4}", score.value()))
            });
            let took = timing.map(|timing| {
                let rate = timing.steps_per_second.map_or_else(String::new, |rate| format!(" ({rate:.1} steps/s)"));
                let (train, predict) = (timing.train_seconds, timing.predict_seconds);
                format!("trained {train:.1} s{rate}, predicted {predict:.1} s")
            });
            let parts: Vec<String> = score.into_iter().chain(took).collect();
            if parts.is_empty() { "done".to_owned() } else { parts.join(", ") }
        }
    }
}
