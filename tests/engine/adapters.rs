//! Models of which biases or adapters of low rank learn, against peft and against the whole model, on the CPU and on a GPU.

use std::collections::BTreeMap;
use std::ops::Range;

use runner::engine::{AdamW, Rates, StepStats, TrainingState, planned_bytes};
use runner::model::{Span, adapters};
use runner::spec::{Adapter, Lora, LoraTarget};

use super::*;

/// tests/goldens/adapters.json: the origin is tests/peer/adapters.py.
#[derive(Deserialize)]
struct Goldens {
    learning_rate: f64,
    weight_decay: f64,
    clip: f64,
    cases: Vec<Case>,
}

/// One adapted BERT, by the names of its parameters.
#[derive(Deserialize)]
struct Case {
    targets: Vec<LoraTarget>,
    rank: usize,
    alpha: f64,
    start: BTreeMap<String, Vec<f32>>,
    logits: Vec<Vec<Vec<f32>>>,
    gradients: BTreeMap<String, Vec<f32>>,
    losses: Vec<f64>,
    norms: Vec<f64>,
    end: BTreeMap<String, Vec<f32>>,
}

/// The golden of a family, adapted, with its parameters changed.
fn adapted(
    device: runner::engine::Device,
    kind: &str,
    adapter: Adapter,
    dropout: f64,
    change: impl FnOnce(&Config, &Layout, &mut [f32]),
) -> Engine {
    let folder = golden("models").join(kind);
    let config = Config::read(&folder.join("config.json")).expect("valid").with_dropout(Some(dropout));
    let adapter = match adapter {
        // two matrices that are held as one
        Adapter::Lora(lora) if config.family.has(Role::GateWeight) => {
            let targets = lora.targets.into_iter().filter(|target| *target != LoraTarget::Up).collect();
            Adapter::Lora(Lora { targets, ..lora })
        }
        adapter => adapter,
    };
    let config = config.with_adapter(Some(adapter));
    let labels: Vec<String> = LABELS.iter().map(|l| (*l).to_owned()).collect();
    let capacity = Capacity { tokens: 64, attention_weights: 64 * 64 * 4 };
    let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
        Checkpoint::open(&[folder.join("model.safetensors")])?.load(config, layout, &labels, parameters)?;
        change(config, layout, parameters);
        Ok::<_, Box<dyn Error>>(())
    };
    Engine::new(config, LABELS.len(), Freeze::Nothing, capacity, device, fill).expect("the golden loads").0
}

fn lora(dropout: f64) -> Adapter {
    Adapter::Lora(Lora { rank: 3, alpha: 6.0, dropout, targets: LoraTarget::ALL.to_vec() })
}

/// Adapters of which neither matrix is zero.
fn draw(_: &Config, layout: &Layout, parameters: &mut [f32]) {
    adapters::draw(layout, 7, parameters);
    for parameter in layout.parameters.iter().filter(|one| matches!(one.role, Role::LoraB(_))) {
        let values = &mut parameters[parameter.span.range()];
        values.iter_mut().enumerate().for_each(|(i, value)| *value = ((i * 37 + 11) % 19) as f32 / 90.0 - 0.1);
    }
}

fn gradients_of(engine: &mut Engine, batch: &Batch, masks: &Masks) -> Vec<(String, Vec<f32>)> {
    engine.accumulate(batch, masks, 0.1).expect("a loss");
    engine.accumulate(batch, masks, 0.1).expect("a loss");
    let list = engine.gradients().map(|entry| entry.map(|(p, g)| (p.name.clone(), values(&g))));
    list.collect::<Result<_, _>>().expect("views")
}

#[track_caller]
fn assert_near(ours: &[f32], theirs: &[f32], allowed: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let apart: Vec<f32> = ours.iter().zip(theirs).map(|(a, b)| a - b).collect();
    let (apart, size) = (norm(&apart), norm(theirs));
    assert!(apart <= allowed * size.max(1e-3), "{what}: {apart} of {size}");
}

/// `apart`: how many times as far as on the CPU norms and parameters may be after some steps. Adam divides by the root of a
/// second moment, which makes much of the last digits of a small gradient.
fn agrees_with_peft(apart: f64, device: impl Fn() -> runner::engine::Device) {
    let goldens: Goldens = read("adapters.json");
    assert_eq!(goldens.cases.len(), 2);
    let options = AdamW {
        betas: [0.9, 0.999],
        epsilon: 1e-8,
        weight_decay: goldens.weight_decay,
        max_grad_norm: goldens.clip,
        layer_decay: 1.0,
    };
    let rates = Rates { encoder: goldens.learning_rate, head: goldens.learning_rate, factor: 1.0 };
    for case in goldens.cases {
        let adapter = Lora { rank: case.rank, alpha: case.alpha, dropout: 0.0, targets: case.targets };
        let start = |_: &Config, layout: &Layout, parameters: &mut [f32]| {
            for parameter in layout.parameters.iter().filter(|one| one.role.is_lora()) {
                parameters[parameter.span.range()].copy_from_slice(&case.start[&parameter.name]);
            }
        };
        let mut engine = adapted(device(), "bert", Adapter::Lora(adapter), 0.0, start);
        let names: Vec<&String> = engine.learning().map(|one| &one.name).collect();
        assert!(
            names.len() == case.start.len() && names.iter().all(|name| case.start.contains_key(*name)),
            "{names:?}"
        );
        let sentences = Expected::load().sentences();
        let logits = engine.logits(&pack_selecting_all(&sentences)).expect("logits");
        let theirs = case.logits.iter().zip(&sentences).flat_map(|(row, (ids, _))| row[..ids.len()].concat());
        for (ours, theirs) in logits.iter().zip(theirs) {
            assert!((ours - theirs).abs() < 1e-5, "{ours} for {theirs}");
        }
        let batch = pack(&sentences);
        let (count, masks) = (batch.labeled() as f64, Masks::none(engine.config()));
        for step in 0..case.losses.len() {
            let loss = engine.accumulate(&batch, &masks, 1.0 / count).expect("a loss") / count;
            assert!((loss - case.losses[step]).abs() < 1e-5, "step {step}: {loss} for {}", case.losses[step]);
            if step == 0 {
                for entry in engine.gradients() {
                    let (parameter, gradient) = entry.expect("a view");
                    assert_near(&values(&gradient), &case.gradients[&parameter.name], 1e-5, &parameter.name);
                }
            }
            let norm = engine.step(&options, rates).expect("a step");
            assert!(
                (norm - case.norms[step]).abs() < apart * 1e-4 * norm,
                "step {step}: {norm} for {}",
                case.norms[step]
            );
        }
        for entry in engine.learned_parameters() {
            let (parameter, ours) = entry.expect("a view");
            for (ours, theirs) in values(&ours).iter().zip(&case.end[&parameter.name]) {
                let difference = f64::from((ours - theirs).abs());
                assert!(difference < apart * 1e-5, "{}: {ours} for {theirs}", parameter.name);
            }
        }
    }
}

#[test]
fn logits_losses_gradients_and_steps_with_adapters_are_those_of_peft() {
    agrees_with_peft(1.0, || runner::engine::Device::Cpu);
}

#[test]
fn on_a_gpu_they_are_too() {
    agrees_with_peft(10.0, || emulator::device(false));
}

/// Biases have the gradient to the bit that they have where everything learns.
#[test]
fn every_familys_biases_learn_alone_as_they_learn_with_the_rest() {
    for kind in FAMILIES {
        let batch = pack(&Expected::of(kind).sentences());
        let mut whole = family_engine(kind, Freeze::Nothing, 0.1, |_, _| {});
        let masks = Masks::training(whole.config(), 42, 0);
        let all: BTreeMap<_, _> = gradients_of(&mut whole, &batch, &masks).into_iter().collect();
        let mut engine = adapted(runner::engine::Device::Cpu, kind, Adapter::Bitfit, 0.1, |_, _, _| {});
        let own = gradients_of(&mut engine, &batch, &masks);
        let of_head = |name: &str| name.starts_with("classifier") || name.starts_with("head.");
        let expected = all.keys().filter(|name| name.ends_with(".bias") || of_head(name)).count();
        assert!(own.len() == expected && expected < all.len(), "{kind}: {} of {expected}", own.len());
        for (name, gradient) in own {
            assert!(gradient == all[&name], "{kind}: {name}");
        }
    }
}

/// A model whose weights are W + s·B·A has the same logits, and ∂A = s·Bᵗ·∂W and ∂B = s·∂W·Aᵗ, whatever the family adds.
#[test]
fn every_familys_adapters_are_those_of_the_merged_weights() {
    for kind in FAMILIES {
        let batch = pack(&Expected::of(kind).sentences());
        let mut kept = Vec::new();
        let mut engine = adapted(runner::engine::Device::Cpu, kind, lora(0.0), 0.0, |config, layout, parameters| {
            draw(config, layout, parameters);
            kept = parameters.to_vec();
        });
        let (config, scale) = (engine.config().clone(), 2.0);
        let layout = Layout::new(&config, LABELS.len());
        let mut merged = kept.clone();
        adapters::merge(&config, &layout, &mut merged);
        let mut whole = family_engine(kind, Freeze::Nothing, 0.0, |plain, parameters| {
            for to in &plain.parameters {
                let from = layout.parameters.iter().find(|one| one.name == to.name).expect("the adapted has all");
                parameters[to.span.range()].copy_from_slice(&merged[from.span.range()]);
            }
        });
        let all = pack_selecting_all(&Expected::of(kind).sentences());
        let (ours, theirs) = (engine.logits(&all).expect("logits"), whole.logits(&all).expect("logits"));
        assert_near(&ours, &theirs, 1e-5, kind);

        let masks = Masks::none(&config);
        let of_whole: BTreeMap<_, _> = gradients_of(&mut whole, &batch, &masks).into_iter().collect();
        let own: BTreeMap<_, _> = gradients_of(&mut engine, &batch, &masks).into_iter().collect();
        let mut compared = 0;
        for group in 0..config.own_layers() {
            let layer = (0..config.layers).find(|layer| config.group(*layer) == group).expect("a layer");
            for target in LoraTarget::ALL {
                let Some(spans) = layout.layers[layer].adapters[target as usize] else {
                    assert!(target == LoraTarget::Up && config.family.has(Role::GateWeight), "{kind}: {target}");
                    continue;
                };
                let name = |span: Span| &layout.parameters.iter().find(|one| one.span == span).expect("one").name;
                let (a, b) = (&kept[spans.a.range()], &kept[spans.b.range()]);
                let (inputs, outputs) = (a.len() / 3, b.len() / 3);
                let beside = name(spans.a).trim_end_matches(".lora_A.weight");
                let (beside, part) = match beside.rsplit_once("Wqkv") {
                    Some((before, _)) => (format!("{before}Wqkv"), target as usize),
                    None => (beside.to_owned(), 0),
                };
                let dw = &of_whole[&format!("{beside}.weight")][part * inputs * outputs..][..inputs * outputs];
                let (mut da, mut db) = (vec![0.0; a.len()], vec![0.0; b.len()]);
                for (o, dw) in dw.chunks_exact(inputs).enumerate() {
                    for k in 0..3 {
                        for (i, dw) in dw.iter().enumerate() {
                            da[k * inputs + i] += scale * b[o * 3 + k] * dw;
                            db[o * 3 + k] += scale * dw * a[k * inputs + i];
                        }
                    }
                }
                assert_near(&own[name(spans.a)], &da, 2e-4, &format!("{kind}: {}", name(spans.a)));
                assert_near(&own[name(spans.b)], &db, 2e-4, &format!("{kind}: {}", name(spans.b)));
                compared += 2;
            }
        }
        assert_eq!(compared, own.keys().filter(|name| name.contains("lora_")).count(), "{kind}");
    }
}

/// The loss along a direction in all that learns, with dropout before the adapters, too.
#[test]
fn with_dropout_the_gradient_of_adapters_is_the_derivative_of_the_loss() {
    for kind in ["bert", "deberta-v2", "modernbert", "albert"] {
        let batch = pack(&Expected::of(kind).sentences());
        let mut engine = adapted(runner::engine::Device::Cpu, kind, lora(0.3), 0.3, draw);
        let masks = Masks::training(engine.config(), 42, 0);
        engine.accumulate(&batch, &masks, 1.0).expect("a loss");
        let gradients: Vec<f32> = engine.gradients().flat_map(|entry| values(&entry.expect("a view").1)).collect();
        let size = norm(&gradients);
        let at = |step: f64| {
            let mut moved = adapted(runner::engine::Device::Cpu, kind, lora(0.3), 0.3, |config, layout, parameters| {
                draw(config, layout, parameters);
                let from = layout.learning_from(Freeze::Nothing);
                let mut next = gradients.iter();
                for parameter in layout.parameters.iter().filter(|one| one.span.start >= from) {
                    for value in &mut parameters[parameter.span.range()] {
                        *value += (step * f64::from(*next.next().expect("as many")) / size) as f32;
                    }
                }
            });
            moved.accumulate(&batch, &masks, 1.0).expect("a loss")
        };
        let slope = (at(1e-2) - at(-1e-2)) / 2e-2;
        assert!((slope - size).abs() < 1e-2 * size, "{kind}: {slope} for {size}");
    }
}

const OPTIONS: AdamW =
    AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: 0.5, layer_decay: 0.9 };

/// Statistics of steps of two batches each, and the state after them.
fn train(engine: &mut Engine, kind: &str, steps: std::ops::Range<u64>) -> (Vec<StepStats>, TrainingState<Vec<f32>>) {
    let sentences = Expected::of(kind).sentences();
    let batches = [pack(&sentences[..2]), pack(&sentences[1..])];
    let scale = 1.0 / batches.iter().map(|batch| batch.labeled() as f64).sum::<f64>();
    for step in steps {
        let masks = Masks::training(engine.config(), 42, step);
        for batch in &batches {
            engine.accumulate_ahead(batch, &masks, scale).expect("a loss");
        }
        engine.step_ahead(&OPTIONS, Rates { encoder: 1e-3, head: 2e-3, factor: 1.0 }).expect("a step");
    }
    let mut drained = Vec::new();
    engine.drain(&mut drained).expect("finite numbers");
    (drained, engine.with_state(|state| state.map(<[f32]>::to_vec)).expect("a state"))
}

const TRAINED: [&str; 5] = ["bert", "electra", "albert", "deberta-v2", "modernbert"];

#[test]
fn on_a_gpu_a_training_takes_the_steps_of_the_cpu() {
    for kind in TRAINED {
        for adapter in [Adapter::Bitfit, lora(0.2)] {
            let run = |device| train(&mut adapted(device, kind, adapter.clone(), 0.2, draw), kind, 0..3);
            let plain = adapted(runner::engine::Device::Cpu, kind, adapter.clone(), 0.2, draw);
            let ((expected, state), (taken, ours)) = (run(runner::engine::Device::Cpu), run(emulator::device(false)));
            for (ours, theirs) in taken.iter().zip(&expected) {
                assert!((ours.loss - theirs.loss).abs() < 1e-5 * theirs.loss, "{kind}: {ours:?} for {theirs:?}");
                let apart = (ours.grad_norm - theirs.grad_norm).abs();
                assert!(apart < 1e-4 * theirs.grad_norm, "{kind}: {ours:?} for {theirs:?}");
            }
            // attention does not depend on its keys' biases: their gradient is rounding, and so is Adam's step by it
            let layout = Layout::new(plain.config(), LABELS.len());
            let from = layout.learning_from(Freeze::Nothing);
            let keys: Vec<Range<usize>> = layout
                .parameters
                .iter()
                .filter(|one| one.role == Role::KeyBias && one.span.start >= from)
                .map(|one| one.span.start - from..one.span.range().end - from)
                .collect();
            let without_keys = |values: &[f32]| {
                let mut values = values.to_vec();
                keys.iter().for_each(|keys| values[keys.clone()].fill(0.0));
                values
            };
            for (ours, theirs) in ours.into_array().iter().zip(&state.into_array()) {
                assert_near(&without_keys(ours), &without_keys(theirs), 2e-4, &format!("{kind}, {adapter:?}"));
            }
            let (near, _) = run(emulator::device(true));
            for (near, exact) in near.iter().zip(&expected) {
                assert!((near.loss - exact.loss).abs() < 3e-2 * exact.loss, "{kind}: {near:?} for {exact:?}");
                let apart = (near.grad_norm - exact.grad_norm).abs();
                assert!(apart < 5e-2 * exact.grad_norm, "{kind}: {near:?} for {exact:?}");
            }
            assert_ne!(near, expected);
        }
    }
}

#[test]
fn on_a_gpu_a_training_has_the_same_bits_whatever_the_order_of_blocks_and_threads() {
    for adapter in [Adapter::Bitfit, lora(0.2)] {
        for bf16 in [false, true] {
            let run = |device| {
                let (taken, state) = train(&mut adapted(device, "bert", adapter.clone(), 0.2, draw), "bert", 0..2);
                (taken, state.map(|values| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>()))
            };
            assert!(run(emulator::device(bf16)) == run(emulator::reversed_device(bf16)), "bf16: {bf16}");
        }
    }
}

#[test]
fn a_training_has_the_same_bits_on_any_threads_and_after_a_restart() {
    for adapter in [Adapter::Bitfit, lora(0.2)] {
        let make = || adapted(runner::engine::Device::Cpu, "bert", adapter.clone(), 0.2, draw);
        let run = |threads, steps: std::ops::Range<u64>, mut engine: Engine| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| train(&mut engine, "bert", steps))
        };
        let (stats, whole) = run(1, 0..4, make());
        assert!(run(2, 0..4, make()) == (stats, whole.clone()));
        let (_, middle) = run(2, 0..2, make());
        let mut resumed = make();
        let fill = |state: TrainingState<&mut [f32]>| {
            state.into_array().into_iter().zip(middle.into_array()).for_each(|(to, from)| to.copy_from_slice(&from))
        };
        resumed.restore(2, fill).expect("a state");
        assert!(run(1, 2..4, resumed).1 == whole);
    }
}

/// What does not learn has neither gradients nor moments: of BERT-base, whose parameters take 431 MB, that is 1.3 GB.
#[test]
fn bert_base_takes_a_third_of_the_memory_where_a_small_part_learns() {
    let text = r#"{"model_type": "bert", "vocab_size": 28996, "hidden_size": 768, "num_hidden_layers": 12,
        "num_attention_heads": 12, "intermediate_size": 3072, "max_position_embeddings": 512}"#;
    let config = Config::parse(text, Path::new("config.json")).expect("valid");
    let capacity = Capacity { tokens: 256, attention_weights: 256 * 64 * 12 };
    let megabytes = |adapter: Option<Adapter>| {
        let config = config.clone().with_adapter(adapter);
        planned_bytes(&config, 9, Some(Freeze::Nothing), false, capacity) / 1_000_000
    };
    let figures = [None, Some(Adapter::Bitfit), Some(Adapter::Lora(Lora::default()))].map(megabytes);
    println!("MB of BERT-base: whole, bitfit, lora: {figures:?}");
    let [whole, bitfit, lora] = figures;
    assert!(whole - bitfit > 1_280 && whole - lora > 1_280, "{figures:?}");
    assert!(bitfit < 700 && lora.abs_diff(bitfit) < 10, "{figures:?}");
}

#[test]
fn a_new_a_is_uniform_within_one_over_the_root_of_its_inputs_and_b_is_zero() {
    let config = Config::read(&golden("models/bert/config.json")).expect("valid").with_adapter(Some(lora(0.0)));
    let layout = Layout::new(&config, 7);
    let drawn = |seed| {
        let mut parameters = vec![f32::NAN; layout.len];
        adapters::draw(&layout, seed, &mut parameters);
        parameters
    };
    let (parameters, other) = (drawn(1), drawn(2));
    let mut seen = Vec::new();
    for parameter in layout.parameters.iter().filter(|one| one.role.is_lora()) {
        let values = &parameters[parameter.span.range()];
        if matches!(parameter.role, Role::LoraB(_)) {
            assert!(values.iter().all(|value| *value == 0.0), "{}", parameter.name);
            continue;
        }
        let bound = 1.0 / (parameter.shape[1] as f32).sqrt();
        let largest = values.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
        assert!(largest <= bound && largest > 0.9 * bound, "{}: {largest} of {bound}", parameter.name);
        assert_ne!(values, &other[parameter.span.range()]);
        seen.push(values[0].to_bits());
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 2 * 6, "each has draws of its own");
}
