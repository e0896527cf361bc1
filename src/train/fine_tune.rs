//! The training loop: rate, forward and backward, step, report, in one place.

use std::ops::ControlFlow;

use tracing::info_span;

use crate::data::Encoded;
use crate::engine::{AdamW, Batch, Capacity, Engine, Masks, Rates, attention_weights};
use crate::spec::Train;

use super::error::TrainError;
use super::itinerary::Itinerary;
use super::schedule::RateSchedule;

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Its number, from 1.
    pub step: u64,
    /// Steps in all.
    pub total: u64,
    /// Passes over the data after it.
    pub epoch: f64,
    /// Mean cross-entropy over the step's labelled tokens.
    pub loss: f64,
    /// Its learning rate, of the encoder.
    pub learning_rate: f64,
    /// Norm of the gradient before clipping.
    pub grad_norm: f64,
}

/// Trains `engine` on `examples` from the step after `start` steps, telling `observe` of every step; it may stop the
/// training by breaking. The engine comes back to it with each step, for a checkpoint.
///
/// # Errors
/// Those of the engine, a loss that is not finite among them; [`TrainError::Interrupted`] if `observe` broke.
pub fn fine_tune(
    engine: &mut Engine,
    examples: &Encoded,
    options: &Train,
    start: u64,
    mut observe: impl FnMut(&Step, &Engine) -> ControlFlow<()>,
) -> Result<(), TrainError> {
    let mut way = Itinerary::new(examples.len(), options);
    let schedule = RateSchedule::new(options.schedule, options.warmup, way.total);
    let adamw = AdamW {
        betas: [options.adam_beta1, options.adam_beta2],
        epsilon: options.adam_epsilon,
        weight_decay: options.weight_decay,
        max_grad_norm: options.max_grad_norm,
    };
    let mut batch = Batch::new(engine.config().heads);
    for done in start..way.total {
        let _epoch = info_span!("epoch", number = way.epoch(done)).entered();
        let factor = schedule.factor(done);
        let rates = Rates {
            encoder: options.learning_rate * factor,
            head: options.head_learning_rate.unwrap_or(options.learning_rate) * factor,
        };
        let masks = Masks::training(engine.config(), options.seed, way.epoch(done));
        let labelled: usize = way.batches(done).flatten().map(|e| examples.seen_words(*e as usize).len()).sum();
        let scale = 1.0 / labelled.max(1) as f64;
        let mut loss = 0.0;
        for members in way.batches(done) {
            pack(&mut batch, examples, members);
            loss += engine.accumulate(&batch, &masks, scale)? * scale;
        }
        let grad_norm = engine.step(&adamw, rates)?;
        let step = done + 1;
        let report =
            Step { step, total: way.total, epoch: way.passes(step), loss, learning_rate: rates.encoder, grad_norm };
        if observe(&report, engine).is_break() {
            return Err(TrainError::Interrupted);
        }
    }
    Ok(())
}

/// Packs the examples `members` into `batch`.
pub(super) fn pack(batch: &mut Batch, examples: &Encoded, members: &[u32]) {
    batch.clear();
    for &example in members {
        let pieces = examples.pieces(example as usize);
        batch.push(example, &examples.ids[pieces.clone()], &examples.labels[pieces]);
    }
}

/// What the largest batch of a training takes: as many of the longest sentences as fit into a batch.
pub fn training_capacity(examples: &Encoded, batch_size: usize, heads: usize) -> Capacity {
    let mut lengths: Vec<usize> = (0..examples.len()).map(|e| examples.pieces(e).len()).collect();
    lengths.sort_unstable_by(|a, b| b.cmp(a));
    lengths.truncate(batch_size);
    Capacity {
        tokens: lengths.iter().sum(),
        attention_weights: lengths.iter().map(|len| attention_weights(heads, *len)).sum(),
    }
}
