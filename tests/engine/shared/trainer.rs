//! Training step by step against Hugging Face Trainer's traces: the Spanish data and the MiniLM encoder, no dropout.
//!
//! The traces are made by hf_trainer.py (make_traces.sh); the classifier that they start from lies beside them.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;

use super::folder::shared;
use crate::emulator;
use runner::data::{Corpus, Encoded, Split, Tokenizer};
use runner::engine::{Batch, Device, Engine};
use runner::hub::{self, Lock};
use runner::metrics::{Metric, TagSet, score};
use runner::model::{Checkpoint, Config, Head, Layout};
use runner::spec::{Data, Freeze, Model, Schedule, Settings, Size, Source, Train, Warmup};
use runner::train::{self, Evaluation, History, Prediction, Step, TrainError, fine_tune, training_capacity};
use serde::Deserialize;

#[derive(Deserialize)]
struct Trace {
    settings: TraceSettings,
    steps: Vec<TraceStep>,
}

#[derive(Deserialize)]
struct TraceSettings {
    train: usize,
    test: usize,
    subset_seed: u64,
    seed: u64,
    freeze: bool,
    epochs: f64,
    lr: f64,
    batch: usize,
    weight_decay: f64,
    warmup_steps: u64,
    schedule: String,
    steps: i64,
    max_length: usize,
}

#[derive(Deserialize)]
struct TraceStep {
    loss: f64,
    grad_norm: f64,
    learning_rate: f64,
}

#[derive(Deserialize)]
struct Scores {
    gold_token_f1_macro: f64,
    gold_token_f1_micro: f64,
    entity: Entity,
}

#[derive(Deserialize)]
struct Entity {
    conlleval: Report,
}

#[derive(Deserialize)]
struct Report {
    #[serde(rename = "micro avg")]
    micro: Average,
}

#[derive(Deserialize)]
struct Average {
    #[serde(rename = "f1-score")]
    f1: f64,
    support: f64,
}

impl TraceSettings {
    /// As an experiment would write them.
    fn settings(&self, shared: &Path) -> Settings {
        let folder = |path: &str| Source::Folder { written: path.to_owned(), path: shared.join("hub").join(path) };
        Settings {
            data: Data {
                dataset: folder("datasets/unimelb-nlp/wikiann"),
                language: Some("es".into()),
                train_size: Size::Rows(self.train),
                test_size: Size::Rows(self.test),
                subset_seed: self.subset_seed,
                ..Data::default()
            },
            model: Model {
                checkpoint: folder("models/sentence-transformers/all-MiniLM-L6-v2"),
                max_length: self.max_length,
                freeze: if self.freeze { Freeze::Encoder } else { Freeze::Nothing },
                dropout: Some(0.0),
                ..Model::default()
            },
            train: Train {
                seed: self.seed,
                epochs: self.epochs,
                max_steps: u64::try_from(self.steps).ok(),
                batch_size: self.batch,
                learning_rate: self.lr,
                weight_decay: self.weight_decay,
                warmup: Warmup::Steps(self.warmup_steps),
                schedule: if self.schedule == "cosine" { Schedule::Cosine } else { Schedule::Linear },
                ..Train::default()
            },
            ..Settings::default()
        }
    }
}

/// Data and model of a trace, ready to train.
struct Bench {
    settings: Settings,
    corpus: Corpus,
    train: Encoded,
    test: Encoded,
    engine: Engine,
}

impl Bench {
    fn new(shared: &Path, settings: Settings, device: Device) -> Self {
        let options = hub::FetchOptions::default();
        let fetched = hub::fetch([&settings], &Lock::default(), options, &mut |_| {}).expect("folders");
        let corpus = Corpus::load(&fetched.data(&settings), &settings.data).expect("the data");
        let inputs = fetched.model(&settings);
        let tokenizer = Tokenizer::load(&inputs.of_tokenizer(), settings.model.tokenizer).expect("the tokenizer");
        let encode = |rows: &[_]| Encoded::new(rows, &tokenizer, settings.model.max_length).expect("tokenized");
        let train = encode(&corpus.training(&settings.data).expect("rows"));
        let test = encode(&corpus.first(Split::Test, settings.data.test_size).expect("rows"));
        let config = Config::read(&inputs.config.path).expect("valid").with_dropout(settings.model.dropout);
        let capacity = training_capacity(&train, settings.train.batch_size, false, config.heads)
            .max(Prediction::new(&test).capacity(config.heads));
        let labels = corpus.labels.names();
        let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
            let weights = [inputs.weights[0].path.clone()];
            let checkpoint = Checkpoint::open(&weights)?;
            let loaded = checkpoint.load(config, layout, labels, parameters)?;
            assert!(matches!(loaded.head, Head::New { .. }));
            merge_head(shared, layout, parameters);
            Ok::<_, Box<dyn Error>>(())
        };
        let made = Engine::new(config, labels.len(), settings.model.freeze, capacity, device, fill);
        let engine = made.expect("the checkpoint loads").0;
        Self { settings, corpus, train, test, engine }
    }
}

/// The classifier that every trace starts from.
fn merge_head(shared: &Path, layout: &Layout, parameters: &mut [f32]) {
    let head =
        candle_core::safetensors::load(shared.join("goldens/training/head.safetensors"), &candle_core::Device::Cpu);
    let head = head.expect("the head");
    for (name, span) in [("classifier.weight", layout.classifier.weight), ("classifier.bias", layout.classifier.bias)] {
        let values = head[name].flatten_all().and_then(|t| t.to_vec1::<f32>()).expect("float32");
        parameters[span.range()].copy_from_slice(&values);
    }
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> T {
    serde_json::from_str(&std::fs::read_to_string(path).expect("a golden")).expect("its format")
}

/// A float32 array `[32, width, 7]` of numpy, and its width.
fn read_logits(path: &Path) -> (Vec<f32>, usize) {
    let bytes = std::fs::read(path).expect("a golden");
    let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let values: Vec<f32> =
        bytes[10 + header..].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let width = values.len() / 32 / 7;
    (values, width)
}

/// The largest deviation from a trace: of a loss, and of a gradient norm relative to it.
#[derive(Clone, Copy)]
struct Allowed {
    loss: f64,
    norm: f64,
}

/// Trains as the trace did, for its first `most` steps, and compares every step.
fn follow(bench: &mut Bench, trace: &Trace, most: usize, allowed: Allowed) -> usize {
    let mut steps: Vec<Step> = Vec::new();
    let train = Train { log_every: 1, ..bench.settings.train.clone() };
    let evaluate = |_: &Engine| -> Result<Evaluation, TrainError> { unreachable!("no evaluation was asked for") };
    let trained =
        fine_tune(&mut bench.engine, &bench.train, &train, None, &mut History::new(1), evaluate, |report, _, _| {
            if let train::Report::Steps(taken) = report {
                steps.extend_from_slice(taken);
            }
            if steps.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    assert!(matches!(trained, Ok(()) | Err(TrainError::Interrupted)), "it trains");
    let (mut loss, mut norm) = (0.0f64, 0.0f64);
    for (ours, theirs) in steps.iter().zip(&trace.steps) {
        loss = loss.max((ours.loss - theirs.loss).abs());
        let ratio = ours.grad_norm / theirs.grad_norm;
        norm = norm.max((ratio - 1.0).abs());
        assert!(
            (ours.loss - theirs.loss).abs() < allowed.loss,
            "step {}: loss {} {}",
            ours.step,
            ours.loss,
            theirs.loss
        );
        assert!((ratio - 1.0).abs() < allowed.norm, "step {}: norm {} {}", ours.step, ours.grad_norm, theirs.grad_norm);
        assert_eq!(ours.learning_rate, theirs.learning_rate, "step {}", ours.step);
    }
    println!("largest difference of loss {loss:.1e}, of gradient norm {norm:.1e} relative, {} steps", steps.len());
    steps.len()
}

fn read_trace(shared: &Path, name: &str) -> Trace {
    read(&shared.join("goldens/training").join(format!("{name}.json")))
}

/// Trains as the trace did and compares every step, the final scores and the first logits.
fn follows_trainer(name: &str) {
    let shared = shared();
    let trace = read_trace(&shared, name);
    let mut bench = Bench::new(&shared, trace.settings.settings(&shared), Device::Cpu);
    let steps = follow(&mut bench, &trace, usize::MAX, Allowed { loss: 1e-4, norm: 1e-3 });
    assert_eq!(steps, trace.steps.len());
    let folder = shared.join("goldens/training");
    compare_scores(&bench, &read(&folder.join(format!("{name}.result.json"))));
    compare_logits(&bench, &folder.join(format!("{name}.npy")));
}

/// Whole traces on a GPU, their first steps on the emulator, which takes a while for each.
#[test]
#[ignore = "needs RUNNER_SHARED"]
fn training_on_a_gpu_in_float32_follows_trainer() {
    let shared = shared();
    for (name, emulated) in [("unfrozen", 2), ("frozen", 3), ("options", 1), ("epochs", 1)] {
        let trace = read_trace(&shared, name);
        let most = if emulator::is_real() { trace.steps.len() } else { emulated };
        let mut bench = Bench::new(&shared, trace.settings.settings(&shared), emulator::device(false));
        assert_eq!(follow(&mut bench, &trace, most, Allowed { loss: 1e-3, norm: 1e-3 }), most);
    }
}

fn compare_scores(bench: &Bench, theirs: &Scores) {
    let predicted = Prediction::new(&bench.test).run(&bench.engine, |_| true).expect("predictions");
    let rows = bench.corpus.first(Split::Test, bench.settings.data.test_size).expect("rows");
    let gold: Vec<&[u16]> = rows.iter().map(|sentence| sentence.tags.as_slice()).collect();
    let ours = score(&TagSet::new(bench.corpus.labels.names()).expect("tags"), &gold, &predicted).expect("scores");
    let words = gold.iter().flat_map(|tags| tags.iter()).filter(|tag| **tag != 0).count() as f64;
    let get = |metric| ours.get(metric).expect("a score");
    let close = |metric, theirs: f64, flip: f64| {
        assert!((get(metric) - theirs).abs() <= flip, "{metric:?}: {} against {theirs}", get(metric));
    };
    close(Metric::GoldTokenF1Micro, theirs.gold_token_f1_micro, 1.0 / words + 1e-9);
    // one word may move a class's F1 by two in its support; there are eight classes
    close(Metric::GoldTokenF1Macro, theirs.gold_token_f1_macro, 2.0 / 50.0 / 7.0);
    // one word may make or break two entities
    close(Metric::EntityF1, theirs.entity.conlleval.micro.f1, 2.0 / theirs.entity.conlleval.micro.support);
}

fn compare_logits(bench: &Bench, file: &Path) {
    let (theirs, width) = read_logits(file);
    for sentence in 0..32 {
        let tokens = bench.test.tokens(sentence);
        let mut batch = Batch::new(bench.engine.config().heads);
        let (ids, labels) = (&bench.test.ids[tokens.clone()], &bench.test.labels[tokens]);
        batch.push_selecting(0, ids, labels, 0..ids.len() as u32);
        let ours = bench.engine.logits(&batch).expect("logits");
        for (token, logits) in ours.chunks_exact(7).enumerate() {
            for (class, ours) in logits.iter().enumerate() {
                let theirs = theirs[(sentence * width + token) * 7 + class];
                assert!((ours - theirs).abs() < 2e-3, "sentence {sentence}, token {token}: {ours} against {theirs}");
            }
        }
    }
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn unfrozen_training_follows_trainer_step_by_step() {
    follows_trainer("unfrozen");
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn frozen_training_follows_trainer_step_by_step() {
    follows_trainer("frozen");
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn warm_up_cosine_and_decay_follow_trainer_step_by_step() {
    follows_trainer("options");
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn whole_epochs_follow_trainer_step_by_step() {
    follows_trainer("epochs");
}
