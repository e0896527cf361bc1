//! One training from its files to the scores of every job that shares it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use tracing::{dispatcher, info, info_span};

use crate::data::{Corpus, Split};
use crate::engine::Capacity;
use crate::machine::memory::PeakMemory;
use crate::model::kept::Kept;
use crate::model::{Config, Head, Loaded, head};
use crate::results::Timing;
use crate::spec::Settings;
use crate::train::{Prediction, training_capacity};

use super::configuration::read_config;
use super::context::JobContext;
use super::curve::Course;
use super::error::JobError;
use super::event::{Event, Phase};
use super::feature_pass::{Wanting, recall_features};
use super::features::Sentences;
use super::keeping::{keep, kept};
use super::limits::{check_fit, precision};
use super::loading::{self, Demand, check_vocabulary};
use super::log::job_logs;
use super::measuring::{exam, failed, measure, measure_sets};
use super::scoring::Exam;
use super::task::{DueJob, Finished, Subject, Task};
use super::training::{Trained, train};

/// Who enters what came of a job.
pub(super) type Enter<'e> = &'e mut dyn FnMut(Finished) -> Result<(), JobError>;

/// Where trained weights come from.
enum Way {
    /// A saved model, and how its training went.
    Recall(Box<Kept>, Course),
    /// Training on these sentences, with an eval set on the way if there is one.
    Train(Sentences, Option<Exam>),
}

/// A job whose scored rows are ready.
struct Prepared<'t> {
    job: &'t DueJob<'t>,
    /// The splits of its row.
    exams: Vec<Exam>,
    sets: Vec<(&'t Subject, Result<Exam, JobError>)>,
}

/// Trains once and scores every job of `task`, each entered as soon as it is scored. What lies saved of it and turns
/// out to be of no use costs the work in it: the training then starts over.
pub(super) fn run(context: &JobContext<'_>, task: &Task<'_>, enter: Enter<'_>) -> Result<(), JobError> {
    // jobs without the rows to score have failed before the model proves to be of no use
    let mut entered = BTreeSet::new();
    let mut once = |finished: Finished| if entered.insert(finished.job) { enter(finished) } else { Ok(()) };
    match attempt(context, task, context.reuse_models, true, &mut once) {
        Err(JobError::Unusable(unusable)) => {
            context.notice(task, &unusable.to_string());
            // whichever of the two is at fault, neither is asked again
            attempt(context, task, false, false, &mut once)
        }
        ended => ended,
    }
}

/// A task for each set of tags that the data of its jobs have: models of other classes are other trainings. Data that
/// cannot be read make a task of their own, to fail on its own.
pub(super) fn by_tags<'t>(context: &JobContext<'_>, task: Task<'t>) -> Vec<Task<'t>> {
    let mut tasks: Vec<(Option<Vec<String>>, Task<'t>)> = Vec::new();
    if task.jobs.len() == 1 {
        return vec![task];
    }
    for job in task.jobs {
        let corpus = context.materials.corpus(&job.subject.settings, &job.subject.inputs).ok();
        let tags = corpus.map(|corpus| corpus.labels.names().to_vec());
        match tasks.iter_mut().find(|(of, _)| tags.is_some() && *of == tags) {
            Some((_, same)) => same.jobs.push(job),
            None => tasks.push((tags, Task { key: task.key.clone(), jobs: vec![job] })),
        }
    }
    tasks.into_iter().map(|(_, task)| task).collect()
}

/// Tokenize, load, train, store, predict, score.
fn attempt(
    context: &JobContext<'_>,
    task: &Task<'_>,
    reuse: bool,
    resume: bool,
    enter: Enter<'_>,
) -> Result<(), JobError> {
    let Subject { settings, inputs, .. } = task.training();
    let _span = info_span!("job", label = %task.first().label, key = %task.training().key).entered();
    precision(settings, context.environment)?;
    let memory = PeakMemory::start();
    let mut timing = Timing { job: task.first().label.to_owned(), ..Timing::default() };

    context.phase(task.first(), Phase::Tokenising);
    let clock = Instant::now();
    // both at once: each takes its time, and neither waits for the other
    let of_tokenizer = || context.materials.tokenizer(settings, inputs);
    let (corpus, tokenizer) = rayon::join(|| context.materials.corpus(settings, inputs), of_tokenizer);
    let corpus = corpus?;
    context.note(task, &corpus.notes);
    if let Ok(tokenizer) = tokenizer {
        context.note(task, &tokenizer.notices);
    }
    let config = read_config(&settings.model, &inputs.model.config.path)?.with_dropout(settings.model.dropout);
    check_fit(&config, &settings.model)?;
    let saved = if reuse { kept(context, task, &corpus) } else { None };
    let mut way = match saved {
        Some((kept, course)) => Way::Recall(Box::new(kept), course),
        None => Way::Train(
            Arc::new(context.materials.training(settings, inputs)?).into(),
            Exam::of_training(context.materials, settings, inputs, &corpus.labels)?,
        ),
    };
    let mut prepared = prepare(context, task, &corpus, enter)?;
    if prepared.is_empty() {
        return Ok(());
    }
    timing.tokenise_seconds = clock.elapsed().as_secs_f64();

    context.phase(task.first(), Phase::Loading);
    let clock = Instant::now();
    let mut wanting = wanting(task.training(), &mut way, &mut prepared);
    let pieces = wanting.iter().map(|wanting| wanting.sentences.largest_piece());
    check_vocabulary(&config, pieces.max().unwrap_or_default())?;
    if settings.train.cache_features {
        recall_features(context, task, &config, corpus.labels.names(), &mut wanting)?;
    }
    let demand = demand(&config, settings, &corpus, &wanting);
    timing.load_seconds = clock.elapsed().as_secs_f64();
    let trained = trained(context, task, config, &demand, (way, resume), &mut timing)?;
    for (at, prepared) in prepared.into_iter().enumerate() {
        let measured = if at == 0 {
            score(context, task, prepared, &corpus, &trained, Some((timing.clone(), &memory)))
        } else {
            score_in_own_log(context, task, prepared, &corpus, &trained)
        };
        enter(measured?)?;
    }
    Ok(())
}

/// The rows that are scored, of every job. One that has none to score for want of data is entered as failed.
fn prepare<'t>(
    context: &JobContext<'_>,
    task: &'t Task<'t>,
    corpus: &Corpus,
    enter: Enter<'_>,
) -> Result<Vec<Prepared<'t>>, JobError> {
    let mut prepared = Vec::new();
    for job in &task.jobs {
        let Subject { settings, inputs, .. } = &job.subject;
        let exams = match job.row {
            true => Exam::all(context.materials, settings, inputs, &corpus.labels),
            false => Ok(Vec::new()),
        };
        let sets = job.sets.iter().map(|set| (set, exam(context, set, &corpus.labels))).collect();
        match exams {
            Ok(exams) => prepared.push(Prepared { job, exams, sets }),
            Err(error) => enter(failed(job, &context.failure(task, &job.subject, error)?))?,
        }
    }
    Ok(prepared)
}

/// Scores a job that shares the training of another, with a log of its own.
fn score_in_own_log(
    context: &JobContext<'_>,
    task: &Task<'_>,
    prepared: Prepared<'_>,
    corpus: &Corpus,
    trained: &Trained,
) -> Result<Finished, JobError> {
    let job = prepared.job;
    (context.watch)(&Event::Started { job: job.index, label: job.label });
    let logs = job_logs(&context.folder.job(job.subject.key.as_str()), context.terminal)?;
    dispatcher::with_default(&logs, || {
        let _span = info_span!("job", label = %job.label, key = %job.subject.key).entered();
        info!(training = %task.key, trained_as = task.first().label, "shares the training of another job");
        score(context, task, prepared, corpus, trained, None)
    })
}

/// Predicts and scores what is due of one job.
fn score(
    context: &JobContext<'_>,
    task: &Task<'_>,
    Prepared { job, exams, sets }: Prepared<'_>,
    corpus: &Corpus,
    trained: &Trained,
    timing: Option<(Timing, &PeakMemory)>,
) -> Result<Finished, JobError> {
    context.phase(job, Phase::Predicting);
    let clock = Instant::now();
    let steps = trained.course.progress.steps;
    let mut parts = Vec::new();
    if job.row {
        match measure(context, task, job, corpus, &exams, trained) {
            Ok(measured) => parts.push((job.subject.clone(), Ok(measured))),
            Err(error) => return Ok(failed(job, &context.failure(task, &job.subject, error)?)),
        }
    }
    parts.extend(measure_sets(context, task, sets, &trained.engine, steps)?);
    let timing = timing.and_then(|(mut timing, memory)| {
        timing.predict_seconds = clock.elapsed().as_secs_f64();
        timing.train_seconds = trained.seconds?;
        timing.steps_per_second = (steps > 0).then(|| steps as f64 / timing.train_seconds);
        timing.peak_memory_bytes = memory.bytes();
        info!(steps, timing.train_seconds, timing.predict_seconds, "finished");
        Some(timing)
    });
    let whole = parts.len() == usize::from(job.row) + job.sets.len();
    Ok(Finished { job: job.index, parts, timing, whole })
}

/// The trained model: taken from where it is saved, or trained and saved.
fn trained(
    context: &JobContext<'_>,
    task: &Task<'_>,
    config: Config,
    demand: &Demand<'_>,
    (way, resume): (Way, bool),
    timing: &mut Timing,
) -> Result<Trained, JobError> {
    let clock = Instant::now();
    let device = context.device(&task.training().settings)?;
    match way {
        Way::Recall(kept, course) => {
            let engine = loading::trained(config, task.training(), demand, device, &kept)?;
            context.notice(task, "reusing the saved model; scoring only");
            Ok(Trained { engine, course, seconds: None, saved: true })
        }
        Way::Train(examples, exam) => {
            let (mut engine, loaded) = loading::fresh(config, task.training(), demand, device)?;
            report(context, task, engine.config(), demand.labels, &loaded);
            timing.load_seconds += clock.elapsed().as_secs_f64();
            info!(bytes = engine.bytes(), "engine ready");
            context.phase(task.first(), Phase::Training);
            let (course, seconds) =
                train(context, task, demand.labels, &mut engine, (&examples, exam.as_ref()), resume)?;
            let saved = context.save_models && keep(context, task, demand.labels, &engine, &course);
            Ok(Trained { engine, course, seconds: Some(seconds), saved })
        }
    }
}

fn report(context: &JobContext<'_>, task: &Task<'_>, config: &Config, labels: &[String], loaded: &Loaded) {
    info!(unused = loaded.unused.join(" "), head = ?loaded.head, "weights loaded");
    let note = match &loaded.head {
        Head::KeptByPosition => {
            "the checkpoint's classifier does not name its classes; they are taken in the order of the data's tags: check that it is theirs, or set data.labels in the checkpoint's order".to_owned()
        }
        Head::New { why, set_aside: true } => match &head::wider_tags(config, labels)[..] {
            [] => format!("{why}: a new classifier is trained"),
            known => format!("{why}: a new classifier is trained; to keep the checkpoint's, set data.labels = {known:?}"),
        },
        Head::Kept | Head::New { .. } => return,
    };
    context.note(task, &[note]);
}

/// All sentences that the model reads.
fn wanting<'s>(training: &'s Subject, way: &'s mut Way, prepared: &'s mut [Prepared<'_>]) -> Vec<Wanting<'s>> {
    fn of<'s>(subject: &'s Subject, exam: &'s mut Exam) -> Wanting<'s> {
        Wanting { subject, split: exam.split.split(), sentences: &mut exam.sentences }
    }
    let mut wanting = Vec::new();
    if let Way::Train(sentences, exam) = way {
        wanting.push(Wanting { subject: training, split: Split::Train, sentences });
        wanting.extend(exam.iter_mut().map(|exam| of(training, exam)));
    }
    for Prepared { job, exams, sets } in prepared {
        wanting.extend(exams.iter_mut().map(|exam| of(&job.subject, exam)));
        wanting.extend(sets.iter_mut().filter_map(|(set, exam)| Some(of(set, exam.as_mut().ok()?))));
    }
    wanting
}

/// What the engine has to be large enough for.
fn demand<'a>(config: &Config, settings: &Settings, corpus: &'a Corpus, wanting: &[Wanting<'_>]) -> Demand<'a> {
    let capacity = |wanting: &Wanting<'_>| match wanting.split {
        Split::Train => training_capacity(wanting.sentences.examples(), settings.train.batch_size, config.heads),
        Split::Validation | Split::Test => Prediction::new(wanting.sentences.examples()).capacity(config.heads),
    };
    let capacity = wanting.iter().map(capacity).fold(Capacity::default(), Capacity::max);
    Demand { labels: corpus.labels.names(), capacity }
}
