//! The training loop: rate, forward and backward, step, report, evaluation, in one place.

use std::ops::ControlFlow;

use tracing::info_span;

use crate::engine::{AdamW, Batch, Engine, Loss, Masks, Rates, StepStats};
use crate::spec::{Keep, LossKind, Train};

use super::batch_sampler::BatchSampler;
use super::error::TrainError;
use super::examples::Examples;
use super::history::History;
use super::report::{Evaluated, Evaluation, Report, Step};
use super::schedule::RateSchedule;
use super::weight_average::WeightAverage;

/// Trains `engine`, whose classes are weighed, or a classifier on examples with features, from the end of `history`, and
/// leaves the last weights in it or the best.
///
/// Where `options` average the weights, the average is what is evaluated, kept and left in `engine`, which has room for it.
///
/// `until`: a step behind which it does not go; where that comes before the end, the weights in `engine` are those of this
/// step, not an average, and it goes on from them as if it had not stopped.
///
/// `observe` gets every step and evaluation, after `history` has it, and may stop the training by breaking. A GPU is
/// waited for at steps that are logged or evaluated, and every 64 steps. `evaluate` scores the current model as often as
/// `options` says, and after the last step. It changes nothing, so the bits of the training do not depend on it. A
/// stopped training resumes from engine and history, first with an evaluation that is due.
///
/// # Errors
/// Those of the engine, a loss that is not finite among them; [`TrainError::Interrupted`] if `observe` broke; those of
/// `evaluate`.
pub fn fine_tune<'e, E: From<TrainError>>(
    engine: &mut Engine,
    examples: impl Into<Examples<'e>>,
    options: &Train,
    until: Option<u64>,
    history: &mut History,
    mut evaluate: impl FnMut(&Engine) -> Result<Evaluation, E>,
    mut observe: impl FnMut(Report<'_>, &Engine, &History) -> ControlFlow<()>,
) -> Result<(), E> {
    let examples = examples.into();
    let mut sampler = BatchSampler::new(examples.encoded.len(), options);
    let schedule = RateSchedule::new(options, sampler.total);
    let adamw = AdamW {
        betas: [options.adam_beta1, options.adam_beta2],
        epsilon: options.adam_epsilon,
        weight_decay: options.weight_decay,
        max_grad_norm: options.max_grad_norm,
        layer_decay: options.layer_decay.unwrap_or(1.0),
    };
    engine.minimize(loss(options));
    let mut in_flight = InFlight::default();
    let mut batch = Batch::of(engine.config());
    let mut report_to = |report: Report<'_>, engine: &Engine, history: &History| match observe(report, engine, history)
    {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(E::from(TrainError::Interrupted)),
    };
    let mut done = history.steps();
    let average = WeightAverage::new(options, sampler.total);
    engine.show_average(false).map_err(TrainError::from)?;
    if done == 0 {
        average.update(engine, done)?;
    }
    loop {
        // first in the loop, so that a training stopped between a step and its evaluation resumes with the evaluation
        if sampler.is_evaluated_after(done, options.evaluate_every) && !history.is_evaluated() {
            let at = (done, sampler.passes(done));
            let evaluated = evaluated(at, options.keep, engine, history, &mut evaluate)?;
            report_to(Report::Evaluation(&evaluated), engine, history)?;
        }
        if done >= sampler.total || history.is_out_of_patience(options.patience) {
            break;
        }
        if until.is_some_and(|until| done >= until) {
            return Ok(());
        }
        let _epoch = info_span!("epoch", number = sampler.epoch(done)).entered();
        let factor = schedule.factor(done);
        let rates = Rates {
            encoder: options.learning_rate * factor,
            head: options.head_learning_rate.unwrap_or(options.learning_rate) * factor,
            factor,
        };
        let masks = Masks::training(engine.config(), options.seed, sampler.epoch(done));
        let windows = sampler.batches(done).flatten().flat_map(|at| examples.encoded.windows_of(*at as usize));
        let labels = windows.flat_map(|window| &examples.encoded.labels[examples.encoded.tokens(window)]);
        let weight = engine.weight_of(labels.copied());
        let scale = if weight > 0.0 { 1.0 / weight } else { 1.0 };
        let whole = options.loss == LossKind::Crf;
        for windows in sampler.batches(done).flat_map(|batch| examples.parts(batch, options.batch_size, whole)) {
            examples.pack(&mut batch, &windows);
            engine.accumulate_ahead(&batch, &masks, scale).map_err(TrainError::from)?;
        }
        engine.step_ahead(&adamw, rates).map_err(TrainError::from)?;
        done += 1;
        average.update(engine, done)?;
        let (step, total, epoch) = (done, sampler.total, sampler.passes(done));
        in_flight.started.push(Step { step, total, epoch, loss: 0.0, learning_rate: rates.encoder, grad_norm: 0.0 });
        let is_waited_for = step % options.log_every == 0 || step == total || in_flight.started.len() == MOST_IN_FLIGHT;
        let is_waited_for = is_waited_for || until == Some(step);
        if is_waited_for || !engine.runs_ahead() || sampler.is_evaluated_after(step, options.evaluate_every) {
            let steps = in_flight.wait(engine)?;
            steps.iter().for_each(|step| history.add_step(step));
            report_to(Report::Steps(steps), engine, history)?;
        }
    }
    engine.show_average(true).map_err(TrainError::from)?;
    if let Some(best) = history.best_weights.as_ref().filter(|_| options.keep == Keep::Best) {
        engine.set_learned(best).map_err(TrainError::from)?;
    }
    Ok(())
}

/// What `options` minimize.
fn loss(options: &Train) -> Loss {
    match options.loss {
        LossKind::CrossEntropy => Loss::CrossEntropy { smoothing: options.label_smoothing },
        LossKind::Focal => Loss::Focal { gamma: options.focal_gamma },
        LossKind::Dice => Loss::Dice { alpha: options.dice_alpha, gamma: options.dice_gamma },
        LossKind::Crf => Loss::Crf,
    }
}

/// The most steps until a GPU is waited for, so that a training can be stopped and watched.
const MOST_IN_FLIGHT: usize = 64;

/// Steps that the GPU may not have finished.
#[derive(Debug, Default)]
struct InFlight {
    started: Vec<Step>,
    drained: Vec<StepStats>,
    finished: Vec<Step>,
}

impl InFlight {
    /// Waits for the steps, and returns them with their losses and norms.
    fn wait(&mut self, engine: &mut Engine) -> Result<&[Step], TrainError> {
        self.drained.clear();
        engine.drain(&mut self.drained)?;
        self.finished.clear();
        let pairs = self.started.drain(..).zip(&self.drained);
        self.finished.extend(pairs.map(|(step, StepStats { loss, grad_norm })| Step {
            loss: *loss,
            grad_norm: *grad_norm,
            ..step
        }));
        Ok(&self.finished)
    }
}

/// Evaluates the model, or its average, after a step and so many epochs; adds that to `history`, and copies the weights if
/// they are to be kept.
fn evaluated<E: From<TrainError>>(
    (step, epoch): (u64, f64),
    keep: Keep,
    engine: &mut Engine,
    history: &mut History,
    evaluate: &mut impl FnMut(&Engine) -> Result<Evaluation, E>,
) -> Result<Evaluated, E> {
    engine.show_average(true).map_err(TrainError::from)?;
    let Evaluation { loss, score } = evaluate(engine)?;
    let evaluated = Evaluated { step, epoch, loss, score };
    history.add_evaluation(evaluated);
    if keep == Keep::Best && history.best() == Some(&evaluated) {
        history.best_weights = Some(engine.learned().map_err(TrainError::from)?);
    }
    engine.show_average(false).map_err(TrainError::from)?;
    Ok(evaluated)
}
