//! Training steps on a golden's sentences.

use std::ops::Range;

use runner::engine::{AdamW, Rates, StepStats, TrainingState};

use super::*;

pub(crate) const OPTIONS: AdamW =
    AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: 0.5, layer_decay: 0.9 };

/// Statistics of `steps` of two batches each, and the state after them.
pub(crate) fn train(
    engine: &mut Engine,
    kind: &str,
    rates: Rates,
    steps: Range<u64>,
) -> (Vec<StepStats>, TrainingState<Vec<f32>>) {
    let sentences = Expected::of(kind).sentences();
    let batches = [pack_for(kind, &sentences[..2]), pack_for(kind, &sentences[1..])];
    let labels = batches.iter().flat_map(|batch| batch.selected.labels.iter().copied());
    let scale = 1.0 / engine.weight_of(labels);
    for step in steps {
        let masks = Masks::training(engine.config(), 42, step);
        for batch in &batches {
            engine.accumulate_ahead(batch, &masks, scale).expect("a loss");
        }
        engine.step_ahead(&OPTIONS, rates).expect("a step");
    }
    let mut drained = Vec::new();
    engine.drain(&mut drained).expect("finite numbers");
    (drained, engine.with_state(|state| state.map(<[f32]>::to_vec)).expect("a state"))
}

/// The norm of the difference, relative to that of `theirs`.
pub(crate) fn difference(ours: &[f32], theirs: &[f32]) -> f64 {
    let apart: Vec<f32> = ours.iter().zip(theirs).map(|(a, b)| a - b).collect();
    norm(&apart) / norm(theirs).max(1e-12)
}
