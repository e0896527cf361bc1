//! The history of a training beside the engine's state: its losses, its evaluations, the best weights. It is written into
//! checkpoints and saved models, and a training resumes from it. It must not know where these lie.

use serde::{Deserialize, Serialize};

use super::report::{Evaluated, Step};
use crate::results::{CurvePoint, Decimal, EpochPoint, Significant};

/// The losses so far. Rows are rounded once, as the tables show them; sums are exact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Losses {
    /// Steps from row to row.
    every: u64,
    points: Vec<CurvePoint>,
    /// Of the losses since the last row.
    sum: f64,
    since: u64,
    /// The last step as a row, should the training end there.
    tail: Option<CurvePoint>,
    epochs: Vec<EpochPoint>,
    /// Of the losses since the last evaluation.
    epoch_sum: f64,
    epoch_since: u64,
    /// Of all losses.
    total: f64,
    /// Steps in all; 0 before the first.
    planned: u64,
}

/// The steps taken, and the evaluations between them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Progress {
    steps: u64,
    evaluations: Vec<Evaluated>,
}

/// A training so far.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    losses: Losses,
    progress: Progress,
    /// The learned parameters at the best evaluation, where the best are kept and there was one.
    pub best_weights: Option<Vec<f32>>,
}

impl History {
    /// Of a training before its first step; the curve has a row every `log_every` steps.
    pub fn new(log_every: u64) -> Self {
        let losses = Losses {
            every: log_every,
            points: Vec::new(),
            sum: 0.0,
            since: 0,
            tail: None,
            epochs: Vec::new(),
            epoch_sum: 0.0,
            epoch_since: 0,
            total: 0.0,
            planned: 0,
        };
        Self { losses, progress: Progress::default(), best_weights: None }
    }

    /// Back from its text, without the best weights.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let (losses, progress) = serde_json::from_str(text)?;
        Ok(Self { losses, progress, best_weights: None })
    }

    /// All but the best weights as text, from which [`History::parse`] restores every bit.
    pub fn to_text(&self) -> String {
        serde_json::to_string(&(&self.losses, &self.progress)).expect("losses and evaluations are plain data")
    }

    /// Steps from row to row of the curve.
    pub fn log_every(&self) -> u64 {
        self.losses.every
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.progress.steps
    }

    /// Steps in all, once one was taken.
    pub fn planned(&self) -> u64 {
        self.losses.planned
    }

    /// The mean loss over all steps; none before the first.
    pub fn mean_loss(&self) -> Option<f64> {
        (self.steps() > 0).then(|| self.losses.total / self.steps() as f64)
    }

    /// A row every `log_every` steps, and one for the last step.
    pub fn curve(&self) -> impl Iterator<Item = &CurvePoint> {
        self.losses.points.iter().chain(&self.losses.tail)
    }

    /// The rows of the curve from this step on, but for one that only the end of the training would make.
    pub fn rows_from(&self, step: u64) -> &[CurvePoint] {
        &self.losses.points[self.losses.points.partition_point(|point| point.step < step)..]
    }

    /// A row for each evaluation.
    pub fn epochs(&self) -> &[EpochPoint] {
        &self.losses.epochs
    }

    /// The evaluations in their order.
    pub fn evaluations(&self) -> &[Evaluated] {
        &self.progress.evaluations
    }

    /// The evaluation with the highest score, of equals the first.
    pub fn best(&self) -> Option<&Evaluated> {
        self.evaluations().iter().reduce(|best, next| if next.score > best.score { next } else { best })
    }

    /// As it is of a training of `total` steps, of which a longer one took the same.
    pub fn of_shorter(mut self, total: u64) -> Self {
        let losses = &mut self.losses;
        if self.progress.steps == total {
            // the last step of a training has a row
            if let Some(last) = losses.tail.take() {
                losses.points.push(last);
                (losses.sum, losses.since) = (0.0, 0);
            }
        }
        losses.planned = total;
        self
    }

    pub(super) fn add_step(&mut self, step: &Step) {
        self.progress.steps = step.step;
        let losses = &mut self.losses;
        losses.sum += step.loss;
        losses.total += step.loss;
        losses.since += 1;
        losses.epoch_sum += step.loss;
        losses.epoch_since += 1;
        losses.planned = step.total;
        let point = CurvePoint {
            step: step.step,
            epoch: Significant::new(step.epoch),
            loss: Significant::new(losses.sum / losses.since as f64),
            learning_rate: Significant::new(step.learning_rate),
            grad_norm: Significant::new(step.grad_norm),
        };
        if step.step.is_multiple_of(losses.every) || step.step == step.total {
            losses.points.push(point);
            (losses.sum, losses.since, losses.tail) = (0.0, 0, None);
        } else {
            losses.tail = Some(point);
        }
    }

    /// Its row has the mean loss of the steps since the evaluation before.
    pub(super) fn add_evaluation(&mut self, evaluated: Evaluated) {
        let losses = &mut self.losses;
        losses.epochs.push(EpochPoint {
            epoch: Significant::new(evaluated.epoch),
            train_loss: Significant::new(losses.epoch_sum / losses.epoch_since as f64),
            validation_loss: Significant::new(evaluated.loss),
            validation_entity_f1: Decimal::new(evaluated.score),
        });
        (losses.epoch_sum, losses.epoch_since) = (0.0, 0);
        self.progress.evaluations.push(evaluated);
    }

    /// Whether the current model has been evaluated.
    pub(super) fn is_evaluated(&self) -> bool {
        self.evaluations().last().is_some_and(|last| last.step == self.steps())
    }

    /// Whether none of the last `patience` evaluations is better than one before them.
    pub(super) fn is_out_of_patience(&self, patience: Option<u64>) -> bool {
        let is_later = |evaluated: &&Evaluated| self.best().is_some_and(|best| evaluated.step > best.step);
        let since = self.evaluations().iter().rev().take_while(is_later);
        patience.is_some_and(|patience| since.count() as u64 >= patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: u64) -> Step {
        let loss = 1.0 / step as f64;
        Step { step, total: 7, epoch: step as f64 / 3.0, loss, learning_rate: 1e-3, grad_norm: 0.1 }
    }

    /// Steps `from` to `to`; evaluations after the third and the sixth.
    fn train(history: &mut History, from: u64, to: u64) {
        for number in from..=to {
            history.add_step(&step(number));
            if number.is_multiple_of(3) {
                let score = 1.0 / number as f64;
                history.add_evaluation(Evaluated { step: number, epoch: number as f64 / 3.0, loss: 0.1 + 0.2, score });
            }
        }
    }

    fn scored(scores: &[f64]) -> History {
        let mut history = History::new(1);
        for (number, score) in (1..).zip(scores) {
            history.add_step(&step(number));
            let epoch = number as f64 / 10.0;
            history.add_evaluation(Evaluated { step: number, epoch, loss: 1.0 / 3.0, score: *score });
        }
        history
    }

    fn read_back(history: &History) -> History {
        History::parse(&history.to_text()).expect("its own text")
    }

    #[test]
    fn a_history_read_back_in_the_middle_ends_in_the_same_rows() {
        let mut whole = History::new(3);
        train(&mut whole, 1, 7);
        let mut broken = History::new(3);
        train(&mut broken, 1, 4);
        let mut resumed = read_back(&broken);
        assert_eq!(resumed, broken);
        train(&mut resumed, 5, 7);
        assert_eq!(resumed, whole);
        assert_eq!(whole.curve().map(|row| row.step).collect::<Vec<_>>(), [3, 6, 7]);
        assert_eq!((whole.steps(), whole.planned(), whole.best().map(|best| best.step)), (7, 7, Some(3)));
        let rows: Vec<_> =
            whole.epochs().iter().map(|row| (row.epoch.to_string(), row.train_loss.to_string())).collect();
        // the means of 1, 1/2, 1/3 and of 1/4, 1/5, 1/6
        let means = [("1", "0.611111111"), ("2", "0.205555556")];
        assert_eq!(rows, means.map(|(epoch, mean)| (epoch.to_owned(), mean.to_owned())));
    }

    #[test]
    fn a_training_that_ends_early_has_a_row_for_its_last_step() {
        let mut history = History::new(3);
        train(&mut history, 1, 4);
        for history in [read_back(&history), history] {
            assert_eq!(history.curve().map(|row| row.step).collect::<Vec<_>>(), [3, 4]);
        }
    }

    /// The text in a model that an earlier version saved.
    #[test]
    fn a_history_of_an_earlier_version_is_read_and_written_in_the_same_bytes() {
        const SAVED: &str = include_str!("../../tests/goldens/history.json");
        let history = History::parse(SAVED.trim_end()).expect("an earlier version wrote it");
        assert_eq!((history.steps(), history.planned(), history.log_every()), (10, 10, 4));
        assert_eq!(history.curve().map(|row| row.step).collect::<Vec<_>>(), [4, 8, 10]);
        assert_eq!(history.epochs().len(), history.evaluations().len());
        assert_eq!(history.to_text(), SAVED.trim_end());
    }

    #[test]
    fn the_best_is_strictly_better_than_all_before_it() {
        let best = |scores: &[f64]| scored(scores).best().map(|best| best.step);
        assert_eq!(best(&[]), None);
        assert_eq!(best(&[0.0, 0.0]), Some(1));
        assert_eq!(best(&[0.1, 0.3, 0.2, 0.3]), Some(2));
        assert_eq!(best(&[0.1, 0.3, 0.2, 0.31]), Some(4));
    }

    #[test]
    fn patience_counts_evaluations_in_a_row_without_a_better_score() {
        let ends = |scores: &[f64], patience| scored(scores).is_out_of_patience(patience);
        assert!(!ends(&[], Some(1)));
        assert!(!ends(&[0.1, 0.2, 0.3], Some(1)));
        assert!(ends(&[0.1, 0.1], Some(1)));
        assert!(!ends(&[0.3, 0.1], Some(2)));
        assert!(ends(&[0.3, 0.1, 0.2], Some(2)));
        assert!(!ends(&[0.3, 0.1, 0.4, 0.2], Some(2)));
        assert!(!ends(&[0.3, 0.1, 0.2, 0.1, 0.0], None));
    }
}
