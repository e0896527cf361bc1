//! A job's trained model scored: on the splits of its row and on further sets; and what is entered where that fails.

use crate::data::{Corpus, Labels, Split, test_in_train};
use crate::engine::Engine;
use crate::results::{Failure, Measurements, ScoredSplit};

use super::context::JobContext;
use super::error::JobError;
use super::resume::Checkpoints;
use super::scoring::Exam;
use super::task::{DueJob, Finished, Measured, Parts, Subject, Task};
use super::training::Trained;

/// The one split of a further set.
pub(super) fn exam(context: &JobContext<'_>, set: &Subject, known: &Labels) -> Result<Exam, JobError> {
    let exams = Exam::all(context.materials, &set.settings, &set.inputs, known)?;
    Ok(exams.into_iter().next().expect("a further set scores one split"))
}

/// Predicts and scores every split of a job's row. An interruption leaves a checkpoint of the trained model where
/// that is not saved.
pub(super) fn measure(
    context: &JobContext<'_>,
    task: &Task<'_>,
    job: &DueJob<'_>,
    corpus: &Corpus,
    exams: &[Exam],
    Trained { engine, course, seconds, saved }: &Trained,
) -> Result<Measured, JobError> {
    let Subject { settings, key, .. } = &job.subject;
    let (steps, mut measurements, mut tags) = (course.progress.steps, course.measurements(), Vec::new());
    for exam in exams {
        let answers = exam.answers(engine, context.stop).or_else(|error| {
            if matches!(error, JobError::Interrupted) && seconds.is_some() && !saved {
                let labels = corpus.labels.names();
                let mut checkpoints = Checkpoints::new(context.folder, task, labels, &context.environment.name)?;
                checkpoints.keep(engine, &course.curve, &course.progress, true)?;
            }
            Err(error)
        })?;
        measurements.add_scores(exam.split, &exam.scores(&answers)?);
        tags.extend(exam.files(&answers, context.folder, key.as_str()));
        if exam.split == ScoredSplit::Test {
            let data = &settings.data;
            let training = corpus.training(data.train_size, data.subset_seed)?;
            let test = corpus.first(Split::Test, data.test_size)?;
            measurements.words_unseen = Some(exam.unseen_words());
            measurements.test_in_train = Some(test_in_train(&training, &test) as u64);
        }
    }
    Ok(Measured { steps, measurements, tags })
}

/// Scores the trained model on further sets; those behind an interruption are left.
pub(super) fn measure_sets(
    context: &JobContext<'_>,
    task: &Task<'_>,
    sets: Vec<(&Subject, Result<Exam, JobError>)>,
    engine: &Engine,
    steps: u64,
) -> Result<Parts, JobError> {
    let mut parts = Vec::new();
    for (set, exam) in sets {
        let measured = match exam.and_then(|exam| measure_set(context, set, &exam, engine, steps)) {
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
    set: &Subject,
    exam: &Exam,
    engine: &Engine,
    steps: u64,
) -> Result<Measured, JobError> {
    let answers = exam.answers(engine, context.stop)?;
    let mut measurements = Measurements::default();
    measurements.add_scores(exam.split, &exam.scores(&answers)?);
    measurements.words_unseen = Some(exam.unseen_words());
    let tags = exam.files(&answers, context.folder, set.key.as_str());
    Ok(Measured { steps, measurements, tags })
}

/// What is entered of a job that failed: its row, or else the further sets that were due.
pub(super) fn failed(job: &DueJob<'_>, failure: &Failure) -> Finished {
    let subjects = if job.row { std::slice::from_ref(&job.subject) } else { &job.sets[..] };
    let parts = subjects.iter().map(|subject| (subject.clone(), Err(failure.clone()))).collect();
    Finished { job: job.index, parts, timing: None, whole: true }
}
