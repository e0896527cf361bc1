//! A job's trained model scored: on the splits of its row and on evaluation sets; and what is entered where that fails.

use tracing::info;

use crate::data::{Corpus, Labels, Split, test_in_train};
use crate::engine::Engine;
use crate::metrics::Scores;
use crate::model::head;
use crate::results::{Decimal, Failure, Inherited, Measurements, ScoredSplit, Significant};
use crate::spec::{Settings, Source};
use crate::train::History;

use super::context::JobContext;
use super::error::JobError;
use super::event::Event;
use super::resume::Checkpoints;
use super::scoring::{EvalSet, Predictions};
use super::task::{DueJob, Finished, JobPart, Measured, Parts, Task};
use super::training::Trained;

/// Counts the sentences of a job's eval sets as they are tagged.
pub(super) struct Tally<'a> {
    context: &'a JobContext<'a>,
    job: usize,
    tagged: usize,
    of: usize,
}

impl<'a> Tally<'a> {
    /// Of a job with so many sentences to tag.
    pub(super) fn new(context: &'a JobContext<'_>, job: usize, sentences: usize) -> Self {
        Self { context, job, tagged: 0, of: sentences }
    }

    fn predictions(&mut self, engine: &Engine, eval_set: &EvalSet) -> Result<Predictions, JobError> {
        let Self { context, job, tagged, of } = *self;
        let predictions = eval_set.predictions(engine, |done| {
            (context.watch)(&Event::Predicted { job, sentences: tagged + done, of });
            !context.stopping()
        })?;
        self.tagged += eval_set.len();
        Ok(predictions)
    }
}

/// The one split of an evaluation set.
pub(super) fn eval_set(context: &JobContext<'_>, set: &JobPart, known: &Labels) -> Result<EvalSet, JobError> {
    let eval_sets = EvalSet::all(context.shared_data, &set.settings, &set.inputs, known)?;
    Ok(eval_sets.into_iter().next().expect("an evaluation set scores one split"))
}

/// Predicts and scores every split of a job's row. An interruption leaves a checkpoint of the trained model where
/// that is not saved.
pub(super) fn measure(
    context: &JobContext<'_>,
    task: &Task<'_>,
    job: &DueJob<'_>,
    corpus: &Corpus,
    eval_sets: &[EvalSet],
    Trained { engine, history, seconds, saved }: &Trained,
    tally: &mut Tally<'_>,
) -> Result<Measured, JobError> {
    let JobPart { settings, key, .. } = &job.part;
    let (steps, mut measurements, mut tags) = (history.steps(), measurements(history), Vec::new());
    measurements.inherited = inherited(settings, engine, corpus);
    for eval_set in eval_sets {
        let predictions = tally.predictions(engine, eval_set).or_else(|error| {
            if matches!(error, JobError::Interrupted) && seconds.is_some() && !saved {
                let labels = corpus.labels.names();
                let (environment, minutes) = (&context.environment.name, settings.save.checkpoint_minutes);
                let mut checkpoints = Checkpoints::new(context.folder, &task.key, labels, environment, minutes)?;
                checkpoints.keep(engine, history, true)?;
            }
            Err(error)
        })?;
        measurements.add_scores(eval_set.split, &scores(eval_set, &predictions)?);
        tags.extend(eval_set.files(&predictions, context.folder, key.as_str()));
        if eval_set.split == ScoredSplit::Test {
            let data = &settings.data;
            let training = corpus.training(data)?;
            let test = corpus.first(Split::Test, data.test_size)?;
            measurements.words_unseen = Some(eval_set.unscored_words());
            measurements.test_in_train = Some(test_in_train(&training, &test) as u64);
        }
    }
    Ok(Measured { steps, measurements, tags })
}

/// Scores the trained model on evaluation sets; those behind an interruption are left.
pub(super) fn measure_sets(
    context: &JobContext<'_>,
    task: &Task<'_>,
    sets: Vec<(&JobPart, Result<EvalSet, JobError>)>,
    engine: &Engine,
    steps: u64,
    tally: &mut Tally<'_>,
) -> Result<Parts, JobError> {
    let mut parts = Vec::new();
    for (set, eval_set) in sets {
        let measured = match eval_set.and_then(|eval_set| measure_set(context, set, &eval_set, engine, steps, tally)) {
            Err(JobError::Interrupted) => break,
            Err(error) => Err(context.failure(task, set, error)?),
            Ok(measured) => Ok(measured),
        };
        parts.push((set.clone(), measured));
    }
    Ok(parts)
}

fn measure_set(
    context: &JobContext<'_>,
    set: &JobPart,
    eval_set: &EvalSet,
    engine: &Engine,
    steps: u64,
    tally: &mut Tally<'_>,
) -> Result<Measured, JobError> {
    let predictions = tally.predictions(engine, eval_set)?;
    let mut measurements = Measurements::default();
    measurements.add_scores(eval_set.split, &scores(eval_set, &predictions)?);
    measurements.words_unseen = Some(eval_set.unscored_words());
    let tags = eval_set.files(&predictions, context.folder, set.key.as_str());
    Ok(Measured { steps, measurements, tags })
}

/// What the job began with of another job's model.
fn inherited(settings: &Settings, engine: &Engine, corpus: &Corpus) -> Option<Inherited> {
    let Source::Job(_) = settings.model.checkpoint else { return None };
    let is_kept = head::is_kept(engine.config(), corpus.labels.names(), settings.model.classifier);
    Some(if is_kept { Inherited::Whole } else { Inherited::Encoder })
}

/// What the training measured, rounded.
fn measurements(history: &History) -> Measurements {
    Measurements {
        train_loss: history.mean_loss().map(Decimal::new),
        curve: history.curve().cloned().collect(),
        epochs: history.epochs().to_vec(),
        best_epoch: history.best().map(|best| Significant::new(best.epoch)),
        ..Measurements::default()
    }
}

/// The scores of one split, which the log has.
fn scores(eval_set: &EvalSet, predictions: &Predictions) -> Result<Scores, JobError> {
    let scores = eval_set.scores(predictions)?;
    let Scores { entity_f1, entity_precision, entity_recall, token_f1_micro, token_accuracy, .. } = scores;
    let split = eval_set.split.name();
    info!(split, entity_f1, entity_precision, entity_recall, token_f1_micro, token_accuracy, "scored");
    Ok(scores)
}

/// What is entered of a job that failed: its row, or else the evaluation sets that were due.
pub(super) fn failed(job: &DueJob<'_>, failure: &Failure) -> Finished {
    let parts = if job.row { std::slice::from_ref(&job.part) } else { &job.sets[..] };
    let parts = parts.iter().map(|part| (part.clone(), Err(failure.clone()))).collect();
    Finished { job: job.index, parts, timing: None, whole: true }
}
