//! The rows of curves.csv and epochs.csv as a training goes, and the mean loss. It survives an interruption as text.

use serde::{Deserialize, Serialize};

use crate::results::{CurvePoint, Decimal, EpochPoint, Measurements, Significant};
use crate::train::{Evaluated, Progress, Step};

/// A training's losses so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Curve {
    every: u64,
    points: Vec<CurvePoint>,
    /// Of the losses since the last row.
    sum: f64,
    since: u64,
    /// The last step as a row of its own, should the training end there.
    tail: Option<CurvePoint>,
    epochs: Vec<EpochPoint>,
    /// Of the losses since the last evaluation.
    epoch_sum: f64,
    epoch_since: u64,
    /// Of all losses.
    total: f64,
    /// Steps in all, once one was taken.
    pub planned: u64,
}

impl Curve {
    /// With a row every so many steps.
    pub(super) fn new(every: u64) -> Self {
        Self {
            every,
            points: Vec::new(),
            sum: 0.0,
            since: 0,
            tail: None,
            epochs: Vec::new(),
            epoch_sum: 0.0,
            epoch_since: 0,
            total: 0.0,
            planned: 0,
        }
    }

    /// Enters a step; there is a row every so many, and one at the end, wherever that is. Returns the row's mean loss.
    pub(super) fn add(&mut self, step: &Step) -> Option<f64> {
        self.sum += step.loss;
        self.total += step.loss;
        self.since += 1;
        self.epoch_sum += step.loss;
        self.epoch_since += 1;
        self.planned = step.total;
        let mean = self.sum / self.since as f64;
        let point = CurvePoint {
            step: step.step,
            epoch: Significant::new(step.epoch),
            loss: Significant::new(mean),
            learning_rate: Significant::new(step.learning_rate),
            grad_norm: Significant::new(step.grad_norm),
        };
        if step.step.is_multiple_of(self.every) || step.step == step.total {
            self.points.push(point);
            (self.sum, self.since, self.tail) = (0.0, 0, None);
            Some(mean)
        } else {
            self.tail = Some(point);
            None
        }
    }

    /// Enters an evaluation: its row has the mean loss of the steps since the one before.
    pub(super) fn add_evaluation(&mut self, evaluated: &Evaluated) {
        self.epochs.push(EpochPoint {
            epoch: Significant::new(evaluated.epoch),
            train_loss: Significant::new(self.epoch_sum / self.epoch_since as f64),
            validation_loss: Significant::new(evaluated.loss),
            validation_entity_f1: Decimal::new(evaluated.score),
        });
        (self.epoch_sum, self.epoch_since) = (0.0, 0);
    }
}

/// A training so far, beside the engine's state.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct History {
    pub curve: Curve,
    pub progress: Progress,
}

impl History {
    /// Nothing trained yet; a row of curves.csv every so many steps.
    pub(super) fn new(every: u64) -> Self {
        Self { curve: Curve::new(every), progress: Progress::default() }
    }

    /// As the job's measurements begin.
    pub(super) fn measurements(&self) -> Measurements {
        let (curve, steps) = (&self.curve, self.progress.steps);
        Measurements {
            train_loss: (steps > 0).then(|| Decimal::new(curve.total / steps as f64)),
            curve: curve.points.iter().chain(&curve.tail).cloned().collect(),
            epochs: curve.epochs.clone(),
            best_epoch: self.progress.best().map(|best| Significant::new(best.epoch)),
            ..Measurements::default()
        }
    }

    /// As text that [`History::from_text`] reads back to the bit, the best weights apart.
    pub(super) fn to_text(&self) -> String {
        text_of(&self.curve, &self.progress)
    }

    /// From its text; none if that is no history with a row of curves.csv every `every` steps.
    pub(super) fn from_text(text: &str, every: u64) -> Option<Self> {
        let (curve, progress): (Curve, Progress) = serde_json::from_str(text).ok()?;
        (curve.every == every).then_some(Self { curve, progress })
    }
}

/// [`History::to_text`] of its two parts.
pub(super) fn text_of(curve: &Curve, progress: &Progress) -> String {
    serde_json::to_string(&(curve, progress)).expect("curve and progress are plain data")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: u64) -> Step {
        let loss = 1.0 / step as f64;
        Step { step, total: 7, epoch: step as f64 / 3.0, loss, learning_rate: 1e-3, grad_norm: 0.1 }
    }

    /// Steps `from` to `to`; evaluations after the third and the sixth.
    fn go(history: &mut History, from: u64, to: u64) {
        for number in from..=to {
            history.curve.add(&step(number));
            history.progress.steps = number;
            if number.is_multiple_of(3) {
                let score = 1.0 / number as f64;
                let evaluated = Evaluated { step: number, epoch: number as f64 / 3.0, loss: 0.1 + 0.2, score };
                history.curve.add_evaluation(&evaluated);
                history.progress.evaluations.push(evaluated);
            }
        }
    }

    #[test]
    fn a_course_read_back_in_the_middle_ends_in_the_same_rows() {
        let mut whole = History::new(3);
        go(&mut whole, 1, 7);
        let mut broken = History::new(3);
        go(&mut broken, 1, 4);
        let mut resumed = History::from_text(&broken.to_text(), 3).expect("its own text");
        assert_eq!(resumed, broken);
        go(&mut resumed, 5, 7);
        assert_eq!(resumed, whole);
        let measured = whole.measurements();
        assert_eq!(measured.curve.iter().map(|p| p.step).collect::<Vec<_>>(), [3, 6, 7]);
        assert_eq!(measured.best_epoch, Some(Significant::new(1.0)));
        let rows: Vec<_> =
            measured.epochs.iter().map(|row| (row.epoch.to_string(), row.train_loss.to_string())).collect();
        // the means of 1, 1/2, 1/3 and of 1/4, 1/5, 1/6
        let means = [("1", "0.611111111"), ("2", "0.205555556")];
        assert_eq!(rows, means.map(|(epoch, mean)| (epoch.to_owned(), mean.to_owned())));
    }

    #[test]
    fn a_training_that_ends_early_has_a_row_for_its_last_step() {
        let mut history = History::new(3);
        go(&mut history, 1, 4);
        let resumed = History::from_text(&history.to_text(), 3).expect("its own text");
        for history in [history, resumed] {
            assert_eq!(history.measurements().curve.iter().map(|point| point.step).collect::<Vec<_>>(), [3, 4]);
        }
    }

    #[test]
    fn a_course_of_another_spacing_is_not_taken() {
        assert_eq!(History::from_text(&History::new(3).to_text(), 4), None);
    }
}
