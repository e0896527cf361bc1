//! The training loop: rate, forward and backward, step, report, evaluation, in one place.

use std::ops::ControlFlow;

use tracing::info_span;

use crate::engine::{AdamW, Batch, Engine, Masks, Rates, StepStats};
use crate::spec::{Keep, Train};

use super::batch_sampler::BatchSampler;
use super::error::TrainError;
use super::examples::Examples;
use super::progress::{Evaluated, Evaluation, Progress};
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
    /// Mean cross-entropy over the step's labeled tokens, against smoothed labels where the options say so.
    pub loss: f64,
    /// Its learning rate, of the encoder.
    pub learning_rate: f64,
    /// Norm of the gradient before clipping.
    pub grad_norm: f64,
}

/// What a training tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Report<'r> {
    /// Steps were taken: one, or on a GPU all since the last that was waited for.
    Steps(&'r [Step]),
    /// The model as it is was evaluated.
    Evaluation(&'r Evaluated),
}

/// Trains `engine`, or a classifier on examples with features, from where `progress` is, as `options` say, and ends with the last weights or the best.
///
/// `observe` hears of every step and evaluation and may stop the training by breaking; engine and progress come with it,
/// for a checkpoint. A GPU is waited for at steps that are logged or evaluated, and every 64. `evaluate` scores the model
/// as it is: after every epoch or so many steps, and after the last step.
/// It changes nothing, so the bits of the training do not depend on it. Between two steps a training can go on from
/// engine and progress, an evaluation that was due and is missing included.
///
/// # Errors
/// Those of the engine, a loss that is not finite among them; [`TrainError::Interrupted`] if `observe` broke; those of
/// `evaluate`.
pub fn fine_tune<'e, E: From<TrainError>>(
    engine: &mut Engine,
    examples: impl Into<Examples<'e>>,
    options: &Train,
    progress: &mut Progress,
    mut evaluate: impl FnMut(&Engine) -> Result<Evaluation, E>,
    mut observe: impl FnMut(Report<'_>, &Engine, &Progress) -> ControlFlow<()>,
) -> Result<(), E> {
    let examples = examples.into();
    let mut way = BatchSampler::new(examples.encoded.len(), options);
    let schedule = RateSchedule::new(options.schedule, options.warmup, way.total);
    let adamw = AdamW {
        betas: [options.adam_beta1, options.adam_beta2],
        epsilon: options.adam_epsilon,
        weight_decay: options.weight_decay,
        max_grad_norm: options.max_grad_norm,
        layer_decay: options.layer_decay.unwrap_or(1.0),
    };
    engine.smooth_labels(options.label_smoothing);
    let mut ahead = Ahead::default();
    let mut batch = Batch::of(engine.config());
    let mut tell = |report: Report<'_>, engine: &Engine, progress: &Progress| match observe(report, engine, progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(E::from(TrainError::Interrupted)),
    };
    loop {
        let done = progress.steps;
        // at the head of the loop, so that a training stopped between a step and its evaluation goes on with that
        if way.is_evaluated_after(done, options.evaluate_every) && !progress.is_evaluated() {
            enter(evaluate(engine)?, way.passes(done), options.keep, engine, progress)?;
            let last = progress.evaluations.last().expect("it was entered");
            tell(Report::Evaluation(last), engine, progress)?;
        }
        if done >= way.total || progress.is_spent(options.patience) {
            break;
        }
        let _epoch = info_span!("epoch", number = way.epoch(done)).entered();
        let factor = schedule.factor(done);
        let rates = Rates {
            encoder: options.learning_rate * factor,
            head: options.head_learning_rate.unwrap_or(options.learning_rate) * factor,
        };
        let masks = Masks::training(engine.config(), options.seed, way.epoch(done));
        let labeled: usize = way.batches(done).flatten().map(|e| examples.encoded.labeled_pieces(*e as usize)).sum();
        let scale = 1.0 / labeled.max(1) as f64;
        for members in way.batches(done) {
            examples.pack(&mut batch, members);
            engine.accumulate_ahead(&batch, &masks, scale).map_err(TrainError::from)?;
        }
        engine.step_ahead(&adamw, rates).map_err(TrainError::from)?;
        progress.steps = done + 1;
        let (step, total, epoch) = (progress.steps, way.total, way.passes(progress.steps));
        ahead.begun.push(Step { step, total, epoch, loss: 0.0, learning_rate: rates.encoder, grad_norm: 0.0 });
        let is_met = step % options.log_every == 0 || step == total || ahead.begun.len() == AHEAD;
        if is_met || !engine.runs_ahead() || way.is_evaluated_after(step, options.evaluate_every) {
            let steps = ahead.wait(engine)?;
            tell(Report::Steps(steps), engine, progress)?;
        }
    }
    if let Some(best) = progress.best_weights.as_ref().filter(|_| options.keep == Keep::Best) {
        engine.set_learned(best).map_err(TrainError::from)?;
    }
    Ok(())
}

/// Steps after which a GPU is waited for in any case, so that a training can be stopped and watched.
const AHEAD: usize = 64;

/// Steps that may still be on their way.
#[derive(Debug, Default)]
struct Ahead {
    begun: Vec<Step>,
    taken: Vec<StepStats>,
    met: Vec<Step>,
}

impl Ahead {
    /// Waits for the steps begun; they come back with what they did.
    fn wait(&mut self, engine: &mut Engine) -> Result<&[Step], TrainError> {
        self.taken.clear();
        engine.drain(&mut self.taken)?;
        self.met.clear();
        let pairs = self.begun.drain(..).zip(&self.taken);
        self.met.extend(pairs.map(|(step, StepStats { loss, grad_norm })| Step {
            loss: *loss,
            grad_norm: *grad_norm,
            ..step
        }));
        Ok(&self.met)
    }
}

/// Enters what an evaluation found after `epoch` passes, and copies the weights if they are to be kept.
fn enter(
    found: Evaluation,
    epoch: f64,
    keep: Keep,
    engine: &Engine,
    progress: &mut Progress,
) -> Result<(), TrainError> {
    let Evaluation { loss, score } = found;
    progress.evaluations.push(Evaluated { step: progress.steps, epoch, loss, score });
    if keep == Keep::Best && progress.best().is_some_and(|best| best.step == progress.steps) {
        progress.best_weights = Some(engine.learned()?);
    }
    Ok(())
}
