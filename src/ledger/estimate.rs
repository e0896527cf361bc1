//! How long trainings are expected to take, and how much memory: from what the same ones took, from others of the same
//! shape, or from a calibration. Where nothing is known there is no estimate. It measures nothing.

use std::collections::BTreeMap;

use crate::plan::Plan;
use crate::results::{Calibration, Layout, Timing};
use crate::spec::{Settings, Size, Split};
use crate::train::checkpoint;

use super::ledger::{Id, Ledger, Part, State};
use super::shape::Shape;

/// What an estimate rests on; the first is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The same training, finished here or under way.
    SameTraining,
    /// Other trainings of its shape that ran here.
    SameShape,
    /// A few steps of its shape.
    Calibration,
}

/// What a training is expected to take, on a machine such as the one of its basis, beside as many others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// Seconds to read weights and encode data.
    pub load_seconds: f64,
    /// Seconds of the steps that are left.
    pub train_seconds: f64,
    /// Seconds to predict what is scored.
    pub predict_seconds: f64,
    /// Peak memory of the process, in bytes, where it was measured.
    pub memory: Option<u64>,
    /// What it rests on.
    pub basis: Basis,
}

impl Estimate {
    /// Seconds from the start of the training to its scores.
    pub fn seconds(&self) -> f64 {
        self.load_seconds + self.train_seconds + self.predict_seconds
    }
}

/// What is known of how long trainings take, in one environment.
#[derive(Debug)]
pub struct Estimates<'a> {
    ledger: &'a Ledger,
    layout: &'a Layout,
    /// Where the times are from.
    pub environment: String,
    /// Of finished jobs that were trained here: their times, by index.
    timings: BTreeMap<usize, (&'a Timing, u64)>,
    calibrations: Vec<&'a Calibration>,
}

impl<'a> Estimates<'a> {
    /// Of a plan whose results and times are known. `environment`: the one that estimates are for; none: that of most times.
    /// None where no time is known.
    pub fn new(
        (plan, ledger, layout): (&'a Plan, &'a Ledger, &'a Layout),
        timings: &'a [Timing],
        calibrations: &'a [Calibration],
        environment: Option<&str>,
    ) -> Option<Self> {
        let timed = plan.jobs.iter().filter_map(|job| {
            let timing = timings.iter().find(|timing| timing.job == job.label)?;
            match ledger.state(job.index) {
                // a time of this label is of this job only if it has its result
                State::Done(outcome) => Some((job.index, timing, outcome)),
                State::New | State::Failed(_) => None,
            }
        });
        let timed: Vec<_> = timed.collect();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        timed.iter().for_each(|(_, _, outcome)| *counts.entry(&outcome.environment).or_default() += 2);
        calibrations.iter().for_each(|row| *counts.entry(&row.environment).or_default() += 1);
        let most = || counts.iter().rev().max_by_key(|(_, count)| **count).map(|(name, _)| (*name).to_owned());
        let environment = environment.map(str::to_owned).or_else(most)?;
        let timings = timed.iter().filter(|(_, _, outcome)| outcome.environment == environment);
        let timings =
            timings.map(|(job, timing, outcome)| (*job, (*timing, outcome.steps.unwrap_or_default()))).collect();
        let calibrations = calibrations.iter().filter(|row| row.environment == environment).collect();
        Some(Self { ledger, layout, environment, timings, calibrations })
    }

    /// What the training of a job is expected to take, done or not; none where nothing is known.
    pub fn of(&self, job: usize) -> Option<Estimate> {
        let estimate = self.same_training(job).or_else(|| self.same_shape(job)).or_else(|| self.calibrated(job));
        self.of_checkpoint(job, estimate)
    }

    fn settings(&self, job: usize) -> &'a Settings {
        self.ledger.settings_of(self.ledger.row(job))
    }

    /// By the job itself, or by one that shares its training.
    fn same_training(&self, job: usize) -> Option<Estimate> {
        let training = |job: usize| self.ledger.training_of(Id { job, part: Part::Whole });
        let key = training(job)?;
        let (timing, _) = self.timings.get(&job).or_else(|| {
            self.timings.iter().find(|(other, _)| training(**other) == Some(key)).map(|(_, known)| known)
        })?;
        Some(Estimate {
            load_seconds: timing.load_seconds + timing.tokenise_seconds,
            train_seconds: timing.train_seconds,
            predict_seconds: timing.predict_seconds,
            memory: timing.peak_memory_bytes,
            basis: Basis::SameTraining,
        })
    }

    /// By the mean pace of finished jobs of its shape.
    fn same_shape(&self, job: usize) -> Option<Estimate> {
        let settings = self.settings(job);
        let shape = Shape::of(settings);
        let alike: Vec<(&Settings, &Timing, u64)> = self
            .timings
            .iter()
            .map(|(other, (timing, steps))| (self.settings(*other), *timing, *steps))
            .filter(|(other, _, steps)| *steps > 0 && Shape::of(other) == shape)
            .collect();
        let own = settings.steps().or_else(|| {
            // as many rows as another job that takes all of the same split
            let is_same = |other: &Settings| {
                (other.data.train_size, other.train.epochs) == (settings.data.train_size, settings.train.epochs)
            };
            alike.iter().find(|(other, _, _)| is_same(other)).map(|(_, _, steps)| *steps)
        })?;
        let all_steps: u64 = alike.iter().map(|(_, _, steps)| steps).sum();
        if all_steps == 0 {
            return None;
        }
        let mean =
            |of: &dyn Fn(&(&Settings, &Timing, u64)) -> f64| alike.iter().map(of).sum::<f64>() / alike.len() as f64;
        let rows = |settings: &Settings| scored_rows(settings).map(|rows| rows as f64);
        let predict = |(other, timing, _): &(&Settings, &Timing, u64)| match (rows(settings), rows(other)) {
            (Some(own), Some(other)) if other > 0.0 => timing.predict_seconds * own / other,
            _ => timing.predict_seconds,
        };
        Some(Estimate {
            load_seconds: mean(&|(_, timing, _)| timing.load_seconds + timing.tokenise_seconds),
            train_seconds: own as f64 * alike.iter().map(|(_, timing, _)| timing.train_seconds).sum::<f64>()
                / all_steps as f64,
            predict_seconds: mean(&predict),
            memory: alike.iter().filter_map(|(_, timing, _)| timing.peak_memory_bytes).max(),
            basis: Basis::SameShape,
        })
    }

    fn calibrated(&self, job: usize) -> Option<Estimate> {
        let settings = self.settings(job);
        let shape = Shape::of(settings);
        let row = self.calibrations.iter().find(|row| row.shape == shape.as_str())?;
        let predict_seconds = match scored_rows(settings) {
            Some(0) => 0.0,
            Some(rows) => rows as f64 * row.predict_seconds_per_sentence?,
            None => row.predict_all_seconds?,
        };
        let of_epochs = || row.steps_per_epoch.map(|steps| (steps * settings.train.epochs).ceil());
        let steps = settings.steps().map(|steps| steps as f64).or_else(of_epochs)?;
        Some(Estimate {
            load_seconds: row.load_seconds,
            train_seconds: steps / row.steps_per_second,
            predict_seconds,
            memory: row.peak_memory_bytes,
            basis: Basis::Calibration,
        })
    }

    /// Of an interrupted training, what is left of it, at the pace that it had.
    fn of_checkpoint(&self, job: usize, estimate: Option<Estimate>) -> Option<Estimate> {
        let left = || {
            let training = self.ledger.training_of(self.ledger.row(job))?;
            if !matches!(self.ledger.state(job), State::New) {
                return None;
            }
            let checkpoint = checkpoint::open(&self.layout.checkpoint(training.as_str())).ok().flatten()?;
            let (done, all) = (checkpoint.history.steps(), checkpoint.history.planned());
            let is_here = checkpoint.metadata.environment == self.environment && done > 0;
            is_here.then(|| (all - done) as f64 * checkpoint.metadata.seconds / done as f64)
        };
        match (estimate, left()) {
            (Some(estimate), Some(train_seconds)) => {
                Some(Estimate { train_seconds, basis: Basis::SameTraining, ..estimate })
            }
            (estimate, _) => estimate,
        }
    }
}

/// Rows that a job predicts; none where that is not known before the data are read.
pub(super) fn scored_rows(settings: &Settings) -> Option<usize> {
    [Split::Test, Split::Validation].map(|split| settings.data.size(split)).into_iter().try_fold(
        0_usize,
        |sum, size| match size {
            Size::Rows(rows) => Some(sum.saturating_add(rows)),
            Size::All => None,
        },
    )
}

/// Seconds until the last of these trainings ends on so many workers: each takes the longest that is left.
pub fn seconds_on(workers: usize, seconds: &[f64]) -> f64 {
    let mut sorted = seconds.to_vec();
    sorted.sort_by(|one, other| other.total_cmp(one));
    let mut busy = vec![0.0_f64; workers.max(1)];
    for seconds in sorted {
        let first = busy.iter_mut().min_by(|one, other| one.total_cmp(other)).expect("there is a worker");
        *first += seconds;
    }
    busy.into_iter().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_on_several_workers_is_that_of_the_one_that_ends_last() {
        let seconds = [5.0, 1.0, 4.0, 3.0, 3.0];
        assert_eq!([1, 2, 3, 9].map(|workers| seconds_on(workers, &seconds)), [16.0, 8.0, 6.0, 5.0]);
        assert_eq!(seconds_on(0, &[]), 0.0);
    }
}
