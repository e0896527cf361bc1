//! The rows of curves.csv as a training goes, and the mean loss. It survives an interruption as text.

use serde::{Deserialize, Serialize};

use crate::results::{CurvePoint, Decimal, Measurements, Significant};
use crate::train::Step;

/// A training's losses so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Curve {
    every: u64,
    points: Vec<CurvePoint>,
    /// Of the losses since the last row.
    sum: f64,
    since: u64,
    /// Of all losses.
    total: f64,
    /// Steps taken.
    pub steps: u64,
    /// Steps in all, once one was taken.
    pub planned: u64,
}

impl Curve {
    /// With a row every so many steps.
    pub(super) fn new(every: u64) -> Self {
        Self { every, points: Vec::new(), sum: 0.0, since: 0, total: 0.0, steps: 0, planned: 0 }
    }

    /// Enters a step; there is a row every so many, and one at the end.
    pub(super) fn add(&mut self, step: &Step) {
        self.sum += step.loss;
        self.total += step.loss;
        self.since += 1;
        (self.steps, self.planned) = (step.step, step.total);
        if step.step.is_multiple_of(self.every) || step.step == step.total {
            self.points.push(CurvePoint {
                step: step.step,
                epoch: Significant::new(step.epoch),
                loss: Significant::new(self.sum / self.since as f64),
                learning_rate: Significant::new(step.learning_rate),
                grad_norm: Significant::new(step.grad_norm),
            });
            (self.sum, self.since) = (0.0, 0);
        }
    }

    /// As the job's measurements begin.
    pub(super) fn measurements(self) -> Measurements {
        let train_loss = (self.steps > 0).then(|| Decimal::new(self.total / self.steps as f64));
        Measurements { train_loss, curve: self.points, ..Measurements::default() }
    }

    /// As text that [`Curve::from_text`] reads back to the bit.
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("a curve is plain data")
    }

    /// From its text; none if that is no curve with a row every `every` steps.
    pub(super) fn from_text(text: &str, every: u64) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|curve: &Self| curve.every == every)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: u64) -> Step {
        let loss = 1.0 / step as f64;
        Step { step, total: 7, epoch: step as f64 / 3.0, loss, learning_rate: 1e-3, grad_norm: 0.1 }
    }

    #[test]
    fn a_curve_read_back_in_the_middle_ends_in_the_same_rows() {
        let mut whole = Curve::new(3);
        (1..=7).for_each(|s| whole.add(&step(s)));
        let mut broken = Curve::new(3);
        (1..=4).for_each(|s| broken.add(&step(s)));
        let mut resumed = Curve::from_text(&broken.to_text(), 3).expect("its own text");
        assert_eq!(resumed, broken);
        (5..=7).for_each(|s| resumed.add(&step(s)));
        assert_eq!(resumed, whole);
        assert_eq!(whole.clone().measurements().curve.iter().map(|p| p.step).collect::<Vec<_>>(), [3, 6, 7]);
    }

    #[test]
    fn a_curve_of_another_spacing_is_not_taken() {
        assert_eq!(Curve::from_text(&Curve::new(3).to_text(), 4), None);
    }
}
