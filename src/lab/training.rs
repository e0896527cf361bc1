//! Trains one model: resumes from its checkpoint, writes checkpoints, reports steps.

use std::ops::ControlFlow;

use rayon::ThreadPoolBuilder;
use tracing::{Span, debug, dispatcher, info};

use crate::engine::Engine;
use crate::results::CurvePoint;
use crate::train::{History, Report, Step, fine_tune};

use super::context::JobContext;
use super::error::JobError;
use super::event::Event;
use super::features::Sentences;
use super::resume::{Checkpoints, Start};
use super::scoring::EvalSet;
use super::task::{JobPart, Task};

/// A model ready to be scored.
pub(super) struct Trained {
    pub engine: Engine,
    pub history: History,
    /// Seconds of training, those of interrupted runs included; none where a saved model is reused.
    pub seconds: Option<f64>,
    /// Whether the model is on disk.
    pub saved: bool,
}

/// Trains, from the last checkpoint if `resume`, and writes checkpoints. With the seconds of training, those of earlier
/// runs included.
pub(super) fn train(
    context: &JobContext<'_>,
    task: &Task<'_>,
    labels: &[String],
    engine: &mut Engine,
    (sentences, eval_set): (&Sentences, Option<&EvalSet>),
    resume: bool,
) -> Result<(History, f64), JobError> {
    let JobPart { settings, .. } = task.training();
    let mut checkpoints = Checkpoints::new(context.folder, task, labels, &context.environment.name)?;
    let start = match resume {
        true => checkpoints.restore(engine, &settings.train, task.until)?,
        false => Start { history: History::new(settings.train.log_every), unused: None },
    };
    let mut history = start.history;
    match start.unused {
        Some(why) => context.notice(task, &format!("restarting from step 0: {why}")),
        None if history.steps() > 0 && history.steps() == task.waited_at => {
            info!(step = history.steps(), "continuing from the rung");
        }
        None if history.steps() > 0 => context.notice(task, &format!("resuming from step {}", history.steps())),
        None => {}
    }
    let mut written = Ok(());
    let evaluate = |engine: &Engine| {
        let eval_set = eval_set.expect("a training that is evaluated has an eval set");
        eval_set.evaluate(engine, context.stop)
    };
    // a training can stop after any step and continue on more threads, once other jobs leave theirs
    let mut threads = rayon::current_num_threads();
    let trained = loop {
        let observe = |report: Report<'_>, engine: &Engine, history: &History| {
            pass_on(context, task, &report, history);
            written = checkpoints.keep(engine, history, false);
            let grows = context.environment.uses_host() && context.thread_budget.share() > threads;
            let pauses = written.is_err() || context.stopping() || grows;
            if pauses { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let attempt =
            || fine_tune(engine, sentences.examples(), &settings.train, task.until, &mut history, evaluate, observe);
        let trained = on_threads(threads, attempt)?;
        if !matches!(trained, Err(JobError::Interrupted)) || written.is_err() || context.stopping() {
            break trained;
        }
        threads = context.thread_budget.share();
        info!(threads, "continuing on more threads");
    };
    written?;
    // a training that waits at a rung goes on from there
    if matches!(trained, Err(JobError::Interrupted)) || (trained.is_ok() && task.until.is_some()) {
        checkpoints.keep(engine, &history, true)?;
    }
    trained?;
    Ok((history, checkpoints.seconds()))
}

/// Passes a report on to the log and to the observer; the log has the curve's rows.
fn pass_on(context: &JobContext<'_>, task: &Task<'_>, report: &Report<'_>, history: &History) {
    match report {
        Report::Steps(steps) => {
            let end = |step: &Step| task.until.map_or(step.total, |until| until.min(step.total));
            steps.iter().for_each(|step| stepped(context, task, &Step { total: end(step), ..*step }));
            let first = steps.first().map_or(u64::MAX, |step| step.step);
            for CurvePoint { step, loss, learning_rate, grad_norm, .. } in history.rows_from(first) {
                let [loss, learning_rate, grad_norm] = [loss, learning_rate, grad_norm].map(|number| number.value());
                info!(step, total = history.planned(), loss, learning_rate, grad_norm, "trained");
            }
        }
        Report::Evaluation(evaluated) => {
            info!(step = evaluated.step, loss = evaluated.loss, entity_f1 = evaluated.score, "evaluated");
        }
    }
}

fn stepped(context: &JobContext<'_>, task: &Task<'_>, step: &Step) {
    let Step { step: number, loss, learning_rate, grad_norm, .. } = *step;
    debug!(step = number, loss, learning_rate, grad_norm, "step");
    (context.watch)(&Event::Stepped { job: task.first().index, step });
}

/// Runs `work` on so many threads: here if there are as many, else on a pool of its own, with the same logs.
fn on_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> Result<R, JobError> {
    if threads == rayon::current_num_threads() {
        return Ok(work());
    }
    let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
    let (logs, span) = (dispatcher::get_default(Clone::clone), Span::current());
    Ok(pool.install(|| dispatcher::with_default(&logs, || span.in_scope(work))))
}
