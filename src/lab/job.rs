//! One job from its files to its scores.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tracing::{info, info_span};

use crate::data::{Corpus, Split};
use crate::engine::{Capacity, Device, Engine};
use crate::model::kept::Kept;
use crate::model::{Config, Head, Loaded};
use crate::plan::Key;
use crate::results::{Failure, Layout as Folder, Measurements, Timing};
use crate::spec::{Precision, Settings};
use crate::train::{Prediction, training_capacity};

use super::curve::Course;
use super::device::Environment;
use super::error::JobError;
use super::event::{Event, Phase, Watch};
use super::features::{Sentences, Wanting};
use super::inputs::JobInputs;
use super::ledger::Id;
use super::loading::{self, Demand, check_fit, check_vocabulary, read_config};
use super::materials::Materials;
use super::memory::PeakMemory;
use super::scoring::{Exam, TagFiles, of_data};
use super::share::Crew;

/// All that a job needs of its run.
pub(super) struct Bench<'a> {
    pub environment: &'a Environment,
    /// Which of the environment's GPUs, where it has some.
    pub gpu: usize,
    pub materials: &'a Materials,
    pub crew: &'a Crew,
    pub folder: &'a Folder,
    pub watch: Watch<'a>,
    pub stop: &'a AtomicBool,
    /// What was said about data already.
    pub told: &'a Mutex<BTreeSet<String>>,
    /// Whether trained models stay on disk.
    pub save_models: bool,
    /// Whether a model that is kept takes the place of training.
    pub reuse_models: bool,
}

/// A part of a job, with all that defines it.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub id: Id,
    pub settings: Settings,
    pub key: Key,
    pub inputs: JobInputs,
}

/// A job with what is due of it.
pub(super) struct Task<'a> {
    pub index: usize,
    pub label: &'a str,
    /// What is trained, or was: under its key lie checkpoints and logs.
    pub training: Subject,
    /// Whether its row is due.
    pub row: bool,
    /// The further sets that are due.
    pub sets: Vec<Subject>,
}

/// What is to be entered of a job.
pub(super) struct Finished {
    /// Its row, if that was due, and then each further set that was, up to an interruption.
    pub parts: Parts,
    /// What it took; none where nothing was trained.
    pub timing: Option<Timing>,
    /// Whether nothing due was left.
    pub whole: bool,
}

/// Each part with its scores, or why it has none.
pub(super) type Parts = Vec<(Subject, Result<Measured, Failure>)>;

/// The scores of one part.
pub(super) struct Measured {
    pub steps: u64,
    pub measurements: Measurements,
    /// Gold and predicted tags. Jobs share gold files, so that one hand writes them all.
    pub tags: TagFiles,
}

/// Where trained weights come from.
enum Way {
    /// A model that is kept, and how its training went.
    Recall(Box<Kept>, Course),
    /// Training on these sentences, with an exam on the way if there is one.
    Train(Sentences, Option<Exam>),
}

/// A model ready to be scored.
pub(super) struct Trained {
    pub engine: Engine,
    pub course: Course,
    /// Steps taken in this run; none where the model was kept.
    pub taken: Option<u64>,
}

/// Products of bfloat16, as the table has it.
const BF16: &str = "bf16";

/// The number format that `settings` come to on `environment`.
pub(super) fn precision(settings: &Settings, environment: &Environment) -> Result<&'static str, JobError> {
    match (settings.train.precision, environment.has_bf16()) {
        (Precision::Bf16, false) => Err(JobError::Precision),
        (Precision::Bf16 | Precision::Auto, true) => Ok(BF16),
        (Precision::Auto, false) | (Precision::Fp32, _) => Ok("fp32"),
    }
}

impl Bench<'_> {
    /// Runs a job: tokenise, load, train, store, predict, score.
    pub(super) fn run(&self, task: &Task<'_>) -> Result<Finished, JobError> {
        let Subject { settings, inputs, key, .. } = &task.training;
        let _span = info_span!("job", label = %task.label, key = %key).entered();
        precision(settings, self.environment)?;
        let memory = PeakMemory::start();
        let mut timing = Timing { job: task.label.to_owned(), ..Timing::default() };

        self.phase(task, Phase::Tokenising);
        let clock = Instant::now();
        // both at once: each takes its time, and neither waits for the other
        let of_tokenizer = || self.materials.tokenizer(settings, inputs);
        let (corpus, _) = rayon::join(|| self.materials.corpus(settings, inputs), of_tokenizer);
        let corpus = corpus?;
        self.note(task, &corpus.notes);
        let config = read_config(&settings.model, &inputs.model.config.path)?.with_dropout(settings.model.dropout);
        check_fit(&config, &settings.model)?;
        let mut way = match self.kept(task, &corpus)? {
            Some((kept, course)) => Way::Recall(Box::new(kept), course),
            None => Way::Train(
                Arc::new(self.materials.training(settings, inputs)?).into(),
                Exam::of_training(self.materials, settings, inputs, &corpus.labels)?,
            ),
        };
        let labels = &corpus.labels;
        let mut exams = if task.row { Exam::all(self.materials, settings, inputs, labels)? } else { Vec::new() };
        let mut sets: Vec<_> = task.sets.iter().map(|set| (set, self.exam(set, labels))).collect();
        timing.tokenise_seconds = clock.elapsed().as_secs_f64();

        self.phase(task, Phase::Loading);
        let clock = Instant::now();
        let mut wanting = wanting(&task.training, &mut way, &mut exams, &mut sets);
        let pieces = wanting.iter().map(|wanting| wanting.sentences.largest_piece());
        check_vocabulary(&config, pieces.max().unwrap_or_default())?;
        if settings.train.cache_features {
            self.recall_features(task, &config, labels.names(), &mut wanting)?;
        }
        let demand = demand(&config, settings, &corpus, &wanting);
        timing.load_seconds = clock.elapsed().as_secs_f64();
        let trained = self.trained(task, config, &demand, way, &mut timing)?;
        self.phase(task, Phase::Predicting);
        let clock = Instant::now();
        let (steps, taken) = (trained.course.progress.steps, trained.taken);
        let mut parts = Vec::new();
        if task.row {
            let measured = self.measure(task, &corpus, &exams, &trained)?;
            parts.push((task.training.clone(), Ok(measured)));
        }
        parts.extend(self.measure_sets(task, sets, &trained.engine, steps)?);
        timing.predict_seconds = clock.elapsed().as_secs_f64();
        timing.steps_per_second = taken.filter(|taken| *taken > 0).map(|taken| taken as f64 / timing.train_seconds);
        timing.peak_memory_bytes = memory.bytes();
        info!(steps, timing.train_seconds, timing.predict_seconds, "finished");
        let whole = parts.len() == usize::from(task.row) + task.sets.len();
        Ok(Finished { parts, timing: taken.map(|_| timing), whole })
    }

    /// A device for one engine.
    pub(super) fn device(&self, settings: &Settings) -> Result<Device, JobError> {
        Ok(self.environment.engine(self.gpu, precision(settings, self.environment)? == BF16)?)
    }

    fn phase(&self, task: &Task<'_>, phase: Phase) {
        info!(?phase, "phase");
        (self.watch)(&Event::Phase { job: task.index, phase });
    }

    pub(super) fn notice(&self, task: &Task<'_>, text: &str) {
        info!(text, "notice");
        (self.watch)(&Event::Notice { label: task.label, text });
    }

    /// Says what was done to the data, or else holds for many jobs; once for all of them.
    pub(super) fn note(&self, task: &Task<'_>, notes: &[String]) {
        for note in notes {
            info!(note, "data");
            if self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(note.clone()) {
                (self.watch)(&Event::Notice { label: task.label, text: note });
            }
        }
    }

    pub(super) fn stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The trained model: taken from where it is kept, or trained and kept.
    fn trained(
        &self,
        task: &Task<'_>,
        config: Config,
        demand: &Demand<'_>,
        way: Way,
        timing: &mut Timing,
    ) -> Result<Trained, JobError> {
        let clock = Instant::now();
        match way {
            Way::Recall(kept, course) => {
                let engine =
                    loading::trained(config, &task.training, demand, self.device(&task.training.settings)?, &kept)?;
                timing.load_seconds += clock.elapsed().as_secs_f64();
                self.notice(task, "its model is kept from before, and is not trained again");
                Ok(Trained { engine, course, taken: None })
            }
            Way::Train(examples, exam) => {
                let device = self.device(&task.training.settings)?;
                let (mut engine, loaded) = loading::fresh(config, &task.training, demand, device)?;
                self.report(task, &loaded);
                timing.load_seconds += clock.elapsed().as_secs_f64();
                info!(bytes = engine.bytes(), "engine ready");
                self.phase(task, Phase::Training);
                let clock = Instant::now();
                let (course, taken) = self.train(task, &mut engine, &examples, exam.as_ref())?;
                timing.train_seconds = clock.elapsed().as_secs_f64();
                if self.save_models {
                    self.keep(task, demand.labels, &engine, &course)?;
                }
                Ok(Trained { engine, course, taken: Some(taken) })
            }
        }
    }

    fn report(&self, task: &Task<'_>, loaded: &Loaded) {
        info!(unused = loaded.unused.join(" "), head = ?loaded.head, "weights loaded");
        if loaded.head == Head::KeptByPosition {
            let text =
                "the checkpoint's classifier does not name its classes; they are taken in the order of the data's tags";
            self.note(task, &[text.to_owned()]);
        }
    }
}

/// All sentences that the job's model reads.
fn wanting<'s>(
    training: &'s Subject,
    way: &'s mut Way,
    exams: &'s mut [Exam],
    sets: &'s mut [(&Subject, Result<Exam, JobError>)],
) -> Vec<Wanting<'s>> {
    fn of<'s>(subject: &'s Subject, exam: &'s mut Exam) -> Wanting<'s> {
        Wanting { subject, split: of_data(exam.split), sentences: &mut exam.sentences }
    }
    let mut wanting = Vec::new();
    if let Way::Train(sentences, exam) = way {
        wanting.push(Wanting { subject: training, split: Split::Train, sentences });
        wanting.extend(exam.iter_mut().map(|exam| of(training, exam)));
    }
    wanting.extend(exams.iter_mut().map(|exam| of(training, exam)));
    wanting.extend(sets.iter_mut().filter_map(|(set, exam)| Some(of(set, exam.as_mut().ok()?))));
    wanting
}

/// What the job's engine has to be large enough for.
fn demand<'a>(config: &Config, settings: &Settings, corpus: &'a Corpus, wanting: &[Wanting<'_>]) -> Demand<'a> {
    let capacity = |wanting: &Wanting<'_>| match wanting.split {
        Split::Train => training_capacity(wanting.sentences.examples(), settings.train.batch_size, config.heads),
        Split::Validation | Split::Test => Prediction::new(wanting.sentences.examples()).capacity(config.heads),
    };
    let capacity = wanting.iter().map(capacity).fold(Capacity::default(), Capacity::max);
    Demand { labels: corpus.labels.names(), capacity }
}
