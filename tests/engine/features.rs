//! A classifier that learns on features: the bits of one that learns under a frozen encoder.

use std::sync::Arc;

use runner::engine::{AdamW, Features, Rates};

use super::*;

const OPTIONS: AdamW =
    AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: 0.5, layer_decay: 0.9 };

const CAPACITY: Capacity = Capacity { tokens: 400, attention_weights: 400 * 64 * 4 };

/// The golden of a family, with dropout before the classifier alone.
fn config(kind: &str) -> Config {
    let config = Config::read(&golden("models").join(kind).join("config.json")).expect("valid");
    Config { classifier_dropout: Some(0.3), ..config.with_dropout(Some(0.0)) }
}

/// Under a frozen encoder, on the CPU.
fn whole(kind: &str) -> Engine {
    whole_on(runner::engine::Device::Cpu, kind)
}

fn whole_on(device: runner::engine::Device, kind: &str) -> Engine {
    let labels = LABELS.map(str::to_owned);
    let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
        let checkpoint = Checkpoint::open(&[golden("models").join(kind).join("model.safetensors")])?;
        checkpoint.load(config, layout, &labels, parameters)?;
        Ok::<_, Box<dyn Error>>(())
    };
    Engine::new(config(kind), 7, Freeze::Encoder, CAPACITY, device, fill).expect("memory").0
}

/// On features, on the CPU.
fn alone(kind: &str) -> Engine {
    alone_on(runner::engine::Device::Cpu, kind)
}

fn alone_on(device: runner::engine::Device, kind: &str) -> Engine {
    let labels = LABELS.map(str::to_owned);
    let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
        let checkpoint = Checkpoint::open(&[golden("models").join(kind).join("model.safetensors")])?;
        let head = checkpoint.load_classifier(config, layout, &labels, parameters)?;
        assert_eq!(head, Head::FromCheckpointByPosition);
        Ok::<_, Box<dyn Error>>(())
    };
    let capacity = Capacity { attention_weights: 0, ..CAPACITY };
    Engine::over_features(config(kind), 7, Freeze::Encoder, capacity, device, fill).expect("memory").0
}

/// Sentences of up to 60 tokens, of which two in three have a label; the third sentence has none.
fn sentences() -> Vec<(Vec<u32>, Vec<i32>)> {
    let sentence = |(at, len): (u32, u32)| {
        let ids = (0..len).map(|token| (at * 97 + token * 31) % 199).collect();
        let label = |token: u32| if token % 3 == 1 || at == 2 { NO_LABEL } else { ((token + at) % 7) as i32 };
        (ids, (0..len).map(label).collect())
    };
    (0..).zip([3, 60, 5, 1, 17, 40]).map(sentence).collect()
}

fn packed(members: &[u32], features: Option<&Arc<Features>>) -> Batch {
    let (sentences, mut batch) = (sentences(), empty());
    batch.features = features.cloned();
    for &example in members {
        let (ids, labels) = &sentences[example as usize];
        match features {
            Some(_) => batch.push_labeled(example, labels),
            None => batch.push(example, ids, labels),
        }
    }
    batch
}

/// Computed in batches of three.
fn features(engine: &Engine) -> Arc<Features> {
    let labeled = |labels: &Vec<i32>| labels.iter().filter(|label| **label != NO_LABEL).count();
    let mut starts = vec![0];
    for (_, labels) in sentences() {
        starts.push(starts.last().expect("it has a first") + labeled(&labels));
    }
    let mut features = Features::zeros(engine.config().hidden, starts);
    for members in [[5, 0, 3], [1, 2, 4]] {
        let mut states = Vec::new();
        engine.hidden_states(&packed(&members, None), &mut states).expect("states");
        features.scatter(&states, &members);
    }
    Arc::new(features)
}

/// Losses and norms of four steps, two batches each, and what learned.
fn trained(engine: &mut Engine, features: Option<&Arc<Features>>) -> (Vec<u64>, Vec<u32>) {
    engine.minimize(runner::engine::Loss::CrossEntropy { smoothing: 0.1 });
    let mut numbers = Vec::new();
    for step in 0..4 {
        let masks = Masks::training(engine.config(), 42, step / 2);
        for members in [&[1, 3, 2][..], &[4, 5]] {
            let loss = engine.accumulate(&packed(members, features), &masks, 0.01).expect("a loss");
            numbers.push(loss.to_bits());
        }
        let norm = engine.step(&OPTIONS, Rates { encoder: 1e-3, head: 1e-2, factor: 1.0 }).expect("a step");
        numbers.push(norm.to_bits());
    }
    (numbers, engine.learned().expect("memory").iter().map(|value| value.to_bits()).collect())
}

#[test]
fn a_classifier_on_features_learns_in_the_bits_of_one_under_a_frozen_encoder() {
    for kind in FAMILIES {
        let (mut whole, mut alone) = (whole(kind), alone(kind));
        let features = features(&whole);
        assert_eq!(trained(&mut alone, Some(&features)), trained(&mut whole, None), "{kind}");
        let names = |engine: &Engine| -> Vec<String> {
            engine.learned_parameters().map(|entry| entry.expect("a view").0.name.clone()).collect()
        };
        assert_eq!(names(&alone), names(&whole), "{kind}");
        assert!(alone.bytes() * 4 < whole.bytes(), "{kind}: {} of {}", alone.bytes(), whole.bytes());
    }
}

#[test]
fn a_classifier_on_features_answers_for_the_labeled_tokens_alone() {
    let (whole, alone) = (whole("bert"), alone("bert"));
    let features = features(&whole);
    let members = [4, 2, 0, 1];
    let (plain, labeled) = (packed(&members, None), packed(&members, Some(&features)));
    let (mut all, mut answers) = (Vec::new(), Vec::new());
    let losses = [whole.evaluate(&plain, &mut all), alone.evaluate(&labeled, &mut answers)]
        .map(|loss| loss.expect("a loss").to_bits());
    assert_eq!((answers, losses[0]), (all, losses[1]));
}

#[test]
fn on_a_gpu_a_classifier_on_features_learns_as_under_a_frozen_encoder() {
    let device = super::emulator::device;
    for bf16 in [false, true] {
        let mut whole = whole_on(device(bf16), "bert");
        let features = features(&whole);
        let (_, expected) = trained(&mut whole, None);
        let (_, ours) = trained(&mut alone_on(device(bf16), "bert"), Some(&features));
        // the classifier is all that learns, and its products are the same
        assert!(ours == expected, "bf16: {bf16}");
        let (_, on_the_cpu) = trained(&mut alone("bert"), Some(&features));
        let wide = |bits: &[u32]| bits.iter().map(|bits| f32::from_bits(*bits)).collect::<Vec<_>>();
        let (ours, on_the_cpu) = (wide(&ours), wide(&on_the_cpu));
        let apart = ours.iter().zip(&on_the_cpu).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < if bf16 { 2e-2 } else { 1e-4 }, "bf16: {bf16}, {apart}");
    }
}

/// Sentences without a labeled token have none in a batch of features: there may be more sentences than tokens.
#[test]
fn on_a_gpu_a_batch_of_features_may_have_more_sentences_than_tokens() {
    let learned = |device| {
        let capacity = Capacity { tokens: 1, attention_weights: 0 };
        let config = config("bert");
        let fill = |_: &Config, _: &Layout, parameters: &mut [f32]| {
            parameters.iter_mut().enumerate().for_each(|(at, p)| *p = (at % 7) as f32 * 0.1);
            Ok::<_, Box<dyn Error>>(())
        };
        let (mut engine, ()) =
            Engine::over_features(config, 7, Freeze::Encoder, capacity, device, fill).expect("memory");
        let mut features = Features::zeros(engine.config().hidden, (0..=40).map(|at| usize::from(at == 40)).collect());
        features.scatter(&vec![0.5; engine.config().hidden], &[39]);
        let mut batch = empty();
        batch.features = Some(Arc::new(features));
        for example in 0..40 {
            batch.push_labeled(example, &[NO_LABEL, if example == 39 { 3 } else { NO_LABEL }]);
        }
        let masks = Masks::training(engine.config(), 42, 0);
        engine.accumulate(&batch, &masks, 1.0).expect("a loss");
        engine.step(&OPTIONS, Rates { encoder: 1e-3, head: 1e-2, factor: 1.0 }).expect("a step");
        engine.learned().expect("parameters")
    };
    let (ours, expected) = (learned(super::emulator::device(false)), learned(runner::engine::Device::Cpu));
    assert!(ours.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4));
}
