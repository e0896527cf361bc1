//! The learning rate of each step, as transformers' `get_*_schedule_with_warmup` compute it, in float64.

use std::f64::consts::PI;

use crate::spec::{Schedule, Warmup};

/// The learning rate over a whole training, relative to its base rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateSchedule {
    shape: Schedule,
    warmup: u64,
    total: u64,
}

impl RateSchedule {
    /// Over `total` steps.
    pub fn new(shape: Schedule, warmup: Warmup, total: u64) -> Self {
        let warmup = match warmup {
            Warmup::Steps(steps) => steps,
            Warmup::Ratio(ratio) => libm::ceil(ratio * total as f64) as u64,
        };
        Self { shape, warmup, total }
    }

    /// The factor of the base rate in the step after `done` steps.
    pub fn factor(&self, done: u64) -> f64 {
        if done < self.warmup {
            return done as f64 / self.warmup.max(1) as f64;
        }
        let rest = self.total.saturating_sub(self.warmup).max(1) as f64;
        match self.shape {
            Schedule::Linear => self.total.saturating_sub(done) as f64 / rest,
            Schedule::Cosine => {
                let progress = (done - self.warmup) as f64 / rest;
                (0.5 * (1.0 + pxfm::f_cos(PI * 0.5 * 2.0 * progress))).max(0.0)
            }
            Schedule::Constant => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(shape: Schedule, warmup: Warmup) -> Vec<f64> {
        let schedule = RateSchedule::new(shape, warmup, 8);
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
}
