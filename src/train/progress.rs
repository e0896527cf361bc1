//! How far a training came beside the engine's state: the steps taken, what its evaluations found, the best weights. It
//! must not know how an evaluation is made.

use serde::{Deserialize, Serialize};

/// What scoring the model as it is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evaluation {
    /// Mean cross-entropy over the labeled tokens, without dropout and smoothing.
    pub loss: f64,
    /// What weights are compared by: higher is better.
    pub score: f64,
}

/// An evaluation with its place in the training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluated {
    /// Steps taken before it.
    pub step: u64,
    /// Passes over the data before it.
    pub epoch: f64,
    /// As in [`Evaluation`].
    pub loss: f64,
    /// As in [`Evaluation`].
    pub score: f64,
}

/// A training so far. As text it holds all but the weights, to the bit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Steps taken.
    pub steps: u64,
    /// Evaluations, in their order.
    pub evaluations: Vec<Evaluated>,
    /// What had learned at the best evaluation, where the best is kept and there was one.
    #[serde(skip)]
    pub best_weights: Option<Vec<f32>>,
}

impl Progress {
    /// The evaluation with the highest score, of equals the first.
    pub fn best(&self) -> Option<&Evaluated> {
        self.evaluations.iter().reduce(|best, next| if next.score > best.score { next } else { best })
    }

    /// Whether the model as it is has been evaluated.
    pub(super) fn is_evaluated(&self) -> bool {
        self.evaluations.last().is_some_and(|last| last.step == self.steps)
    }

    /// Whether the last `patience` evaluations were none better than one before them.
    pub(super) fn is_spent(&self, patience: Option<u64>) -> bool {
        let since = self
            .evaluations
            .iter()
            .rev()
            .take_while(|evaluated| self.best().is_some_and(|best| evaluated.step > best.step));
        patience.is_some_and(|patience| since.count() as u64 >= patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(scores: &[f64]) -> Progress {
        let evaluated =
            |(step, score): (u64, &f64)| Evaluated { step, epoch: step as f64 / 10.0, loss: 1.0 / 3.0, score: *score };
        let evaluations: Vec<Evaluated> = (1..).zip(scores).map(evaluated).collect();
        Progress { steps: scores.len() as u64, evaluations, best_weights: None }
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
        let spent = |scores: &[f64], patience| scored(scores).is_spent(patience);
        assert!(!spent(&[], Some(1)));
        assert!(!spent(&[0.1, 0.2, 0.3], Some(1)));
        assert!(spent(&[0.1, 0.1], Some(1)));
        assert!(!spent(&[0.3, 0.1], Some(2)));
        assert!(spent(&[0.3, 0.1, 0.2], Some(2)));
        assert!(!spent(&[0.3, 0.1, 0.4, 0.2], Some(2)));
        assert!(!spent(&[0.3, 0.1, 0.2, 0.1, 0.0], None));
    }

    #[test]
    fn progress_reads_back_from_its_text_to_the_bit() {
        let progress = scored(&[0.1 + 0.2, 1.0 / 3.0]);
        let text = serde_json::to_string(&progress).expect("plain data");
        assert_eq!(serde_json::from_str::<Progress>(&text).expect("its own text"), progress);
    }
}
