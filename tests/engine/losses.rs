//! Losses against torch's and pytorch-crf's, and whole models that learn by them, on the CPU and on a GPU.

use std::ops::Range;

use serde::Deserialize;

use runner::engine::cpu::{focal, weighted};
use runner::engine::crf::{Crf, Scratch};
use runner::engine::{Loss, Rates, Target};
use runner::metrics::{TagSet, Transitions};

use super::steps::{difference, train};
use super::*;

/// tests/goldens/losses.json: the origin is tests/peer/losses.py.
#[derive(Deserialize)]
struct Goldens {
    weighted: Vec<OfTokens>,
    focal: Vec<OfTokens>,
    dice: Vec<OfTokens>,
    crf: Vec<OfChains>,
}

#[derive(Deserialize)]
struct OfTokens {
    logits: Vec<f64>,
    labels: Vec<i32>,
    weights: Vec<f64>,
    #[serde(default)]
    smoothing: f64,
    #[serde(default)]
    alpha: f64,
    #[serde(default)]
    gamma: f64,
    loss: f64,
    gradient: Vec<f64>,
}

#[derive(Deserialize)]
struct OfChains {
    classes: usize,
    lengths: Vec<usize>,
    start: Vec<f64>,
    end: Vec<f64>,
    transitions: Vec<f64>,
    logits: Vec<f64>,
    labels: Vec<i32>,
    loss: f64,
    gradient: Vec<f64>,
    start_gradient: Vec<f64>,
    end_gradient: Vec<f64>,
    transitions_gradient: Vec<f64>,
}

fn goldens() -> Goldens {
    serde_json::from_str(include_str!("../goldens/losses.json")).expect("the goldens' format")
}

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|value| *value as f32).collect()
}

/// Within 1e-6 of what it should be, relative to the largest.
#[track_caller]
fn assert_gradient(ours: &[f32], theirs: &[f64], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let largest = theirs.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((f64::from(*ours) - theirs).abs() <= 1e-6 * largest, "{what}: {ours} for {theirs}");
    }
}

fn check(golden: &OfTokens, loss: Loss) {
    let classes = golden.logits.len() / golden.labels.len();
    let weight = |label: &i32| golden.weights.get(*label as usize).copied().unwrap_or(1.0);
    let total: f64 = golden.labels.iter().filter(|label| **label != NO_LABEL).map(weight).sum();
    let target = Target { loss, weights: &golden.weights, scale: 1.0 / total };
    let mut logits = narrow(&golden.logits);
    let sum = match loss {
        Loss::CrossEntropy { smoothing } => weighted::cross_entropy(&mut logits, &golden.labels, smoothing, target),
        _ => focal::summed_with_gradient(&mut logits, &golden.labels, classes, target),
    };
    assert!((sum / total - golden.loss).abs() < 1e-12 * golden.loss, "{loss:?}: {} for {}", sum / total, golden.loss);
    assert_gradient(&logits, &golden.gradient, "∂logits");
}

#[test]
fn losses_of_tokens_and_their_gradients_are_those_of_torch() {
    let Goldens { weighted, focal, dice, .. } = goldens();
    assert!(weighted.len() == 3 && focal.len() == 3 && dice.len() == 3);
    weighted.iter().for_each(|golden| check(golden, Loss::CrossEntropy { smoothing: golden.smoothing }));
    focal.iter().for_each(|golden| check(golden, Loss::Focal { gamma: golden.gamma }));
    dice.iter().for_each(|golden| check(golden, Loss::Dice { alpha: golden.alpha, gamma: golden.gamma }));
}

#[test]
fn the_crf_and_its_gradients_are_those_of_pytorch_crf() {
    let goldens = goldens().crf;
    assert_eq!(goldens.len(), 3);
    for golden in goldens {
        let mut chains: Vec<Range<usize>> = Vec::new();
        for len in &golden.lengths {
            let start = chains.last().map_or(0, |last| last.end);
            chains.push(start..start + len);
        }
        let [start, end, transitions] = [&golden.start, &golden.end, &golden.transitions].map(|values| narrow(values));
        let crf = Crf { start: &start[..], end: &end, transitions: &transitions };
        let words = golden.labels.len() as f64;
        let mut logits = narrow(&golden.logits);
        let [mut of_start, mut of_end] = [(); 2].map(|()| vec![0.0; golden.classes]);
        let mut of_transitions = vec![0.0; golden.classes * golden.classes];
        let gradients = Crf { start: &mut of_start[..], end: &mut of_end, transitions: &mut of_transitions };
        let (scale, mut scratch) = (1.0 / words, Scratch::default());
        let write = (gradients, true);
        let sum = crf.summed_with_gradient(&mut logits, &golden.labels, &chains, scale, write, &mut scratch);
        assert!((sum / words - golden.loss).abs() < 1e-12 * golden.loss, "{} for {}", sum / words, golden.loss);
        assert_gradient(&logits, &golden.gradient, "∂logits");
        assert_gradient(&of_start, &golden.start_gradient, "∂start");
        assert_gradient(&of_end, &golden.end_gradient, "∂end");
        assert_gradient(&of_transitions, &golden.transitions_gradient, "∂transitions");
    }
}

const RATES: Rates = Rates { encoder: 1e-3, head: 2e-2, factor: 1.0 };

const LOSSES: [(Loss, bool); 5] = [
    (Loss::CrossEntropy { smoothing: 0.1 }, true),
    (Loss::Focal { gamma: 2.0 }, false),
    (Loss::Focal { gamma: 2.0 }, true),
    (Loss::Dice { alpha: 1.0, gamma: 1.0 }, false),
    (Loss::Crf, false),
];

/// A golden's model, with a CRF where the loss is that of one.
fn engine(device: runner::engine::Device, (loss, is_weighted): (Loss, bool), freeze: Freeze) -> Engine {
    let config = Config::read(&golden("models").join("bert/config.json")).expect("valid");
    let config = config.with_dropout(Some(0.1)).with_crf(loss == Loss::Crf);
    let labels = LABELS.map(str::to_owned);
    let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
        let checkpoint = Checkpoint::open(&[golden("models").join("bert/model.safetensors")])?;
        checkpoint.load(config, layout, &labels, parameters)?;
        runner::model::head::draw_crf(config, layout, 3, parameters);
        Ok::<_, Box<dyn Error>>(())
    };
    let capacity = Capacity { tokens: 400, attention_weights: 400 * 64 * 4 };
    let (mut engine, ()) = Engine::new(config, LABELS.len(), freeze, capacity, device, fill).expect("it loads");
    engine.minimize(loss);
    if is_weighted {
        engine.weigh_classes((0..LABELS.len()).map(|class| 0.5 + class as f64 % 3.0).collect());
    }
    engine
}

#[test]
fn every_loss_falls_as_a_model_learns_by_it() {
    for loss in LOSSES {
        for freeze in [Freeze::Nothing, Freeze::Encoder] {
            let (taken, _) = train(&mut engine(runner::engine::Device::Cpu, loss, freeze), "bert", RATES, 0..40);
            let [first, last] = [taken[0].loss, taken[39].loss];
            // Dice is least where p is a half
            let share = if matches!(loss.0, Loss::Dice { .. }) { 0.9 } else { 0.8 };
            assert!(last < share * first, "{loss:?}, {freeze:?}: from {first} to {last}");
        }
    }
}

#[test]
fn on_a_gpu_a_training_by_each_loss_takes_the_steps_of_the_cpu() {
    for loss in LOSSES {
        for freeze in [Freeze::Nothing, Freeze::Encoder] {
            let (expected, state) = train(&mut engine(runner::engine::Device::Cpu, loss, freeze), "bert", RATES, 0..3);
            let (taken, ours) = train(&mut engine(super::emulator::device(false), loss, freeze), "bert", RATES, 0..3);
            for (ours, theirs) in taken.iter().zip(&expected) {
                assert!((ours.loss - theirs.loss).abs() < 1e-5 * theirs.loss, "{loss:?}: {ours:?} for {theirs:?}");
                let apart = (ours.grad_norm - theirs.grad_norm).abs();
                assert!(apart < 1e-4 * theirs.grad_norm, "{loss:?}: {ours:?} for {theirs:?}");
            }
            for (ours, theirs) in ours.into_array().iter().zip(&state.into_array()) {
                assert!(difference(ours, theirs) < 2e-4, "{loss:?}: {}", difference(ours, theirs));
            }
        }
    }
}

#[test]
fn on_a_gpu_a_training_by_each_loss_has_the_same_bits_whatever_the_order_of_blocks_and_threads() {
    for loss in LOSSES {
        for bf16 in [false, true] {
            let run = |device| {
                let (taken, state) = train(&mut engine(device, loss, Freeze::Nothing), "bert", RATES, 0..2);
                (taken, state.map(|values| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>()))
            };
            let [ascending, descending] =
                [super::emulator::device(bf16), super::emulator::reversed_device(bf16)].map(run);
            assert!(ascending == descending, "{loss:?}, bf16: {bf16}");
        }
    }
}

#[test]
fn a_crf_is_evaluated_and_decoded_alike_on_the_cpu_and_on_a_gpu() {
    let allowed = Transitions::iob2(&TagSet::new(&LABELS.map(str::to_owned)).expect("tags"));
    for loss in [(Loss::Crf, false), (Loss::CrossEntropy { smoothing: 0.0 }, false)] {
        let answer = |device| {
            let engine = engine(device, loss, Freeze::Encoder);
            let batch = pack(&Expected::of("bert").sentences());
            let decoder = engine.decoder(&allowed).expect("parameters");
            let (mut classes, mut again) = (Vec::new(), Vec::new());
            let loss = engine.evaluate_sentences(&decoder, &batch, &mut classes).expect("a loss");
            engine.predict_sentences(&decoder, &batch, &mut again).expect("tags");
            assert_eq!(classes, again);
            for sequence in &batch.sequences {
                let path = &classes[sequence.first_selected..][..sequence.selected];
                assert!(path.first().is_none_or(|first| allowed.may_start((*first).into())));
                assert!(path.windows(2).all(|pair| allowed.may_follow(pair[0].into(), pair[1].into())), "{path:?}");
            }
            (loss, classes)
        };
        let (ours, theirs) = (answer(super::emulator::device(false)), answer(runner::engine::Device::Cpu));
        assert_eq!(ours.1, theirs.1);
        assert!((ours.0 - theirs.0).abs() < 1e-5 * theirs.0, "{ours:?} for {theirs:?}");
    }
}
