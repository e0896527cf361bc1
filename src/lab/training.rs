//! Trains one model: resumes from its checkpoint, writes checkpoints, reports steps.

use std::ops::ControlFlow;

use rayon::ThreadPoolBuilder;
use tracing::{Span, debug, dispatcher, info};

use crate::engine::Engine;
use crate::plan::TrainingKey;
use crate::results::CurvePoint;
use crate::spec::Train;
use crate::train::{
    Evaluation, History, Report, Step, TrainError, WeightedClasses, checkpoint, class_weights, fine_tune,
};

use super::context::JobContext;
use super::error::JobError;
use super::event::Event;
use super::features::Sentences;
use super::resume::{Checkpoints, Start};
use super::scoring::EvalSet;
use super::task::{Longer, Task};

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
///
/// Where a longer training begins with the same steps, this one is a stop on its way: the longer goes on from there.
pub(super) fn train(
    context: &JobContext<'_>,
    task: &Task<'_>,
    labels: &[String],
    engine: &mut Engine,
    data: TrainingData<'_>,
    resume: bool,
) -> Result<(History, f64), JobError> {
    let train = &task.training().settings.train;
    weigh_classes(context, task, labels, engine, data)?;
    let total = train.steps(data.0.examples().encoded.len());
    let path = |key: &TrainingKey| context.folder.checkpoint(key.as_str());
    let is_free = |longer: &&Longer| {
        let steps = checkpoint::open(&path(&longer.key)).ok().flatten().map_or(0, |kept| kept.history.steps());
        steps <= total && longer.train.log_every == train.log_every && !path(&task.key).exists()
    };
    let Some(longer) = task.through.as_ref().filter(is_free) else {
        let way = Way { key: &task.key, train, until: task.until };
        let gone = go(context, task, labels, engine, data, way, resume)?;
        // at a rung, what goes on is in the checkpoint
        engine.show_average(true).map_err(TrainError::from)?;
        return Ok(gone);
    };
    let way = Way { key: &longer.key, train: &longer.train, until: Some(total) };
    let (history, seconds) = go(context, task, labels, engine, data, way, resume)?;
    // what the end of this training adds: an evaluation that is due, and the best weights
    let mut history = history.of_shorter(total);
    let observe = |report: Report<'_>, _: &Engine, history: &History| {
        pass_on(context, task, &report, history, None);
        ControlFlow::Continue(())
    };
    fine_tune(engine, data.0.examples(), train, None, &mut history, data.evaluate(context), observe)?;
    Ok((history, seconds))
}

/// Tells the engine how much words count, by their tags.
fn weigh_classes(
    context: &JobContext<'_>,
    task: &Task<'_>,
    labels: &[String],
    engine: &mut Engine,
    data: TrainingData<'_>,
) -> Result<(), JobError> {
    let train = &task.training().settings.train;
    let found = class_weights(train, labels, data.0.examples().encoded);
    let WeightedClasses { weights, absent } =
        found.map_err(|tag| JobError::UnknownClass { tag, known: labels.to_vec() })?;
    if !absent.is_empty() {
        let names = absent.join(", ");
        let text = format!("no training word is tagged {names}: weight 1 in train.class_weights = \"balanced\"");
        context.notice(task, &text);
    }
    engine.weigh_classes(weights);
    Ok(())
}

/// The sentences of a training, and those that it is evaluated on on the way.
#[derive(Clone, Copy)]
pub(super) struct TrainingData<'d>(pub &'d Sentences, pub Option<&'d EvalSet>);

impl<'d> TrainingData<'d> {
    fn evaluate(self, context: &JobContext<'d>) -> impl FnMut(&Engine) -> Result<Evaluation, JobError> + use<'d> {
        let stop = context.stop;
        move |engine| {
            let eval_set = self.1.expect("a training that is evaluated has an eval set");
            eval_set.evaluate(engine, stop)
        }
    }
}

/// A training, and how far to go.
struct Way<'w> {
    key: &'w TrainingKey,
    train: &'w Train,
    until: Option<u64>,
}

/// Goes a way, and leaves a checkpoint at the step to which it goes, or where it is interrupted.
fn go(
    context: &JobContext<'_>,
    task: &Task<'_>,
    labels: &[String],
    engine: &mut Engine,
    data: TrainingData<'_>,
    Way { key, train, until }: Way<'_>,
    resume: bool,
) -> Result<(History, f64), JobError> {
    let minutes = task.training().settings.save.checkpoint_minutes;
    let mut checkpoints = Checkpoints::new(context.folder, key, labels, &context.environment.name, minutes)?;
    let start = match resume {
        true => checkpoints.restore(engine, train, until)?,
        false => Start { history: History::new(train.log_every), unused: None },
    };
    let mut history = start.history;
    say_start(context, task, &history, start.unused);
    let mut written = Ok(());
    // a training can stop after any step and continue on more threads, once other jobs leave theirs
    let mut threads = rayon::current_num_threads();
    let trained = loop {
        let observe = |report: Report<'_>, engine: &Engine, history: &History| {
            pass_on(context, task, &report, history, until);
            written = checkpoints.keep(engine, history, false);
            let grows = context.environment.uses_host() && context.thread_budget.share() > threads;
            let pauses = written.is_err() || context.stopping() || grows;
            if pauses { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let (examples, evaluate) = (data.0.examples(), data.evaluate(context));
        let attempt = || fine_tune(engine, examples, train, until, &mut history, evaluate, observe);
        let trained = on_threads(threads, attempt)?;
        if !matches!(trained, Err(JobError::Interrupted)) || written.is_err() || context.stopping() {
            break trained;
        }
        threads = context.thread_budget.share();
        info!(threads, "continuing on more threads");
    };
    written?;
    if matches!(trained, Err(JobError::Interrupted)) || (trained.is_ok() && until.is_some()) {
        checkpoints.keep(engine, &history, true)?;
    }
    trained?;
    Ok((history, checkpoints.seconds()))
}

/// Says where a training starts, if that is not its first step.
fn say_start(context: &JobContext<'_>, task: &Task<'_>, history: &History, unused: Option<String>) {
    let steps = history.steps();
    let shorter = task.beginnings.iter().find(|(of, _)| *of == steps).map(|(_, label)| label);
    match (unused, shorter) {
        (Some(why), _) => context.notice(task, &format!("restarting from step 0: {why}")),
        (None, _) if steps == 0 => {}
        (None, Some(label)) => context.notice(task, &format!("continues {label} from step {steps}")),
        (None, None) if steps == task.waited_at => info!(steps, "continuing from the rung"),
        (None, None) => context.notice(task, &format!("resuming from step {steps}")),
    }
}

/// Passes a report on to the log and to the observer; the log has the curve's rows.
fn pass_on(context: &JobContext<'_>, task: &Task<'_>, report: &Report<'_>, history: &History, until: Option<u64>) {
    match report {
        Report::Steps(steps) => {
            let end = |step: &Step| until.map_or(step.total, |until| until.min(step.total));
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
