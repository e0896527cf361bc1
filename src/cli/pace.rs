//! How far the jobs of a run are, and when each of them and the run end. Time is what the caller says it is.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use crate::lab::Phase;

use super::live::LINE_EVERY;
use super::rows::{Row, time_left};

/// Seconds of a phase after which its pace is known.
const KNOWN_AFTER: f64 = 0.5;

/// A job that runs.
#[derive(Debug)]
struct Running {
    label: String,
    work: f64,
    started: Instant,
    phase: Phase,
    since: Instant,
    /// Steps or sentences of the phase: done, in all, and done before this run.
    done: u64,
    of: u64,
    before: u64,
    loss: Option<f64>,
    said: Instant,
}

impl Running {
    /// The part of its phase that is done.
    fn part(&self) -> f64 {
        if self.of == 0 { 0.0 } else { self.done as f64 / self.of as f64 }
    }

    /// The part of its work that is done: training is nearly all of it.
    fn part_of_work(&self) -> f64 {
        match self.phase {
            Phase::Tokenizing | Phase::Loading => 0.0,
            Phase::Training => self.part(),
            Phase::Predicting => 1.0,
        }
    }

    /// Seconds that are left of its phase.
    fn left(&self, now: Instant) -> Option<f64> {
        let seconds = now.saturating_duration_since(self.since).as_secs_f64();
        let done = self.done.saturating_sub(self.before) as f64;
        (done > 0.0 && seconds >= KNOWN_AFTER).then(|| self.of.saturating_sub(self.done) as f64 * seconds / done)
    }

    fn detail(&self) -> String {
        match (self.phase, self.loss) {
            (Phase::Training, Some(loss)) => loss_text(loss),
            (phase, _) => phase.to_string(),
        }
    }

    fn row(&self, now: Instant) -> Row {
        let name = self.label.replace(',', " ");
        Row { name, done: self.part(), detail: self.detail(), left: self.left(now) }
    }

    /// As a line, where one is due.
    fn line(&mut self, now: Instant) -> Option<String> {
        if now.saturating_duration_since(self.said) < LINE_EVERY {
            return None;
        }
        self.said = now;
        let step = (self.phase == Phase::Training && self.of > 0).then(|| format!("step {} of {}", self.done, self.of));
        let left = self.left(now).map(time_left);
        let parts: Vec<String> = step.into_iter().chain([self.detail()]).chain(left).collect();
        Some(format!("{}: {}", self.label, parts.join(", ")))
    }
}

fn loss_text(loss: f64) -> String {
    if loss.abs() < 1000.0 { format!("loss {loss:.3}") } else { format!("loss {loss:.1e}") }
}

/// The jobs of a run.
#[derive(Debug, Default)]
pub(super) struct Pace {
    labels: Vec<String>,
    running: BTreeMap<usize, Running>,
    /// Jobs that were not started, with their work.
    queued: VecDeque<(usize, f64)>,
    at_a_time: usize,
    /// All of the work, and that of jobs that ended with the seconds it took.
    work: f64,
    ended_work: f64,
    ended_seconds: f64,
    ended: usize,
    jobs: usize,
}

impl Pace {
    /// Of jobs called `labels`, of which nothing is queued.
    pub(super) fn new(labels: Vec<String>) -> Self {
        Self { labels, ..Self::default() }
    }

    /// Queues jobs with their work, in units that all share.
    pub(super) fn queue(&mut self, jobs: impl IntoIterator<Item = (usize, f64)>, at_a_time: usize) {
        self.queued.extend(jobs);
        self.at_a_time = at_a_time.max(1);
        self.jobs = self.queued.len();
        self.work = self.queued.iter().map(|(_, work)| work).sum();
    }

    /// Adds jobs whose work is not known.
    pub(super) fn add(&mut self, jobs: usize) {
        self.jobs += jobs;
    }

    pub(super) fn started(&mut self, job: usize, now: Instant) {
        let at = self.queued.iter().position(|(queued, _)| *queued == job);
        let work = at.and_then(|at| self.queued.remove(at)).map_or(0.0, |(_, work)| work);
        let label = self.labels[job].clone();
        let phase = Phase::Tokenizing;
        let running =
            Running { label, work, started: now, phase, since: now, done: 0, of: 0, before: 0, loss: None, said: now };
        self.running.insert(job, running);
    }

    pub(super) fn phase(&mut self, job: usize, phase: Phase, now: Instant) {
        if let Some(running) = self.running.get_mut(&job) {
            (running.phase, running.since) = (phase, now);
            (running.done, running.of, running.before) = (0, 0, 0);
        }
    }

    /// A job came to step or sentence `done` of `of`; a training that is resumed begins behind the first.
    pub(super) fn moved(&mut self, job: usize, done: u64, of: u64, loss: Option<f64>) {
        if let Some(running) = self.running.get_mut(&job) {
            if running.of == 0 && running.phase == Phase::Training {
                running.before = done.saturating_sub(1);
            }
            (running.done, running.of, running.loss) = (done, of, loss);
        }
    }

    pub(super) fn ended(&mut self, job: usize, now: Instant) {
        if let Some(running) = self.running.remove(&job) {
            self.ended_work += running.work;
            self.ended_seconds += now.saturating_duration_since(running.started).as_secs_f64();
        }
        self.ended += 1;
    }

    /// Every job that runs, and the run.
    pub(super) fn rows(&self, now: Instant) -> Vec<Row> {
        let mut rows: Vec<Row> = self.running.values().map(|running| running.row(now)).collect();
        if self.jobs > 1 {
            let name = format!("{} of {} jobs", self.ended, self.jobs);
            rows.push(Row { name, done: self.part(), detail: String::new(), left: self.left(now) });
        }
        rows
    }

    /// The lines that are due off a terminal.
    pub(super) fn lines(&mut self, now: Instant) -> Vec<String> {
        self.running.values_mut().filter_map(|running| running.line(now)).collect()
    }

    /// The part of all work that is done.
    fn part(&self) -> f64 {
        let running = self.running.values().map(|running| running.work * running.part_of_work()).sum::<f64>();
        let by_work = if self.work > 0.0 { (self.ended_work + running) / self.work } else { 0.0 };
        let by_jobs = self.ended as f64 / self.jobs.max(1) as f64;
        let part = if self.work > 0.0 { by_work } else { by_jobs };
        if self.ended < self.jobs { part.min(0.99) } else { 1.0 }
    }

    /// Seconds until the last job ends: each goes to the worker that is free first, at the pace of the work so far.
    fn left(&self, now: Instant) -> Option<f64> {
        let running = || self.running.values();
        let seconds = |running: &Running| now.saturating_duration_since(running.started).as_secs_f64();
        let work = self.ended_work + running().map(|running| running.work * running.part_of_work()).sum::<f64>();
        let spent = self.ended_seconds + running().map(seconds).sum::<f64>();
        let of_work = (work > 0.0 && spent >= KNOWN_AFTER).then(|| spent / work)?;
        let left = |running: &Running| {
            let by_work = running.work * (1.0 - running.part_of_work()) * of_work;
            running.left(now).unwrap_or(by_work)
        };
        let mut workers: Vec<f64> = running().map(left).collect();
        workers.resize(self.at_a_time.max(workers.len()), 0.0);
        for (_, work) in &self.queued {
            workers.sort_by(f64::total_cmp);
            workers[0] += work * of_work;
        }
        workers.into_iter().max_by(f64::total_cmp)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn of_two() -> (Pace, Instant) {
        let mut pace = Pace::new(vec!["freeze=false".to_owned(), "freeze=true".to_owned(), "seed=3".to_owned()]);
        pace.queue([(0, 300.0), (1, 100.0), (2, 0.0)], 1);
        let now = Instant::now();
        pace.started(0, now);
        pace.phase(0, Phase::Training, now);
        pace.moved(0, 1, 100, Some(0.6));
        (pace, now)
    }

    fn after(now: Instant, seconds: u64) -> Instant {
        now + Duration::from_secs(seconds)
    }

    #[test]
    fn a_run_is_measured_by_its_work_and_its_end_by_the_pace() {
        let (mut pace, now) = of_two();
        pace.moved(0, 40, 100, Some(0.5));
        let now = after(now, 12);
        let rows = pace.rows(now);
        let row =
            |name: &str, done, detail: &str, left| Row { name: name.to_owned(), done, detail: detail.to_owned(), left };
        // 60 steps at 12 s for 40, of 300 units; then 100 units at 12 s for 120
        let expected = [row("freeze=false", 0.4, "loss 0.500", Some(18.0)), row("0 of 3 jobs", 0.3, "", Some(28.0))];
        assert_eq!(rows, expected);
        pace.ended(0, after(now, 18));
        let rows = pace.rows(after(now, 18));
        assert_eq!(rows, [row("1 of 3 jobs", 0.75, "", Some(10.0))]);
    }

    #[test]
    fn a_resumed_training_is_timed_from_where_it_resumes() {
        let (mut pace, now) = of_two();
        pace.phase(0, Phase::Training, now);
        pace.moved(0, 81, 100, Some(0.5));
        pace.moved(0, 90, 100, Some(1e13));
        let row = &pace.rows(after(now, 10))[0];
        assert_eq!((row.left, &*row.detail), (Some(10.0), "loss 1.0e13"));
    }

    #[test]
    fn off_a_terminal_a_job_has_a_line_a_minute() {
        let (mut pace, now) = of_two();
        pace.moved(0, 40, 1000, Some(0.25));
        let lines = |pace: &mut Pace, seconds| pace.lines(after(now, seconds));
        assert_eq!(lines(&mut pace, 59), Vec::<String>::new());
        assert_eq!(lines(&mut pace, 60), ["freeze=false: step 40 of 1000, loss 0.250, 24 min left"]);
        assert_eq!(lines(&mut pace, 119), Vec::<String>::new());
        pace.phase(0, Phase::Predicting, after(now, 100));
        pace.moved(0, 50, 100, None);
        assert_eq!(lines(&mut pace, 120), ["freeze=false: predicting, 20 s left"]);
    }
}
