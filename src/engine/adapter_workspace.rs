//! Room for adapters of low rank at work, beside the other activations.

use crate::model::{ALIGNMENT, Config, Span};
use crate::spec::LoraTarget;

/// Room for the adapters of one linear layer at a time, a row a token.
#[derive(Debug, Clone, Copy)]
pub(super) struct AdapterWorkspace {
    /// `[inputs]`: what dropout leaves of the input, then its gradient; empty without dropout.
    pub dropped: Span,
    /// `[rank]`: u.
    pub inner: Span,
    /// `[rank]`, of each target: ∂u. The last two are of the table of relative positions.
    pub inner_gradients: [Span; 5],
    /// `[outputs]`, of each target: B·u, or s·∂y.
    pub products: [Span; 3],
}

impl AdapterWorkspace {
    /// For linear layers over up to `rows` rows; `take` gives spans of so many floats.
    pub(super) fn new(config: &Config, rows: usize, mut take: impl FnMut(usize) -> Span) -> Option<Self> {
        let lora = config.lora()?;
        let has = |target: LoraTarget| lora.targets.contains(&target);
        let widest = if has(LoraTarget::Down) { config.intermediate.max(config.hidden) } else { config.hidden };
        let outputs = if has(LoraTarget::Up) { config.up_width().max(config.hidden) } else { config.hidden };
        let widths = [outputs, config.hidden, config.hidden];
        let used = [true, has(LoraTarget::Key), has(LoraTarget::Value)];
        let has_table = config.disentangled().is_some();
        let mut of = |width: usize| take(rows * width);
        Some(Self {
            dropped: of(if lora.dropout > 0.0 { widest } else { 0 }),
            inner: of(lora.rank),
            inner_gradients: [used[0], used[1], used[2], has_table, has_table && used[1]]
                .map(|used| of(if used { lora.rank } else { 0 })),
            products: [0, 1, 2].map(|at| of(if used[at] { widths[at] } else { 0 })),
        })
    }

    /// Zeros in place of biases that adapters lack, and room for gradients of norms in part fixed.
    pub(super) fn widest(config: &Config) -> usize {
        let widest = config.up_width().max(3 * config.hidden).max(2 * config.embedding_width());
        widest.max(config.lora().map_or(0, |lora| lora.rank)).next_multiple_of(ALIGNMENT)
    }
}
