//! The learning rate of each step, as transformers' `get_*_schedule` compute it, in float64.

use std::f64::consts::PI;

use crate::spec::{Decay, Schedule, Train, Warmup};

/// `timescale` of transformers' `get_inverse_sqrt_schedule` where there is no warm-up.
const TIMESCALE: u64 = 10_000;

/// The learning rate over a whole training, relative to its base rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateSchedule {
    shape: Schedule,
    /// Steps of the warm-up.
    warmup: u64,
    /// Steps of the decay at the end.
    decay: u64,
    total: u64,
    power: f64,
    cycles: f64,
    rate: f64,
    least: f64,
}

impl RateSchedule {
    /// That of `options` over `total` steps.
    pub fn new(options: &Train, total: u64) -> Self {
        let share = |ratio: f64| libm::ceil(ratio * total as f64) as u64;
        Self {
            shape: options.schedule,
            warmup: match options.warmup {
                Warmup::Steps(steps) => steps,
                Warmup::Ratio(ratio) => share(ratio),
            },
            decay: match options.decay {
                Decay::Steps(steps) => steps,
                Decay::Ratio(ratio) => share(ratio),
            },
            total,
            power: options.schedule_power,
            cycles: options.schedule_cycles as f64,
            rate: options.learning_rate,
            least: options.min_learning_rate,
        }
    }

    /// The factor of the base rate in the step after `done` steps.
    pub fn factor(&self, done: u64) -> f64 {
        if done < self.warmup {
            return done as f64 / self.warmup.max(1) as f64;
        }
        let rest = self.total.saturating_sub(self.warmup).max(1) as f64;
        let progress = (done - self.warmup) as f64 / rest;
        match self.shape {
            Schedule::Linear => self.total.saturating_sub(done) as f64 / rest,
            Schedule::Cosine => {
                let least = self.least / self.rate;
                (half_wave(progress) * (1.0 - least) + least).max(0.0)
            }
            Schedule::Constant => 1.0,
            Schedule::Polynomial => {
                let left = (1.0 - progress).max(0.0);
                ((self.rate - self.least) * libm::pow(left, self.power) + self.least) / self.rate
            }
            Schedule::CosineWithRestarts if progress >= 1.0 => 0.0,
            Schedule::CosineWithRestarts => half_wave(self.cycles * progress % 1.0).max(0.0),
            Schedule::InverseSqrt => {
                let timescale = if self.warmup == 0 { TIMESCALE } else { self.warmup };
                1.0 / libm::sqrt((done - self.warmup + timescale) as f64 / timescale as f64)
            }
            Schedule::WarmupStableDecay => {
                // where warm-up and decay overlap, the decay is under way when the warm-up ends
                let decayed = (done + self.decay).saturating_sub(self.total);
                (1.0 - decayed as f64 / self.decay.max(1) as f64).max(0.0)
            }
        }
    }
}

/// From 1 at 0 to 0 at 1.
fn half_wave(progress: f64) -> f64 {
    0.5 * (1.0 + pxfm::f_cos(PI * 0.5 * 2.0 * progress))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::words::Word;

    fn course(shape: Schedule, warmup: Warmup) -> Vec<f64> {
        let options = Train { schedule: shape, warmup, ..Train::default() };
        let schedule = RateSchedule::new(&options, 8);
        (0..8).map(|done| schedule.factor(done)).collect()
    }

    #[test]
    fn linear_falls_to_zero_after_the_last_step() {
        assert_eq!(course(Schedule::Linear, Warmup::Steps(0)), [1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]);
        let warm = [0.0, 0.25, 0.5, 0.75, 1.0, 0.75, 0.5, 0.25];
        assert_eq!(course(Schedule::Linear, Warmup::Steps(4)), warm);
        assert_eq!(course(Schedule::Linear, Warmup::Ratio(0.45)), warm, "ceil(0.45 × 8) = 4");
    }

    #[test]
    fn cosine_is_half_a_wave() {
        let factors = course(Schedule::Cosine, Warmup::Steps(0));
        for (done, factor) in factors.iter().enumerate() {
            let exact = 0.5 + 0.5 * libm::cos(PI * done as f64 / 8.0);
            assert!((factor - exact).abs() < 1e-15, "{done}: {factor}");
        }
    }

    #[test]
    fn constant_warms_up_too() {
        assert_eq!(course(Schedule::Constant, Warmup::Steps(2)), [0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn a_ratio_of_decay_is_rounded_up_as_that_of_the_warm_up_is() {
        let with = |decay| {
            let options = Train { schedule: Schedule::WarmupStableDecay, decay, ..Train::default() };
            RateSchedule::new(&options, 8)
        };
        assert_eq!(with(Decay::Ratio(0.45)).decay, 4);
        let factors: Vec<f64> = (0..8).map(|done| with(Decay::Steps(4)).factor(done)).collect();
        assert_eq!(factors, [1.0, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25]);
    }

    /// What transformers' lambdas give: the origin is tests/peer/schedules.py.
    #[derive(Deserialize)]
    struct Golden {
        schedule: String,
        warmup_steps: u64,
        decay_steps: Option<u64>,
        schedule_power: Option<f64>,
        schedule_cycles: Option<u64>,
        learning_rate: f64,
        min_learning_rate: Option<f64>,
        factors: Vec<f64>,
    }

    #[test]
    fn every_schedule_is_that_of_transformers_at_every_step() {
        let text = include_str!("../../tests/goldens/schedules.json");
        let goldens: Vec<Golden> = serde_json::from_str(text).expect("the golden's format");
        for golden in &goldens {
            let default = Train::default();
            let options = Train {
                schedule: Schedule::of_word(&golden.schedule).expect("a schedule"),
                warmup: Warmup::Steps(golden.warmup_steps),
                decay: golden.decay_steps.map_or(default.decay, Decay::Steps),
                schedule_power: golden.schedule_power.unwrap_or(default.schedule_power),
                schedule_cycles: golden.schedule_cycles.unwrap_or(default.schedule_cycles),
                learning_rate: golden.learning_rate,
                min_learning_rate: golden.min_learning_rate.unwrap_or(default.min_learning_rate),
                ..default
            };
            let schedule = RateSchedule::new(&options, golden.factors.len() as u64);
            for (done, theirs) in (0..).zip(&golden.factors) {
                let ours = schedule.factor(done);
                assert!((ours - theirs).abs() < 1e-12, "{options:?}, {done}: {ours} against {theirs}");
            }
        }
        let is_there = |word: &&&str| !goldens.iter().any(|golden| golden.schedule == **word);
        assert_eq!(Schedule::WORDS.iter().find(is_there), None, "a schedule is not compared");
    }
}
