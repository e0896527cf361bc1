//! One training from its files to the scores of every job that shares it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use tracing::{dispatcher, info, info_span};

use crate::data::{Corpus, Split};
use crate::engine::Capacity;
use crate::machine::memory::PeakMemory;
use crate::model::saved::SavedModel;
use crate::model::{Config, Head, Loaded, head};
use crate::results::Timing;
use crate::spec::{LossKind, Settings};
use crate::train::{History, Prediction, training_capacity};

use super::configuration::read_config;
use super::context::JobContext;
use super::error::JobError;
use super::event::{Event, Phase};
use super::feature_pass::{FeatureRequest, fill_features};
use super::features::Sentences;
use super::limits::{check_settings, precision};
use super::loading::{self, EngineSize, check_vocabulary};
use super::log::job_logs;
use super::measuring::{Tally, eval_set, failed, measure, measure_sets};
use super::saving::{save, saved_model};
use super::scoring::EvalSet;
use super::task::{DueJob, Finished, JobPart, Task};
use super::training::{Trained, TrainingData, train};

/// Records the result of a job.
pub(super) type Enter<'e> = &'e mut dyn FnMut(Finished) -> Result<(), JobError>;

/// Where trained weights come from.
enum Weights {
    /// A saved model, and how its training went.
    Saved(Box<SavedModel>, History),
    /// Training on these sentences, with an eval set on the way if there is one.
    ToTrain(Sentences, Option<EvalSet>),
}

/// A job whose scored rows are ready.
struct Prepared<'t> {
    job: &'t DueJob<'t>,
    /// The splits of its row.
    eval_sets: Vec<EvalSet>,
    sets: Vec<(&'t JobPart, Result<EvalSet, JobError>)>,
}

/// Trains once and scores every job of `task`, each entered as soon as it is scored. What lies saved of it and turns
/// out to be of no use costs the work in it: the training then starts over.
pub(super) fn run(context: &JobContext<'_>, task: &Task<'_>, enter: Enter<'_>) -> Result<(), JobError> {
    // jobs without the rows to score have failed before the model proves to be of no use
    let mut entered = BTreeSet::new();
    let mut once = |finished: Finished| if entered.insert(finished.job) { enter(finished) } else { Ok(()) };
    match attempt(context, task, context.reuse_models, true, &mut once) {
        Err(error) if context.loses_gpu(&error) => Err(error),
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
    for job in &task.jobs {
        let corpus = context.shared_data.corpus(&job.part.settings, &job.part.inputs).ok();
        let tags = corpus.map(|corpus| corpus.labels.names().to_vec());
        match tasks.iter_mut().find(|(of, _)| tags.is_some() && *of == tags) {
            Some((_, same)) => same.jobs.push(job.clone()),
            None => tasks.push((tags, task.of(vec![job.clone()]))),
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
    let JobPart { settings, inputs, .. } = task.training();
    let _span = info_span!("job", label = %task.first().label, key = %task.training().key).entered();
    info!(environment = context.environment.name, "started");
    precision(settings, context.environment)?;
    let memory = PeakMemory::start();
    let mut timing = Timing { job: task.first().label.to_owned(), ..Timing::default() };

    context.phase(task.first(), Phase::Tokenizing);
    let clock = Instant::now();
    // both at once: each takes its time, and neither waits for the other
    let of_tokenizer = || context.shared_data.tokenizer(settings, inputs);
    let (corpus, tokenizer) = rayon::join(|| context.shared_data.corpus(settings, inputs), of_tokenizer);
    let corpus = corpus?;
    context.note(task, &corpus.notes);
    if let Ok(tokenizer) = tokenizer {
        context.note(task, &tokenizer.notices);
    }
    let config = read_config(&settings.model, &inputs.model.config.path)?.with_dropout(settings.model.dropout);
    let config = config.of_job(settings);
    check_settings(settings, Some(&config))?;
    // a saved model is that of the end
    let saved = if reuse && task.until.is_none() { saved_model(context, task, &corpus)? } else { None };
    let mut weights = match saved {
        Some((saved_model, history)) => Weights::Saved(Box::new(saved_model), history),
        None => Weights::ToTrain(
            Arc::new(context.shared_data.training(settings, inputs)?).into(),
            EvalSet::of_training(context.shared_data, settings, inputs, &corpus.labels)?,
        ),
    };
    let mut prepared = prepare(context, task, &corpus, enter)?;
    if prepared.is_empty() {
        return Ok(());
    }
    timing.tokenise_seconds = clock.elapsed().as_secs_f64();

    context.phase(task.first(), Phase::Loading);
    let clock = Instant::now();
    let mut requests = requests(task.training(), &mut weights, &mut prepared);
    let largest = requests.iter().map(|requests| requests.sentences.largest_token());
    check_vocabulary(&config, largest.max().unwrap_or_default())?;
    if settings.train.cache_features {
        fill_features(context, task, &config, corpus.labels.names(), &mut requests)?;
    }
    let size = size(&config, settings, &corpus, &requests);
    timing.load_seconds = clock.elapsed().as_secs_f64();
    let trained = trained(context, task, config, &size, (weights, resume), &mut timing)?;
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
        let JobPart { settings, inputs, .. } = &job.part;
        let eval_sets = match job.row {
            true => EvalSet::all(context.shared_data, settings, inputs, &corpus.labels),
            false => Ok(Vec::new()),
        };
        let sets = job.sets.iter().map(|set| (set, eval_set(context, set, &corpus.labels))).collect();
        match eval_sets {
            Ok(eval_sets) => prepared.push(Prepared { job, eval_sets, sets }),
            Err(error) => enter(failed(job, &context.failure(task, &job.part, error)?))?,
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
    let logs = job_logs(&context.folder.job(job.part.key.as_str()), job.label, context.terminal)?;
    dispatcher::with_default(&logs, || {
        let _span = info_span!("job", label = %job.label, key = %job.part.key).entered();
        info!(training = %task.key, trained_as = task.first().label, "shares the training of another job");
        score(context, task, prepared, corpus, trained, None)
    })
}

/// Predicts and scores what is due of one job.
fn score(
    context: &JobContext<'_>,
    task: &Task<'_>,
    Prepared { job, eval_sets, sets }: Prepared<'_>,
    corpus: &Corpus,
    trained: &Trained,
    timing: Option<(Timing, &PeakMemory)>,
) -> Result<Finished, JobError> {
    context.phase(job, Phase::Predicting);
    let clock = Instant::now();
    let steps = trained.history.steps();
    let sets_to_tag = sets.iter().filter_map(|(_, eval_set)| eval_set.as_ref().ok());
    let sentences = eval_sets.iter().filter(|_| job.row).chain(sets_to_tag).map(EvalSet::len).sum();
    let mut tally = Tally::new(context, job.index, sentences);
    let mut parts = Vec::new();
    if job.row {
        match measure(context, task, job, corpus, &eval_sets, trained, &mut tally) {
            Ok(measured) => parts.push((job.part.clone(), Ok(measured))),
            Err(error) => return Ok(failed(job, &context.failure(task, &job.part, error)?)),
        }
    }
    parts.extend(measure_sets(context, task, sets, &trained.engine, steps, &mut tally)?);
    let timing = timing.and_then(|(mut timing, memory)| {
        timing.predict_seconds = clock.elapsed().as_secs_f64();
        timing.train_seconds = trained.seconds?;
        timing.steps_per_second = (steps > 0).then(|| steps as f64 / timing.train_seconds);
        timing.peak_memory_bytes = memory.bytes();
        let Timing { train_seconds, predict_seconds, .. } = timing;
        info!(steps, train_seconds, predict_seconds, "finished");
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
    size: &EngineSize<'_>,
    (weights, resume): (Weights, bool),
    timing: &mut Timing,
) -> Result<Trained, JobError> {
    let clock = Instant::now();
    let device = context.device(&task.training().settings)?;
    match weights {
        Weights::Saved(saved_model, history) => {
            let engine = loading::trained(config, task.training(), size, device, &saved_model)?;
            context.notice(task, "reusing the saved model; scoring only");
            Ok(Trained { engine, history, seconds: None, saved: true })
        }
        Weights::ToTrain(examples, eval_set) => {
            let (mut engine, loaded) = loading::fresh(config, task.training(), size, device)?;
            report(context, task, engine.config(), size.labels, &loaded);
            timing.load_seconds += clock.elapsed().as_secs_f64();
            info!(bytes = engine.bytes() as u64, "engine ready");
            context.phase(task.first(), Phase::Training);
            let (history, seconds) =
                train(context, task, size.labels, &mut engine, TrainingData(&examples, eval_set.as_ref()), resume)?;
            let is_ended = task.until.is_none();
            let saved = is_ended && context.save_models && save(context, task, size.labels, &engine, &history);
            Ok(Trained { engine, history, seconds: Some(seconds), saved })
        }
    }
}

fn report(context: &JobContext<'_>, task: &Task<'_>, config: &Config, labels: &[String], loaded: &Loaded) {
    let classifier = match &loaded.head {
        Head::FromCheckpoint => "the checkpoint's".to_owned(),
        Head::FromCheckpointByPosition => "the checkpoint's, whose classes have no names".to_owned(),
        Head::New { why, .. } => format!("new, as {why}"),
    };
    info!(unused = loaded.unused.join(" "), classifier, "weights loaded");
    let note = match &loaded.head {
        Head::FromCheckpointByPosition => {
            "the checkpoint's classifier does not name its classes: they are used in the order of the data's tags; check that order, or set data.labels in the checkpoint's order".to_owned()
        }
        Head::New { why, set_aside: true } => match &head::wider_tags(config, labels)[..] {
            [] => format!("{why}; training a new classifier"),
            known => format!("{why}; training a new classifier. To keep the checkpoint's, set data.labels = {known:?}"),
        },
        Head::FromCheckpoint | Head::New { .. } => return,
    };
    context.note(task, &[note]);
}

/// All sentences that the model reads.
fn requests<'s>(
    training: &'s JobPart,
    weights: &'s mut Weights,
    prepared: &'s mut [Prepared<'_>],
) -> Vec<FeatureRequest<'s>> {
    fn of<'s>(part: &'s JobPart, eval_set: &'s mut EvalSet) -> FeatureRequest<'s> {
        FeatureRequest { part, split: eval_set.split.split(), sentences: &mut eval_set.sentences }
    }
    let mut requests = Vec::new();
    if let Weights::ToTrain(sentences, eval_set) = weights {
        requests.push(FeatureRequest { part: training, split: Split::Train, sentences });
        requests.extend(eval_set.iter_mut().map(|eval_set| of(training, eval_set)));
    }
    for Prepared { job, eval_sets, sets } in prepared {
        requests.extend(eval_sets.iter_mut().map(|eval_set| of(&job.part, eval_set)));
        requests.extend(sets.iter_mut().filter_map(|(set, eval_set)| Some(of(set, eval_set.as_mut().ok()?))));
    }
    requests
}

/// What the engine has to be large enough for.
fn size<'a>(
    config: &Config,
    settings: &Settings,
    corpus: &'a Corpus,
    requests: &[FeatureRequest<'_>],
) -> EngineSize<'a> {
    let capacity = |requests: &FeatureRequest<'_>| match requests.split {
        Split::Train => {
            let whole = settings.train.loss == LossKind::Crf;
            training_capacity(requests.sentences.examples(), settings.train.batch_size, whole, config.heads)
        }
        Split::Validation | Split::Test => {
            Prediction::of(requests.sentences.examples(), settings.answers_by_sentences()).capacity(config.heads)
        }
    };
    let capacity = requests.iter().map(capacity).fold(Capacity::default(), Capacity::max);
    EngineSize { labels: corpus.labels.names(), capacity }
}
