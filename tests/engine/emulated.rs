//! The engine's CUDA backend on the emulator: every launch, span and product as on a GPU, the kernels compiled for the host.
//! Or on a real GPU, where one is named: see `emulator`.

use runner::engine::cuda::{Address, Grid, Operands, Product, Runtime};
use runner::engine::{self, EngineError, Rates, TrainingState};
use runner::engine::{Shape, Write};

use super::emulator;
use super::steps::{OPTIONS, difference, train};
use super::*;

const RATES: Rates = Rates { encoder: 1e-3, head: 2e-3, factor: 1.0 };

fn float32() -> engine::Device {
    emulator::device(false)
}

fn bfloat16() -> engine::Device {
    emulator::device(true)
}

fn family(device: engine::Device, kind: &str, freeze: Freeze, dropout: f64) -> Engine {
    engine_on(device, kind, freeze, dropout, |_, _| {})
}

#[test]
fn every_familys_logits_match_transformers_in_float32() {
    for kind in FAMILIES {
        assert_logits(kind, &family(float32(), kind, Freeze::Nothing, 0.0), 1e-5);
    }
}

#[test]
fn every_familys_loss_and_every_gradient_match_transformers_in_float32() {
    for kind in FAMILIES {
        assert_loss_and_gradients(kind, family(float32(), kind, Freeze::Nothing, 0.0));
    }
}

/// bfloat16 has eight bits: three decimals of a product of numbers about 1.
#[test]
fn every_familys_logits_are_near_those_of_transformers_in_bfloat16() {
    for kind in FAMILIES {
        let (near, exact) =
            (family(bfloat16(), kind, Freeze::Nothing, 0.0), family(float32(), kind, Freeze::Nothing, 0.0));
        let batch = pack_selecting_all_for(kind, &Expected::of(kind).sentences());
        let apart = difference(&near.logits(&batch).expect("logits"), &exact.logits(&batch).expect("logits"));
        assert!((1e-5..2e-2).contains(&apart), "{kind}: {apart}");
    }
}

/// With dropout, clipping, decay by layers and accumulation: the masks are those of the CPU, to the element.
#[test]
fn a_training_takes_the_steps_of_the_cpu() {
    for (kind, freeze) in FAMILIES.map(|kind| (kind, Freeze::Nothing)).into_iter().chain([
        ("bert", Freeze::Embeddings),
        ("bert", Freeze::Layers(1)),
        ("electra", Freeze::Encoder),
    ]) {
        let (expected, state) = train(&mut family(engine::Device::Cpu, kind, freeze, 0.2), kind, RATES, 0..3);
        let (taken, ours) = train(&mut family(float32(), kind, freeze, 0.2), kind, RATES, 0..3);
        assert_eq!(taken.len(), expected.len());
        for (ours, theirs) in taken.iter().zip(&expected) {
            assert!((ours.loss - theirs.loss).abs() < 1e-5 * theirs.loss, "{kind}: {ours:?} for {theirs:?}");
            let apart = (ours.grad_norm - theirs.grad_norm).abs();
            assert!(apart < 1e-4 * theirs.grad_norm, "{kind}: {ours:?} for {theirs:?}");
        }
        // Adam divides by the root of a second moment: where a gradient is rounding, its step is, too
        for (ours, theirs) in ours.into_array().iter().zip(&state.into_array()) {
            assert!(difference(ours, theirs) < 2e-4, "{kind}, {freeze:?}: {}", difference(ours, theirs));
        }
    }
}

/// An operand whose copy no kernel wrote would be of a step before, or zero.
#[test]
fn a_training_in_bfloat16_stays_near_that_in_float32() {
    let frozen = [Freeze::Embeddings, Freeze::Layers(1), Freeze::Encoder].map(|freeze| ("bert", freeze));
    for (kind, freeze) in FAMILIES.map(|kind| (kind, Freeze::Nothing)).into_iter().chain(frozen) {
        let (expected, TrainingState { parameters, .. }) =
            train(&mut family(float32(), kind, freeze, 0.1), kind, RATES, 0..3);
        let (taken, TrainingState { parameters: ours, .. }) =
            train(&mut family(bfloat16(), kind, freeze, 0.1), kind, RATES, 0..3);
        for (ours, theirs) in taken.iter().zip(&expected) {
            assert!(
                (ours.loss - theirs.loss).abs() < 3e-2 * theirs.loss,
                "{kind}, {freeze:?}: {ours:?} for {theirs:?}"
            );
            let apart = (ours.grad_norm - theirs.grad_norm).abs();
            assert!(apart < 5e-2 * theirs.grad_norm, "{kind}, {freeze:?}: {ours:?} for {theirs:?}");
        }
        assert_ne!(taken, expected);
        assert!(difference(&ours, &parameters) < 2e-2, "{kind}, {freeze:?}");
    }
}

/// What depends on the order of blocks or threads, or reads what no kernel wrote, gives other bits in reverse.
#[test]
fn a_training_has_the_same_bits_whatever_the_order_of_blocks_and_threads() {
    for (kind, bf16) in ["electra", "eurobert", "mpnet"].into_iter().flat_map(|kind| [(kind, false), (kind, true)]) {
        let run = |device| {
            let (taken, state) = train(&mut family(device, kind, Freeze::Nothing, 0.2), kind, RATES, 0..2);
            (taken, state.map(|values| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>()))
        };
        assert!(run(emulator::device(bf16)) == run(emulator::reversed_device(bf16)), "{kind}, bf16: {bf16}");
    }
}

#[test]
fn a_restored_training_continues_to_the_same_bits() {
    for bf16 in [false, true] {
        let device = || emulator::device(bf16);
        let (_, whole) = train(&mut family(device(), "bert", Freeze::Nothing, 0.2), "bert", RATES, 0..4);
        let (_, middle) = train(&mut family(device(), "bert", Freeze::Nothing, 0.2), "bert", RATES, 0..2);
        let mut resumed = engine_on(device(), "bert", Freeze::Nothing, 0.2, |_, parameters| parameters.fill(0.5));
        let fill = |state: TrainingState<&mut [f32]>| {
            state.into_array().into_iter().zip(middle.into_array()).for_each(|(to, from)| to.copy_from_slice(&from))
        };
        resumed.restore(2, fill).expect("a state");
        let (_, end) = train(&mut resumed, "bert", RATES, 2..4);
        assert!(end == whole, "bf16: {bf16}");
    }
}

#[test]
fn an_evaluation_disturbs_neither_gradients_nor_records() {
    let batch = pack(&Expected::of("bert").sentences());
    let mut engine = family(float32(), "bert", Freeze::Nothing, 0.0);
    let masks = Masks::none(engine.config());
    let scale = 1.0 / batch.labeled() as f64;
    let mut classes = Vec::new();
    let before = engine.evaluate(&batch, &mut classes).expect("a loss");
    engine.accumulate_ahead(&batch, &masks, scale).expect("a loss");
    assert_eq!(engine.evaluate(&batch, &mut classes).expect("a loss"), before);
    engine.step_ahead(&OPTIONS, RATES).expect("a step");
    let mut drained = Vec::new();
    engine.drain(&mut drained).expect("finite numbers");
    assert!((drained[0].loss - before * scale).abs() < 1e-12, "{drained:?} {before}");
    assert_eq!(classes.len(), 2 * batch.selected.len());
}

#[test]
fn the_first_of_many_steps_is_reported_with_all_others() {
    let mut engine = family(float32(), "bert", Freeze::Encoder, 0.0);
    let batch = pack(&Expected::of("bert").sentences()[..1]);
    let masks = Masks::none(engine.config());
    for _ in 0..700 {
        engine.accumulate_ahead(&batch, &masks, 0.1).expect("a loss");
        engine.step_ahead(&OPTIONS, RATES).expect("a step");
    }
    let mut drained = Vec::new();
    engine.drain(&mut drained).expect("finite numbers");
    assert_eq!(drained.len(), 700);
    assert!(drained.windows(2).all(|pair| pair[1].loss < pair[0].loss), "one sentence is learned step by step");
    drained.clear();
    engine.drain(&mut drained).expect("finite numbers");
    assert!(drained.is_empty(), "a step is reported once");
}

#[test]
fn the_first_step_without_a_finite_loss_is_named_and_changes_no_parameter() {
    let mut engine = family(float32(), "bert", Freeze::Nothing, 0.0);
    let batch = pack(&Expected::of("bert").sentences());
    let masks = Masks::none(engine.config());
    let mut step = |scale| {
        engine.accumulate_ahead(&batch, &masks, scale).expect("the GPU is not waited for");
        engine.step_ahead(&OPTIONS, RATES).expect("the GPU is not waited for");
        engine.learned().expect("parameters")
    };
    step(0.1);
    let before = step(0.1);
    assert!(step(f64::NAN) == before, "a gradient of no numbers moves nothing");
    step(0.1);
    let error = engine.drain(&mut Vec::new()).expect_err("a loss that is no number");
    assert!(matches!(error, EngineError::NotFinite { what: "loss", step: 3 }), "{error}");
}

#[test]
fn a_step_without_labels_decays_and_no_more() {
    let step = |device| {
        let mut engine = family(device, "bert", Freeze::Nothing, 0.0);
        let norm = engine.step(&OPTIONS, RATES).expect("a step");
        (norm, engine.learned().expect("parameters"))
    };
    let ((ours, parameters), (theirs, expected)) = (step(float32()), step(engine::Device::Cpu));
    assert_eq!((ours, theirs), (0.0, 0.0));
    assert!(parameters == expected, "the same operations on each element");
}

/// A GPU whose memory is taken after so many buffers.
#[derive(Debug)]
struct Full(std::cell::Cell<usize>);

impl Runtime for Full {
    fn zeros(&self, bytes: usize) -> Result<Address, EngineError> {
        let left = self.0.get().checked_sub(1).ok_or(EngineError::GpuMemory { bytes })?;
        self.0.set(left);
        // SAFETY: nothing is ever read or written there.
        Ok(unsafe { Address::new(256) })
    }

    unsafe fn launch(&self, kernel: &'static str, _: Grid, _: *const u8) -> Result<(), EngineError> {
        panic!("{kernel} without memory")
    }

    unsafe fn product(&self, product: Product, _: Operands, _: Shape, _: Write) -> Result<(), EngineError> {
        panic!("{product:?} without memory")
    }

    unsafe fn upload(&self, _: Address, _: &[u32]) -> Result<(), EngineError> {
        Ok(())
    }

    unsafe fn download(&self, _: Address, _: &mut [u32]) -> Result<(), EngineError> {
        panic!("a copy without memory")
    }

    unsafe fn clear(&self, _: Address, _: usize) -> Result<(), EngineError> {
        panic!("no memory to clear")
    }
}

#[test]
fn a_model_that_does_not_fit_is_refused_with_its_whole_need() {
    let config = Config::read(&golden("models/bert/config.json")).expect("valid");
    let config = Config { vocabulary: 30522, hidden: 768, layers: 12, heads: 12, intermediate: 3072, ..config };
    let capacity = Capacity { tokens: 1024, attention_weights: 1 << 20 };
    let fill = |_: &Config, _: &Layout, _: &mut [f32]| Ok::<_, EngineError>(());
    let refused = |buffers: usize| {
        let device = engine::Device::Cuda { runtime: Box::new(Full(buffers.into())), bf16: true };
        let made = Engine::new(config.clone(), 7, Freeze::Nothing, capacity, device, fill).map(|_| ());
        made.expect_err("no memory").to_string()
    };
    let first = refused(0);
    insta::assert_snapshot!(first, @"out of GPU memory: the job needs 3.0 GB, but less was free; lower train.batch_size or model.max_length, or run fewer at a time with --jobs");
    for buffers in 1..9 {
        assert_eq!(refused(buffers), first, "after {buffers} buffers");
    }
}

#[test]
fn shapes_that_the_kernels_do_not_take_are_refused() {
    let refused = |hidden, heads, attention_weights| {
        let config = Config::read(&golden("models/bert/config.json")).expect("valid");
        let config = Config { hidden, heads, ..config };
        let fill = |_: &Config, _: &Layout, _: &mut [f32]| Ok::<_, EngineError>(());
        let capacity = Capacity { tokens: 8, attention_weights };
        let device = engine::Device::Cuda { runtime: Box::new(Full(0.into())), bf16: false };
        let made = Engine::new(config, 7, Freeze::Nothing, capacity, device, fill).map(|_| ());
        made.expect_err("the kernels do not take it")
    };
    insta::assert_snapshot!(refused(512, 2, 1024), @"unsupported on GPU: head size 256 (at most 128); use --device cpu");
    insta::assert_snapshot!(refused(30, 3, 1024), @"unsupported on GPU: hidden size 30 (must be a multiple of 4); use --device cpu");
    insta::assert_snapshot!(refused(32, 4, 1 << 32), @"unsupported on GPU: a batch of this size (lower train.batch_size or model.max_length); use --device cpu");
}
