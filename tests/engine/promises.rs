//! What the engine promises beyond its numbers: bits that depend on neither threads nor batching, and that it learns.

use runner::engine::{AdamW, EngineError, Rates};

use super::*;

const OPTIONS: AdamW =
    AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: 1.0, layer_decay: 1.0 };

type Sentence = (Vec<u32>, Vec<i32>);

/// A model of random weights, with heads 64 wide and a width beyond one block of the products.
fn random_engine(dropout: f64, capacity: Capacity) -> Engine {
    let config = Config::read(&golden("models/bert/config.json")).expect("valid").with_dropout(Some(dropout));
    let sizes =
        Config { vocabulary: 500, hidden: 448, layers: 2, heads: 7, intermediate: 600, positions: 600, ..config };
    let fill = |_: &Config, layout: &Layout, parameters: &mut [f32]| {
        let mut state = 1u32;
        for parameter in &layout.parameters {
            let norm = matches!(
                parameter.role,
                Role::EmbeddingNormWeight | Role::AttentionNormWeight | Role::FeedForwardNormWeight
            );
            for value in &mut parameters[parameter.span.range()] {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *value = ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * 0.06 + if norm { 1.0 } else { 0.0 };
            }
        }
        Ok::<_, EngineError>(())
    };
    Engine::new(sizes, LABELS.len(), Freeze::Nothing, capacity, runner::engine::Device::Cpu, fill).expect("memory").0
}

/// Sentences of `lengths` with a label on every other token.
fn sentences(lengths: &[usize]) -> Vec<Sentence> {
    let sentence = |(example, &len): (usize, &usize)| {
        let ids = (0..len).map(|token| ((example * 977 + token * 3571) % 500) as u32).collect();
        let labels = (0..len).map(|t| if t % 2 == 0 { ((t + example) % LABELS.len()) as i32 } else { NO_LABEL });
        (ids, labels.collect())
    };
    lengths.iter().enumerate().map(sentence).collect()
}

/// `chosen` of the sentences, with their indices as examples.
fn choose(sentences: &[Sentence], heads: usize, chosen: &[usize]) -> Batch {
    let mut batch = Batch::new(heads);
    batch.relative = empty().relative;
    for &example in chosen {
        batch.push(example as u32, &sentences[example].0, &sentences[example].1);
    }
    batch
}

fn bits(values: &[f32]) -> impl Iterator<Item = u32> + '_ {
    values.iter().map(|value| value.to_bits())
}

/// The bits of two steps: losses, norms, gradients and parameters.
fn bits_of_two_steps(mut engine: Engine, batch: &Batch) -> Vec<u32> {
    let mut all = Vec::new();
    let wide = |value: f64| [(value.to_bits() >> 32) as u32, value.to_bits() as u32];
    for step in 0..2 {
        let masks = Masks::training(engine.config(), 42, step);
        let loss = engine.accumulate(batch, &masks, 1.0 / batch.labeled() as f64).expect("a loss");
        let gradients: Vec<_> = engine.gradients().map(|entry| values(&entry.expect("a view").1)).collect();
        let norm = engine.step(&OPTIONS, Rates { encoder: 1e-3, head: 2e-3, factor: 1.0 }).expect("a step");
        let parameters: Vec<_> = engine.learned_parameters().map(|entry| values(&entry.expect("a view").1)).collect();
        all.extend([wide(loss), wide(norm)].concat());
        all.extend(gradients.iter().chain(&parameters).flat_map(|values| bits(values)));
    }
    all
}

fn assert_bits_are_the_same_for_any_threads(make: impl Fn() -> Engine + Sync, batch: &Batch) {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| bits_of_two_steps(make(), batch))
    };
    let one = run(1);
    for threads in [2, 4, 7] {
        // not assert_eq: it would print millions of numbers
        assert!(run(threads) == one, "{threads} threads");
    }
}

#[test]
fn a_steps_bits_do_not_depend_on_the_number_of_threads() {
    let batch = pack(&Expected::load().sentences());
    assert_bits_are_the_same_for_any_threads(|| engine(Freeze::Nothing, 0.1), &batch);
}

#[test]
fn a_steps_bits_do_not_depend_on_the_number_of_threads_for_long_sentences() {
    let sentences = sentences(&[130, 1, 257, 64, 511, 3]);
    let batch = choose(&sentences, 7, &[0, 1, 2, 3, 4, 5]);
    assert_bits_are_the_same_for_any_threads(|| random_engine(0.1, Capacity::of(&batch)), &batch);
}

#[test]
fn a_sentences_logits_and_classes_do_not_depend_on_its_batch() {
    let sentences = sentences(&[33, 1, 260, 17, 80, 5, 2]);
    let whole = choose(&sentences, 7, &[0, 1, 2, 3, 4, 5, 6]);
    let engine = random_engine(0.1, Capacity::of(&whole));
    let predict = |batch: &Batch| {
        let mut classes = Vec::new();
        engine.predict(batch, &mut classes).expect("classes");
        (engine.logits(batch).expect("logits"), classes)
    };
    let alone: Vec<_> = (0..sentences.len()).map(|example| predict(&choose(&sentences, 7, &[example]))).collect();
    for order in [&[0, 1, 2, 3, 4, 5, 6][..], &[6, 5, 4, 3, 2, 1, 0], &[2, 0], &[5, 1, 4]] {
        let (logits, classes) = predict(&choose(&sentences, 7, order));
        let expected = || order.iter().map(|example| &alone[*example]);
        assert!(bits(&logits).eq(expected().flat_map(|(logits, _)| bits(logits))), "{order:?}");
        assert!(classes.iter().eq(expected().flat_map(|(_, classes)| classes)), "{order:?}");
    }
}

/// Sentences without labels have no gradient, so beside them a sentence's loss and gradient stay the same to the bit,
/// if its dropout does.
#[test]
fn a_sentences_dropout_does_not_depend_on_its_batch() {
    let mut sentences = sentences(&[33, 8, 100, 17]);
    for other in [0, 1, 3] {
        sentences[other].1.fill(NO_LABEL);
    }
    let step = |chosen: &[usize]| {
        let batch = choose(&sentences, 7, chosen);
        let mut engine = random_engine(0.3, Capacity::of(&batch));
        let masks = Masks::training(engine.config(), 42, 3);
        let loss = engine.accumulate(&batch, &masks, 0.1).expect("a loss");
        let gradients: Vec<Vec<f32>> = engine.gradients().map(|entry| values(&entry.expect("a view").1)).collect();
        (loss, gradients)
    };
    let alone = step(&[2]);
    for chosen in [&[0, 1, 2, 3][..], &[2, 3], &[3, 2, 0]] {
        assert!(step(chosen) == alone, "{chosen:?}");
    }
}

#[test]
fn every_parameter_has_a_gradient() {
    let batch = choose(&sentences(&[33, 8, 100, 17]), 7, &[0, 1, 2, 3]);
    let mut engine = random_engine(0.1, Capacity::of(&batch));
    let masks = Masks::training(engine.config(), 42, 0);
    engine.accumulate(&batch, &masks, 1.0 / batch.labeled() as f64).expect("a loss");
    let mut count = 0;
    for entry in engine.gradients() {
        let (parameter, gradient) = entry.expect("a view");
        let norm = norm(&values(&gradient));
        // softmax does not change when all scores of a query do, so a key's bias has only rounding for a gradient
        let has_one = norm > 1e-4;
        assert_eq!(has_one, parameter.role != Role::KeyBias, "{}: {norm}", parameter.name);
        count += 1;
    }
    assert_eq!(count, 5 + 2 * 16 + 2);
}

#[test]
fn it_overfits_four_sentences() {
    let batch = choose(&sentences(&[7, 12, 9, 15]), 7, &[0, 1, 2, 3]);
    let mut engine = random_engine(0.0, Capacity::of(&batch));
    let masks = Masks::none(engine.config());
    let mut loss = f64::INFINITY;
    for _ in 0..60 {
        loss = engine.accumulate(&batch, &masks, 1.0 / batch.labeled() as f64).expect("a loss");
        engine.step(&OPTIONS, Rates { encoder: 3e-4, head: 1e-3, factor: 1.0 }).expect("a step");
    }
    let loss = loss / batch.labeled() as f64;
    assert!(loss < 0.01, "{loss}");
    let mut classes = Vec::new();
    engine.predict(&batch, &mut classes).expect("classes");
    assert!(classes.iter().map(|class| i32::from(*class)).eq(batch.selected.labels.iter().copied()));
}

#[test]
fn a_restored_engine_continues_to_the_same_bits() {
    let step = |engine: &mut Engine, sentences: &[Sentence], chosen: usize| {
        let batch = choose(sentences, 4, &[chosen]);
        let masks = Masks::training(engine.config(), 42, 0);
        engine.accumulate(&batch, &masks, 1.0 / batch.labeled() as f64).expect("a loss");
        engine.step(&OPTIONS, Rates { encoder: 1e-3, head: 1e-3, factor: 1.0 }).expect("a step");
    };
    let state = |engine: &Engine| engine.with_state(|state| state.map(<[f32]>::to_vec)).expect("a state");
    let cases =
        ["bert", "electra"].map(|kind| [Freeze::Nothing, Freeze::Embeddings, Freeze::Encoder].map(|f| (kind, f)));
    for (kind, freeze) in cases.concat() {
        let sentences = Expected::of(kind).sentences();
        let engine = |freeze, dropout| family_engine(kind, freeze, dropout, |_, _| {});
        let mut whole = engine(freeze, 0.1);
        step(&mut whole, &sentences, 0);
        let kept = state(&whole);
        let mut resumed = engine(freeze, 0.1);
        let restored = resumed.restore(1, |place| {
            place.into_array().into_iter().zip(kept.into_array()).for_each(|(p, k)| p.copy_from_slice(&k))
        });
        restored.expect("a state");
        // the words of the first sentence are not in the second: only their moments move them
        for engine in [&mut whole, &mut resumed] {
            step(engine, &sentences, 2);
            step(engine, &sentences, 1);
        }
        assert!(state(&whole) == state(&resumed), "{kind}, {freeze:?}");
    }
}

#[test]
fn an_evaluation_has_the_loss_and_classes_of_the_weights_as_they_are_and_leaves_the_training_alone() {
    let batch = pack(&Expected::load().sentences());
    let scale = 1.0 / batch.labeled() as f64;
    let run = |evaluating: bool| {
        let mut engine = engine(Freeze::Nothing, 0.1);
        let masks = Masks::training(engine.config(), 42, 0);
        engine.accumulate(&batch, &masks, scale).expect("a loss");
        if evaluating {
            let (mut evaluated, mut predicted) = (Vec::new(), Vec::new());
            let loss = engine.evaluate(&batch, &mut evaluated).expect("a loss");
            engine.predict(&batch, &mut predicted).expect("classes");
            let expected = Expected::load().loss;
            assert!((loss * scale - expected).abs() < 1e-6, "{} against {expected}", loss * scale);
            assert_eq!(evaluated, predicted);
        }
        engine.step(&OPTIONS, Rates { encoder: 1e-3, head: 1e-3, factor: 1.0 }).expect("a step");
        engine.with_state(|state| state.map(<[f32]>::to_vec)).expect("a state")
    };
    assert!(run(true) == run(false));
}

#[test]
fn weights_kept_and_set_again_predict_as_they_did_and_the_moments_stay() {
    let batch = pack(&Expected::load().sentences());
    for freeze in [Freeze::Nothing, Freeze::Layers(1), Freeze::Encoder] {
        let mut engine = engine(freeze, 0.0);
        let (kept, logits) = (engine.learned().expect("a copy"), engine.logits(&batch).expect("logits"));
        let masks = Masks::none(engine.config());
        engine.accumulate(&batch, &masks, 0.1).expect("a loss");
        engine.step(&OPTIONS, Rates { encoder: 1e-3, head: 1e-3, factor: 1.0 }).expect("a step");
        assert!(engine.logits(&batch).expect("logits") != logits, "{freeze:?}");
        let moments = |engine: &Engine| {
            engine.with_state(|state| [state.first_moments.to_vec(), state.second_moments.to_vec()]).expect("a state")
        };
        let before = moments(&engine);
        engine.set_learned(&kept).expect("the same shape");
        assert!(engine.logits(&batch).expect("logits") == logits, "{freeze:?}");
        assert!(moments(&engine) == before, "{freeze:?}");
    }
}

#[test]
fn smoothed_labels_change_the_loss_of_training_and_not_that_of_an_evaluation() {
    let batch = pack(&Expected::load().sentences());
    let mut engine = engine(Freeze::Nothing, 0.0);
    let masks = Masks::none(engine.config());
    let plain = engine.accumulate(&batch, &masks, 1.0).expect("a loss");
    // the mean over classes of -log p, from the logits
    let logits = engine.logits(&batch).expect("logits");
    let spread: f64 = logits
        .chunks_exact(7)
        .map(|row| {
            let total = row.iter().map(|l| f64::from(*l).exp()).sum::<f64>().ln();
            total - row.iter().map(|l| f64::from(*l)).sum::<f64>() / 7.0
        })
        .sum();
    engine.minimize(runner::engine::Loss::CrossEntropy { smoothing: 0.2 });
    let smoothed = engine.accumulate(&batch, &masks, 1.0).expect("a loss");
    assert!((smoothed - (0.8 * plain + 0.2 * spread)).abs() < 1e-9, "{smoothed}: {plain} {spread}");
    assert_eq!(engine.evaluate(&batch, &mut Vec::new()).expect("a loss"), plain);
}

/// Adam's first step is the rate along the gradient's signs, so the largest step of a parameter is its rate.
#[test]
fn with_layer_decay_lower_layers_take_smaller_steps() {
    let batch = pack(&Expected::of("electra").sentences());
    let mut engine = family_engine("electra", Freeze::Nothing, 0.0, |_, _| {});
    let parameters = |engine: &Engine| -> Vec<_> {
        let list = engine.learned_parameters().map(|entry| entry.expect("a view"));
        list.map(|(parameter, tensor)| (parameter.name.clone(), values(&tensor))).collect()
    };
    let before = parameters(&engine);
    let masks = Masks::none(engine.config());
    engine.accumulate(&batch, &masks, 1.0).expect("a loss");
    let options = AdamW { weight_decay: 0.0, max_grad_norm: 0.0, layer_decay: 0.5, ..OPTIONS };
    engine.step(&options, Rates { encoder: 0.016, head: 0.032, factor: 1.0 }).expect("a step");
    for ((name, before), (_, after)) in before.iter().zip(parameters(&engine)) {
        let largest = before.iter().zip(&after).map(|(b, a)| (a - b).abs()).fold(0.0, f32::max);
        let rate = match name.split('.').nth(3) {
            _ if name.ends_with("key.bias") => continue,
            _ if name.starts_with("classifier") => 0.032,
            Some("0") => 0.004,
            Some("1") => 0.008,
            _ => 0.002,
        };
        assert!((largest / rate - 1.0).abs() < 1e-3, "{name}: {largest} for {rate}");
    }
}

/// The word rows of the first step are not all in the second: theirs have to be cleared, in tables of any width.
#[test]
fn of_a_steps_gradient_nothing_lingers_in_the_next() {
    for kind in FAMILIES {
        let sentences = Expected::of(kind).sentences();
        let gradients = |engine: &mut Engine| -> Vec<_> {
            let masks = Masks::none(engine.config());
            engine.accumulate(&pack_for(kind, &sentences[1..2]), &masks, 0.1).expect("a loss");
            let list = engine.gradients().map(|entry| entry.expect("a view"));
            list.map(|(parameter, gradient)| (parameter.name.clone(), values(&gradient))).collect()
        };
        let mut stepped = family_engine(kind, Freeze::Nothing, 0.0, |_, _| {});
        let masks = Masks::none(stepped.config());
        let others = [sentences[0].clone(), sentences[2].clone()];
        stepped.accumulate(&pack_for(kind, &others), &masks, 0.1).expect("a loss");
        stepped.step(&OPTIONS, Rates { encoder: 1e-3, head: 1e-3, factor: 1.0 }).expect("a step");
        let mut fresh = family_engine(kind, Freeze::Nothing, 0.0, |_, _| {});
        fresh.set_learned(&stepped.learned().expect("a copy")).expect("the same shape");
        assert!(gradients(&mut stepped) == gradients(&mut fresh), "{kind}");
    }
}
