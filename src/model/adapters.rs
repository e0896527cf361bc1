//! Adapters of low rank (Hu et al. 2021) as `peft` has them: drawn, and merged into the weights beside which they stand.

use crate::random::Stream;

use super::config::Config;
use super::layout::Layout;
use super::role::Role;
use super::spans::{AdapterSpans, Span};
use crate::spec::LoraTarget;

/// Draws new adapters: A from the uniform distribution of `kaiming_uniform_` with a = √5, which is ±1/√inputs, by the
/// stream (`seed`, "lora") of the matrix's number; B zeros, so that the model begins as its checkpoint.
pub fn draw(layout: &Layout, seed: u64, parameters: &mut [f32]) {
    let adapters = layout.parameters.iter().filter(|parameter| parameter.role.is_lora());
    for (index, parameter) in adapters.enumerate() {
        let values = &mut parameters[parameter.span.range()];
        if matches!(parameter.role, Role::LoraB(_)) {
            values.fill(0.0);
            continue;
        }
        let stream = Stream::new(seed, "lora", index as u64);
        let bound = 1.0 / (parameter.shape[1] as f64).sqrt();
        for (i, value) in values.iter_mut().enumerate() {
            *value = ((2.0 * stream.uniform(i as u64) - 1.0) * bound) as f32;
        }
    }
}

/// Adds every adapter to its weight, in float32: W += (alpha/rank)·B·A. The adapters themselves stay.
pub fn merge(config: &Config, layout: &Layout, parameters: &mut [f32]) {
    let Some(lora) = config.lora() else { return };
    let (rank, scale) = (lora.rank, lora.scale());
    // layers of one group share their weights, and their adapters
    let own = (0..config.layers).filter(|layer| *layer == 0 || config.group(*layer) != config.group(layer - 1));
    for layer in own {
        let spans = &layout.layers[layer];
        for (target, adapter) in LoraTarget::ALL.into_iter().zip(spans.adapters) {
            let Some(AdapterSpans { a, b }) = adapter else { continue };
            let inputs = a.len / rank;
            let outputs = b.len / rank;
            // keys and values may have fewer rows than queries
            let part = |rows: usize| Span { start: spans.qkv.weight.start + rows * inputs, len: outputs * inputs };
            let weight = match target {
                LoraTarget::Query => part(0),
                LoraTarget::Key => part(config.hidden),
                LoraTarget::Value => part(config.hidden + config.key_width()),
                LoraTarget::Output => spans.output.weight,
                LoraTarget::Up => spans.up.weight,
                LoraTarget::Down => spans.down.weight,
            };
            let operands = parameters.get_disjoint_mut([weight, a, b].map(Span::range));
            let [weight, a, b] = operands.expect("parameters lie apart");
            for (row, b) in weight.chunks_exact_mut(inputs).zip(b.chunks_exact(rank)) {
                add_row(row, a, b, scale);
            }
        }
    }
}

/// row += scale·bᵗ·A
fn add_row(row: &mut [f32], a: &[f32], b: &[f32], scale: f32) {
    let inputs = row.len();
    for (column, weight) in row.iter_mut().enumerate() {
        let product = b.iter().enumerate().fold(0.0_f32, |sum, (k, b)| b.mul_add(a[k * inputs + column], sum));
        *weight += scale * product;
    }
}
