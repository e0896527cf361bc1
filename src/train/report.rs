//! What a training reports while it runs: its steps and evaluations. It must not know who listens.

use serde::{Deserialize, Serialize};

/// One step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Its number, from 1.
    pub step: u64,
    /// Steps in all.
    pub total: u64,
    /// Passes over the data after it.
    pub epoch: f64,
    /// Mean cross-entropy over the step's labeled tokens, against smoothed labels where the options say so.
    pub loss: f64,
    /// Its learning rate, of the encoder.
    pub learning_rate: f64,
    /// Norm of the gradient before clipping.
    pub grad_norm: f64,
}

/// The scores of the current model.
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
    /// Steps before it.
    pub step: u64,
    /// Passes over the data before it.
    pub epoch: f64,
    /// As in [`Evaluation`].
    pub loss: f64,
    /// As in [`Evaluation`].
    pub score: f64,
}

/// What happened since the last report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Report<'r> {
    /// Steps: one, or on a GPU all since the last that was waited for.
    Steps(&'r [Step]),
    /// An evaluation.
    Evaluation(&'r Evaluated),
}
