//! Padding pieces within a sentence: the position IDs of RoBERTa and its relatives, and that their rows learn nothing.

use runner::engine::{Device, EngineError, NO_POSITION};

use super::*;

/// As `create_position_ids_from_input_ids` of transformers 5.24 numbers `[[0, 5, 1, 6, 1, 2]]` with padding 1:
/// `mask = ids != 1; cumsum(mask) * mask + 1`.
const IDS: [u32; 6] = [0, 5, 1, 6, 1, 2];
const ROWS: [u32; 6] = [2, 3, 1, 4, 1, 5];

fn batch(config: &Config) -> Batch {
    let mut batch = Batch::of(config);
    batch.push_selecting(0, &IDS, &[NO_LABEL, 1, 2, 3, NO_LABEL, NO_LABEL], 0..IDS.len() as u32);
    batch
}

fn rows(batch: &Batch, config: &Config) -> Vec<u32> {
    batch.position_ids.iter().map(|id| id.wrapping_add(config.first_position as u32)).collect()
}

/// Where the engine computes.
const DEVICES: [fn() -> Device; 2] = [|| Device::Cpu, || emulator::device(false)];

#[test]
fn roberta_and_its_relatives_count_no_padding_and_others_count_every_piece() {
    for kind in FAMILIES {
        let config = Config::read(&golden("models").join(kind).join("config.json")).expect("valid");
        let found = rows(&batch(&config), &config);
        if ["roberta", "xlm-roberta", "camembert", "data2vec-text", "longformer", "luke", "mpnet", "xlm-roberta-xl"]
            .contains(&kind)
        {
            assert_eq!((config.padding, found), (Some(1), ROWS.to_vec()), "{kind}");
        } else {
            assert_eq!(found, [0, 1, 2, 3, 4, 5], "{kind}");
        }
    }
}

/// A table in which each row is moved to where a model without padding looks for it gives the same logits.
#[test]
fn logits_are_those_of_the_rows_that_transformers_takes() {
    for device in DEVICES {
        let engine = engine_on(device(), "roberta", Freeze::Nothing, 0.0, |_, _| {});
        let found = engine.logits(&batch(engine.config())).expect("logits");
        let moved = engine_on(device(), "roberta", Freeze::Nothing, 0.0, |layout, parameters| {
            let table = layout.embeddings.position;
            let width = layout.embeddings.norm.bias.len;
            let before = parameters[table.range()].to_vec();
            for (at, row) in ROWS.iter().enumerate() {
                let target = &mut parameters[table.start + (at + 2) * width..][..width];
                target.copy_from_slice(&before[*row as usize * width..][..width]);
            }
        });
        let mut plain = Batch::new(moved.config().heads);
        plain.push_selecting(0, &IDS, &[NO_LABEL; 6], 0..IDS.len() as u32);
        assert!(!plain.position_ids.contains(&NO_POSITION));
        assert_eq!(moved.logits(&plain).expect("logits"), found);
        assert_ne!(engine.logits(&plain).expect("logits"), found, "the rows matter");
    }
}

/// `padding_idx` of `torch.nn.Embedding`, which transformers sets for words in every family and for positions in
/// RoBERTa's.
#[test]
fn the_rows_of_padding_have_no_gradient() {
    for device in DEVICES {
        let mut engine = engine_on(device(), "roberta", Freeze::Nothing, 0.0, |_, _| {});
        let batch = batch(engine.config());
        let masks = Masks::none(engine.config());
        engine.accumulate(&batch, &masks, 0.25).expect("a loss");
        for (parameter, gradient) in engine.gradients().map(|found| found.expect("a gradient")) {
            let learns = |row: usize| values(&gradient.i(row).expect("a row")).iter().any(|value| *value != 0.0);
            match parameter.role {
                Role::WordEmbedding => assert_eq!([0, 1, 2, 5, 6].map(learns), [true, false, true, true, true]),
                Role::PositionEmbedding => {
                    assert_eq!([0, 1, 2, 3, 4, 5, 6].map(learns), [false, false, true, true, true, true, false]);
                }
                _ => {}
            }
        }
    }
}

/// Steps with lazy rows, and the GPU's without: the same up to rounding.
#[test]
fn a_training_over_padding_is_one_training_on_every_device() {
    let options = runner::engine::AdamW {
        betas: [0.9, 0.999],
        epsilon: 1e-8,
        weight_decay: 0.1,
        max_grad_norm: 1.0,
        layer_decay: 1.0,
    };
    let [cpu, emulated] = DEVICES.map(|device| {
        let mut engine = engine_on(device(), "roberta", Freeze::Nothing, 0.0, |_, _| {});
        let (batch, masks) = (batch(engine.config()), Masks::none(engine.config()));
        let mut without = Batch::of(engine.config());
        without.push(1, &[0, 7, 8, 2], &[NO_LABEL, 1, 2, NO_LABEL]);
        for batch in [&batch, &without, &batch, &without] {
            engine.accumulate(batch, &masks, 0.25).expect("a loss");
            engine.step(&options, runner::engine::Rates { encoder: 1e-3, head: 1e-3, factor: 1.0 }).expect("a step");
        }
        engine.logits(&batch).expect("logits")
    });
    for (ours, theirs) in cpu.iter().zip(&emulated) {
        assert!((ours - theirs).abs() < 1e-4, "{ours} for {theirs}");
    }
}

#[test]
fn logits_that_are_not_finite_are_an_error_and_no_class() {
    for device in DEVICES {
        for odd in [f32::NAN, f32::INFINITY] {
            let engine = engine_on(device(), "bert", Freeze::Nothing, 0.0, |layout, parameters| {
                parameters[layout.classifier.bias.start + 3] = odd;
            });
            let batch = pack(&Expected::of("bert").sentences());
            let mut classes = Vec::new();
            let error = engine.predict(&batch, &mut classes).expect_err("no class is the best");
            assert!(matches!(error, EngineError::LogitsNotFinite { steps: 0 }), "{error}");
            assert!(error.to_string().contains("the loaded weights produce it"), "{error}");
            assert!(engine.evaluate(&batch, &mut classes).is_err());
        }
    }
}
