//! One job from its files to its scores.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tracing::{debug, info, info_span};

use crate::data::{Corpus, Encoded, Split, test_in_train};
use crate::engine::{Capacity, Engine};
use crate::metrics::{TagSet, score};
use crate::model::{Checkpoint, Config, Head, Layout, Loaded, ModelError, builtin, head, save};
use crate::plan::{Job, Key};
use crate::results::{Layout as Folder, Measurements, ScoredSplit, Timing, tag_lines};
use crate::spec::{Freeze, Precision, Settings, Size, Source};
use crate::train::{Prediction, Step, fine_tune, training_capacity};

use super::curve::Curve;
use super::device::Environment;
use super::error::JobError;
use super::event::{Event, Phase, Watch};
use super::materials::{JobInputs, Materials, size_of};
use super::memory::PeakMemory;
use super::resume::Checkpoints;

/// All that a job needs of its run.
pub(super) struct Bench<'a> {
    pub environment: &'a Environment,
    pub materials: &'a Materials,
    pub folder: &'a Folder,
    pub watch: Watch<'a>,
    pub stop: &'a AtomicBool,
    pub save_models: bool,
}

/// A job with its inputs and key.
pub(super) struct Task<'a> {
    pub index: usize,
    pub job: &'a Job,
    pub key: &'a Key,
    pub inputs: &'a JobInputs,
}

/// What a job that reached its end leaves.
pub(super) struct Finished {
    pub steps: u64,
    pub measurements: Measurements,
    pub timing: Timing,
    /// Gold and predicted tags. Jobs share gold files, so that one hand writes them all.
    pub tags: TagFiles,
}

/// Paths and contents.
pub(super) type TagFiles = Vec<(PathBuf, Vec<u8>)>;

/// The number format that `settings` come to on `environment`.
pub(super) fn precision(settings: &Settings, environment: &Environment) -> Result<&'static str, JobError> {
    match settings.train.precision {
        Precision::Bf16 if environment.device.is_cpu() => Err(JobError::Precision),
        Precision::Bf16 => Ok("bf16"),
        Precision::Auto | Precision::Fp32 => Ok("fp32"),
    }
}

impl Bench<'_> {
    /// Runs a job: tokenise, load, train, predict, score, store.
    pub(super) fn run(&self, task: &Task<'_>) -> Result<Finished, JobError> {
        let _span = info_span!("job", label = %task.job.label, key = %task.key).entered();
        let settings = &task.job.settings;
        precision(settings, self.environment)?;
        let memory = PeakMemory::start();

        self.phase(task, Phase::Tokenising);
        let clock = Instant::now();
        let corpus = self.materials.corpus(settings, task.inputs)?;
        let train = self.materials.training(settings, task.inputs)?;
        let scored = self.scored_splits(task)?;
        let tokenise_seconds = clock.elapsed().as_secs_f64();

        self.phase(task, Phase::Loading);
        let clock = Instant::now();
        let mut engine = self.load(task, &corpus, &train, &scored)?;
        let load_seconds = clock.elapsed().as_secs_f64();

        self.phase(task, Phase::Training);
        let clock = Instant::now();
        let (curve, taken) = self.train(task, &mut engine, &train)?;
        let train_seconds = clock.elapsed().as_secs_f64();

        self.phase(task, Phase::Predicting);
        let clock = Instant::now();
        let steps = curve.steps;
        let (measurements, tags) = self.measure(task, &corpus, &scored, &engine, curve)?;
        let predict_seconds = clock.elapsed().as_secs_f64();
        if self.save_models {
            self.save(task, &corpus, &engine)?;
        }
        let timing = Timing {
            job: task.job.label.clone(),
            load_seconds,
            tokenise_seconds,
            train_seconds,
            predict_seconds,
            steps_per_second: (taken > 0).then(|| taken as f64 / train_seconds),
            peak_memory_bytes: memory.bytes(),
        };
        info!(steps, train_seconds, predict_seconds, "finished");
        Ok(Finished { steps, measurements, timing, tags })
    }

    fn phase(&self, task: &Task<'_>, phase: Phase) {
        info!(?phase, "phase");
        (self.watch)(&Event::Phase { job: task.index, phase });
    }

    fn notice(&self, task: &Task<'_>, text: &str) {
        info!(text, "notice");
        (self.watch)(&Event::Notice { label: &task.job.label, text });
    }

    fn stopping(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Trains from the last checkpoint on, leaving further ones on the way. With the steps taken here.
    fn train(&self, task: &Task<'_>, engine: &mut Engine, examples: &Encoded) -> Result<(Curve, u64), JobError> {
        let settings = &task.job.settings;
        let mut checkpoints = Checkpoints::new(self.folder, task.key, settings)?;
        let (mut curve, unused) = checkpoints.restore(engine, settings.train.log_every)?;
        match unused {
            Some(why) => self.notice(task, &format!("starts from its beginning: {why}")),
            None if curve.steps > 0 => self.notice(task, &format!("goes on after step {}", curve.steps)),
            None => {}
        }
        let start = curve.steps;
        let mut kept = Ok(());
        let trained = fine_tune(engine, examples, &settings.train, start, |step, engine| {
            self.stepped(task, step);
            curve.add(step);
            kept = checkpoints.keep(engine, &curve, self.stopping());
            if kept.is_err() || self.stopping() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        kept?;
        trained?;
        let taken = curve.steps - start;
        Ok((curve, taken))
    }

    fn stepped(&self, task: &Task<'_>, step: &Step) {
        let Step { step: number, loss, learning_rate, grad_norm, .. } = *step;
        debug!(step = number, loss, learning_rate, grad_norm, "step");
        (self.watch)(&Event::Stepped { job: task.index, step });
    }

    fn scored_splits(&self, task: &Task<'_>) -> Result<Vec<(ScoredSplit, Arc<Encoded>)>, JobError> {
        let mut splits = Vec::new();
        for split in ScoredSplit::ALL {
            if size_of(&task.job.settings, of_data(split)) != Size::Rows(0) {
                splits.push((split, self.materials.scored(&task.job.settings, task.inputs, of_data(split))?));
            }
        }
        Ok(splits)
    }

    /// The engine with the checkpoint's weights and a classifier for the data's tags.
    fn load(
        &self,
        task: &Task<'_>,
        corpus: &Corpus,
        train: &Encoded,
        scored: &[(ScoredSplit, Arc<Encoded>)],
    ) -> Result<Engine, JobError> {
        let settings = &task.job.settings;
        let config = read_config(settings, task.inputs)?.with_dropout(settings.model.dropout);
        check(&config, settings, [train].into_iter().chain(scored.iter().map(|(_, encoded)| &**encoded)))?;
        let labels = corpus.labels.names();
        let capacity = scored.iter().fold(
            training_capacity(train, settings.train.batch_size, config.heads),
            |capacity: Capacity, (_, encoded)| capacity.max(Prediction::new(encoded).capacity(config.heads)),
        );
        let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
            let loaded = read_weights(task, config, layout, labels, parameters)?;
            if let Head::New { why } = &loaded.head {
                if settings.train.epochs == 0.0 && settings.train.max_steps.is_none() {
                    return Err(JobError::Model(ModelError::NoClassifier { why: why.clone() }));
                }
                head::draw(config, layout, settings.train.seed, parameters);
            }
            Ok(loaded)
        };
        let (freeze, device) = (settings.model.freeze, &self.environment.device);
        let (engine, loaded) = Engine::new(config, labels.len(), freeze, capacity, device, fill)?;
        self.report(task, &loaded);
        info!(bytes = engine.bytes(), "engine ready");
        Ok(engine)
    }

    fn report(&self, task: &Task<'_>, loaded: &Loaded) {
        info!(unused = loaded.unused.join(" "), head = ?loaded.head, "weights loaded");
        if loaded.head == Head::KeptByPosition {
            self.notice(
                task,
                "the checkpoint's classifier does not name its classes; they are taken in the order of the data's tags",
            );
        }
    }

    /// Predicts and scores every scored split; with the contents of the tag files.
    fn measure(
        &self,
        task: &Task<'_>,
        corpus: &Corpus,
        scored: &[(ScoredSplit, Arc<Encoded>)],
        engine: &Engine,
        curve: Curve,
    ) -> Result<(Measurements, TagFiles), JobError> {
        let data = &task.job.settings.data;
        let (mut measurements, mut tags) = (curve.measurements(), Vec::new());
        for (split, encoded) in scored {
            tags.extend(self.score(task, corpus, *split, encoded, engine, &mut measurements)?);
            if *split == ScoredSplit::Test {
                let training = corpus.training(data.train_size, data.subset_seed)?;
                let test = corpus.first(Split::Test, data.test_size)?;
                measurements.words_unseen = Some(encoded.unseen_words() as u64);
                measurements.test_in_train = Some(test_in_train(&training, &test) as u64);
            }
        }
        Ok((measurements, tags))
    }

    fn score(
        &self,
        task: &Task<'_>,
        corpus: &Corpus,
        split: ScoredSplit,
        encoded: &Encoded,
        engine: &Engine,
        measurements: &mut Measurements,
    ) -> Result<[(PathBuf, Vec<u8>); 2], JobError> {
        let predicted = Prediction::new(encoded).run(engine, |_| !self.stopping())?;
        let sentences = corpus.first(of_data(split), size_of(&task.job.settings, of_data(split)))?;
        let gold: Vec<&[u16]> = sentences.iter().map(|sentence| sentence.tags.as_slice()).collect();
        let names = corpus.labels.names();
        let scores = score(&TagSet::new(names)?, &gold, &predicted)?;
        measurements.add_scores(split, &scores);
        let seen = |tags: &&[u16]| tags.iter().map(|tag| Some(*tag)).collect::<Vec<_>>();
        let gold: Vec<Vec<Option<u16>>> = gold.iter().map(seen).collect();
        let files: Vec<String> = task.inputs.hashes.data.values().map(|hash| hash.as_str().to_owned()).collect();
        Ok([
            (self.folder.gold(&files, split, gold.len(), names), tag_lines(names, &gold)),
            (self.folder.predictions(task.key.as_str(), split), tag_lines(names, &predicted)),
        ])
    }

    fn save(&self, task: &Task<'_>, corpus: &Corpus, engine: &Engine) -> Result<(), JobError> {
        let settings = &task.job.settings;
        let partial = settings.model.freeze != Freeze::Nothing;
        let inputs = task.inputs.hashes.model.iter().map(|(role, hash)| (role.clone(), hash.as_str().to_owned()));
        let description = save::Description {
            version: 1,
            key: task.key.as_str(),
            checkpoint: &settings.model.checkpoint.to_string(),
            revision: &settings.model.revision,
            inputs: &inputs.collect(),
            partial,
            labels: corpus.labels.names(),
            max_length: settings.model.max_length,
        };
        let parameters = engine.learned_parameters().collect::<Result<Vec<_>, _>>()?;
        save::save(&self.folder.model(task.key.as_str()), parameters.into_iter(), &description)?;
        Ok(())
    }
}

/// The configuration of a job's checkpoint.
pub(super) fn read_config(settings: &Settings, inputs: &JobInputs) -> Result<Config, JobError> {
    match &settings.model.checkpoint {
        Source::Builtin(name) => builtin::config(name).ok_or_else(|| JobError::NoSuchBuiltin { name: name.clone() }),
        Source::Hub(_) | Source::Folder { .. } => Ok(Config::read(&inputs.model.config.path)?),
    }
}

fn read_weights(
    task: &Task<'_>,
    config: &Config,
    layout: &Layout,
    labels: &[String],
    parameters: &mut [f32],
) -> Result<Loaded, JobError> {
    if let Source::Builtin(_) = task.job.settings.model.checkpoint {
        builtin::draw(config, layout, parameters);
        let head = Head::New { why: "the built-in checkpoint has no classifier".to_owned() };
        return Ok(Loaded { head, unused: Vec::new() });
    }
    let weights = task.inputs.model.weights.iter().map(|file| file.path.clone());
    let paths: Vec<_> = weights.filter(|path| path.extension().is_some_and(|ending| ending == "safetensors")).collect();
    Ok(Checkpoint::open(&paths)?.load(config, layout, labels, parameters)?)
}

/// What configuration, settings and data must have in common.
fn check<'a>(config: &Config, settings: &Settings, splits: impl Iterator<Item = &'a Encoded>) -> Result<(), JobError> {
    let (max_length, longest) = (settings.model.max_length, config.longest());
    if max_length > longest {
        return Err(JobError::MaxLength { max_length, longest });
    }
    match settings.model.freeze {
        Freeze::Layers(asked) if asked > config.layers => {
            return Err(JobError::Freeze { asked, layers: config.layers });
        }
        _ => {}
    }
    let piece = splits.flat_map(|encoded| encoded.ids.iter().copied()).max().unwrap_or_default();
    if piece as usize >= config.vocabulary {
        return Err(JobError::Vocabulary { piece, rows: config.vocabulary });
    }
    Ok(())
}

pub(super) fn of_data(split: ScoredSplit) -> Split {
    match split {
        ScoredSplit::Test => Split::Test,
        ScoredSplit::Validation => Split::Validation,
    }
}
